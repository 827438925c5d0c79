"""Slices of attributes where a value is low: which there are, and which few to render more of.

A value is higher-is-better by convention: 1 for a right prediction, a score, a negated loss.
`find_slices` gives all figures of every slice; `select_weak` names the few that explain the weakness, each
failure once. The test itself is `analysis.metrics.significance.lower_tail`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.metrics.arrays import Floats
from analysis.metrics.bootstrap import bootstrap_means
from analysis.metrics.significance import benjamini_hochberg, lower_tail
from analysis.slices.conjunctions import (
    Conjunctions,
    attribute_columns,
    conjunctions,
    numbers,
    require_columns,
    slice_name,
)
from analysis.slices.options import DEFAULTS, SliceTest
from analysis.slices.shrinkage import shrink
from generator.errors import UserError

RESULT = (
    "slice",
    "n",
    "n_missing",
    "mean",
    "low",
    "high",
    "estimate",
    "estimate_low",
    "estimate_high",
    "rest_mean",
    "difference",
    "p",
    "q",
    "weak",
    "step",
)
"""Columns of the results beside the attributes."""


def attributes_of(found: pd.DataFrame) -> tuple[str, ...]:
    """The attributes that a table of slices has columns of."""
    return tuple(str(name) for name in found if name not in {*RESULT, "score"})


def find_slices(
    table: pd.DataFrame,
    attributes: Sequence[str],
    value: str,
    test: SliceTest = DEFAULTS,
) -> pd.DataFrame:
    """Test every slice against the rest of the pictures.

    Args:
        table: one row a picture.
        attributes: columns that span the slices.
        value: column of numbers, higher is better. Pictures without it (nan) are left out and counted.
        test: size, level and margin of the test. Slices that hold every picture are not listed.

    Returns:
        One row a slice, lowest p first: `slice` (`color=y & shape=van`); the attributes' values, <NA> where
        free; `n`; `n_missing`; `mean` with its 95 % bootstrap interval `low`, `high`; `estimate` of what
        further pictures of the slice would have, the mean drawn towards what its parents predict, with
        its 95 % interval `estimate_low`, `estimate_high` (`analysis.slices.shrinkage`); `rest_mean` of all
        others; `difference` from it; one-sided `p` that the slice lies below the rest
        (`analysis.metrics.significance.lower_tail`); Benjamini-Hochberg `q`; `weak`: q ≤ level and
        high < rest_mean - margin.

    >>> table = pd.DataFrame({"shape": ["van"] * 10 + ["bus"] * 30, "correct": [0] * 8 + [1] * 32})
    >>> found = find_slices(table, ["shape"], "correct").set_index("slice")
    >>> found.loc[["shape=van"], ["n", "mean", "rest_mean", "weak"]].to_dict("records")
    [{'n': 10, 'mean': 0.2, 'rest_mean': 1.0, 'weak': True}]

    Raises:
        UserError: a column is missing, reserved or not numeric, or `test.max_order` is below 1.
    """
    column = _column(table, attributes, value)
    found = conjunctions(table, attributes, test.max_order, test.min_n, ~np.isnan(column))
    figures = _test(found, column, test.min_n)
    figures = _estimates(found, _intervals(found, figures, column, test), column)
    return _arrange(figures, found, attributes).sort_values(["p", "slice"], kind="stable", ignore_index=True)


def select_weak(
    table: pd.DataFrame,
    attributes: Sequence[str],
    value: str,
    test: SliceTest = DEFAULTS,
    *,
    max_slices: int,
) -> pd.DataFrame:
    """Name the few weak slices that explain the weakness: sequential covering.

    Of all slices take the one with the lowest p, drop its pictures, test what is left, repeat until
    nothing is weak or `max_slices` are named. The lowest p chooses between a slice and its relatives: where
    only `color=y & shape=van` is weak, its parents `color=y` and `shape=van` dilute the same failures with
    good pictures; where all of `view=b` is weak, its children hold only a part of the failures. Once the
    pair's pictures are gone a parent is judged without them, and named only if it is weak by itself. Nothing
    else is needed for the other case: where more than about half of a parent's children are weak, the parent
    itself has the lowest p, so it is named in their place.

    A slice is named where q ≤ level, the slices already named counting as discoveries (`benjamini_hochberg`),
    and its interval lies below the rest by the margin; and only where it does so in the whole table too, for
    once the weak are gone an ordinary slice can be the lowest of the good. So with nothing weak, any slice is
    named in at most `level` of the tables. A slice of few pictures or of a small loss is missed rather than
    guessed: with 10-25 % of the other pictures wrong and 65-80 % of a pair's, a pair of 15, 20, 25 pictures
    (of 600, 800, 1,000) is named in 71, 87, 96 % of simulated tables, and 2-4 % of the names are false ones.
    Up to three attributes, of 5 with 4 or 5 values each: of 1,000 (2,000) pictures a quarter is named in all
    tables, a pair of 40 (80) in 98 % (all), a triple of 12 (25) in 36 % (83 %); 4 % (2 %) of names are false.

    Args:
        max_slices: most slices to name. All else as for `find_slices`.

    Returns:
        The columns of `find_slices` but the estimates, and `step` (from 1), in the order of naming. The
        figures are those among the pictures that no earlier slice took: `n` is what the slice adds. No row
        where nothing is weak.

    >>> table = pd.DataFrame({"shape": ["van"] * 10 + ["bus"] * 30, "correct": [0] * 8 + [1] * 32})
    >>> select_weak(table, ["shape"], "correct", max_slices=4)["slice"].tolist()
    ['shape=van']

    Raises:
        UserError: as `find_slices`; `max_slices` below 1.
    """
    if max_slices < 1:
        raise UserError(f"select_weak: max_slices is {max_slices}; allow at least 1 slice")
    column = _column(table, attributes, value)
    every = conjunctions(table, attributes, test.max_order, test.min_n, ~np.isnan(column))
    whole = _test(every, column, test.min_n)
    below = whole.index[whole["difference"] < -test.margin]
    left = np.ones(len(table), dtype=bool)
    rows: list[pd.DataFrame] = []
    while len(rows) < max_slices:
        values = np.where(left, column, np.nan)
        figures = _test(every, values, test.min_n, len(rows))
        low = figures["difference"] < -test.margin
        low &= figures.index.isin(below) & (figures["q"] <= test.level)
        weak = _intervals(every, figures[low], values, test).query("weak")
        if weak.empty:
            break
        best = weak.loc[[_first(weak, every, attributes)]]
        members = every.members[best.index[0]]
        rows.append(best.assign(n_missing=(members & left & np.isnan(column)).sum(), step=len(rows) + 1))
        left &= ~members
    named = pd.concat(rows) if rows else weak.assign(step=0)
    return _arrange(named, every, attributes)


def _first(weak: pd.DataFrame, found: Conjunctions, attributes: Sequence[str]) -> int:
    """The slice of the lowest p; of several that hold the same pictures the one of the fewest attributes, and
    of these, the one whose attributes come first."""
    members = found.members[weak.index]
    same = (members == members[weak["weighted_p"].to_numpy().argmin()]).all(axis=1)
    places = {int(i): sorted(attributes.index(name) for name, _ in found.parts[i]) for i in weak.index[same]}
    return min(places, key=lambda i: (len(places[i]), places[i]))


def _column(table: pd.DataFrame, attributes: Sequence[str], value: str) -> Floats:
    """Check a table's columns and read its values."""
    require_columns(table, [*attributes, value], (), "the table")
    require_columns(table, attributes, RESULT, "the table")
    return numbers(table, value, "the table")


def _test(found: Conjunctions, column: Floats, min_n: int, named: int = 0) -> pd.DataFrame:
    """Every figure but the intervals, a row a slice that is large enough, under its place in `found`.

    `column` (N,) may hold nan: these pictures are counted and left out. `weighted_p` is what decides.
    """
    has = ~np.isnan(column)
    values, all_members = column[has], found.members[:, has]
    sizes = np.count_nonzero(all_members, axis=1)
    large = np.flatnonzero((sizes >= max(min_n, 1)) & (sizes < len(values)))
    members, n = all_members[large], sizes[large]
    sums = members @ values
    mean, rest_mean = sums / n, (values.sum() - sums) / (len(values) - n)
    p = lower_tail(members, values)
    weighted_p = p / _weights(found.orders[large])
    figures = {
        "n": n,
        "n_missing": found.sizes[large] - n,
        "mean": mean,
        "rest_mean": rest_mean,
        "difference": mean - rest_mean,
        "p": p,
        "weighted_p": weighted_p,
        "q": benjamini_hochberg(weighted_p, named=named),
    }
    return pd.DataFrame(figures, index=large)


def _weights(orders: NDArray[np.int64]) -> Floats:
    """Weights of mean 1 by which p values are divided; (S,).

    Slices of one and two attributes are a group, those of three another, and so on; the groups have equal
    weight in total (Genovese, Roeder & Wasserman 2006, "False discovery control with p-value weighting").
    So thousands of triples cost the pairs a factor of two, not of ten.
    """
    group = np.maximum(orders, 2)
    kinds, at, sizes = np.unique(group, return_inverse=True, return_counts=True)
    return np.asarray(len(orders) / (len(kinds) * sizes))[at]


def _intervals(
    found: Conjunctions,
    figures: pd.DataFrame,
    column: Floats,
    test: SliceTest,
) -> pd.DataFrame:
    """Add `slice`, `low`, `high` and `weak`."""
    has = ~np.isnan(column)
    low, high = bootstrap_means(found.members[figures.index][:, has], column[has], test.seed, test.n_boot)
    names = [slice_name(dict(found.parts[i])) for i in figures.index]
    weak = (figures["q"] <= test.level) & (high < figures["rest_mean"] - test.margin)
    return figures.assign(slice=names, low=low, high=high, weak=weak)


def _estimates(found: Conjunctions, figures: pd.DataFrame, column: Floats) -> pd.DataFrame:
    """Add `estimate` and its interval; slices that are not tested have their part in the priors."""
    if figures.empty:
        return figures.assign(estimate=0.0, estimate_low=0.0, estimate_high=0.0)
    has = ~np.isnan(column)
    shrunk = shrink(found.members[:, has], column[has], found.parts)
    columns = {"estimate": shrunk.mean, "estimate_low": shrunk.low, "estimate_high": shrunk.high}
    return figures.assign(**{name: values[figures.index] for name, values in columns.items()})


def _arrange(figures: pd.DataFrame, found: Conjunctions, attributes: Sequence[str]) -> pd.DataFrame:
    """Add the attributes' columns and put all columns in their order."""
    values = attribute_columns([found.parts[i] for i in figures.index], attributes)
    figures = pd.concat([figures.reset_index(drop=True), values], axis=1)
    return figures[["slice", *attributes, *(name for name in RESULT[1:] if name in figures)]]
