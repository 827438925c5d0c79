"""What the answer tells of pictures added, slices elsewhere and rounds rolled back."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from generator.files import write_json
from loop.report.layout.numbers import percent
from loop.report.run import write_report
from loop.report.run.answer.answer import answer
from loop.report.run.content.run import read_run
from loop.report.run.content.weak_slices import weak_slices
from tests.helpers.report import (
    HOLE,
    make_run,
)


def test_the_change_outside_the_reinforced_slices_is_given(run: Path) -> None:
    before, after = (pd.read_parquet(run / "rounds" / number / "holdout.parquet") for number in ("00", "01"))
    rest = ~((before["shape"] == "van") & (before["color"] == "y"))
    facts = dict(answer(read_run(run)).facts)
    means = f"{percent(before.loc[rest, 'correct'].mean())} → {percent(after.loc[rest, 'correct'].mean())}"
    assert facts["Elsewhere"][0].startswith(f"Outside the reinforced slices: {means}")
    assert f"n = {rest.sum()}" in facts["Elsewhere"][0]


def test_pictures_of_drawn_or_any_combinations_are_not_called_a_slice(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    ledger = run / "ledger.jsonl"
    kept = [line for line in ledger.read_text().splitlines() if '"decide"' not in line]
    for figures in ({"cells": 3, "pictures": 4}, {"pictures": 2}):
        kept.append(json.dumps({"round": 0, "step": "decide", "why": "by lot", **figures}))
    ledger.write_text("\n".join(kept) + "\n")
    content = read_run(run)
    assert content.chosen == ()
    assert content.first.requested == {"drawn": 4, "anywhere": 2}
    facts = dict(answer(content).facts)
    (added,) = facts["Pictures added"]
    assert "4 of combinations that the controller drew and 2 of any combination" in added
    assert facts["Weak slices"] == ("Yellow vans (color=y & shape=van).",), "weak, if not requested"
    assert "Reinforced slices" not in facts


def test_rounds_that_were_rolled_back_are_named_and_not_compared(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", rounds=2)
    gate = {"gain": 0.0, "low": -0.1, "high": 0.1, "harmed": ["color=r"]}
    write_json(folder / "rounds/01/gate.json", {**gate, "harmed": [], "kept": True})
    write_json(folder / "rounds/02/gate.json", {**gate, "kept": False})
    content = read_run(folder)
    assert weak_slices(content, content.rounds[1]) == (), "mended"
    assert (content.last.number, [one.number for one in content.ends]) == (1, [0, 1])
    sentences = dict(answer(content).facts)["Rolled back"]
    assert sentences[0] == "Round 2, because it made a slice or class of the probe significantly worse."
    assert "Rolled back" in write_report(folder).read_text()
    write_json(folder / "rounds/01/gate.json", {**gate, "kept": False})
    content = read_run(folder)
    assert content.last.number == 0
    assert weak_slices(content, content.rounds[1]) == (HOLE,), "decided by the round that stood"
    assert answer(content).headline.startswith("Every round made something worse")
    assert "round 1 and round 2" in dict(answer(content).facts)["Rolled back"][0].lower()
    write_report(folder)
