"""The values that tables on a page are made of: figures with their interval, changes, rows, tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from analysis.metrics.bootstrap import bootstrap_mean


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval; all three None where no picture has the value."""

    mean: float | None
    low: float | None
    high: float | None
    n: int
    """Pictures that it is over."""
    missing: int = 0
    """Pictures that do not have the value."""


def mean_figure(values: pd.Series[Any], seed: int) -> Figure:
    """The mean of the values that are there, with its bootstrap interval.

    >>> mean_figure(pd.Series([1.0, 1.0, None]), seed=0)
    Figure(mean=1.0, low=1.0, high=1.0, n=2, missing=1)
    """
    known = values.dropna()
    missing = len(values) - len(known)
    if known.empty:
        return Figure(None, None, None, 0, missing)
    return Figure(*bootstrap_mean(known.to_numpy(float), seed), n=len(known), missing=missing)


@dataclass(frozen=True)
class Change:
    """A mean over the same n pictures before and after, and the paired difference with its interval."""

    n: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    p: float
    q: float
    level: float
    """False-discovery rate up to which a change is significant."""

    @property
    def verdict(self) -> Literal["better", "worse", "unclear"]:
        """`better` and `worse` need q at the level, and an interval on one side of 0."""
        if self.q <= self.level and self.low > 0:
            return "better"
        return "worse" if self.q <= self.level and self.high < 0 else "unclear"


@dataclass(frozen=True)
class Row:
    label: str
    note: str
    figures: tuple[Figure, ...]
    """One for each round."""
    change: Change | None
    kind: str = ""
    """`total`, `part`, `planted` or `measure`; decides how the row looks."""


@dataclass(frozen=True)
class Table:
    title: str
    rounds: tuple[int, ...]
    rows: tuple[Row, ...]
