"""Finders of the slices in which a column of the probe is low, and the columns that an evaluation lacks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from analysis.columns import CORRECT, ENTROPY
from analysis.slices.conjunctions import where_of
from analysis.slices.diagnosis import diagnose
from analysis.slices.find import select_weak
from generator.errors import UserError
from generator.planning.sampling import Where
from loop.config.controller import ControllerSettings
from loop.controllers.base import Finder, Found, Observation, unchanged

CERTAINTY = "certainty"
"""Column that an evaluation lacks: the negated entropy of the prediction."""
RANKS = "ranks"
"""Column that an evaluation lacks: mean of a picture's ranks by alignment and by correctness."""


def weak_by(
    ranks_by: Callable[[ControllerSettings], str],
    words: str | None = None,
    with_ranking: Callable[[pd.DataFrame, ControllerSettings], pd.DataFrame] = unchanged,
) -> Finder:
    """A finder of the few slices that explain where a column is low (`analysis.slices.find.select_weak`).

    Args:
        ranks_by: names the column, higher is better.
        words: what the column is, for the reason; its name where it is None.
        with_ranking: adds the column to the pictures.
    """

    def find(observation: Observation) -> list[Found]:
        settings = observation.settings
        column = ranks_by(settings)
        pictures = with_ranking(observation.pictures, settings)
        numbers(pictures, column)
        test = settings.slice_test(observation.seed)
        weak = select_weak(pictures, observation.attributes, column, test, max_slices=settings.slices)
        rows = weak.to_dict("records")
        wheres = [where_of(row, observation.attributes) for row in rows]
        return [
            Found(where, partial(_reason, row, where, wheres, observation, words or column))
            for row, where in zip(rows, wheres, strict=True)
        ]

    return find


def _reason(
    row: Mapping[Hashable, Any], where: Where, weak: Sequence[Where], observation: Observation, words: str
) -> str:
    """A slice's score, and its diagnosis against pictures that are in no weak slice."""
    apart = [other for other in weak if other != where]
    test = observation.settings.slice_test(observation.seed)
    diagnosis = diagnose(observation.pictures, where, test, apart=apart)
    return (
        f"{row['slice']}: {words} {row['mean']:.2f} [{row['low']:.2f}, {row['high']:.2f}] over {row['n']} "
        f"pictures, {row['rest_mean']:.2f} elsewhere, q = {row['q']:.2g}; {diagnosis.finding}"
    )


def by_score(settings: ControllerSettings) -> str:
    """The column `controller.score`."""
    return settings.score


def by_alignment(settings: ControllerSettings) -> str:
    """The column `controller.alignment`: low where the evidence for the true class lies off the vehicle."""
    return settings.alignment


def by_correctness(settings: ControllerSettings) -> str:
    """The column of correct predictions."""
    return CORRECT


def with_certainty(pictures: pd.DataFrame, settings: ControllerSettings) -> pd.DataFrame:
    """The pictures with `certainty`, the negated entropy of the prediction (uncertainty sampling)."""
    return pictures.assign(**{CERTAINTY: -numbers(pictures, ENTROPY)})


def with_ranks(pictures: pd.DataFrame, settings: ControllerSettings) -> pd.DataFrame:
    """The pictures with `ranks`, the mean of each picture's ranks by alignment and by correctness."""
    return pictures.assign(**{RANKS: ranks(pictures, settings)})


def ranks(pictures: pd.DataFrame, settings: ControllerSettings) -> pd.Series[Any]:
    """Mean of each picture's ranks by alignment and by correctness, in (0, 1], ties at their mean."""
    aligned = numbers(pictures, settings.alignment, "controller.alignment")
    return (aligned.rank(pct=True) + numbers(pictures, CORRECT).rank(pct=True)) / 2


def numbers(pictures: pd.DataFrame, score: str, key: str = "controller.score") -> pd.Series[Any]:
    """A column of scores.

    Args:
        key: the configuration key that names it, for the error.

    Raises:
        UserError: there is none of that name (it lists them), or no value in it.
    """
    if score not in pictures.select_dtypes("number"):
        known = ", ".join(map(str, pictures.select_dtypes("number")))
        raise UserError(f"{key}: {score!r} is not a score; use one of {known}")
    if pictures[score].isna().all():
        raise UserError(f"{key}: no picture of the probe has a {score!r}; give the probe masks")
    return pictures[score]
