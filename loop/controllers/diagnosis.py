"""The controller that asks what ails a slice before it orders: more of it, or what breaks the tie."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from analysis.slices.conjunctions import in_any, inside, values_of, wheres_of
from analysis.slices.cue import class_and_cue, followed_cues
from analysis.slices.diagnosis import Diagnosis, diagnose, shortcut_slices
from analysis.slices.find import select_weak
from analysis.slices.options import SliceTest
from generator.planning.sampling import Where
from loop.config.run import ControllerSettings
from loop.controllers.base import Observation, RenderRequest, seen_together
from loop.controllers.weak_slices import numbers, spend


def diagnosis(evidence: Observation) -> list[RenderRequest]:
    """Weak slices get pictures of their own, whether data are missing or what ails them is unclear; where the
    network takes a shortcut, their neighbours get them: the class without the cue, and other classes with it,
    so that nothing but the vehicle tells the class.
    """
    settings = evidence.settings
    ills = ailing(evidence.pictures, evidence.attributes, settings, settings.slices, evidence.seed)
    return spend(evidence, [(_remedy(ill, evidence), ill.words) for ill in ills], "diagnosis")


def ailing(
    pictures: pd.DataFrame, attributes: Sequence[str], settings: ControllerSettings, most: int, seed: int
) -> list[Diagnosis]:
    """Slices that ail, each with its diagnosis; at most so many of either kind.

    Shortcuts are slices whose class follows a cue or, where residuals are known, survives without the
    vehicle, where that is the diagnosis too; a part of one is not named again. Before them come slices weak
    by `controller.score` that are none, of the pictures that no shortcut makes wrong. Each is held against
    pictures in none of the others.
    """
    numbers(pictures, settings.score)
    test = settings.slice_test(seed)
    weak = _weak(pictures, attributes, settings.score, test, most)
    cued = _cued(pictures, attributes, test, most)
    asked = _diagnosed(pictures, cued, [*weak, *cued], test)
    shortcuts = _apart([ill for ill in asked if ill.kind == "shortcut"], pictures)[:most]
    beside = (slices for ill in shortcuts for slices in _neighbours(ill.where, pictures))
    broken = in_any(pictures, chain.from_iterable(beside))
    if broken.any():
        weak = _weak(pictures[~broken], attributes, settings.score, test, most)
    lacking = _diagnosed(pictures, weak, [*weak, *cued], test)
    return [*(ill for ill in lacking if ill.kind != "shortcut"), *shortcuts]


def _weak(
    pictures: pd.DataFrame, attributes: Sequence[str], score: str, test: SliceTest, max_slices: int
) -> list[Where]:
    found = select_weak(pictures, attributes, score, test, max_slices=max_slices)
    return wheres_of(found, attributes)


def _cued(pictures: pd.DataFrame, attributes: Sequence[str], test: SliceTest, max_slices: int) -> list[Where]:
    """Slices that may be shortcuts, the surest first."""
    followed = followed_cues(pictures, attributes, test, max_slices=max_slices)
    if "residual" not in pictures:
        return followed
    surviving = wheres_of(shortcut_slices(pictures, attributes, test, max_slices=max_slices), attributes)
    return [*followed, *(where for where in surviving if where not in followed)]


def _diagnosed(
    pictures: pd.DataFrame, asked: Sequence[Where], ill: Sequence[Where], test: SliceTest
) -> list[Diagnosis]:
    """Each held against pictures in none of those that are ill."""
    return [diagnose(pictures, where, test, apart=[o for o in ill if o != where]) for where in asked]


def _apart(shortcuts: Sequence[Diagnosis], pictures: pd.DataFrame) -> list[Diagnosis]:
    """Without those that are a part of an earlier one."""
    found = list[Diagnosis]()
    for ill in shortcuts:
        if not any(_part_of(ill, other, pictures) for other in found):
            found.append(ill)
    return found


def _part_of(ill: Diagnosis, other: Diagnosis, pictures: pd.DataFrame) -> bool:
    """Whether two shortcuts are of one class, and the cue of the first is that of the other and more."""
    if "label" not in pictures:
        return False
    mine, theirs = (class_and_cue(pictures, one.where) for one in (ill, other))
    return bool(mine and theirs and mine[0] == theirs[0] and mine[1].items() >= theirs[1].items())


def _remedy(ill: Diagnosis, evidence: Observation) -> list[list[Where]]:
    """The slices to render, in groups of equal shares; those of a group by lot, for there may be more of them
    than pictures."""
    if ill.kind != "shortcut":
        return [[ill.where]]
    rng, seen = np.random.default_rng((evidence.seed, len(evidence.rounds))), seen_together(evidence.pictures)
    groups = [list(filter(seen, group)) for group in _neighbours(ill.where, evidence.pictures)]
    return [[group[i] for i in rng.permutation(len(group))] for group in groups if group]


def _neighbours(where: Where, pictures: pd.DataFrame) -> tuple[list[Where], list[Where]]:
    """The class without the cue, in all its shapes, and other classes with it."""
    found = class_and_cue(pictures, where) if "label" in pictures else None
    label, cue = found or ("", where)
    away = [{**where, name: other} for name in cue for other in _others(pictures, name, where)]
    says = [name for name in where if name not in cue]
    beside: list[Where] = [{name: value} for name in says for value in _others(pictures, name, where)]
    alike: list[Where] = [other for other in beside if _all_of(pictures, other, label)]
    same = [{**one, **other} for one in away for other in ({}, *alike)]
    return [*same], [{**where, **other} for other in beside if other not in alike]


def _all_of(pictures: pd.DataFrame, where: Where, label: str) -> bool:
    return bool((pictures.loc[inside(pictures, where), "label"] == label).all())


def _others(pictures: pd.DataFrame, attribute: str, where: Where) -> list[Any]:
    """Values of an attribute that are not the slice's."""
    return [value for value in values_of(pictures[attribute]) if value != where[attribute]]
