"""From a plan (attributes, ranges, a number of pictures) to render specs.

    specs = plan_set(SetPlan(count=100), SceneRanges(), RenderSettings(), seed=0, block=0)

A set's attributes are sampled from its grid: all combinations in turn (`grid`), independently
(`random`), or together with every nuisance attribute as a low-discrepancy sequence (`sobol`). But for
`sobol`, nuisance attributes are drawn for each picture from its own generator, seeded by the set's seed
and the picture's name. In all three, asking for more pictures never changes the first ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np

from generator.draws import Draw, Fixed
from generator.errors import UserError
from generator.families import families, family_of
from generator.naming import picture_name
from generator.planning import sampling
from generator.planning.grid import Grid, Hole, SetPlan, Slice
from generator.planning.sampling import Cell, Point
from generator.planning.scenes import BLOCK, JITTERS, SCENE_DRAWS, RenderSettings, SceneRanges
from generator.spec import RenderSpec, view_azimuth

BASE, PROBE, HOLDOUT, REINFORCEMENT = 0, 1, 2, 3
"""Blocks of `BLOCK` vehicle variants and environment instances each, one a set, so that no two sets show the
same vehicle or place; the renders of round r are of block 3 + r."""

POINTS, HOLES = 0, 1
"""Last numbers of two seeds of a slice: that of its points, and that of the cells which its holes keep."""

MISSES = 50_000
"""Points in a row outside a slice, or inside holes, after which a source is taken as exhausted."""
EMPTY = 500
"""Points in a row whose combinations have no vehicle of a slice's family left, after which a random source is
taken as exhausted."""


def plan_set(
    plan: SetPlan,
    scene: SceneRanges,
    render: RenderSettings,
    *,
    seed: int,
    block: int,
    assets: Mapping[str, str] | None = None,
) -> list[RenderSpec]:
    """The specs of a whole set; names are unique, holes are left out.

    Args:
        plan: what the set may hold, and how many pictures.
        scene: from where nuisance attributes are drawn.
        render: size and samples of the pictures.
        seed: 0 or more; decides everything that is drawn.
        block: of vehicles and environments (`BASE`, `PROBE`, …), 0 or more.
        assets: word of a user's own model -> its digest (`generator.assets.card.digests`).

    Raises:
        UserError: a shape is unknown, a slice or what the holes leave is empty, or there are fewer vehicles
            than a combination has pictures.

    >>> plan = SetPlan.model_validate({"count": 2, "shapes": ["bus"], "views": ["f"]})
    >>> [spec.shape for spec in plan_set(plan, SceneRanges(), RenderSettings(), seed=0, block=PROBE)]
    ['bus', 'bus']
    """
    planning = _Planning(plan, scene, render, seed, block, assets or {}, plan.holes)
    slices = plan.slices or (Slice(where={}, budget=plan.count or 0),)
    specs = []
    for i, part in enumerate(slices):
        found = planning.specs(i, part)
        if len(found) < part.budget:
            raise UserError(_too_few(plan, part, len(found)))
        specs += found
    return specs


Pick = Callable[[Sequence[RenderSpec], int], Iterable[RenderSpec]]
"""Takes a number of the specs that were drawn."""


def plan_slices(
    grid: Grid,
    slices: Sequence[Slice],
    scene: SceneRanges,
    render: RenderSettings,
    *,
    seed: int,
    block: int,
    assets: Mapping[str, str] | None = None,
    choice: int | None = None,
    fill: bool = False,
    draws: int = 1,
    pick: Pick = islice,
) -> list[list[RenderSpec]]:
    """Specs inside each of the given slices; `grid` bounds the other attributes.

    A slice with fewer vehicles than its budget gives as many pictures as it can.

    Args:
        grid: the attribute values that pictures may have.
        slices: parts of the grid, each with its budget.
        scene: from where nuisance attributes are drawn.
        render: size and samples of the pictures.
        seed: 0 or more; decides what a picture of a name looks like.
        block: of vehicles and environments, 0 or more.
        assets: word of a user's own model -> its digest.
        choice: seed of which pictures are taken; None: `seed`. As `seed` alone decides what a picture looks
            like, plans of several choices share pictures.
        fill: whether pictures of the whole grid make up for those that are short; they come last, as if of
            one slice more.
        draws: how many specs are drawn for each that is wanted, 1 or more; `pick` takes a slice's budget out
            of them. What it leaves is lost to other slices, as its vehicles are taken.
        pick: which of the specs drawn are taken; the first ones by default.

    Returns:
        A list of specs for each slice, and one more where `fill` made up for something.

    Raises:
        UserError: a shape is unknown, or a slice lies outside the grid.
    """
    planning = _Planning(grid, scene, render, seed, block, assets or {}, choice=choice)
    wider = [part.model_copy(update={"budget": draws * part.budget}) for part in slices]
    drawn = [planning.specs(i, part) for i, part in enumerate(wider)]
    specs = [list(pick(mine, part.budget)) for part, mine in zip(slices, drawn, strict=True)]
    missing = sum(part.budget for part in slices) - sum(map(len, specs))
    if fill and missing:
        specs.append(planning.specs(len(slices), Slice(where={}, budget=missing)))
    return specs


def _too_few(plan: SetPlan, part: Slice, found: int) -> str:
    what = (
        f"slice {part.where}: {found} of {part.budget}" if part.where else f"count: {found} of {part.budget}"
    )
    if not found and plan.holes:
        return f"holes: {list(plan.holes)} leave no picture to render; remove one"
    beside = " outside `holes`" if plan.holes else ""
    return (
        f"{what} pictures are all that {plan.variants} variants of each attribute combination give{beside}; "
        "raise `variants` or ask for fewer"
    )


@dataclass(frozen=True)
class _Planning:
    """A set being planned: gives each vehicle to a combination of attributes once."""

    grid: Grid
    scene: SceneRanges
    render: RenderSettings
    seed: int
    block: int
    assets: Mapping[str, str]
    holes: Sequence[Hole] = ()
    choice: int | None = None
    left: dict[str, list[int]] = field(default_factory=dict)
    """Combination, as names begin -> the vehicles that it has not been given yet, the next one first."""

    def __post_init__(self) -> None:
        self.grid.check_shapes(self.assets)

    def specs(self, index: int, part: Slice) -> list[RenderSpec]:
        """At most `budget` specs of a slice, the `index`-th of the set."""
        scene = part.within(self.scene)
        source = self._source(index, part, scene)
        found: list[RenderSpec] = []
        empty = 0
        for point in self._inside(index, part, source):
            if len(found) == part.budget or empty > source.patience:
                break
            variant = self._vehicle(point.cell, part.family)
            empty = empty + 1 if variant is None else 0
            if variant is not None and not self._missing(point.cell, variant):
                found.append(self._spec(point, variant, scene))
        return found

    def _inside(self, index: int, part: Slice, source: _Source) -> Iterator[Point]:
        """The points of a slice outside holes; it ends after `MISSES` others in a row."""
        misses = 0
        for i, point in enumerate(source.points):
            if part.holds(point.cell) and self._stays(point.cell, source.holes, (index, i)):
                misses = 0
                yield point
            elif (misses := misses + 1) > MISSES:
                return

    def _source(self, index: int, part: Slice, scene: SceneRanges) -> _Source:
        seed = (self._chosen, self.block, index)
        draws = self._narrowed(part)
        if part.angles is not None:
            draws["angle"] = part.angles
        if self.grid.sampling == "grid":
            rng = np.random.default_rng((*seed, HOLES))
            cells = _kept(sampling.all_cells(draws), self._of_cells, rng)
            return _Source(sampling.walk(cells, (*seed, POINTS)), 2 * len(cells))
        if self.grid.sampling == "random":
            points = sampling.scatter(draws, (*seed, POINTS))
        else:
            points = sampling.sobol(draws, scene.draws(), (*seed, POINTS))
        # Of one combination a family has few; without one of many, going on would bend the distribution.
        return _Source(points, EMPTY if part.family else 0, self._of_cells)

    def _narrowed(self, part: Slice) -> dict[str, Draw]:
        """The grid's draws, fixed to a slice's values; ranges stay, as each point is tested."""
        outside = UserError(f"slice {part.where} is outside the grid; widen the grid's lists")
        if part.family and not any(part.family in families(shape) for shape in self.grid.shape_words()):
            raise outside
        draws = self.grid.draws()
        for attribute, value in part.cells.items():
            options = draws[attribute].options() if attribute in draws else ()
            if options is not None and value not in options:
                raise outside
            if options is not None:
                draws[attribute] = Fixed(value=value)
        return draws

    def _stays(self, cell: Cell, holes: Sequence[Hole], place: tuple[int, int]) -> bool:
        """Whether a point of a random source lies in no hole, or is among the fraction that is kept."""
        index, i = place
        inside = [hole.keep for hole in holes if hole.holds(cell)]
        chances = np.random.default_rng((self.seed, self.block, index, HOLES, i)).random(len(inside))
        return all(chance < keep for chance, keep in zip(chances, inside, strict=True))

    def _missing(self, cell: Cell, variant: int) -> bool:
        """Whether a vehicle lies in a hole of its family and is not among the fraction that is kept."""
        of_family = [hole for hole in self.holes if hole.family == family_of(cell.shape, variant)]
        keep = [hole.keep for hole in of_family if hole.holds(cell)]
        word = f"hole {picture_name(cell.shape, cell.color, cell.angle, cell.view, variant)}"
        chances = _generator(self.seed, word).random(len(keep)) if keep else ()
        return any(chance >= kept for chance, kept in zip(chances, keep, strict=True))

    @property
    def _of_cells(self) -> list[Hole]:
        """Holes that hold all of a cell's vehicles."""
        return [hole for hole in self.holes if hole.family is None]

    def _vehicle(self, cell: Cell, family: str | None) -> int | None:
        """The next of the vehicles of a family, of any where it is None, that a combination has left, from a
        first one that is its own."""
        key = "_".join(map(str, cell[:4]))
        if key not in self.left:
            first = int(_generator(self._chosen, f"{self.block} {key}").integers(self.grid.variants))
            order = ((first + 1 + i) % self.grid.variants for i in range(self.grid.variants))
            self.left[key] = [BLOCK * self.block + variant for variant in order]
        for variant in self.left[key]:
            if family in (None, family_of(cell.shape, variant)):
                self.left[key].remove(variant)
                return variant
        return None

    @property
    def _chosen(self) -> int:
        return self.seed if self.choice is None else self.choice

    def _spec(self, point: Point, variant: int, scene: SceneRanges) -> RenderSpec:
        cell = point.cell
        rng = _generator(self.seed, picture_name(cell.shape, cell.color, cell.angle, cell.view, variant))
        instance = int(rng.integers(scene.instances))
        own = dict(zip(SCENE_DRAWS, rng.random(len(SCENE_DRAWS)).tolist(), strict=True))
        drawn = scene.drawn(own | dict(point.levels))
        jitters = {name: drawn.pop(name) for name in JITTERS}
        elevation = float(np.clip(cell.angle + jitters["angle_jitter"], 0, 89.5))
        azimuth = view_azimuth(cell.view) + jitters["azimuth_jitter"]
        camera = {"elevation": elevation, "azimuth": azimuth, **point.camera}
        drawn["environment"] = cell.environment or drawn["environment"]
        return RenderSpec(
            **(cell._asdict() | drawn),
            variant=variant,
            asset=self.assets.get(cell.shape, ""),
            environment_seed=BLOCK * self.block + instance,
            **camera,
            **self.render.model_dump(),
        )


class _Source(NamedTuple):
    points: Iterator[Point]
    patience: int
    """Points in a row without a vehicle, after which the source is taken as exhausted."""
    holes: Sequence[Hole] = ()
    """Holes that the points are still to be tested against."""


def _kept(cells: list[Cell], holes: Sequence[Hole], rng: np.random.Generator) -> list[Cell]:
    """The cells outside holes, and of those inside the fraction that each hole keeps."""
    for hole in holes:
        inside = [cell for cell in cells if hole.holds(cell)]
        kept = round(hole.keep * len(inside))
        stay = {inside[i] for i in rng.permutation(len(inside))[:kept]}
        cells = [cell for cell in cells if cell in stay or not hole.holds(cell)]
    return cells


def _generator(seed: int, word: str) -> np.random.Generator:
    return np.random.default_rng([seed, *hashlib.sha256(word.encode()).digest()])
