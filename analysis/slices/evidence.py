"""Figures of a slice against those of the rest, each with an interval and a test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import columns
from analysis.metrics.arrays import Bools, Floats
from analysis.metrics.bootstrap import bootstrap_mean
from analysis.metrics.significance import lower_tail, upper_tail_within
from analysis.slices.conjunctions import numbers

MEASURED = 2
"""Fewest pictures with a value in a slice of which a figure is made."""


@dataclass(frozen=True)
class Figure:
    """A mean in a slice and in the rest; all nan where it is not known."""

    here: float
    rest: float
    """Where classes are held apart: the mean that other pictures of the slice's classes have."""
    difference: float
    """here - rest."""
    low: float
    high: float
    """95 % bootstrap interval of the difference over the slice's pictures; the rest, which is larger, is
    taken as known."""
    p: float
    """One-sided: how often chance puts `here` as far on the worse side of the rest."""
    n: int
    """Pictures of the slice with a value."""

    @property
    def known(self) -> bool:
        """Whether there were pictures enough to compare."""
        return not np.isnan(self.p)


UNKNOWN = Figure(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, 0)


def compare(
    values: Floats,
    member: Bools,
    *,
    worse: int = 1,
    within: pd.Series[str] | None = None,
    seed: int = 0,
    n_boot: int = 1000,
) -> Figure:
    """Compare the members of a slice with all others, by `lower_tail` or `upper_tail_within`.

    Args:
        values: (N,), nan where there is none.
        member: (N,), the slice.
        worse: 1 where higher is worse, -1 where lower is.
        within: class of each picture; pictures are then compared with others of their class alone, and
            classes that lie in the slice, or outside it, altogether are left out. None: all are one class.
        seed: decides the bootstrap.
        n_boot: number of bootstrap resamples.

    Returns:
        A figure that is not known where fewer than `MEASURED` pictures of the slice, or none of the rest,
        have a value.
    """
    classes = np.zeros(len(values), dtype=np.int64)
    if within is not None:
        classes = pd.factorize(within, use_na_sentinel=False)[0]
    kept = _shared(classes, member, ~np.isnan(values))
    values, member, classes = values[kept], member[kept], classes[kept]
    n = int(np.count_nonzero(member))
    if n < MEASURED:
        return Figure(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, n)
    usual = np.bincount(classes, values * ~member) / np.maximum(np.bincount(classes, ~member), 1)
    rest = usual[classes[member]]
    difference, low, high = bootstrap_mean(values[member] - rest, seed, n_boot)
    if within is None:
        p = float(lower_tail(member[None], 1 - worse * values)[0])
    else:
        p = upper_tail_within(member, worse * values, classes)
    return Figure(float(values[member].mean()), float(rest.mean()), difference, low, high, p, n)


def _shared(classes: NDArray[np.int64], member: Bools, known: Bools) -> Bools:
    """Known pictures of classes that have some in the slice and some outside, (N,)."""
    inside, outside = np.bincount(classes, known & member), np.bincount(classes, known & ~member)
    return np.asarray(known & ((inside > 0) & (outside > 0))[classes])


def column(pictures: pd.DataFrame, name: str) -> Floats:
    """(N,), all nan where the pictures have no such column.

    Raises:
        UserError: it does not hold finite numbers.
    """
    return numbers(pictures, name, "the evaluation") if name in pictures else np.full(len(pictures), np.nan)


def where_instead(pictures: pd.DataFrame, member: Bools) -> str:
    """The part of the picture that has more evidence for the true class in a slice than in the rest, by most.

    For each part, the fraction of the evidence on it less its fraction of the picture is compared.

    Args:
        pictures: with `on_PART_true` and `area_PART`; other columns are ignored.
        member: (N,), the slice.

    Returns:
        One of `analysis.scores.parts.NAMES`: `shadow` for the ground close under the vehicle, `rest` for the
        background, or a part of the vehicle; "" where parts are not known or none has more.
    """
    figures = {}
    for part in columns.parts_measured(pictures):
        evidence = column(pictures, columns.evidence_on(part, "true"))
        figures[part] = compare(evidence - column(pictures, columns.area_of(part)), member, n_boot=1)
    more = {part: figure.difference for part, figure in figures.items() if figure.difference > 0}
    return max(more, key=lambda part: more[part]) if more else ""
