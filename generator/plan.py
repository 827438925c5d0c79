"""From a wish (attributes, ranges, a number of pictures) to render specs.

Attributes are balanced: the grid of their values is walked in a shuffled order until the number is
reached. Nuisance factors are drawn for each picture from its own generator, seeded by the set's seed
and the picture's name, so that adding or removing pictures never changes the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from typing import Annotated, NamedTuple, Self

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from generator.errors import UserError
from generator.naming import picture_name
from generator.spec import COLORS, ENVIRONMENTS, FINISHES, SHAPES, VIEWS, RenderSpec, view_azimuth

BLOCK = 1000
"""How many vehicle variants, and environment instances, a block can hold."""

BASE, PROBE, HOLDOUT, REINFORCEMENT = 0, 1, 2, 3
"""Blocks of vehicle variants and environment instances, one a set; round r reinforces from block 3 + r."""

Where = Mapping[str, str | int]
"""A slice: attribute -> value, all of which must hold."""


class Cell(NamedTuple):
    """One combination of attribute values."""

    shape: str
    color: str
    angle: int
    view: str

    def within(self, where: Where) -> bool:
        return all(getattr(self, attribute) == value for attribute, value in where.items())


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Share = Annotated[float, Field(ge=0, le=1)]
Range = tuple[float, float]


def within(low: float, high: float) -> AfterValidator:
    """A range in order, between two bounds."""

    def check(span: Range) -> Range:
        if not low <= span[0] <= span[1] <= high:
            raise ValueError(f"a range goes from low to high within [{low:g}, {high:g}]")
        return span

    return AfterValidator(check)


class Hole(_Model):
    """A slice that the set hardly holds: of its cells only the share `keep` stays."""

    where: dict[str, str | int]
    keep: Share = 0.0

    @model_validator(mode="after")
    def _attributes(self) -> Self:
        check_where(self.where)
        return self


class SceneRanges(_Model):
    """From where nuisance factors are drawn, uniformly and independently."""

    environments: Annotated[tuple[str, ...], Field(min_length=1)] = ENVIRONMENTS
    instances: Annotated[int, Field(ge=1, le=BLOCK)] = 8
    """Instances of each environment in a set."""
    finishes: Annotated[tuple[str, ...], Field(min_length=1)] = FINISHES
    sun_elevation: Annotated[Range, within(1, 90)] = (25.0, 70.0)
    sun_azimuth: Annotated[Range, within(-360, 360)] = (0.0, 360.0)
    angle_jitter: Annotated[float, Field(ge=0)] = 4.0
    """Degrees, both ways, around the nominal angle."""
    azimuth_jitter: Annotated[float, Field(ge=0, le=22.5)] = 12.0
    """Degrees, both ways, around the middle of the view; 22.5 fills the circle."""
    fill: Annotated[Range, within(0.06, 1)] = (0.55, 0.85)
    offset: Annotated[float, Field(ge=0, le=0.5)] = 0.06
    focal: Annotated[Range, within(15, 300)] = (45.0, 90.0)

    @model_validator(mode="after")
    def _known(self) -> Self:
        for environment in self.environments:
            _check_one("environment", environment, ENVIRONMENTS)
        for finish in self.finishes:
            _check_one("finish", finish, FINISHES)
        return self


class RenderSettings(_Model):
    """What a picture costs and looks like, apart from what it shows."""

    size: Annotated[int, Field(ge=16, le=4096)] = 224
    samples: Annotated[int, Field(ge=1, le=65536)] = 32
    denoise: bool = True


class Grid(_Model):
    """Attribute values, all combinations of which may be rendered."""

    shapes: Annotated[tuple[str, ...], Field(min_length=1)] = SHAPES
    colors: Annotated[tuple[str, ...], Field(min_length=1)] = tuple(COLORS)
    angles: Annotated[tuple[int, ...], Field(min_length=1)] = (5, 20, 35)
    views: Annotated[tuple[str, ...], Field(min_length=1)] = VIEWS
    variants: Annotated[int, Field(ge=1, le=BLOCK)] = 12
    """Individual vehicles of each shape."""

    @model_validator(mode="after")
    def _values(self) -> Self:
        for shape in self.shapes:
            check_where({"shape": shape})
        for color in self.colors:
            check_where({"color": color})
        for view in self.views:
            check_where({"view": view})
        return self

    def cells(self) -> list[Cell]:
        return [Cell(*values) for values in product(self.shapes, self.colors, self.angles, self.views)]


class SetPlan(Grid):
    """A set of rendered pictures, balanced over its grid."""

    count: Annotated[int, Field(ge=1)]
    holes: tuple[Hole, ...] = ()


def check_where(where: Where) -> None:
    """Raise a ValueError that names an attribute or value which does not exist."""
    known: dict[str, Sequence[str]] = {"shape": SHAPES, "color": tuple(COLORS), "view": VIEWS}
    for attribute, value in where.items():
        if attribute not in Cell._fields:
            raise ValueError(f"{attribute!r} is no attribute: one of {', '.join(Cell._fields)}")
        if attribute in known:
            _check_one(attribute, value, known[attribute])
        if attribute == "angle" and not (isinstance(value, int) and 0 <= value <= 89):
            raise ValueError(f"{value!r} is no angle: a whole number of degrees from 0 to 89")


def _check_one(what: str, value: object, known: Sequence[str]) -> None:
    if value not in known:
        raise ValueError(f"{value!r} is no {what}: one of {', '.join(known)}")


def plan_set(
    plan: SetPlan, scene: SceneRanges, render: RenderSettings, *, seed: int, block: int
) -> list[RenderSpec]:
    """The specs of a whole set; names are unique, holes are kept out.

    Raises:
        UserError: the holes leave nothing, or there are fewer vehicles than a cell has pictures.
    """
    rng = np.random.default_rng([seed, block])
    cells = _kept(plan.cells(), plan.holes, rng)
    if not cells:
        raise UserError(f"holes: {list(plan.holes)} leave no picture to render; remove one")
    draws = _draw_cells(cells, plan.count, plan.variants, rng)
    return [_spec(cell, BLOCK * block + k, scene, render, seed, block) for cell, k in draws]


def plan_slices(
    grid: Grid,
    slices: Sequence[Where],
    budget: int,
    scene: SceneRanges,
    render: RenderSettings,
    *,
    seed: int,
    block: int,
) -> list[RenderSpec]:
    """Specs inside the given slices alone, the budget split evenly; `grid` bounds the other attributes."""
    draws: dict[tuple[Cell, int], None] = {}
    for i, where in enumerate(slices):
        rng = np.random.default_rng([seed, block, i])
        cells = [cell for cell in grid.cells() if cell.within(where)]
        if not cells:
            raise UserError(f"slice {dict(where)} is outside the grid; widen the grid's lists")
        wanted = budget // len(slices) + (i < budget % len(slices))
        fresh = (draw for draw in _endless(cells, grid.variants, rng) if draw not in draws)
        for _, draw in zip(range(wanted), fresh, strict=False):
            draws[draw] = None
    return [_spec(cell, BLOCK * block + k, scene, render, seed, block) for cell, k in draws]


def _kept(cells: list[Cell], holes: Sequence[Hole], rng: np.random.Generator) -> list[Cell]:
    for hole in holes:
        inside = [cell for cell in cells if cell.within(hole.where)]
        kept = round(hole.keep * len(inside))
        stay = {inside[i] for i in rng.permutation(len(inside))[:kept]}
        cells = [cell for cell in cells if cell in stay or not cell.within(hole.where)]
    return cells


def _draw_cells(
    cells: list[Cell], number: int, variants: int, rng: np.random.Generator
) -> list[tuple[Cell, int]]:
    if number > len(cells) * variants:
        raise UserError(
            f"count: {number} pictures of {len(cells)} attribute combinations × {variants} variants are "
            f"{len(cells) * variants} at most; raise `variants` or lower `count`"
        )
    return [draw for draw, _ in zip(_endless(cells, variants, rng), range(number), strict=False)]


def _endless(cells: list[Cell], variants: int, rng: np.random.Generator) -> Iterator[tuple[Cell, int]]:
    """Walk the cells in ever new orders, each time with another vehicle; ends when every pair was given."""
    first = rng.integers(variants, size=len(cells))
    for lap in count():
        if lap == variants:
            return
        for i in rng.permutation(len(cells)):
            yield cells[i], int(first[i] + lap) % variants


def _spec(
    cell: Cell, variant: int, scene: SceneRanges, render: RenderSettings, seed: int, block: int
) -> RenderSpec:
    name = picture_name(*cell, variant)
    rng = np.random.default_rng([seed, *hashlib.sha256(name.encode()).digest()])

    def uniform(span: Range) -> float:
        return round(float(rng.uniform(*span)), 4)

    jitter, offset = scene.angle_jitter, scene.offset
    return RenderSpec(
        **cell._asdict(),
        variant=variant,
        environment=str(rng.choice(scene.environments)),
        environment_seed=BLOCK * block + int(rng.integers(scene.instances)),
        sun_elevation=uniform(scene.sun_elevation),
        sun_azimuth=uniform(scene.sun_azimuth),
        finish=str(rng.choice(scene.finishes)),
        elevation=float(np.clip(cell.angle + uniform((-jitter, jitter)), 0, 89.5)),
        azimuth=view_azimuth(cell.view) + uniform((-scene.azimuth_jitter, scene.azimuth_jitter)),
        fill=uniform(scene.fill),
        offset_x=uniform((-offset, offset)),
        offset_y=uniform((-offset, offset)),
        focal=uniform(scene.focal),
        **render.model_dump(),
    )
