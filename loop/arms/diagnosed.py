"""The controller that asks what ails a slice before it orders: more of it, or what breaks the tie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from analysis.conjunctions import inside, values_of, wheres_of
from analysis.cue import class_and_cue, followed_cues
from analysis.diagnosis import Diagnosis, diagnose, shortcut_slices
from analysis.slices import select_weak
from generator.sampling import Where
from loop.arms.order import Evidence, Order
from loop.arms.weak import numbers, spend
from loop.config import ControllerSettings


def diagnosis(evidence: Evidence) -> list[Order]:
    """Weak slices get pictures of their own, whether data are missing or what ails them is unclear; where the
    network takes a shortcut, their neighbours get them: the class without the cue, and other classes with it,
    so that nothing but the vehicle tells the class.
    """
    settings = evidence.settings
    ills = ailing(evidence.pictures, evidence.attributes, settings, settings.slices, evidence.seed)
    return spend(evidence, [(list(_remedy(ill, evidence)), ill.words) for ill in ills], "diagnosis")


def ailing(
    pictures: pd.DataFrame, attributes: Sequence[str], settings: ControllerSettings, most: int, seed: int
) -> list[Diagnosis]:
    """Slices that ail, each with its diagnosis; at most so many of either kind.

    Slices weak by `controller.score` but those that are a shortcut or what a shortcut makes wrong, then
    slices whose class follows a cue or, where residuals are known, survives without the vehicle, where that
    is the diagnosis too. Each is held against pictures in none of the others.
    """
    numbers(pictures, settings.score)
    limits = settings.limits(most, seed)
    found = select_weak(pictures, attributes, settings.score, margin=settings.margin, **limits)
    weak = wheres_of(found, attributes)
    cued = followed_cues(pictures, attributes, most=most, min_n=settings.min_n, level=settings.level)
    if "residual" in pictures:
        surviving = wheres_of(shortcut_slices(pictures, attributes, **limits), attributes)
        cued += [where for where in surviving if where not in cued]

    def diagnosed(where: Where) -> Diagnosis:
        apart = [other for other in (*weak, *cued) if other != where]
        return diagnose(pictures, where, level=settings.level, apart=apart, seed=seed)

    shortcuts = [ill for ill in map(diagnosed, cued) if ill.kind == "shortcut"][:most]
    broken = [beside for ill in shortcuts for beside in _neighbours(ill.where, pictures)]
    lacking = [ill for ill in map(diagnosed, weak) if ill.kind != "shortcut" and ill.where not in broken]
    return [*lacking, *shortcuts]


def _remedy(ill: Diagnosis, evidence: Evidence) -> Iterator[Where]:
    """The slices to render."""
    if ill.kind == "shortcut":
        yield from _neighbours(ill.where, evidence.pictures)
    else:
        yield ill.where


def _neighbours(where: Where, pictures: pd.DataFrame) -> Iterator[Where]:
    """The slices that differ from one in one attribute's value. What would be the same class with the same
    cue, such as another shape of the class, comes without the cue."""
    found = class_and_cue(pictures, where) if "label" in pictures else None
    label, cue = found or ("", {})
    away = [{**where, name: other} for name in cue for other in _others(pictures, name, where)]
    for attribute in where:
        for value in _others(pictures, attribute, where):
            same = label and attribute not in cue and _all_of(pictures, {attribute: value}, label)
            for one in away if same else [where]:
                yield {**one, attribute: value}


def _all_of(pictures: pd.DataFrame, where: Where, label: str) -> bool:
    return bool((pictures.loc[inside(pictures, where), "label"] == label).all())


def _others(pictures: pd.DataFrame, attribute: str, where: Where) -> list[Any]:
    """Values of an attribute that are not the slice's."""
    return [value for value in values_of(pictures[attribute]) if value != where[attribute]]
