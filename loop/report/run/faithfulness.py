"""How faithful each method's maps are to the network, where `look.faithfulness` had it measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.metrics.stats import bootstrap_mean
from loop.report.run.content import RunContent
from loop.report.run.tables import Figure
from loop.run.files import read_table

MEASURES = ("drop", "increase", "deletion", "insertion")
"""Columns of the table of a round; shares of 1 all."""


@dataclass(frozen=True)
class MethodRow:
    method: str
    layer: str
    figures: dict[str, Figure]
    """`MEASURES`, and `win`: the share of pictures where it drops less than the first method, ties half."""


def faithful(run: RunContent) -> tuple[MethodRow, ...]:
    """One row a method, of the last round; empty where it was not measured."""
    path = run.last.folder / "probe_faithfulness.parquet"
    if not path.is_file():
        return ()
    table = read_table(path)
    methods = list(dict.fromkeys(table["method"]))
    of = {method: table[table["method"] == method].set_index("name") for method in methods}
    return tuple(_row(of[method], of[methods[0]], run.seed, method == methods[0]) for method in methods)


def _row(mine: pd.DataFrame, first: pd.DataFrame, seed: int, alone: bool) -> MethodRow:
    figures = {measure: _figure(mine[measure], seed) for measure in MEASURES}
    if not alone:
        figures["win"] = _figure(_won(mine["drop"], first["drop"].loc[mine.index]), seed)
    return MethodRow(str(mine["method"].iloc[0]), str(mine["layer"].iloc[0]), figures)


def _won(one: pd.Series[Any], other: pd.Series[Any]) -> pd.Series[Any]:
    """1, ½ or 0 a picture, nan where either has no drop: `analysis.methods.faithful.wins` before its mean."""
    less = (one < other).astype(float) + 0.5 * (one == other)
    return less.where(one.notna() & other.notna())


def _figure(values: pd.Series[Any], seed: int) -> Figure:
    known = values.dropna().to_numpy(float)
    if not len(known):
        return Figure(None, None, None, 0, len(values))
    return Figure(*bootstrap_mean(known, seed), n=len(known), missing=len(values) - len(known))
