"""The tables of the probe's slices, round by round, and the failure mode of those that are weak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.slices.conjunctions import inside, slice_name, wheres_of
from analysis.slices.diagnosis import Diagnosis, diagnose
from analysis.slices.find import attributes_of
from generator.planning.sampling import Where
from loop.report.run.content.rounds import RoundContent
from loop.report.run.content.run import RunContent
from loop.report.run.content.weak_slices import deciding_probe, probe_slices, weak_slices

MOST_SLICES = 20
"""Rows of the table, beside the slices that are selected, reinforced or planted."""


@dataclass(frozen=True)
class WeakRow:
    where: Where
    n: int
    mean: float
    low: float
    high: float
    estimate: float
    """The mean, shrunk towards that of the slice's parents, with its interval; nan in runs of older
    versions."""
    estimate_low: float
    estimate_high: float
    rest: float
    q: float
    weak: bool
    selected: bool
    """Whether it is one of the few that explain the weakness."""
    chosen: bool
    """Whether pictures were requested of it."""
    planted: bool
    by: tuple[str, ...]
    """Other scores by which it is weak."""


@dataclass(frozen=True)
class WeakTable:
    round: int
    decided: bool
    """Whether pictures were chosen by it."""
    tested: int
    weak: int
    rows: tuple[WeakRow, ...]
    diagnoses: tuple[Diagnosis, ...]
    """Of the slices that explain the weakness."""


def weak_tables(run: RunContent) -> list[WeakTable]:
    """The probe's slices in each round: all that are selected, reinforced or planted, and those of the lowest
    p among the others."""
    return [_weak_table(run, one) for one in run.rounds]


def _weak_table(run: RunContent, one: RoundContent) -> WeakTable:
    table = probe_slices(run, one)
    wheres = wheres_of(table, attributes_of(table))
    weak = weak_slices(run, one)
    selected, chosen, planted = ({*map(slice_name, kind)} for kind in (weak, one.chosen, run.planted))
    rows = []
    for place, (where, (_, row)) in enumerate(zip(wheres, table.iterrows(), strict=True)):
        name = slice_name(where)
        tags = {"selected": name in selected, "chosen": name in chosen, "planted": name in planted}
        if place < MOST_SLICES or any(tags.values()):
            rows.append(_weak_row(row, where, one.weak_by.get(name, ()), **tags))
    total = int(table["weak"].sum()) if len(table) else 0
    return WeakTable(
        one.number, one.slices is not None, len(table), total, tuple(rows), diagnoses(run, one, weak)
    )


def _weak_row(row: pd.Series[Any], where: Where, by: tuple[str, ...], **tags: bool) -> WeakRow:
    mean, low, high, q, rest = (float(row[key]) for key in ("mean", "low", "high", "q", "rest_mean"))
    estimate, least, most = (float(row.get(f"estimate{end}", np.nan)) for end in ("", "_low", "_high"))
    return WeakRow(
        where=where, n=int(row["n"]), mean=mean, low=low, high=high, q=q, rest=rest,
        estimate=estimate, estimate_low=least, estimate_high=most, weak=bool(row["weak"]), by=by, **tags,
    )  # fmt: skip


def diagnoses(run: RunContent, one: RoundContent, weak: Sequence[Where]) -> tuple[Diagnosis, ...]:
    """The diagnosis of each weak slice that the probe has pictures of, compared with the pictures that are in
    none of the weak slices."""
    pictures = deciding_probe(run, one)
    here = [where for where in weak if 2 <= inside(pictures, where).sum() < len(pictures)]
    return tuple(
        diagnose(pictures, where, run.slice_test, apart=[other for other in weak if other != where])
        for where in here
    )
