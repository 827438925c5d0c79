"""The accuracy tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.metrics.calibration import calibration_interval
from analysis.metrics.f1 import macro_f1_interval
from loop.report.run import write_report
from loop.report.run.content.run import read_run
from loop.report.run.sections.accuracy import accuracy_tables
from tests.helpers.report import (
    HOLE,
    Page,
    make_run,
)


def test_every_row_of_the_accuracy_tables_agrees_with_metrics_json(run: Path) -> None:
    metrics = json.loads((run / "rounds" / "01" / "metrics.json").read_text())
    tables = accuracy_tables(read_run(run))
    assert [table.title for table in tables] == ["Holdout", "Real test pictures", "Probe"]
    rows = {row.label: row for row in tables[0].rows}
    assert rows["All pictures"].figures[1].mean == metrics["holdout"]["accuracy"]["mean"]
    assert rows["van"].figures[1].low == metrics["holdout"]["classes"]["van"]["low"]
    assert rows["yellow vans"].figures[1].n == metrics["holdout"]["planted"]["color=y & shape=van"]["n"]
    assert rows["Macro F1"].figures[1].mean == metrics["holdout"]["macro_f1"]


def test_bootstrapped_measures_are_those_of_metrics_json(run: Path) -> None:
    pictures = pd.read_parquet(run / "rounds" / "00" / "holdout.parquet")
    metrics = json.loads((run / "rounds" / "00" / "metrics.json").read_text())["holdout"]
    mean, low, high = macro_f1_interval(pictures["label"], pictures["predicted"], 0)
    assert mean == metrics["macro_f1"]
    assert low < mean < high
    mean, low, high = calibration_interval(pictures["confidence"], pictures["correct"], 0)
    assert mean == pytest.approx(metrics["calibration_error"], abs=1e-5)
    assert 0 <= low < high


def test_the_interval_of_a_calibration_error_holds_its_figure() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        confidence = rng.uniform(0.5, 1, 300)
        correct = (rng.random(300) < confidence).astype(float)
        found, low, high = calibration_interval(confidence, correct, seed)
        assert low <= found <= high


def test_three_rounds_compare_the_first_and_the_last(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=2)
    content = read_run(run)
    assert all(len(row.figures) == 3 for row in accuracy_tables(content)[0].rows)
    assert content.chosen == (HOLE,)
    assert "12 rendered pictures in 2 rounds" in Page(write_report(run).read_text()).text
