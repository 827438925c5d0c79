"""Which rounds stand, what a training learns from, and when a run ends: from gates written by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from generator.families import family_of
from generator.files import write_json
from loop.config.run import LoopConfig
from loop.run.decisions import Decisions
from loop.run.folder import RunFolder
from loop.run.ledger import Ledger
from tests.helpers.runs import TWO_CLASSES


def decisions(folder: Path, gates: str, seconds: float = 0.0, **controller: Any) -> Decisions:
    """A run whose rounds from the first on did `+` gain, `0` perhaps not, `-` harm and were rolled back, `^`
    too, though they gained."""
    for number, gate in enumerate(gates, 1):
        low, back = (0.01 if gate in "+^" else -0.01), gate in "-^"
        found = {"gain": 0.02, "low": low, "high": 0.05, "harmed": ["color=r"] if back else []}
        write_json(RunFolder(folder).round(number).gate, {**found, "kept": not back})
    (folder / "timings.jsonl").write_text(json.dumps({"step": "train", "seconds": seconds}) + "\n")
    config = LoopConfig.model_validate({**TWO_CLASSES, "controller": {"rounds": 9, **controller}})
    return Decisions(config, RunFolder(folder), Ledger(folder / "ledger.jsonl", lambda line: None))


def test_the_last_round_that_was_not_rolled_back_stands(tmp_path: Path) -> None:
    run = decisions(tmp_path, "+-+-")
    assert [run.folder.last_accepted(number) for number in range(5)] == [0, 1, 1, 3, 3]
    assert decisions(tmp_path, "--").folder.last_accepted(2) == 0


def test_where_no_render_was_looked_at_none_is_kept_out(tmp_path: Path) -> None:
    assert decisions(tmp_path, "", prune=0.5)._pruned(0, RunFolder(tmp_path).round(0)) == []


def test_what_was_rolled_back_is_not_learned_from_again(tmp_path: Path) -> None:
    """Round 2 was trained with the orders of rounds 0 and 1 and is rolled back: those of round 1 are out."""
    run = decisions(tmp_path, "+-+-")
    learned = {number: [one.number for one in run.added(number)] for number in range(5)}
    assert learned == {0: [], 1: [0], 2: [0, 1], 3: [0, 2], 4: [0, 2, 3]}


@pytest.mark.parametrize(
    ("gates", "patience", "ends"),
    [
        ("0", 2, False),
        ("00", 2, True),
        ("+0", 2, False),
        ("0+0", 2, False),
        ("+00", 2, True),
        ("+-0", 2, True),
        ("+^^", 2, True),
        ("0", 1, True),
        ("000", None, False),
    ],
)
def test_it_ends_after_rounds_without_a_gain(
    tmp_path: Path, gates: str, patience: int | None, ends: bool
) -> None:
    run = decisions(tmp_path, gates, patience=patience)
    assert run.ends(len(gates)) == ends
    ledger = tmp_path / "ledger.jsonl"
    assert ("controller.patience" in (ledger.read_text() if ledger.exists() else "")) == ends


def test_it_ends_when_its_hours_are_spent(tmp_path: Path) -> None:
    assert not decisions(tmp_path, "+", seconds=3599.0, hours=1.0).ends(1)
    assert decisions(tmp_path, "+", seconds=3601.0, hours=1.0).ends(1)
    assert "the 1 hours of controller.hours are spent" in (tmp_path / "ledger.jsonl").read_text()


def test_a_round_that_has_begun_is_not_ended_by_what_it_took(tmp_path: Path) -> None:
    run = decisions(tmp_path, "00", seconds=3601.0, hours=1.0, patience=2)
    RunFolder(tmp_path).round(2).specs.touch()
    assert not run.ends(2)
    RunFolder(tmp_path).round(2).specs.unlink()
    assert run.ends(2)


def yellow_is_wrong(folder: Path) -> None:
    """The first verification of a run."""
    table = pd.DataFrame({"name": [f"p{i}" for i in range(120)], "shape": ["sedan", "bus"] * 60})
    table = table.assign(label=table["shape"], color=["y", "y", "r", "k", "w", "b"] * 20, loss=0.5)
    right = (table["color"] != "y").astype(float)
    RunFolder(folder).round(0).path.mkdir(parents=True)
    table.assign(correct=right).to_parquet(RunFolder(folder).round(0).evaluation("probe").table)


@pytest.mark.parametrize("idle", ["stop", "explore"])
def test_the_ledger_says_what_could_not_be_had_and_what_comes_instead(tmp_path: Path, idle: str) -> None:
    """Two vehicles of each combination: 2 shapes x 3 angles x 8 views give 96 yellow ones."""
    yellow_is_wrong(tmp_path)
    run = decisions(tmp_path, "", name="weak", budget=120, broaden=0.0, explore=0.0, idle=idle)
    grid = run.config.reinforce.model_copy(update={"variants": 2})
    run.config = run.config.model_copy(update={"reinforce": grid})
    specs = run.decided(0, lambda: pd.DataFrame({"name": [], "color": []}))
    yellow = sum(spec.color == "y" for spec in specs)
    assert (yellow, len(specs)) == (96, 120 if idle == "explore" else 96)
    asked, lacking = map(json.loads, (tmp_path / "ledger.jsonl").read_text().splitlines())
    assert (asked["pictures"], asked["given"]) == (120, 96)
    assert lacking["why"].startswith("24 of them cannot be had")
    assert ("24 of anything come instead" in lacking["why"]) == (idle == "explore")


def test_verifications_from_before_there_were_families_have_them(tmp_path: Path) -> None:
    """A run that goes on compares its first rounds with its last by all attributes."""
    yellow_is_wrong(tmp_path)
    path = RunFolder(tmp_path).round(0).evaluation("probe").table
    shapes = pd.read_parquet(path).assign(variant=range(120))
    shapes.to_parquet(path)
    assert "family" not in decisions(tmp_path, "")._probe(0), "photographs of vehicles have none"
    shapes.assign(environment_seed=0).to_parquet(path)
    expected = [family_of(shape, variant) for variant, shape in enumerate(shapes["shape"])]
    assert len({*expected}) > 2
    assert list(decisions(tmp_path, "")._probe(0)["family"]) == expected


def test_the_ledger_says_what_could_not_be_repeated(tmp_path: Path) -> None:
    yellow_is_wrong(tmp_path)
    run = decisions(tmp_path, "", name="oversample", budget=60, broaden=0.0, explore=0.0)
    assert run.decided(0, lambda: pd.DataFrame({"name": ["a"], "color": ["r"]})) == []
    asked, lacking = map(json.loads, (tmp_path / "ledger.jsonl").read_text().splitlines())
    assert (asked["pictures"], asked["given"], asked["again"]) == (60, 0, True)
    assert lacking["why"].startswith("60 of them cannot be repeated")


def test_harm_is_sought_in_all_that_can_be_ordered(tmp_path: Path) -> None:
    """The second round is wrong where the sun is low: a number, in bins for names."""
    sun = np.random.default_rng(0).uniform(5, 80, 400)
    table = pd.DataFrame({"name": [f"p{i}" for i in range(400)], "shape": ["sedan", "bus"] * 200})
    table = table.assign(label=table["shape"], sun_elevation=sun, correct=1.0)
    for number, right in enumerate((np.ones(400), (sun > 20).astype(float))):
        folder = RunFolder(tmp_path).round(number)
        folder.path.mkdir(parents=True)
        table.assign(correct=right).to_parquet(folder.evaluation("probe").table)
    run = decisions(tmp_path, "", attributes="all", on_regression="roll_back")
    run.judge(1)
    gate = json.loads(RunFolder(tmp_path).round(1).gate.read_text())
    assert not gate["kept"]
    assert any(name.startswith("sun_elevation=") for name in gate["harmed"])
    assert run.folder.last_accepted(1) == 0
