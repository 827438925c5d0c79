"""What is weak in a round's probe, as decided on, or as it would be now where nothing was to be decided."""

from __future__ import annotations

import pandas as pd

from analysis.conjunctions import varying, wheres_of
from analysis.report.content import Round, RunContent
from analysis.slices import find_slices, select_weak
from generator.naming import ATTRIBUTES
from generator.sampling import Where


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


def _testable(run: RunContent, turn: Round) -> list[str]:
    """Attributes whose slices can be tested by the score that decides: those that a decision tested, or else
    those of names that vary."""
    pictures = turn.pictures["probe"]
    if run.score not in pictures or pictures[run.score].isna().all():
        return []
    return list(run.attributes) or varying(pictures, ATTRIBUTES)
