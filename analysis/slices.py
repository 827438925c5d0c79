"""Slices of attributes where a value is low: which there are, and which few to render more of.

A value is higher-is-better by convention: 1 for a right prediction, a score, a negated loss.
`find_slices` tells everything about every slice; `select_weak` names the few that explain the
weakness without saying it twice.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.change import paired_change
from analysis.conjunctions import (
    Conjunctions,
    Part,
    attribute_columns,
    conjunctions,
    numbers,
    require_columns,
)
from analysis.stats import Floats, benjamini_hochberg, bootstrap_mean, lower_tail
from generator.errors import UserError

__all__ = ["bootstrap_mean", "find_slices", "paired_change", "select_weak"]

RESULT = (
    "slice",
    "n",
    "n_missing",
    "mean",
    "low",
    "high",
    "rest_mean",
    "difference",
    "p",
    "q",
    "weak",
    "step",
)
"""Columns of the results beside the attributes."""


def find_slices(
    table: pd.DataFrame,
    attributes: Sequence[str],
    value: str,
    *,
    max_order: int = 2,
    min_n: int = 8,
    level: float = 0.05,
    seed: int,
    n_boot: int = 1000,
) -> pd.DataFrame:
    """Test every slice against the rest of the pictures.

    Args:
        table: one row a picture.
        attributes: columns that span the slices.
        value: column of numbers, higher is better. Pictures without it (nan) are left out and counted.
        max_order: most attributes in a slice.
        min_n: fewest pictures with a value in a slice that is tested; smaller ones are not listed, nor
            are those that hold every picture.
        level: false-discovery rate at which a slice is called weak.
        seed: decides the bootstrap. A slice's interval depends on it and its own pictures alone.
        n_boot: number of bootstrap resamples.

    Returns:
        One row a slice, lowest p first: `slice` (`color=y & shape=van`); the attributes' values, <NA> where
        free; `n`; `n_missing`; `mean` with its 95 % bootstrap interval `low`, `high`; `rest_mean` of all
        other pictures; `difference` from it; one-sided `p` that the slice lies below the rest
        (`analysis.stats.lower_tail`); Benjamini-Hochberg `q`; `weak`: q ≤ level and high < rest_mean.

    Raises:
        UserError: a column is missing, reserved or not numeric, or `max_order` is below 1.
    """
    column = _column(table, attributes, value)
    tested, figures = _test(conjunctions(table, attributes, max_order), column, min_n)
    figures = _intervals(tested, figures, column, level, seed, n_boot)
    return _arrange(figures, tested.parts, attributes).sort_values(
        ["p", "slice"], kind="stable", ignore_index=True
    )


def select_weak(
    table: pd.DataFrame,
    attributes: Sequence[str],
    value: str,
    *,
    most: int,
    max_order: int = 2,
    min_n: int = 8,
    level: float = 0.05,
    seed: int,
    n_boot: int = 1000,
) -> pd.DataFrame:
    """Name the few weak slices that explain the weakness: sequential covering.

    Of all slices take the one with the lowest p, drop its pictures, test what is left, repeat until
    nothing is weak or `most` are named. The lowest p chooses between a slice and its relatives: where only
    `color=y & shape=van` is weak, its parents `color=y` and `shape=van` dilute the same failures with good
    pictures; where all of `view=b` is weak, its children hold only a part of the failures. Once the pair's
    pictures are gone a parent is judged without them, and named only if it is weak by itself. Where a good
    half of a parent's children are weak, the parent is named in their place.

    A slice is named where q ≤ level, the slices already named counting as discoveries (`benjamini_hochberg`),
    and its interval lies below the rest; and only where it lies below the rest of the whole table too, for
    once the weak are gone an ordinary slice can be the lowest of the good. So with nothing weak, any slice is
    named in at most `level` of the tables. A slice of few pictures or of a small loss is missed rather than
    guessed: with 10-25 % of the other pictures wrong and 65-80 % of a pair's, a pair of 15, 20, 25 pictures
    (of 600, 800, 1,000) is named in 71, 87, 96 % of simulated tables, and 2-4 % of the names are false ones.

    Args:
        most: most slices to name. All else as for `find_slices`.

    Returns:
        The columns of `find_slices` and `step` (from 1), in the order of naming. The figures are those among
        the pictures that no earlier slice took: `n` is what the slice adds. No row where nothing is weak.

    Raises:
        UserError: as `find_slices`; `most` below 1.
    """
    if most < 1:
        raise UserError(f"select_weak: most is {most}; allow at least 1 slice")
    column = _column(table, attributes, value)
    every = conjunctions(table, attributes, max_order)
    _, whole = _test(every, column, min_n, 0)
    below = set(whole.loc[whole["difference"] < 0, "slice"])
    left = np.ones(len(table), dtype=bool)
    rows: list[pd.DataFrame] = []
    parts: list[tuple[Part, ...]] = []
    while len(rows) < most:
        found = Conjunctions(every.parts, every.members[:, left])
        tested, figures = _test(found, column[left], min_n, len(rows))
        p = figures["p"].where(figures["slice"].isin(below), np.inf)
        first = (np.arange(len(p)) == (p.argmin() if len(p) else -1)) & np.isfinite(p.to_numpy())
        best = _intervals(tested.take(first), figures[first], column[left], level, seed, n_boot)
        if not best["weak"].any():
            break
        rows.append(best.assign(step=len(rows) + 1))
        parts += tested.take(first).parts
        left[left] = ~tested.members[first][0]
    named = pd.concat(rows) if rows else best.iloc[:0].assign(step=0)
    return _arrange(named, parts, attributes)


def _column(table: pd.DataFrame, attributes: Sequence[str], value: str) -> Floats:
    """Check a table's columns and read its values."""
    require_columns(table, [*attributes, value], (), "the table")
    require_columns(table, attributes, RESULT, "the table")
    return numbers(table, value, "the table")


def _test(
    found: Conjunctions, column: Floats, min_n: int, named: int = 0
) -> tuple[Conjunctions, pd.DataFrame]:
    """Every figure but the intervals, for the slices that are large enough; `column` may hold nan."""
    has = ~np.isnan(column)
    n = (found.members & has).sum(1)
    found = found.take((n >= max(min_n, 1)) & (n < has.sum()))
    members, values = found.members[:, has], column[has]
    n = members.sum(1)
    mean = members @ values / n
    rest_mean = (~members) @ values / (len(values) - n)
    p = lower_tail(members, values)
    figures = pd.DataFrame(
        {
            "slice": found.names(),
            "n": n,
            "n_missing": (found.members & ~has).sum(1),
            "mean": mean,
            "rest_mean": rest_mean,
            "difference": mean - rest_mean,
            "p": p,
            "q": benjamini_hochberg(p, named=named),
        }
    )
    return found, figures


def _intervals(
    found: Conjunctions, figures: pd.DataFrame, column: Floats, level: float, seed: int, n_boot: int
) -> pd.DataFrame:
    """Add `low`, `high` and `weak`. Each slice has a random stream of its own, named after it."""
    streams = [[seed, zlib.crc32(name.encode())] for name in figures["slice"]]
    bounds = [
        bootstrap_mean(column[member], stream, n_boot)[1:]
        for member, stream in zip(found.members, streams, strict=True)
    ]
    low, high = np.array(bounds, dtype=np.float64).reshape(-1, 2).T
    weak = (figures["q"] <= level) & (high < figures["rest_mean"])
    return figures.assign(low=low, high=high, weak=weak)


def _arrange(figures: pd.DataFrame, parts: list[tuple[Part, ...]], attributes: Sequence[str]) -> pd.DataFrame:
    """Add the attributes' columns and put all columns in their order."""
    figures = pd.concat([figures.reset_index(drop=True), attribute_columns(parts, attributes)], axis=1)
    return figures[["slice", *attributes, *(name for name in RESULT[1:] if name in figures)]]
