"""Reading a run folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from generator.errors import UserError
from generator.files import write_json, write_text
from loop.report.run import write_report
from loop.report.run.content.run import read_run
from tests.helpers.report import (
    config,
    make_run,
)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("rounds/00/metrics.json", "{", "the command that made the run again"),
        ("rounds/01/metrics.json", "{}", "holds no 'probe'; remove it and what says that the run is done"),
        ("rounds/01/gate.json", "{", "the command that made the run again"),
        ("rounds/01/holdout.parquet", "{", "cannot be read as Parquet"),
        ("rounds/01/holdout.parquet", None, "does not exist; remove it and what says that the run is done"),
        ("ledger.jsonl", "{\n", "line 1 is not JSON"),
        ("environment.json", "{", "put {} into it to report without it"),
        ("environment.json", None, "No such file or directory"),
        ("config.yaml", "[]", "restore it from a copy"),
        ("config.yaml", "{classes: {a: [bus]}, data: {source: nowhere}}", "data.source: "),
        ("config.yaml", "data: {source: cifar10, root: a}", "classes: is missing; add it; restore it from a"),
        ("config.yaml", None, "is this the folder of a run"),
    ],
)
def test_a_damaged_file_is_named_with_the_remedy(
    run: Path, page: str, name: str, content: str | None, says: str
) -> None:
    path = run / name
    before = path.read_bytes() if path.exists() else None
    try:
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content)
        with pytest.raises(UserError, match=re.escape(says)) as caught:
            write_report(run)
        assert str(path) in str(caught.value)
    finally:
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)


def test_rounds_go_on_after_the_ninety_ninth(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=1)
    (run / "rounds/01").rename(run / "rounds/100")
    assert [one.number for one in read_run(run).rounds] == [0, 100]


def test_a_folder_without_an_evaluated_round_is_refused(tmp_path: Path) -> None:
    write_text(tmp_path / "config.yaml", yaml.safe_dump(config(1)))
    write_json(tmp_path / "environment.json", {})
    with pytest.raises(UserError, match="no evaluated round"):
        write_report(tmp_path)


def test_bins_are_known_where_the_score_that_decides_is_no_column(low_sun: Path) -> None:
    """As by `entropy`: its slices are listed by other scores alone."""
    config = yaml.safe_load((low_sun / "config.yaml").read_text())
    config["controller"]["name"] = "entropy"
    (low_sun / "config.yaml").write_text(yaml.safe_dump(config))
    content = read_run(low_sun)
    assert content.first.slices is not None
    assert content.first.slices.empty
    (where,) = content.chosen
    assert (content.first.pictures["holdout"]["sun_elevation"] == where["sun_elevation"]).sum() > 0


def test_a_controller_of_a_plugin_that_is_not_installed_is_reported(tmp_path: Path) -> None:
    """Its slices are listed by `controller.score`."""
    run = make_run(tmp_path / "run", rounds=0)
    stated = yaml.safe_load((run / "config.yaml").read_text())
    stated["controller"]["name"] = "darkest first"
    stated["plugins"] = ["no_such_plugin"]
    (run / "config.yaml").write_text(yaml.safe_dump(stated))
    content = read_run(run)
    assert content.settings.controller.name == "darkest first"
    assert (content.ranking.column, content.ranking.text) == ("p_true", "probability of the true class")
