"""What a set may hold: the grid of its attributes, its slices, and the holes in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from generator.draws import Draw, Listed, parse_draw
from generator.errors import UserError
from generator.families import families, shape_of
from generator.planning.sampling import Cell, Where
from generator.planning.scenes import BLOCK, Drawn, SceneRanges
from generator.spec import COLORS, SHAPES, VIEWS, check_value, shapes

GRID = {
    "shape": "shapes",
    "color": "colors",
    "angle": "angles",
    "view": "views",
    "environment": "environments",
}
"""Attribute -> key of the set that lists its values."""
FAMILY = "family"
"""The attribute that a vehicle's variant decides (`generator.families`): slices and holes may ask for it, no
set lists it."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


Fraction = Annotated[float, Field(ge=0, le=1)]


def checked_where(where: Where) -> Where:
    """A slice with its values as cells have them.

    Raises:
        ValueError: an attribute or value does not exist, or the family is not the shape's.
    """
    found = {attribute: _checked(attribute, value) for attribute, value in where.items()}
    if {"shape", FAMILY} <= set(found):
        known = families(str(found["shape"]))
        if found[FAMILY] not in known:
            raise ValueError(
                f"{found[FAMILY]!r} is not a family of {found['shape']}: one of {', '.join(known)}"
            )
    return found


def _checked(attribute: str, value: Any) -> Any:
    if attribute == FAMILY:
        shape_of(value)
        return value
    if attribute not in GRID:
        raise ValueError(f"{attribute!r} is not an attribute: one of {', '.join((*GRID, FAMILY))}")
    try:
        return _check(attribute, value)
    except ValueError as error:
        if attribute == "angle":
            raise ValueError(f"{value!r} is not an angle: a whole number of degrees from 0 to 89") from None
        raise error


Slicing = Annotated[dict[str, str | int], AfterValidator(checked_where)]


class _Part(_Model):
    """A part of the grid."""

    where: Slicing
    """Attribute -> value, all of which must hold: `{shape: bus, color: y}`. Attributes are shape, color,
    angle, view, environment (where the set lists `environments`) and family; {} is the whole grid."""

    @cached_property
    def family(self) -> str | None:
        """The family whose vehicles it holds; None for all."""
        found = self.where.get(FAMILY)
        return None if found is None else str(found)

    @cached_property
    def cells(self) -> Where:
        """What it asks of cells: all of `where` but the family, which stands for its shape here."""
        shape = None if self.family is None else shape_of(self.family)
        where = {**self.where, **({"shape": shape} if shape else {})}
        return {name: value for name, value in where.items() if name != FAMILY}

    def holds(self, cell: Cell) -> bool:
        """Whether a cell, or some of its vehicles, lie in it."""
        return cell.within(self.cells) and self.family in (None, *families(cell.shape))


class Hole(_Part):
    """A slice that the set hardly holds, to plant a weakness: of its cells only the fraction `keep` stays.

    Where the set is not sampled as a grid it is a fraction of the points, and where the slice is of a family
    one of the pictures. What a hole of a family removes makes room for anything else of the set, not for
    other vehicles of the shape alone.
    """

    keep: Fraction = 0.0
    """Fraction of the slice that the set keeps, 0 to 1."""


class Slice(_Part):
    """A part of the grid with a number of pictures of its own."""

    budget: Annotated[int, Field(ge=1)]
    """How many pictures, 1 or more."""
    scene: dict[str, Any] = {}
    """Draws of the scene that take the place of the set's, such as `{fill: {uniform: [0.5, 0.6]}}`; {}: all
    are the set's."""
    angles: Drawn | None = None
    """Takes the place of the set's `angles`; null: the set's."""

    @field_validator("angles", mode="before")
    @classmethod
    def _parsed(cls, written: object) -> object:
        return None if written is None else _attribute("angle", written)

    @field_validator("scene")
    @classmethod
    def _scene_drawn(cls, scene: dict[str, Any]) -> dict[str, Any]:
        SceneRanges.model_validate(scene)
        return scene

    def within(self, scene: SceneRanges) -> SceneRanges:
        """The set's scene with this slice's own draws."""
        own = SceneRanges.model_validate(self.scene)
        return scene.model_copy(update={name: getattr(own, name) for name in self.scene})


class Grid(_Model):
    """Attribute values that may be rendered together. Keys that list values take any form of
    `generator.draws`; a set that is sampled as a grid takes plain lists alone."""

    shapes: Drawn = parse_draw(SHAPES)
    """What vehicles: words of the catalogue, of users' own models where the farm has their asset cards, and
    of plugins. All of the catalogue unless you name some."""
    colors: Drawn = parse_draw(tuple(COLORS))
    """Paints, by their letters in `COLORS`. All unless you name some."""
    angles: Drawn = parse_draw([5, 20, 35])
    """Camera elevations, whole numbers from 0 to 89 degrees. A range is of the camera's elevation itself,
    without jitter; names carry it rounded."""
    views: Drawn = parse_draw(VIEWS)
    """Which side of the vehicle faces the camera: words of `VIEWS`, all unless you name some. A range is of
    the camera's azimuth in degrees, without jitter; names carry the nearest view."""
    environments: Drawn | None = None
    """Where given, the set is balanced over these too, and slices and holes may name them;
    `scene.environment` is then without effect. null: every picture draws its environment by itself."""
    variants: Annotated[int, Field(ge=1, le=BLOCK)] = 12
    """Individual vehicles of each shape, 1 to 1,000. No vehicle is shown twice in one combination of
    attributes, so raise it where a combination needs more pictures than this."""
    sampling: Literal["grid", "random", "sobol"] = "grid"
    """`grid`: all combinations in balance. `random`: independent points. `sobol`: a low-discrepancy sequence
    over all that varies, nuisance attributes included, which covers ranges evenly with few pictures."""

    @field_validator(*GRID.values(), mode="before")
    @classmethod
    def _parsed(cls, written: object, info: ValidationInfo) -> object:
        if written is None:
            return None
        name = next(attribute for attribute, key in GRID.items() if key == info.field_name)
        return _attribute(name, written)

    @model_validator(mode="after")
    def _walkable(self) -> Self:
        self.check_walkable()
        return self

    def check_walkable(self) -> None:
        """Raise a ValueError that names what a grid cannot walk, where `sampling` is one."""
        for name, draw in self._walked():
            if self.sampling == "grid" and not (draw.fixed or (isinstance(draw, Listed) and draw.plain)):
                raise ValueError(
                    f"{GRID[name]}: a grid walks lists of values, each given once; list them, or set "
                    "`sampling` to random or sobol"
                )

    def _walked(self) -> Iterator[tuple[str, Draw]]:
        """Every draw that is to be walked."""
        yield from self.draws().items()

    def draws(self) -> dict[str, Draw]:
        """Attribute -> draw; without environments where the scene draws those."""
        draws = {name: getattr(self, key) for name, key in GRID.items()}
        return {name: draw for name, draw in draws.items() if draw is not None}

    def shape_words(self) -> tuple[str, ...]:
        """All shapes that it may hold."""
        return self.shapes.options() or ()

    def check_shapes(self, own: Collection[str]) -> None:
        """Raise a UserError that names a shape which neither the catalogue nor users' `own` models have."""
        for word in self.shape_words():
            if word not in shapes() and word not in own:
                known = ", ".join((*shapes(), *sorted(own)))
                raise UserError(
                    f"{word!r} is not a shape: one of {known}; name the card of a model of your own under "
                    "`farm.assets`, or the module that adds the shape under `plugins`"
                )


class SetPlan(Grid):
    """A set of rendered pictures: `count` of the whole grid, or a list of slices."""

    count: Annotated[int, Field(ge=1)] | None = None
    """How many pictures of the whole grid, 1 or more; null where `slices` are given instead. More pictures
    begin with the same ones as fewer."""
    slices: tuple[Slice, ...] = ()
    """Parts of the grid with a number of pictures each, instead of `count`."""
    holes: tuple[Hole, ...] = ()
    """Parts of the grid that the set is to lack, wholly or but for a fraction: planted weaknesses."""

    def _walked(self) -> Iterator[tuple[str, Draw]]:
        yield from super()._walked()
        yield from (("angle", part.angles) for part in self.slices if part.angles is not None)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.count is None) == (not self.slices):
            raise ValueError("give either `count` or `slices`, each of them with a `budget`")
        for part in (*self.slices, *self.holes):
            if "environment" in part.where and self.environments is None:
                raise ValueError(f"{part.where} names an environment; list the set's in `environments`")
            if part.where.get("shape", SHAPES[0]) not in (*shapes(), *self.shape_words()):
                check_value("shape", part.where["shape"])
        return self


def _attribute(attribute: str, written: object) -> Draw:
    """A draw of an attribute; the ends of a range are the camera's."""
    end = {"angle": "elevation", "view": "azimuth"}.get(attribute, attribute)
    return parse_draw(written, lambda value: _check(attribute, value), lambda value: _check(end, value))


def _check(attribute: str, value: Any) -> Any:
    """As `check_value`, but for words that users' own models may have: those are known later."""
    own = attribute == "shape" and isinstance(value, str) and re.fullmatch("[a-z][a-z0-9]*", value)
    return value if own else check_value(attribute, value)
