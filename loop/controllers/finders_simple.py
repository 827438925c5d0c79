"""Finders that need no model of the network's failures: baselines, the oracle, plain enumeration."""

from __future__ import annotations

import numpy as np

from analysis.columns import CORRECT
from analysis.slices.conjunctions import conjunctions, slice_name, wheres_of
from analysis.slices.find import find_slices
from generator.errors import UserError
from loop.controllers.base import Finder, Found, Observation


def nothing(observation: Observation) -> list[Found]:
    """No slice."""
    return []


def anything(reason: str) -> Finder:
    """A finder of one slice, the one that holds everything."""

    def find(observation: Observation) -> list[Found]:
        return [Found({}, reason)]

    return find


def planted(observation: Observation) -> list[Found]:
    """The planted holes: what knowing them is worth.

    Raises:
        UserError: none is planted.
    """
    if not observation.planted:
        raise UserError("controller.name: the oracle needs planted holes; give `data.rendered.holes`")
    return [Found(where, f"{slice_name(where)}: planted") for where in observation.planted]


def enumeration(observation: Observation) -> list[Found]:
    """The slices of the highest error, whatever their size beyond `controller.min_n`, without a test."""
    settings = observation.settings
    test = settings.slice_test(observation.seed)
    every = find_slices(observation.pictures, observation.attributes, CORRECT, test)
    lowest = every.sort_values(["mean", "n"], ascending=[True, False], kind="stable").head(settings.slices)
    rows = zip(wheres_of(lowest, observation.attributes), lowest["slice"], lowest["mean"], strict=True)
    return [Found(where, f"{name}: {mean:.0%} correct") for where, name, mean in rows]


def random(observation: Observation) -> list[Found]:
    """Slices at random, of those with `controller.min_n` pictures."""
    settings = observation.settings
    slices = conjunctions(observation.pictures, observation.attributes, settings.max_order, settings.min_n)
    rng = np.random.default_rng(observation.seed)
    chosen = rng.permutation(len(slices.parts))[: settings.slices]
    wheres = [dict(slices.parts[i]) for i in chosen]
    return [Found(where, f"{slice_name(where)}: at random") for where in wheres]
