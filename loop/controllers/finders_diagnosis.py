"""The finder that diagnoses slices: where data are missing, and where the network takes a shortcut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import pandas as pd

from analysis.columns import LABEL, RESIDUAL
from analysis.slices.conjunctions import in_any, inside, values_of, wheres_of
from analysis.slices.cue import class_and_cue, followed_cues
from analysis.slices.diagnosis import Diagnosis, diagnose
from analysis.slices.find import select_weak
from analysis.slices.options import SliceTest
from analysis.slices.shortcuts import shortcut_slices
from generator.planning.sampling import Where
from loop.config.controller import ControllerSettings
from loop.controllers.base import Found, Observation
from loop.controllers.finders_weak import numbers


def diagnosed(observation: Observation) -> list[Found]:
    """Slices with a failure mode (`failures`), each with its diagnosis."""
    settings = observation.settings
    found = failures(
        observation.pictures, observation.attributes, settings, settings.slices, observation.seed
    )
    return [Found(one.where, one.sentence, diagnosis=one) for one in found]


def failures(
    pictures: pd.DataFrame,
    attributes: Sequence[str],
    settings: ControllerSettings,
    max_slices: int,
    seed: int,
) -> list[Diagnosis]:
    """Slices with a failure mode, each with its diagnosis; at most `max_slices` of either kind.

    Shortcuts are slices whose class follows a cue or, where residuals are known, survives without the
    vehicle, where that is the diagnosis too; a part of one is not named again. Before them come the other
    slices weak by `controller.score`, of the pictures that no shortcut makes wrong. Each is compared with
    pictures in none of the others.

    Raises:
        UserError: there is no such score.
    """
    numbers(pictures, settings.score)
    test = settings.slice_test(seed)
    weak = _weak(pictures, attributes, settings.score, test, max_slices)
    cued = _cued(pictures, attributes, test, max_slices)
    asked = _diagnosed(pictures, cued, [*weak, *cued], test)
    shortcuts = _without_parts([one for one in asked if one.kind == "shortcut"], pictures)[:max_slices]
    beside = (slices for one in shortcuts for slices in neighbours(one.where, pictures))
    broken = in_any(pictures, chain.from_iterable(beside))
    if broken.any():
        weak = _weak(pictures[~broken], attributes, settings.score, test, max_slices)
    others = _diagnosed(pictures, weak, [*weak, *cued], test)
    return [*(one for one in others if one.kind != "shortcut"), *shortcuts]


def _weak(
    pictures: pd.DataFrame, attributes: Sequence[str], score: str, test: SliceTest, max_slices: int
) -> list[Where]:
    found = select_weak(pictures, attributes, score, test, max_slices=max_slices)
    return wheres_of(found, attributes)


def _cued(pictures: pd.DataFrame, attributes: Sequence[str], test: SliceTest, max_slices: int) -> list[Where]:
    """Slices that may be shortcuts, the most certain first."""
    followed = followed_cues(pictures, attributes, test, max_slices=max_slices)
    if RESIDUAL not in pictures:
        return followed
    surviving = wheres_of(shortcut_slices(pictures, attributes, test, max_slices=max_slices), attributes)
    return [*followed, *(where for where in surviving if where not in followed)]


def _diagnosed(
    pictures: pd.DataFrame, asked: Sequence[Where], failing: Sequence[Where], test: SliceTest
) -> list[Diagnosis]:
    """Each compared with pictures in no other slice that fails."""
    return [diagnose(pictures, where, test, apart=[o for o in failing if o != where]) for where in asked]


def _without_parts(shortcuts: Sequence[Diagnosis], pictures: pd.DataFrame) -> list[Diagnosis]:
    """Without those that are a part of an earlier one."""
    found = list[Diagnosis]()
    for shortcut in shortcuts:
        if not any(_part_of(shortcut, other, pictures) for other in found):
            found.append(shortcut)
    return found


def _part_of(shortcut: Diagnosis, other: Diagnosis, pictures: pd.DataFrame) -> bool:
    """Whether two shortcuts are of one class, and the cue of the first is that of the other and more."""
    if LABEL not in pictures:
        return False
    mine, theirs = (class_and_cue(pictures, one.where) for one in (shortcut, other))
    return bool(mine and theirs and mine[0] == theirs[0] and mine[1].items() >= theirs[1].items())


def neighbours(where: Where, pictures: pd.DataFrame) -> tuple[list[Where], list[Where]]:
    """What breaks a shortcut: the class without the cue, in all its shapes, and other classes with it."""
    found = class_and_cue(pictures, where) if LABEL in pictures else None
    label, cue = found or ("", where)
    away = [{**where, name: other} for name in cue for other in _others(pictures, name, where)]
    says = [name for name in where if name not in cue]
    beside: list[Where] = [{name: value} for name in says for value in _others(pictures, name, where)]
    alike: list[Where] = [other for other in beside if _all_of(pictures, other, label)]
    same = [{**one, **other} for one in away for other in ({}, *alike)]
    return [*same], [{**where, **other} for other in beside if other not in alike]


def _all_of(pictures: pd.DataFrame, where: Where, label: str) -> bool:
    return bool((pictures.loc[inside(pictures, where), LABEL] == label).all())


def _others(pictures: pd.DataFrame, attribute: str, where: Where) -> list[Any]:
    """Values of an attribute that are not the slice's."""
    return [value for value in values_of(pictures[attribute]) if value != where[attribute]]
