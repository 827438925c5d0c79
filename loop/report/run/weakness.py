"""What is weak in a round's probe, and what ails it.

Weak is what the statistics say, whatever was ordered: some controllers order by lot, or what was planted, or
what lies around a weak slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.slices.conjunctions import inside, slice_name, varying, wheres_of
from analysis.slices.diagnosis import Diagnosis, diagnose
from analysis.slices.find import attributes_of, find_slices, select_weak
from generator.naming import ATTRIBUTES
from generator.planning.sampling import Where
from loop.report.run.content import CERTAINTY, RANKS, Round, RunContent

MOST_SLICES = 20
"""Rows of the table of slices, beyond those that are named, reinforced or planted."""


def probe_slices(run: RunContent, turn: Round) -> pd.DataFrame:
    """Every slice of the probe; empty where none can be tested."""
    if turn.slices is not None and len(turn.slices):
        return turn.slices
    pictures = _probe(run, turn)
    attributes = _testable(run, pictures)
    if not attributes:
        return pd.DataFrame()
    return find_slices(pictures, attributes, run.score, **run.limits)


def weak_slices(run: RunContent, turn: Round) -> tuple[Where, ...]:
    """The few that explain the weakness, as controllers find them (`loop.controllers.weak_slices`)."""
    pictures = _probe(run, turn)
    attributes = _testable(run, pictures)
    if not attributes:
        return ()
    most = int(run.config["controller"]["slices"])
    found = select_weak(pictures, attributes, run.score, most=most, **run.limits)
    return tuple(wheres_of(found, attributes))


def looked_at(run: RunContent) -> list[Round]:
    """The rounds in which something was decided, or the first where nothing was."""
    return [turn for turn in run.rounds if turn.slices is not None] or [run.first]


@dataclass(frozen=True)
class WeakRow:
    where: Where
    n: int
    mean: float
    low: float
    high: float
    estimate: float
    """The mean drawn towards what its parents say, with its interval; nan in runs of older versions."""
    estimate_low: float
    estimate_high: float
    rest: float
    q: float
    weak: bool
    named: bool
    """Whether it is one of the few that explain the weakness."""
    chosen: bool
    """Whether pictures were ordered of it."""
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
    """The probe's slices in each round: all that are named, reinforced or planted, and the most evident
    others."""
    return [_weak_table(run, turn) for turn in run.rounds]


def _weak_table(run: RunContent, turn: Round) -> WeakTable:
    table = probe_slices(run, turn)
    wheres = wheres_of(table, attributes_of(table))
    weak = weak_slices(run, turn)
    named, chosen, planted = ({*map(slice_name, kind)} for kind in (weak, turn.chosen, run.planted))
    rows = []
    for place, (where, (_, row)) in enumerate(zip(wheres, table.iterrows(), strict=True)):
        name = slice_name(where)
        tags = {"named": name in named, "chosen": name in chosen, "planted": name in planted}
        if place < MOST_SLICES or any(tags.values()):
            rows.append(_weak_row(row, where, turn.weak_by.get(name, ()), **tags))
    total = int(table["weak"].sum()) if len(table) else 0
    ailing = ills(run, turn, weak)
    return WeakTable(turn.number, turn.slices is not None, len(table), total, tuple(rows), ailing)


def _weak_row(row: pd.Series[Any], where: Where, by: tuple[str, ...], **tags: bool) -> WeakRow:
    mean, low, high, q, rest = (float(row[key]) for key in ("mean", "low", "high", "q", "rest_mean"))
    estimate, least, most = (float(row.get(f"estimate{end}", np.nan)) for end in ("", "_low", "_high"))
    return WeakRow(
        where=where, n=int(row["n"]), mean=mean, low=low, high=high, q=q, rest=rest,
        estimate=estimate, estimate_low=least, estimate_high=most, weak=bool(row["weak"]), by=by, **tags,
    )  # fmt: skip


def ills(run: RunContent, turn: Round, weak: Sequence[Where]) -> tuple[Diagnosis, ...]:
    """The diagnosis of each weak slice of which the probe has pictures, the others left out of the rest."""
    pictures = _probe(run, turn)
    here = [where for where in weak if 2 <= inside(pictures, where).sum() < len(pictures)]
    return tuple(
        diagnose(pictures, where, level=run.level, apart=[o for o in weak if o != where], seed=run.seed)
        for where in here
    )


def _probe(run: RunContent, turn: Round) -> pd.DataFrame:
    """The verification that a round's decision rests on, with the score that decides where that is no column
    of it; the round's own where nothing was decided."""
    pictures = (turn if turn.slices is None else run.standing(turn)).pictures["probe"]
    aligned = str(run.config["controller"].get("alignment"))
    if run.score == CERTAINTY and "entropy" in pictures:
        return pictures.assign(**{CERTAINTY: -pictures["entropy"]})
    if run.score == RANKS and aligned in pictures:
        ranks = pictures[[aligned, "correct"]].rank(pct=True).mean(axis=1, skipna=False)
        return pictures.assign(**{RANKS: ranks})
    return pictures


def _testable(run: RunContent, pictures: pd.DataFrame) -> list[str]:
    """Attributes whose slices can be tested by the score that decides: those that a decision tested, or else
    those of names that vary."""
    if run.score not in pictures or pictures[run.score].isna().all():
        return []
    return list(run.attributes) or varying(pictures, ATTRIBUTES)
