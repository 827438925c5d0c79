"""Controllers that order pictures of the slices that are weak by a score of the probe."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from analysis.slices.conjunctions import slice_name, where_of
from analysis.slices.diagnosis import diagnose
from analysis.slices.find import select_weak
from generator.errors import UserError
from generator.planning.sampling import Where
from loop.config.run import ControllerSettings
from loop.controllers.base import Observation, RenderRequest, anywhere, shares

CERTAINTY, RANKS = "certainty", "ranks"
"""Columns that controllers rank by and no evaluation has."""


def with_certainty(pictures: pd.DataFrame, settings: ControllerSettings) -> pd.DataFrame:
    """The pictures with `certainty`, the negated entropy of the prediction."""
    return pictures.assign(**{CERTAINTY: -numbers(pictures, "entropy")})


def with_ranks(pictures: pd.DataFrame, settings: ControllerSettings) -> pd.DataFrame:
    """The pictures with `ranks`, the mean of each picture's ranks by alignment and by correctness."""
    return pictures.assign(**{RANKS: ranks(pictures, settings)})


def by_score(evidence: Observation) -> list[RenderRequest]:
    """Weak slices by `controller.score`."""
    return weak_by(evidence, evidence.settings.score)


def by_error(evidence: Observation) -> list[RenderRequest]:
    """Weak slices by the share of right predictions."""
    return weak_by(evidence, "correct")


def alignment(evidence: Observation) -> list[RenderRequest]:
    """Weak slices by `controller.alignment`: where the evidence for the true class lies off the vehicle."""
    return weak_by(evidence, evidence.settings.alignment)


def alignment_and_error(evidence: Observation) -> list[RenderRequest]:
    """Weak slices by the mean of each picture's ranks by alignment and by correctness."""
    both = with_ranks(evidence.pictures, evidence.settings)
    return weak_by(_with(evidence, both), RANKS, "ranks of alignment and correctness")


def ranks(pictures: pd.DataFrame, settings: ControllerSettings) -> pd.Series[Any]:
    """Mean of each picture's ranks, as shares, by alignment and by correctness."""
    aligned = numbers(pictures, settings.alignment, "controller.alignment")
    return (aligned.rank(pct=True) + numbers(pictures, "correct").rank(pct=True)) / 2


def by_entropy(evidence: Observation) -> list[RenderRequest]:
    """Slices where predictions are the least certain, right or wrong (uncertainty sampling)."""
    certain = with_certainty(evidence.pictures, evidence.settings)
    return weak_by(_with(evidence, certain), CERTAINTY, "−entropy of the prediction")


def oversample(evidence: Observation) -> list[RenderRequest]:
    """What `by_error` wants, of the pictures that are there already."""
    return [replace(order, again=True) for order in by_error(evidence)]


def weak_by(evidence: Observation, score: str, words: str | None = None) -> list[RenderRequest]:
    """The budget, evenly, for the slices that are weak by a column of the probe (higher is better).

    Of a slice's pictures the share `controller.broaden` leaves one of its attributes free, for a network that
    sees a slice more often must not tie it to its class. Where no slice is weak nothing is ordered, or all of
    it elsewhere (`controller.idle`).

    Raises:
        UserError: there is no such score.
    """
    settings, pictures = evidence.settings, evidence.pictures
    numbers(pictures, score)
    test = settings.slice_test(evidence.seed)
    weak = select_weak(pictures, evidence.attributes, score, test, max_slices=settings.slices)
    rows = weak.to_dict("records")
    wheres = [where_of(row, evidence.attributes) for row in rows]
    wanted = [
        ([[where]], _why(row, where, wheres, evidence, words or score))
        for row, where in zip(rows, wheres, strict=True)
    ]
    return spend(evidence, wanted, words or score)


def spend(
    evidence: Observation, wanted: Sequence[tuple[Sequence[Sequence[Where]], str]], words: str
) -> list[RenderRequest]:
    """The budget in equal shares for each of what is wanted, each share evenly over its groups of slices, and
    within those over the slices; what goes beyond is taken off.

    Args:
        wanted: groups of slices and the reason for them.
        words: by what was looked for them.
    """
    settings = evidence.settings
    if not wanted:
        return anywhere(settings, f"no slice is weak by {words}")
    counts = shares([1.0] * len(wanted), settings.budget)
    orders = [
        order
        for (groups, why), total in zip(wanted, counts, strict=True)
        for slices, some in zip(groups, shares([1.0] * len(groups), total), strict=True)
        for where, count in zip(slices, shares([1.0] * len(slices), some), strict=True)
        for order in _orders(where, count, why, settings)
    ]
    return [order for order in orders if order.count]


def _orders(where: Where, count: int, why: str, settings: ControllerSettings) -> list[RenderRequest]:
    """Most of the pictures inside a slice, a share `beyond` with one of its attributes left free."""
    beyond = round(settings.broaden * count)
    wider = [{name: value for name, value in where.items() if name != free} for free in where]
    around = [
        RenderRequest(parent, some, f"{slice_name(where)} with {free} free")
        for free, parent, some in zip(where, wider, shares([1.0] * len(wider), beyond), strict=True)
    ]
    return [RenderRequest(where, count - beyond, why), *around]


def _why(
    row: Mapping[Hashable, Any], where: Where, weak: Sequence[Where], evidence: Observation, words: str
) -> str:
    """The reason for a slice: its score, and what ails it beside those that are in no weak slice."""
    apart = [other for other in weak if other != where]
    ill = diagnose(evidence.pictures, where, evidence.settings.slice_test(evidence.seed), apart=apart)
    return (
        f"{row['slice']}: {words} {row['mean']:.2f} [{row['low']:.2f}, {row['high']:.2f}] over {row['n']} "
        f"pictures, {row['rest_mean']:.2f} elsewhere, q = {row['q']:.2g}; {ill.finding}"
    )


def numbers(pictures: pd.DataFrame, score: str, key: str = "controller.score") -> pd.Series[Any]:
    """A column of scores; a UserError where there is none of that name (it lists them), or no value in it."""
    if score not in pictures.select_dtypes("number"):
        known = ", ".join(map(str, pictures.select_dtypes("number")))
        raise UserError(f"{key}: {score!r} is no score; one of {known}")
    if pictures[score].isna().all():
        raise UserError(f"{key}: no picture of the probe has a {score!r}; give the probe masks")
    return pictures[score]


def _with(evidence: Observation, pictures: pd.DataFrame) -> Observation:
    return replace(evidence, rounds=(*evidence.rounds[:-1], replace(evidence.rounds[-1], pictures=pictures)))
