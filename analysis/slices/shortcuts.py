"""Slices whose pictures the network gets right without the vehicle: candidates for shortcuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis import columns
from analysis.metrics.arrays import Floats
from analysis.slices.conjunctions import inside, require_columns
from analysis.slices.evidence import UNKNOWN, Figure, column, compare
from analysis.slices.find import select_weak
from analysis.slices.options import DEFAULTS, SliceTest
from generator.errors import UserError

SHORTCUTS = ("n", columns.RESIDUAL, "usual", "difference", "low", "high", "p", "q", "step")
"""Columns of `shortcut_slices` beside the slice and the attributes."""


def shortcut_slices(
    pictures: pd.DataFrame,
    attributes: Sequence[str],
    test: SliceTest = DEFAULTS,
    *,
    max_slices: int,
) -> pd.DataFrame:
    """Name the few slices whose pictures the network gets right without looking at the vehicle.

    By `select_weak`, of right predictions, on the residual as its distance below its class's mean in its
    class's standard deviations: classes differ in both, and a slice of a class that varies much would be
    significant too easily. One slice is named at a time and leaves its class's mean, or else it would hide
    the next one.

    Args:
        pictures: `correct`, `label`, `residual` and the attributes; one row per picture, nan where not known.
        test: as for `select_weak`; its `margin`, in the unit of another value, has no part in it.
        max_slices: most slices to name.

    Returns:
        In the order of naming: `slice`; the attributes' values, <NA> where free; `n` right pictures that no
        earlier slice took; their mean `residual`; what is `usual` for right pictures of their classes; the
        `difference` and its interval `low`, `high`; `p` and `q` of `select_weak`; `step`, from 1.

    Raises:
        UserError: as `select_weak`; no residual is known.
    """
    needed = [columns.CORRECT, columns.LABEL, columns.RESIDUAL]
    require_columns(pictures, needed, (), "the evaluation")
    require_columns(pictures, attributes, ("slice", *SHORTCUTS), "the evaluation")
    if max_slices < 1:
        raise UserError(f"shortcut_slices: max_slices is {max_slices}; allow at least 1 slice")
    standardised = replace(test, margin=0.0)
    right = column(pictures, columns.CORRECT) == 1
    left = np.where(right, column(pictures, columns.RESIDUAL), np.nan)
    steps: list[pd.DataFrame] = []
    while len(steps) < max_slices:
        distance = -_standard(left, pictures[columns.LABEL])
        found = select_weak(
            pd.DataFrame({**pictures[[*attributes]], "distance": distance}),
            attributes, "distance", standardised, max_slices=1,
        )  # fmt: skip
        if found.empty:
            break
        row = found[[*attributes]].iloc[0]
        where = {str(name): value for name, value in row[row.notna()].items()}
        member = inside(pictures, where).to_numpy(dtype=bool)
        figure = compare(left, member, within=pictures[columns.LABEL], seed=test.seed, n_boot=test.n_boot)
        steps.append(_step(found, figure, len(steps) + 1))
        left = np.where(member, np.nan, left)
    named = pd.concat(steps, ignore_index=True) if steps else _step(found, UNKNOWN, 0)
    return named[["slice", *attributes, *SHORTCUTS]]


def _standard(values: Floats, labels: pd.Series[str]) -> Floats:
    """Distance from the class's mean in the class's standard deviations, 0 where it has none; (N,)."""
    groups = pd.Series(values, index=labels.index).groupby(labels)
    distance = values - groups.transform("mean").to_numpy()
    spread = groups.transform("std", ddof=0).to_numpy()
    flat = ~(spread > 1e-9)
    return np.where(flat & ~np.isnan(values), 0.0, distance / np.where(flat, 1.0, spread))


def _step(found: pd.DataFrame, figure: Figure, step: int) -> pd.DataFrame:
    """A slice of `select_weak` with the figures of its residual in place of the standardised ones."""
    return found.assign(
        n=figure.n, residual=figure.here, usual=figure.rest, difference=figure.difference,
        low=figure.low, high=figure.high, step=step,
    )  # fmt: skip
