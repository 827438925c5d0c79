"""What is weak in a round's probe, and what ails it: as decided on, or as it is where nothing was decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.conjunctions import inside, slice_name, varying, wheres_of
from analysis.diagnosis import Diagnosis, diagnose
from analysis.report.content import Round, RunContent
from analysis.slices import attributes_of, find_slices, select_weak
from generator.naming import ATTRIBUTES
from generator.sampling import Where

MOST_SLICES = 20
"""Rows of the table of slices, beyond those that are chosen or weak."""


def probe_slices(run: RunContent, turn: Round) -> pd.DataFrame:
    """Every slice of the probe; empty where none can be tested."""
    if turn.slices is not None:
        return turn.slices
    attributes = _testable(run, turn)
    if not attributes:
        return pd.DataFrame()
    return find_slices(turn.pictures["probe"], attributes, run.score, **run.limits)


def weak_slices(run: RunContent, turn: Round) -> tuple[Where, ...]:
    """The few that explain the weakness: those chosen, or those that would be chosen."""
    if turn.chosen:
        return turn.chosen
    attributes = _testable(run, turn)
    if not attributes:
        return ()
    most = int(run.config["controller"]["slices"])
    found = select_weak(turn.pictures["probe"], attributes, run.score, most=most, **run.limits)
    return tuple(wheres_of(found, attributes))


@dataclass(frozen=True)
class WeakRow:
    where: Where
    n: int
    mean: float
    low: float
    high: float
    estimate: float
    """The mean drawn towards what its parents say; nan in runs of older versions."""
    rest: float
    q: float
    weak: bool
    chosen: bool
    planted: bool
    by: tuple[str, ...]
    """Other scores by which it is weak."""


@dataclass(frozen=True)
class WeakTable:
    round: int
    decided: bool
    """Whether pictures were chosen by it; otherwise it only says what is weak."""
    tested: int
    weak: int
    rows: tuple[WeakRow, ...]
    ills: tuple[Diagnosis, ...]
    """What ails the slices that explain the weakness."""


def weak_tables(run: RunContent) -> list[WeakTable]:
    """The probe's slices in each round: all that are chosen, and the most evident others."""
    return [_weak_table(run, turn) for turn in run.rounds]


def _weak_table(run: RunContent, turn: Round) -> WeakTable:
    table = probe_slices(run, turn)
    wheres = wheres_of(table, attributes_of(table))
    chosen = {slice_name(where) for where in weak_slices(run, turn)}
    planted = {slice_name(where) for where in run.planted}
    rows = []
    for place, (where, (_, row)) in enumerate(zip(wheres, table.iterrows(), strict=True)):
        name = slice_name(where)
        if place < MOST_SLICES or name in chosen or name in planted:
            by = turn.weak_by.get(name, ())
            rows.append(_weak_row(row, where, name in chosen, name in planted, by))
    total = int(table["weak"].sum()) if len(table) else 0
    return WeakTable(turn.number, turn.slices is not None, len(table), total, tuple(rows), ills(run, turn))


def _weak_row(row: pd.Series[Any], where: Where, chosen: bool, planted: bool, by: tuple[str, ...]) -> WeakRow:
    figures = {key: float(row[key]) for key in ("mean", "low", "high", "q")}
    return WeakRow(
        where=where, n=int(row["n"]), rest=float(row["rest_mean"]),
        estimate=float(row.get("estimate", np.nan)), weak=bool(row["weak"]),
        chosen=chosen, planted=planted, by=by, **figures,
    )  # fmt: skip


def ills(run: RunContent, turn: Round) -> tuple[Diagnosis, ...]:
    """The diagnosis of each weak slice of which the probe has pictures, the others left out of the rest."""
    pictures, weak = turn.pictures["probe"], weak_slices(run, turn)
    here = [where for where in weak if 2 <= inside(pictures, where).sum() < len(pictures)]
    return tuple(
        diagnose(pictures, where, level=run.level, apart=[o for o in weak if o != where], seed=run.seed)
        for where in here
    )


def _testable(run: RunContent, turn: Round) -> list[str]:
    """Attributes whose slices can be tested by the score that decides: those that a decision tested, or else
    those of names that vary."""
    pictures = turn.pictures["probe"]
    if run.score not in pictures or pictures[run.score].isna().all():
        return []
    return list(run.attributes) or varying(pictures, ATTRIBUTES)
