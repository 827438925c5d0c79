"""The controller that asks what ails a slice before it orders: more of it, or what breaks the tie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.diagnosis import Diagnosis, diagnose, shortcut_slices
from analysis.slices import select_weak
from generator.errors import UserError
from generator.sampling import Where
from loop.arms.order import Evidence, Order, plain
from loop.arms.weak import numbers, spend


def diagnosis(evidence: Evidence) -> list[Order]:
    """Slices where data are missing get pictures of their own; where the network takes a shortcut, their
    neighbours get them: all slices that differ in one attribute's value, so that nothing but the vehicle
    tells the class.

    Missing data are looked for by `controller.score`, shortcuts by the residual (`analysis.diagnosis`). A
    weak slice that is diagnosed a shortcut is not ordered for its weakness, and the other way round.

    Raises:
        UserError: the probe was not rendered without its vehicles.
    """
    if "residual" not in evidence.pictures:
        raise UserError("controller.arm: diagnosis needs the residual; set look.residual to true")
    numbers(evidence.pictures, evidence.settings.score)
    ills = [*_missing(evidence), *_shortcuts(evidence)]
    return spend(evidence, [(list(_remedy(ill, evidence)), ill.words) for ill in ills], "diagnosis")


def _missing(evidence: Evidence) -> list[Diagnosis]:
    settings = evidence.settings
    weak = select_weak(
        evidence.pictures, evidence.attributes, settings.score, most=settings.slices,
        max_order=settings.max_order, min_n=settings.min_n, level=settings.level, seed=evidence.seed,
    )  # fmt: skip
    found = _diagnosed(weak, evidence)
    return [ill for ill in found if ill.kind != "shortcut"]


def _shortcuts(evidence: Evidence) -> list[Diagnosis]:
    settings = evidence.settings
    found = shortcut_slices(
        evidence.pictures, evidence.attributes, most=settings.slices,
        max_order=settings.max_order, min_n=settings.min_n, level=settings.level, seed=evidence.seed,
    )  # fmt: skip
    return [ill for ill in _diagnosed(found, evidence) if ill.kind == "shortcut"]


def _diagnosed(slices: pd.DataFrame, evidence: Evidence) -> list[Diagnosis]:
    """Each held against pictures that lie in none of the others."""
    places = [plain(row, evidence.attributes) for row in slices.to_dict("records")]
    return [
        diagnose(
            evidence.pictures, where, level=evidence.settings.level, seed=evidence.seed,
            apart=[other for other in places if other != where],
        )
        for where in places
    ]  # fmt: skip


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
