"""The same pictures scored before and after a change of the network: what became better or worse."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import columns
from analysis.metrics.arrays import Floats
from analysis.metrics.bootstrap import bootstrap_mean
from analysis.metrics.significance import benjamini_hochberg, sign_flip
from analysis.slices.conjunctions import (
    Conjunctions,
    attribute_columns,
    conjunctions,
    numbers,
    require_columns,
)
from analysis.slices.options import DEFAULTS, SliceTest
from generator.errors import UserError

RESULT = (
    "slice",
    "n",
    "n_missing",
    "before",
    "after",
    "difference",
    "low",
    "high",
    "p",
    "q",
    "better",
    "worse",
)
"""Columns of the result beside the attributes."""


def paired_change(
    before: pd.DataFrame,
    after: pd.DataFrame,
    value: str,
    attributes: Sequence[str],
    test: SliceTest = DEFAULTS,
) -> pd.DataFrame:
    """Compare two tables picture by picture, joined on their column `name`.

    Args:
        before: one row a picture, with `name`, the value and the attributes.
        after: the same pictures, with `name` and the value. Its attributes, where it has them, must agree.
        value: column of numbers, higher is better.
        attributes: columns that span the slices.
        test: size and level of the test; `min_n` counts pairs, resamples are of pairs, and `margin` has no
            part in it.

    Returns:
        First the row `all`, then one row a slice, lowest p first: `slice`; the attributes' values, <NA> where
        free; `n` pairs; `n_missing` pictures that are in one table only or lack a value in one; mean `before`
        and `after`; their `difference` with its paired 95 % bootstrap interval `low`, `high`; two-sided `p`
        (`analysis.metrics.significance.sign_flip`); `q` over the slices (of `all`, one question of its own, q
        is p); `better`: q ≤ level and low > 0; `worse`: q ≤ level and high < 0.

    Raises:
        UserError: a column is missing, reserved or not numeric, a name occurs twice, an attribute differs
            between the tables, or they have no picture in common.
    """
    require_columns(before, [columns.NAME, value, *attributes], (), "before")
    require_columns(before, attributes, RESULT, "before")
    require_columns(after, [columns.NAME, value], (), "after")
    joined = _join(before, after, value, attributes)
    old, new = joined["_before"].to_numpy(dtype=np.float64), joined["_after"].to_numpy(dtype=np.float64)
    paired = ~np.isnan(new - old)
    found = conjunctions(joined, attributes, test.max_order, test.min_n, paired)
    everything = Conjunctions([()], np.ones((1, len(joined)), dtype=bool))
    overall = _compare(everything, old, new, test).assign(slice="all")
    slices = pd.concat(
        [_compare(found, old, new, test), attribute_columns(found.parts, attributes)], axis=1
    ).sort_values(["p", "slice"], kind="stable")
    result = pd.concat([overall, slices], ignore_index=True)
    result["better"] = (result["q"] <= test.level) & (result["low"] > 0)
    result["worse"] = (result["q"] <= test.level) & (result["high"] < 0)
    return result[["slice", *attributes, *RESULT[1:]]]


def _compare(slices: Conjunctions, old: Floats, new: Floats, test: SliceTest) -> pd.DataFrame:
    """The figures of each slice; `old` and `new` (N,) may hold nan."""
    paired = ~np.isnan(new - old)
    members, before, after = slices.members[:, paired], old[paired], new[paired]
    change = after - before
    n = members.sum(1)
    p = sign_flip(members, change, test.seed)
    names = slices.names()
    intervals = [
        bootstrap_mean(change[member], [test.seed, zlib.crc32(name.encode())], test.n_boot)[1:]
        for name, member in zip(names, members, strict=True)
    ]
    low, high = np.array(intervals, dtype=np.float64).reshape(-1, 2).T
    return pd.DataFrame(
        {
            "slice": names,
            "n": n,
            "n_missing": (slices.members & ~paired).sum(1),
            "before": members @ before / n,
            "after": members @ after / n,
            "difference": members @ change / n,
            "low": low,
            "high": high,
            "p": p,
            "q": benjamini_hochberg(p),
        }
    )


def _join(before: pd.DataFrame, after: pd.DataFrame, value: str, attributes: Sequence[str]) -> pd.DataFrame:
    """One row a picture of either table: the attributes, `_before` and `_after` (nan where there is none)."""
    old, new = _by_name(before, value, "before"), _by_name(after, value, "after")
    common = old.index.intersection(new.index)
    if len(common) == 0:
        raise UserError(
            f"before ({len(old)} pictures) and after ({len(new)}) share no name: score the same pictures"
        )
    for attribute in attributes:
        if attribute not in new.columns:
            continue
        differs = old.loc[common, attribute].astype(object) != new.loc[common, attribute].astype(object)
        if differs.any():
            name = common[differs.to_numpy()][0]
            raise UserError(
                f"picture {name!r}: {attribute} is {old.loc[name, attribute]!r} before and "
                f"{new.loc[name, attribute]!r} after: these are not the same pictures"
            )
    joined = old[list(attributes)].reindex(old.index.union(new.index))
    joined["_before"], joined["_after"] = old["_value"], new["_value"]
    return joined


def _by_name(table: pd.DataFrame, value: str, where: str) -> pd.DataFrame:
    twice = table[columns.NAME][table[columns.NAME].duplicated()]
    if len(twice):
        raise UserError(f"{where}: picture {twice.iloc[0]!r} occurs twice: keep one row a picture")
    return table.assign(_value=numbers(table, value, where)).set_index(columns.NAME)
