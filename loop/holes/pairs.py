"""Renders in pairs that differ in one attribute alone: planned, rendered, and their features.

The twin of a spec is the same spec with another view or colour. Its place, light, lens and vehicle are the
same to the byte, so what differs between the two features is the attribute.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from generator.naming import spec_name
from generator.planning.grid import Grid, Slice
from generator.planning.plan import plan_slices
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.spec import RenderSpec, view_azimuth
from loop.config.holes import PairSettings


@dataclass(frozen=True)
class Pair:
    """Two specs that differ in one attribute."""

    without: RenderSpec
    """With a value that photographs have."""
    with_: RenderSpec
    """With the value that is to be learned."""


def plan_pairs(
    settings: PairSettings,
    number: int,
    grid: Grid,
    scene: SceneRanges,
    render: RenderSettings,
    *,
    seed: int,
    block: int,
) -> list[Pair]:
    """So many pairs, the values of the attribute and of `where` in turn, so that any first part is balanced.

    Args:
        number: of pairs; fewer come out where there are not as many vehicles.
        seed: decides everything that is drawn.
        block: of vehicles and environments.

    Raises:
        UserError: a value lies outside the grid.
    """
    wheres = list(_wheres(settings))
    each = -(-number // len(wheres))
    slices = [Slice(where=where, budget=each) for where in wheres]
    drawn = plan_slices(grid, slices, scene, render, seed=seed, block=block)
    in_turn = [spec for some in itertools.zip_longest(*drawn) for spec in some if spec is not None]
    rng = np.random.default_rng([seed, block])
    pairs = [Pair(twin(spec, settings, rng), spec) for spec in in_turn[:number]]
    return _with_names_of_their_own(pairs)


def _wheres(settings: PairSettings) -> Iterator[dict[str, str | int]]:
    names = [settings.attribute, *settings.where]
    for cell in itertools.product(settings.values, *settings.where.values()):
        yield dict(zip(names, cell, strict=True))


def twin(spec: RenderSpec, settings: PairSettings, rng: np.random.Generator) -> RenderSpec:
    """The spec with another value of the attribute, drawn from those that may stand in its place."""
    value = getattr(spec, settings.attribute)
    others = settings.values[value]
    other = others[int(rng.integers(len(others)))]
    if settings.attribute == "color":
        return spec.model_copy(update={"color": other})
    turned = (spec.azimuth - view_azimuth(value) + view_azimuth(other)) % 360
    return spec.model_copy(update={"view": other, "azimuth": round(turned, 6)})


def _with_names_of_their_own(pairs: Sequence[Pair]) -> list[Pair]:
    """All pairs but those with a picture whose name another pair's picture has with other content."""
    taken: dict[str, RenderSpec] = {}
    kept = []
    for pair in pairs:
        both = {spec_name(spec): spec for spec in (pair.without, pair.with_)}
        if all(taken.get(name, spec) == spec for name, spec in both.items()):
            taken |= both
            kept.append(pair)
    return kept


def specs_of(pairs: Sequence[Pair]) -> list[RenderSpec]:
    """Every spec once, in the order of the pairs."""
    specs = {spec_name(spec): spec for pair in pairs for spec in (pair.without, pair.with_)}
    return list(specs.values())
