"""Before against after."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.slices.binning import bounds
from analysis.slices.change import paired_change
from loop.report.run import write_report
from loop.report.run.content.changes import slice_changes, within
from loop.report.run.content.run import read_run
from loop.report.run.sections.weak_slices import weak_tables
from tests.helpers.report import (
    HOLE,
)


def test_the_difference_is_that_of_paired_change(run: Path) -> None:
    before, after = (pd.read_parquet(run / "rounds" / number / "holdout.parquet") for number in ("00", "01"))
    expected = paired_change(before, after, "correct", ["shape", "color"])
    found = within(read_run(run), "holdout", "correct")
    assert found is not None
    for column in ("n", "before", "after", "difference", "p"):
        assert getattr(found, column) == pytest.approx(expected.iloc[0][column])
    hole = expected[expected["slice"] == "color=y & shape=van"].iloc[0]
    item = slice_changes(read_run(run))[0]
    assert (item.where, item.chosen, item.planted) == (HOLE, True, True)
    assert item.change.n == hole["n"]
    assert item.change.difference == pytest.approx(hole["difference"])
    assert item.change.verdict == "better"


def test_slices_of_numbers_are_named_and_followed_by_their_bins(low_sun: Path) -> None:
    content = read_run(low_sun)
    (where,) = content.chosen
    low, high = bounds(str(where["sun_elevation"]))
    first = weak_tables(content)[0].rows[0]
    assert (first.where, first.chosen) == (where, True)
    sun, before, after = (
        pd.read_parquet(low_sun / place)[column].to_numpy()
        for place, column in (
            ("rounds/00/holdout.parquet", "sun_elevation"),
            ("rounds/00/holdout.parquet", "correct"),
            ("rounds/01/holdout.parquet", "correct"),
        )
    )
    mine = (sun >= low) & (sun < high)
    change = next(one.change for one in slice_changes(content) if one.where == where)
    assert (change.n, change.before, change.after) == (mine.sum(), before[mine].mean(), after[mine].mean())
    assert change.verdict == "better"
    assert "vehicles with sun elevation" in write_report(low_sun).read_text()
