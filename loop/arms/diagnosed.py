"""The controller that asks what ails a slice before it orders: more of it, or what breaks the tie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from analysis.diagnosis import Diagnosis, diagnose, shortcut_slices
from analysis.slices import select_weak
from generator.errors import UserError
from generator.sampling import Where
from loop.arms.order import Evidence, Order, plain
from loop.arms.weak import numbers, spend
from loop.config import ControllerSettings


def diagnosis(evidence: Evidence) -> list[Order]:
    """Slices where data are missing get pictures of their own; where the network takes a shortcut, their
    neighbours get them: all slices that differ in one attribute's value, so that nothing but the vehicle
    tells the class.

    Raises:
        UserError: the probe was not rendered without its vehicles.
    """
    if "residual" not in evidence.pictures:
        raise UserError("controller.arm: diagnosis needs the residual; set look.residual to true")
    settings = evidence.settings
    ills = ailing(evidence.pictures, evidence.attributes, settings, settings.slices, evidence.seed)
    return spend(evidence, [(list(_remedy(ill, evidence)), ill.words) for ill in ills], "diagnosis")


def ailing(
    pictures: pd.DataFrame, attributes: Sequence[str], settings: ControllerSettings, most: int, seed: int
) -> list[Diagnosis]:
    """Slices that ail, each with its diagnosis; at most so many of either kind.

    Slices weak by `controller.score` but those that are a shortcut, then slices whose class survives without
    the vehicle, where that is the diagnosis too. Each is held against pictures in none of the others.
    """
    numbers(pictures, settings.score)
    limits = settings.limits(most, seed)
    weak, cued = (
        [plain(row, attributes) for row in found.to_dict("records")]
        for found in (
            select_weak(pictures, attributes, settings.score, margin=settings.margin, **limits),
            shortcut_slices(pictures, attributes, **limits),
        )
    )

    def diagnosed(where: Where) -> Diagnosis:
        apart = [other for other in (*weak, *cued) if other != where]
        return diagnose(pictures, where, level=settings.level, apart=apart, seed=seed)

    lacking = [ill for ill in map(diagnosed, weak) if ill.kind != "shortcut"]
    return [*lacking, *(ill for ill in map(diagnosed, cued) if ill.kind == "shortcut")]


def _remedy(ill: Diagnosis, evidence: Evidence) -> Iterator[Where]:
    """The slices to render."""
    if ill.kind != "shortcut":
        yield ill.where
        return
    for attribute, cue in ill.where.items():
        for value in _values(evidence.pictures[attribute]):
            if value != cue:
                yield {**ill.where, attribute: value}


def _values(column: pd.Series[Any]) -> list[Any]:
    return [value.item() if hasattr(value, "item") else value for value in sorted(column.dropna().unique())]
