"""Runs that several tests read; tests that change one make their own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.slices.binning import bin_attributes
from analysis.slices.find import find_slices
from loop.evaluation.evaluate import write_parquet
from loop.report.run import write_report
from tests.helpers.report import (
    make_run,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "run", real=True)


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return write_report(run).read_text()


@pytest.fixture
def low_sun(tmp_path: Path) -> Path:
    """A run in which the network fails where the sun is low, whatever the vehicle, until it is retrained."""
    run = make_run(tmp_path / "run")
    for path in run.glob("rounds/*/*.parquet"):
        if path.stem in ("probe", "holdout"):
            pictures = pd.read_parquet(path)
            sun = np.random.default_rng(len(pictures)).uniform(0, 80, len(pictures))
            right = (sun >= 20) | (path.parent.name == "01")
            known = pictures.assign(sun_elevation=sun, correct=1.0 * right, p_true=np.where(right, 0.9, 0.1))
            write_parquet(path, known)
    binned, bins = bin_attributes(pd.read_parquet(run / "rounds/00/probe.parquet"), ["sun_elevation"])
    found = find_slices(binned, ["shape", "color", "view", "sun_elevation"], "p_true")
    write_parquet(run / "rounds/00/slices.parquet", found.assign(score="p_true"))
    lowest = {"sun_elevation": bins.of["sun_elevation"][0].label}
    request = {"round": 0, "step": "decide", "why": "low", "slice": lowest, "pictures": 6}
    ledger = run / "ledger.jsonl"
    kept = [line for line in ledger.read_text().splitlines() if '"decide"' not in line]
    ledger.write_text("\n".join([*kept, json.dumps(request)]) + "\n")
    return run
