"""The slices of a round's probe that its controller finds weak.

They are found by the statistics, whatever pictures were requested: some controllers request pictures at
random, of planted slices, or of the neighbours of a weak slice.
"""

from __future__ import annotations

import pandas as pd

from analysis.slices.conjunctions import varying, wheres_of
from analysis.slices.find import find_slices, select_weak
from generator.naming import ATTRIBUTES
from generator.planning.sampling import Where
from loop.report.run.content.rounds import RoundContent
from loop.report.run.content.run import RunContent


def probe_slices(run: RunContent, one: RoundContent) -> pd.DataFrame:
    """Every slice of the probe as `find_slices` gives it; empty where none can be tested."""
    if one.slices is not None and len(one.slices):
        return one.slices
    pictures = deciding_probe(run, one)
    attributes = _testable(run, pictures)
    if not attributes:
        return pd.DataFrame()
    return find_slices(pictures, attributes, run.ranking.column, run.slice_test)


def weak_slices(run: RunContent, one: RoundContent) -> tuple[Where, ...]:
    """The few that explain the weakness, as controllers find them (`loop.controllers.finders_weak`)."""
    pictures = deciding_probe(run, one)
    attributes = _testable(run, pictures)
    if not attributes:
        return ()
    most = run.settings.controller.slices
    found = select_weak(pictures, attributes, run.ranking.column, run.slice_test, max_slices=most)
    return tuple(wheres_of(found, attributes))


def deciding_rounds(run: RunContent) -> list[RoundContent]:
    """The rounds in which something was decided, or the first where nothing was."""
    return [one for one in run.rounds if one.slices is not None] or [run.first]


def deciding_probe(run: RunContent, one: RoundContent) -> pd.DataFrame:
    """The evaluation that a round's decision rests on, with the score that decides; the round's own where
    nothing was decided."""
    basis = one if one.slices is None else run.last_accepted(one)
    return run.ranking.scored(basis.pictures["probe"])


def _testable(run: RunContent, pictures: pd.DataFrame) -> list[str]:
    """Attributes whose slices can be tested by the score that decides: those that a decision tested, or else
    those of names that vary."""
    score = run.ranking.column
    if score not in pictures or pictures[score].isna().all():
        return []
    return list(run.attributes) or varying(pictures, ATTRIBUTES)
