"""Heat maps of slices: two attributes against each other, before and after on one colour scale.

They are tables whose cells the style sheet colours: so they show their n, can be read aloud and printed, and
have a dark version.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import pandas as pd

from analysis.metrics.bootstrap import bootstrap_mean
from analysis.slices.conjunctions import inside, varying
from generator.naming import ATTRIBUTES
from generator.planning.sampling import Where
from generator.spec import COLORS, SHAPES, VIEWS
from loop.report.layout.numbers import number, percent
from loop.report.layout.text import ATTRIBUTE_NAMES, slice_text, value_text
from loop.report.run.content.rounds import RoundContent
from loop.report.run.content.run import RunContent

ORDER: dict[str, tuple[str, ...]] = {"shape": SHAPES, "color": tuple(COLORS), "view": VIEWS}
"""Values in the order in which people expect them; those of other attributes are sorted."""

DARK = 0.75
"""Fraction of the scale from which the text of a cell is light."""


@dataclass(frozen=True)
class Scale:
    """From `low` (deepest colour) to `high` (no colour); one for all rounds and pairs of a quantity."""

    low: float
    high: float

    def depth(self, value: float) -> float:
        """How deep the colour of a value is, in [0, 1]."""
        return round(min(1.0, max(0.0, (self.high - value) / (self.high - self.low))), 3)


class Mark(NamedTuple):
    """Whether a cell, or a row or column as a whole, is a slice that was chosen or planted."""

    chosen: bool
    planted: bool


@dataclass(frozen=True)
class HeatCell:
    n: int
    text: str
    """The figure in the cell; empty where there are too few pictures for one."""
    depth: float
    tip: str
    mark: Mark

    @property
    def dark(self) -> bool:
        return self.depth >= DARK


@dataclass(frozen=True)
class HeatMap:
    round: int
    columns: tuple[tuple[str, Mark], ...]
    rows: tuple[tuple[str, Mark, tuple[HeatCell, ...]], ...]


@dataclass(frozen=True)
class Quantity:
    """One column of the holdout, over all rounds."""

    title: str
    column: str
    scale: Scale
    in_percent: bool

    def text(self, value: float) -> str:
        return number(100 * value, 0) if self.in_percent else number(value)

    def full(self, value: float) -> str:
        return percent(value) if self.in_percent else number(value)


@dataclass(frozen=True)
class Pair:
    title: str
    open: bool
    """Whether it is shown at once: so are as few as hold every chosen and planted slice."""
    maps: tuple[tuple[Quantity, tuple[HeatMap, ...]], ...]


def heat_maps(run: RunContent) -> list[Pair]:
    """Every pair of attributes that vary, of accuracy and of corrected energy on holdout."""
    pairs = list(combinations(sorted(varying(run.first.pictures["holdout"], ATTRIBUTES)), 2))
    quantities = [q for q in (_accuracy(run, pairs), _energy(run, pairs)) if q is not None]
    shown = _open(run, pairs)
    found = [_pair(run, pair, quantities, pair in shown) for pair in pairs]
    return sorted(found, key=lambda pair: not pair.open)


def _open(run: RunContent, pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
    shown: set[tuple[str, str]] = set()
    for where in sorted((*run.chosen, *run.planted), key=len, reverse=True):
        holding = [pair for pair in pairs if set(where) <= set(pair)]
        if holding and not shown.intersection(holding):
            shown.add(holding[0])
    return shown or set(pairs[:1])


def _pair(run: RunContent, pair: tuple[str, str], quantities: list[Quantity], shown: bool) -> Pair:
    table = run.first.pictures["holdout"]
    # The attribute with fewer values goes across: narrow screens scroll less.
    across, down = sorted(pair, key=lambda name: (table[name].nunique(), name))
    maps = tuple(
        (quantity, tuple(_heat_map(run, one, across, down, quantity) for one in run.ends))
        for quantity in quantities
    )
    return Pair(f"{ATTRIBUTE_NAMES[down]} × {ATTRIBUTE_NAMES[across]}", shown, maps)


def _heat_map(run: RunContent, one: RoundContent, across: str, down: str, quantity: Quantity) -> HeatMap:
    table = one.pictures["holdout"]
    beside = _values(table, across)
    columns = tuple((value_text(across, value), _mark(run, {across: value})) for value in beside)
    rows = tuple(
        (
            value_text(down, below),
            _mark(run, {down: below}),
            tuple(_cell(run, table, {down: below, across: value}, quantity) for value in beside),
        )
        for below in _values(table, down)
    )
    return HeatMap(one.number, columns, rows)


def _mark(run: RunContent, where: Where) -> Mark:
    return Mark(where in run.chosen, where in run.planted)


def _cell(run: RunContent, table: pd.DataFrame, where: Where, quantity: Quantity) -> HeatCell:
    values = table.loc[inside(table, where), quantity.column].dropna()
    mark = _mark(run, where)
    text = slice_text(where)
    if len(values) == 0:
        return HeatCell(0, "", 0.0, f"{text}: no pictures", mark)
    mean, low, high = bootstrap_mean(values.to_numpy(float), run.seed)
    tip = f"{text}: {quantity.full(mean)} [{quantity.full(low)}, {quantity.full(high)}], n = {len(values)}"
    if len(values) < run.slice_test.min_n:
        return HeatCell(len(values), "", 0.0, f"{tip}: too few for a colour", mark)
    return HeatCell(len(values), quantity.text(mean), quantity.scale.depth(mean), tip, mark)


def _accuracy(run: RunContent, pairs: list[tuple[str, str]]) -> Quantity | None:
    low = _lowest(run, pairs, "correct")
    return None if low is None else Quantity("Accuracy, %", "correct", Scale(min(low, 0.9), 1.0), True)


def _energy(run: RunContent, pairs: list[tuple[str, str]]) -> Quantity | None:
    low, high = (_lowest(run, pairs, "energy_true", sign) for sign in (1, -1))
    if low is None or high is None:
        return None
    title = "Corrected energy of the true class’s map"
    return Quantity(title, "energy_true", Scale(low, max(-high, low + 0.1)), False)


def _lowest(run: RunContent, pairs: list[tuple[str, str]], column: str, sign: int = 1) -> float | None:
    """The lowest mean of any cell that is coloured, in any round, rounded down to a tenth."""
    means = []
    for one in run.ends:
        table = one.pictures["holdout"]
        if column not in table:
            return None
        for pair in pairs:
            cells = (sign * table[column]).groupby([table[name] for name in pair]).agg(["mean", "count"])
            means += cells.loc[cells["count"] >= run.slice_test.min_n, "mean"].tolist()
    return math.floor(min(means) * 10 + 1e-9) / 10 if means else None


def _values(table: pd.DataFrame, attribute: str) -> list[str | int]:
    values = [v if isinstance(v, str) else int(v) for v in table[attribute].unique()]
    order = ORDER.get(attribute, ())
    return sorted(values, key=lambda v: (order.index(v) if v in order else len(order), v))
