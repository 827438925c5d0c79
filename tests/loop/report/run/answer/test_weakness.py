"""Which slices the answer calls weak, reinforced and planted."""

from __future__ import annotations

from pathlib import Path

from analysis.slices.conjunctions import slice_name
from analysis.slices.find import find_slices
from loop.evaluation.evaluate import write_parquet
from loop.report.run.answer.answer import answer
from loop.report.run.content.changes import slice_changes
from loop.report.run.sections.weak_slices import weak_tables
from tests.helpers.report import (
    BLUE,
    HOLE,
    Page,
    evaluation,
    make_run,
    names,
    with_requests,
)


def test_the_answer_names_slices_in_plain_english(run: Path, page: str) -> None:
    text = Page(page).text
    assert "Yellow vans (color=y & shape=van)" in text
    assert "found among the weak slices" in text
    assert "6\u202frendered pictures".replace("\u202f", " ") in text
    assert "all inside the reinforced slices" in text
    assert "became significantly worse" in text


def test_slices_requested_for_other_reasons_are_reinforced_and_not_weak(tmp_path: Path) -> None:
    """As a bandit requests what it drew, and `controller.broaden` parents: yellow vans alone are weak."""
    content = with_requests(make_run(tmp_path / "run"), BLUE, {"shape": "van"})
    facts = dict(answer(content).facts)
    assert facts["Weak slices"] == ("Yellow vans (color=y & shape=van).",)
    assert facts["Planted slices"][0].startswith(
        "Yellow vans (color=y & shape=van), left out of the training set"
    )
    assert ": found among the weak slices." in facts["Planted slices"][0]
    assert {tuple(item.where) for item in slice_changes(content) if item.chosen} == {("color",), ("shape",)}
    rows = {slice_name(row.where): row for row in weak_tables(content)[0].rows}
    assert [(rows[name].selected, rows[name].chosen) for name in ("color=y & shape=van", "color=b")] == [
        (True, False),
        (False, True),
    ]
    assert [found.name for found in weak_tables(content)[0].diagnoses] == ["color=y & shape=van"]


def test_a_planted_slice_that_was_requested_and_is_not_weak_is_not_called_found(tmp_path: Path) -> None:
    """As the oracle requests it, whatever the network makes of it."""
    folder = make_run(tmp_path / "run")
    sound = evaluation(names(3, 1), 0.9, 0).pictures
    write_parquet(folder / "rounds/00/probe.parquet", sound)
    found = find_slices(sound, ["shape", "color", "view"], "p_true").assign(score="p_true")
    write_parquet(folder / "rounds/00/slices.parquet", found)
    content = with_requests(folder, HOLE)
    facts = dict(answer(content).facts)
    assert facts["Weak slices"] == ("No slice of the probe is significantly below the rest.",)
    assert ": not found among the weak slices." in facts["Planted slices"][0]
    assert facts["Reinforced slices"][0].startswith("In the reinforced slices together")
