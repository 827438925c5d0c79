"""Before and after on the same pictures, by `analysis.slices.change`: overall, in slices, in classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.columns import CORRECT, LABEL, NAME
from analysis.metrics.significance import benjamini_hochberg
from analysis.slices.change import paired_change
from analysis.slices.conjunctions import in_any, inside, slice_name, varying, wheres_of
from analysis.slices.options import SliceTest
from generator.planning.grid import GRID
from generator.planning.sampling import Where
from loop.report.layout.tables import Change
from loop.report.run.content.run import RunContent

REGRESSION_ORDER = 2
"""Most attributes in a slice that is searched for a regression."""


@dataclass(frozen=True)
class SliceChange:
    where: Where
    change: Change
    chosen: bool
    planted: bool


def compare(before: pd.DataFrame, after: pd.DataFrame, value: str, seed: int, level: float) -> Change | None:
    """The change over all pictures of both tables; None where no picture has the value twice."""
    paired = before[[NAME, value]].merge(after[[NAME, value]], on=NAME).dropna()
    if paired.empty:
        return None
    test = SliceTest(min_n=1, level=level, seed=seed)
    whole = before[[NAME, value]].assign(every="all")
    return _change(paired_change(whole, after[[NAME, value]], value, ["every"], test).iloc[0], level)


def within(run: RunContent, name: str, value: str, where: Where | None = None) -> Change | None:
    """The change of a value on a set of pictures, or on a slice of it; None where it cannot be compared."""
    before, after = run.first.pictures.get(name), run.last.pictures.get(name)
    if before is None or after is None or len(run.rounds) < 2 or value not in before:
        return None
    if where is not None:
        before = before[inside(before, where)]
        after = _same(after, before)
    return compare(before, after, value, run.seed, run.slice_test.level)


def in_slices(run: RunContent, slices: Sequence[Where], *, outside: bool = False) -> Change | None:
    """Holdout accuracy over the pictures that lie in at least one of the slices, or in none of them."""
    before, after = run.first.pictures["holdout"], run.last.pictures["holdout"]
    found = in_any(before, slices) != outside
    return compare(before[found], _same(after, before[found]), CORRECT, run.seed, run.slice_test.level)


def in_classes(run: RunContent, name: str, classes: Sequence[str]) -> Change | None:
    """Accuracy over the pictures of these classes."""
    if len(run.rounds) < 2:
        return None
    before, after = run.first.pictures[name], run.last.pictures[name]
    mine = before[before[LABEL].isin(list(classes))]
    return compare(mine, _same(after, mine), CORRECT, run.seed, run.slice_test.level)


def slice_changes(run: RunContent) -> list[SliceChange]:
    """Holdout accuracy in every reinforced and every planted slice; q over these slices."""
    planted = {slice_name(where): where for where in run.planted}
    chosen = {slice_name(where): where for where in run.chosen}
    found = []
    for key, where in {**chosen, **planted}.items():
        change = within(run, "holdout", CORRECT, where)
        if change is not None:
            found.append(SliceChange(where, change, key in chosen, key in planted))
    changes = controlled([item.change for item in found])
    return [replace(item, change=change) for item, change in zip(found, changes, strict=True)]


def controlled(changes: Sequence[Change]) -> list[Change]:
    """The same with q over all of them, so that their verdicts control the false-discovery rate."""
    q = benjamini_hochberg(np.array([change.p for change in changes]))
    return [replace(change, q=float(value)) for change, value in zip(changes, q, strict=True)]


@dataclass(frozen=True)
class Regressions:
    """Slices that became worse, among all that are large enough to be tested."""

    tested: int
    worse: tuple[tuple[Where, Change], ...]


def regressions(run: RunContent) -> Regressions:
    """Holdout slices that are significantly less accurate after, lowest p first."""
    before, after = run.first.pictures["holdout"], run.last.pictures["holdout"]
    attributes = varying(before, list(GRID))
    if not attributes:
        return Regressions(0, ())
    test = replace(run.slice_test, max_order=REGRESSION_ORDER)
    slices = paired_change(before, after, CORRECT, attributes, test).iloc[1:]
    worse = slices[slices["worse"]]
    changes = [_change(row, test.level) for _, row in worse.iterrows()]
    return Regressions(len(slices), tuple(zip(wheres_of(worse, attributes), changes, strict=True)))


def _change(row: pd.Series[Any], level: float) -> Change:
    """A row of `paired_change`."""
    names = ("before", "after", "difference", "low", "high", "p", "q")
    return Change(n=int(row["n"]), level=level, **{name: float(row[name]) for name in names})


def _same(table: pd.DataFrame, pictures: pd.DataFrame) -> pd.DataFrame:
    """The rows of the same pictures."""
    return table[table[NAME].isin(pictures[NAME])]
