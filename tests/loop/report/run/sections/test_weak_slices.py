"""The tables of weak slices."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from loop.report.run.content.run import read_run
from loop.report.run.sections.weak_slices import weak_tables
from tests.helpers.report import (
    HOLE,
)


def test_the_table_of_weak_slices_is_that_of_the_score_that_decides(run: Path) -> None:
    slices = pd.read_parquet(run / "rounds" / "00" / "slices.parquet")
    deciding = slices[slices["score"] == "p_true"]
    table = weak_tables(read_run(run))[0]
    assert (table.tested, table.weak) == (len(deciding), deciding["weak"].sum())
    first = table.rows[0]
    assert (first.where, first.selected, first.chosen, first.planted) == (HOLE, True, True, True)
    assert first.by == ("energy_true",)
    assert first.mean == deciding.iloc[0]["mean"]


def test_each_weak_slice_is_diagnosed(run: Path, page: str) -> None:
    """The hole is wrong, its loss high and its evidence off the vehicle: data are missing."""
    (found,) = weak_tables(read_run(run))[0].diagnoses
    assert (found.name, found.kind) == ("color=y & shape=van", "missing data")
    probe = pd.read_parquet(run / "rounds/00/probe.parquet")
    hole = (probe["shape"] == "van") & (probe["color"] == "y")
    assert found.n == hole.sum()
    assert found.error.here == pytest.approx(1 - probe.loc[hole, "correct"].mean())
    assert found.error.rest == pytest.approx(1 - probe.loc[~hole, "correct"].mean())
    assert found.loss.here == pytest.approx(probe.loc[hole, "loss"].mean())
    assert found.alignment.here == pytest.approx(probe.loc[hole, "energy_true"].mean())
    assert "data are missing: " in page
    assert f"rest {100 * found.error.rest:.0f}" in page


def test_slices_are_listed_with_what_their_parents_make_of_them(run: Path) -> None:
    table = weak_tables(read_run(run))[0]
    rows = {tuple(sorted(row.where.items())): row for row in table.rows}
    hole = rows[("color", "y"), ("shape", "van")]
    assert hole.mean < hole.estimate < hole.rest
    assert hole.estimate_low < hole.estimate < hole.estimate_high
