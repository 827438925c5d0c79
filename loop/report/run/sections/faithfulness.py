"""How faithful each method's maps are to the network, where `attribution.faithfulness` had it measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from loop.report.layout.tables import Figure, mean_figure
from loop.report.run.content.run import RunContent

MEASURES = ("drop", "increase", "deletion", "insertion")
"""Columns of a round's table, all in [0, 1]."""


@dataclass(frozen=True)
class MethodRow:
    method: str
    layer: str
    figures: dict[str, Figure]
    """`MEASURES`, and `win`: the fraction of pictures in which the probability drops less than with the first
    method, ties counting half."""


def faithfulness(run: RunContent) -> tuple[MethodRow, ...]:
    """One row for each method, of the last accepted round; empty where it was not measured."""
    table = run.last.faithfulness()
    if table is None:
        return ()
    methods = list(dict.fromkeys(table["method"]))
    of = {method: table[table["method"] == method].set_index("name") for method in methods}
    return tuple(_row(of[method], of[methods[0]], run.seed, method == methods[0]) for method in methods)


def _row(mine: pd.DataFrame, first: pd.DataFrame, seed: int, is_first: bool) -> MethodRow:
    figures = {measure: mean_figure(mine[measure], seed) for measure in MEASURES}
    if not is_first:
        figures["win"] = mean_figure(_won(mine["drop"], first["drop"].loc[mine.index]), seed)
    return MethodRow(str(mine["method"].iloc[0]), str(mine["layer"].iloc[0]), figures)


def _won(one: pd.Series[Any], other: pd.Series[Any]) -> pd.Series[Any]:
    """1, ½ or 0 for each picture, nan where either has no drop; `analysis.methods.faithful.wins` is its
    mean."""
    less = (one < other).astype(float) + 0.5 * (one == other)
    return less.where(one.notna() & other.notna())
