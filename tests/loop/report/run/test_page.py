"""The page of a small made-up run: that it is whole, opens offline and escapes what it shows."""

from __future__ import annotations

import re
from pathlib import Path

from generator.files import write_text
from loop.report.run import write_report
from tests.helpers.report import (
    Page,
    make_run,
)


def test_it_lies_in_the_run_folder_and_is_whole(run: Path, page: str) -> None:
    assert (run / "report.html").exists()
    assert page.rstrip().endswith("</html>")
    assert not list(run.glob(".*.part"))


def test_nothing_is_loaded_from_outside(page: str) -> None:
    loads = Page(page)
    assert loads.addresses
    assert all(re.match(r"data:image/png;base64,|#", address) for address in loads.addresses)
    style = re.findall(r"<style>(.*?)</style>", page, re.S)
    assert not any(word in text for text in style for word in ("url(", "@import"))
    assert not {"link", "iframe", "object", "embed", "base"} & set(loads.tags)
    assert "default-src 'none'" in page


def test_ids_are_unique_and_every_reference_has_one(page: str) -> None:
    loads = Page(page)
    assert len(loads.ids) == len(set(loads.ids))
    assert {address[1:] for address in loads.addresses if address.startswith("#")} <= set(loads.ids)


def test_hostile_names_are_shown_not_run(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    page = write_report(make_run(tmp_path / "run", evil=evil)).read_text()
    loads = Page(page)
    assert loads.tags.count("script") == 3
    assert "alert(1)" not in re.findall(r"<script>(.*?)</script>", page, re.S)
    assert "x" not in loads.addresses
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4


def test_one_round_is_an_evaluation(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=0)
    text = Page(write_report(run).read_text()).text
    assert "Evaluated once, nothing added" in text
    assert "Yellow vans (color=y & shape=van)" in text
    assert "→" not in text
    assert "Difference" not in text


def test_holdout_pictures_may_be_gone(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=0)
    for image in (run / "sets" / "holdout" / "images").iterdir():
        image.unlink()
    (run / "sets" / "holdout" / "images").rmdir()
    assert 'id="pictures"' not in write_report(run).read_text()


def test_a_run_whose_environment_is_lost_is_reported_without_it(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=0)
    write_text(run / "environment.json", "{}")
    assert "Yellow vans" in write_report(run).read_text()
