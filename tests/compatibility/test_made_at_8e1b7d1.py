"""What commit 8e1b7d1 made, with the configuration keys of its time, is reported, gone on with and exported.

`made_at_8e1b7d1/*.tar.xz` were written by its commands, from the configurations beside them. To keep them
small, reports, logs and some maps were taken out, and all weights are zero (files keep their sizes and
headers): no test here depends on what a network of then says.
"""

import json
import shutil
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from renforce.cli import app

ARCHIVES = Path(__file__).parent / "made_at_8e1b7d1"
STUDY = ("study", "study.yaml", "-o", "study", "--set", "threads=1")
"""Threads as on the machine where it was begun: by default they follow the number of cores."""
DECISION = ("orders.json", "again.json", "kept_out.json", "specs.jsonl", "slices.parquet")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; the old configurations name their folders from where a command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def unpack(name: str) -> None:
    with tarfile.open(ARCHIVES / f"{name}.tar.xz") as archive:
        archive.extractall(filter="data")


def renforce(*arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
    return result


def undecided(round_folder: Path, aside: Path) -> None:
    """Put a round back to where it was evaluated and nothing was decided; its decision is kept aside."""
    aside.mkdir()
    for name in DECISION:
        shutil.move(round_folder / name, aside / name)
    shutil.move(round_folder / "renders", aside / "renders")


def forget_entries(ledger: Path, first_step: str) -> None:
    """Drop the entries from the first one of a step on."""
    lines = ledger.read_text().splitlines(keepends=True)
    steps = [json.loads(line)["step"] for line in lines]
    ledger.write_text("".join(lines[: steps.index(first_step)]))


def assert_same_decision(before: Path, after: Path) -> None:
    """Of requests all but the reason: its wording may be another today."""
    requests = [
        [{key: value for key, value in request.items() if key != "why"} for request in json.loads(text)]
        for text in ((folder / "orders.json").read_text() for folder in (before, after))
    ]
    assert requests[0] == requests[1]
    assert requests[0] != []
    for name in ("again.json", "kept_out.json"):
        assert json.loads((before / name).read_text()) == json.loads((after / name).read_text())
    assert (before / "specs.jsonl").read_text() == (after / "specs.jsonl").read_text()
    pd.testing.assert_frame_equal(
        pd.read_parquet(before / "slices.parquet"), pd.read_parquet(after / "slices.parquet"), rtol=1e-9
    )


def assert_same_pictures(before: Path, after: Path) -> None:
    """Within a grey level on average: other processors round otherwise."""
    names = sorted(path.name for path in before.glob("*.png"))
    assert names == sorted(path.name for path in after.glob("*.png"))
    assert names != []
    for name in names:
        one, other = (cv2.imread(str(folder / name)).astype(float) for folder in (before, after))
        assert np.abs(one - other).mean() < 1


def test_a_set_is_checked_exported_and_completed(here: Path) -> None:
    unpack("others")
    assert "4 pictures in set" in renforce("check", "set").output
    renforce("export", "set", "--to", "coco", "-o", "coco")
    assert len(json.loads(next(here.glob("coco/**/*.json")).read_text())["images"]) == 4
    lost, *kept = sorted(here.glob("set/images/*.png"))
    before, times = lost.read_bytes(), [path.stat().st_mtime_ns for path in kept]
    (here / "before").mkdir()
    shutil.move(lost, here / "before")
    (here / "set/manifest.parquet").unlink()
    renforce("render", "set.yaml", "-o", "set")
    assert lost.read_bytes()[:8] == before[:8]
    shutil.copytree(lost.parent, here / "after", ignore=lambda _, names: {*names} - {lost.name})
    assert_same_pictures(here / "before", here / "after")
    assert [path.stat().st_mtime_ns for path in kept] == times


def test_a_finished_run_is_reported_and_has_nothing_left_to_do(here: Path) -> None:
    unpack("run")
    renforce("report", "run")
    page = (here / "run/report.html").read_text()
    for name in ("00", "01"):
        accuracy = json.loads((here / f"run/rounds/{name}/metrics.json").read_text())["holdout"]["accuracy"]
        assert f"{100 * accuracy['mean']:.1f}%" in page
    said = renforce("loop", "run.yaml", "-o", "run")
    assert "nothing left to do" in said.output
    for old, new in (("controller.thin", "controller.prune"), ("look", "attribution")):
        lines = [line for line in said.stderr.splitlines() if f"{old}" in line and new in line]
        assert len(lines) == 1


def test_a_run_under_way_goes_on_with_the_same_decision(here: Path) -> None:
    unpack("run")
    first = here / "run/rounds/00"
    undecided(first, here / "before")
    shutil.rmtree(here / "run/rounds/01")
    (here / "run/done.json").unlink()
    forget_entries(here / "run/ledger.jsonl", "decide")
    renforce("loop", "run.yaml", "-o", "run")
    assert_same_decision(here / "before", first)
    assert_same_pictures(here / "before/renders/images", first / "renders/images")
    assert_same_pictures(here / "before/renders/masks", first / "renders/masks")
    metrics = json.loads((here / "run/rounds/01/metrics.json").read_text())
    assert metrics["probe"]["accuracy"]["n"] == metrics["holdout"]["accuracy"]["n"] == 24
    assert (here / "run/report.html").exists()


def test_a_study_is_reported(here: Path) -> None:
    unpack("study")
    renforce("report", "study")
    page = (here / "study/report.html").read_text()
    assert "weak+risk" in page
    assert "nothing left to do" in renforce(*STUDY).output


def test_a_study_under_way_goes_on_with_the_same_decisions(here: Path) -> None:
    unpack("study")
    before = json.loads((here / "study/results.json").read_text())
    begun = sorted(path.name for path in (here / "study/begun").iterdir())
    run = here / "study/runs/seed-0/weak+risk"
    undecided(run / "rounds/00", here / "before")
    shutil.rmtree(run / "rounds/01")
    forget_entries(run / "ledger.jsonl", "decide")
    for path in (run / "done.json", *(here / f"study/{name}" for name in ("done.json", "results.json"))):
        path.unlink()
    renforce(*STUDY, "--set", "processes=1")
    assert_same_decision(here / "before", run / "rounds/00")
    assert_same_pictures(here / "before/renders/images", run / "rounds/00/renders/images")
    assert sorted(path.name for path in (here / "study/begun").iterdir()) == begun
    after = json.loads((here / "study/results.json").read_text())
    assert after.keys() == before.keys()
    # A network of zeros has no evidence, so that the alignment of the arm that went on is not known.
    known = before["curves"].keys() - {"alignment", "worst_alignment"}
    assert known >= {"accuracy", "planted", "worst_slice"}
    for figure in known:
        for arm in ("none", "uniform"):  # these runs were finished then
            assert after["curves"][figure][arm] == before["curves"][figure][arm]


def test_a_comparison_and_a_benchmark_are_reported(here: Path) -> None:
    unpack("others")
    for folder, named in (("comparison", "resnet18_narrow"), ("benchmark", "yellow")):
        renforce("report", folder)
        assert named in (here / folder / "report.html").read_text()
        command = {"comparison": "compare", "benchmark": "bench-slices"}[folder]
        assert "nothing left to do" in renforce(command, f"{folder}.yaml", "-o", folder).output
