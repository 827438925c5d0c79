"""Points of a grid of attributes: all its cells in turn, at random, or as a Sobol sequence.

Every source is endless and depends on its seed alone, so that a longer set begins with the shorter one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import qmc

from generator.draws import Draw
from generator.spec import VIEWS, view_azimuth

Where = Mapping[str, str | int]
"""A slice: attribute -> value, all of which must hold."""

Seed = tuple[int, ...]
"""Seed of a NumPy generator: the set's seed, its block, and so on."""

CHUNK = 256
"""Sobol points made at a time, a power of two."""


class Cell(NamedTuple):
    """One combination of attribute values; `environment` is "" where the scene draws it."""

    shape: str
    color: str
    angle: int
    view: str
    environment: str = ""

    def within(self, where: Where) -> bool:
        """Whether the cell lies in a slice.

        >>> cell = Cell("sedan", "r", 20, "f")
        >>> cell.within({"color": "r", "view": "f"}), cell.within({"color": "b"})
        (True, False)
        """
        return all(getattr(self, attribute) == value for attribute, value in where.items())


class Point(NamedTuple):
    """A cell, and what its source decides besides."""

    cell: Cell
    levels: Mapping[str, float] = {}
    """Nuisance draw -> its level in [0, 1)."""
    camera: Mapping[str, float] = {}
    """`elevation` and `azimuth` in degrees, where they were drawn from a range."""


def walk(cells: Sequence[Cell], seed: Seed) -> Iterator[Point]:
    """All cells, over and over, each time in another order; none where there are no cells."""
    rng = np.random.default_rng(seed)
    while cells:
        for i in rng.permutation(len(cells)):
            yield Point(cells[i])


def all_cells(draws: Mapping[str, Draw]) -> list[Cell]:
    """Every combination of the values of draws that are listed, not ranges.

    >>> from generator.draws import parse_draw
    >>> drawn = {"shape": "sedan", "color": ["r", "b"], "angle": 20, "view": ["f", "b"]}
    >>> cells = all_cells({name: parse_draw(written) for name, written in drawn.items()})
    >>> ["_".join(map(str, cell[:4])) for cell in cells]
    ['sedan_r_20_f', 'sedan_r_20_b', 'sedan_b_20_f', 'sedan_b_20_b']
    """
    return [
        Cell(**dict(zip(draws, values, strict=True))) for values in product(*map(_values, draws.values()))
    ]


def scatter(draws: Mapping[str, Draw], seed: Seed) -> Iterator[Point]:
    """Independent points at random; nuisance levels are left to the pictures' own generators."""
    for i in count():
        levels = np.random.default_rng([*seed, i]).random(len(draws))
        yield _point(draws, dict(zip(draws, levels.tolist(), strict=True)))


def sobol(draws: Mapping[str, Draw], nuisances: Mapping[str, Draw], seed: Seed) -> Iterator[Point]:
    """A scrambled Sobol sequence over all draws that vary (`scipy.stats.qmc.Sobol`)."""
    varying = {**draws, **nuisances, **draws}  # where both draw an environment, the set's own counts
    names = [name for name, draw in varying.items() if not draw.fixed]
    fixed = dict.fromkeys([*draws, *nuisances], 0.5)
    engine = qmc.Sobol(max(1, len(names)), scramble=True, rng=np.random.default_rng(seed))
    while True:
        for row in engine.random(CHUNK).tolist():
            levels = fixed | dict(zip(names, row, strict=False))
            point = _point(draws, levels)
            yield point._replace(levels={name: levels[name] for name in nuisances})


def _point(draws: Mapping[str, Draw], levels: Mapping[str, float]) -> Point:
    """The point at some levels.

    What is drawn from a range of angles or azimuths is the camera's; the cell has the nearest angle and view.
    """
    values: dict[str, Any] = {name: draw.at(levels[name]) for name, draw in draws.items()}
    camera: dict[str, float] = {}
    if isinstance(values["angle"], float):
        camera["elevation"] = values["angle"]
        values["angle"] = min(89, round(values["angle"]))
    if not isinstance(values["view"], str):
        camera["azimuth"] = values["view"]
        values["view"] = VIEWS[round(values["view"] / view_azimuth(VIEWS[1])) % len(VIEWS)]
    return Point(Cell(**values), camera=camera)


def _values(draw: Draw) -> tuple[Any, ...]:
    return draw.options() or ()
