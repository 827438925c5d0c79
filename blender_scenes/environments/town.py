"""Streets between houses: city, residential, and the city at night or in the rain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.environments import furniture, houses, plants
from blender_scenes.environments.place import Environment
from blender_scenes.environments.surfaces import Ground, ground_material
from blender_scenes.scenery import Quads, Rng, Srgb, flat, flats, mix, scaled, shade, tint

ASPHALT: Srgb = (0.35, 0.325, 0.29)


def asphalt(rng: Rng, tone: float = 1.0) -> Ground:
    """Asphalt, lighter or darker, with patches and grains."""
    grey = scaled(shade(rng, tint(rng, ASPHALT, 0.012), 0.12), tone)
    return Ground(
        (scaled(grey, 0.62), grey, scaled(grey, 1.3)),
        patch=float(rng.uniform(2.5, 6)),
        grain=0.03,
        patchiness=0.55,
    )


@dataclass(frozen=True)
class Street:
    """Where a street's edges lie; the vehicle stands at y = 0, in the right lane or at the kerb."""

    left: float
    """y of the left kerb."""
    right: float
    """y of the right kerb."""
    walk: float
    """Width of a pavement."""


def _street(rng: Rng, into: Environment, width: tuple[float, float], walk: tuple[float, float]) -> Street:
    """Draw a street; the vehicle heads either way along it, not quite straight."""
    total = float(rng.uniform(*width))
    right = float(rng.uniform(2.3, 3.4))
    into.turn = float(np.radians(rng.normal(0, 5)))
    street = Street(total - right, -right, float(rng.uniform(*walk)))
    if rng.uniform() < 0.4:
        into.turn += np.pi
        return Street(right, right - total, street.walk)
    return street


def _lamps(rng: Rng, into: Environment, street: Street, *, lit: bool) -> None:
    height, pitch = float(rng.uniform(5.5, 7.5)), float(rng.uniform(14, 18))
    for sign, kerb in ((1, street.left), (-1, street.right)):
        start = float(rng.uniform(0, pitch)) if not lit else pitch / 2 * (sign < 0)
        for k in range(-3, 4):
            post = Quads()
            at = (start + k * pitch, kerb + sign * 0.5, 0.0)
            post.join(furniture.street_lamp(height, 1.3, lit=lit), at=at, turn=sign * np.pi / 2)
            into.screen(post)


def _rows(rng: Rng, into: Environment, street: Street, *, lit: float) -> None:
    into.screen(houses.row(rng, street.left + street.walk, 62.0, lit=lit), np.pi / 2)
    into.screen(houses.row(rng, street.walk - street.right, 62.0, lit=lit), -np.pi / 2)
    for turn in (0.0, np.pi):
        into.screen(houses.row(rng, float(rng.uniform(64, 80)), 34.0, lit=lit, shops=0.0), turn)


def _paved(rng: Rng, into: Environment, street: Street) -> None:
    walk = shade(rng, tint(rng, (0.61, 0.585, 0.55), 0.02), 0.1)
    middle = (street.left + street.right) / 2
    marks = Quads()
    marks.join(furniture.pavement(rng, 62, street.left, street.left + street.walk + 0.8, walk))
    marks.join(furniture.pavement(rng, 62, street.right, street.right - street.walk - 0.8, walk))
    marks.join(furniture.dashes((-60, 60), middle, 6.0, 3.0), at=(float(rng.uniform(0, 6)), 0, 0))
    into.mark(marks)


def _street_trees(rng: Rng, into: Environment, street: Street) -> None:
    for sign, kerb in ((1, street.left), (-1, street.right)):
        for k in range(-3, 4):
            if rng.uniform() < 0.6:
                place = (11.0 * k + float(rng.uniform(-2, 2)), kerb + sign * 1.0, 0.0)
                tree = Quads()
                tree.join(plants.leafy(rng, float(rng.uniform(5, 8)), 260, slim=0.75), at=place)
                into.screen(tree)


def city(rng: Rng, into: Environment) -> None:
    """A street between pavements and rows of houses with shops."""
    street = _street(rng, into, (8.5, 12.5), (2.6, 4.2))
    into.ground(asphalt(rng), rng)
    _paved(rng, into, street)
    _rows(rng, into, street, lit=0.0)
    _lamps(rng, into, street, lit=False)
    if rng.uniform() < 0.6:
        _street_trees(rng, into, street)


def night(rng: Rng, into: Environment) -> None:
    """The city after dark: lamps, lit windows."""
    street = _street(rng, into, (8.5, 11.0), (2.6, 3.6))
    into.ground(asphalt(rng), rng)
    _paved(rng, into, street)
    _rows(rng, into, street, lit=0.4)
    _lamps(rng, into, street, lit=True)
    warm = tint(rng, (1.0, 0.95, 0.87), 0.02)
    for x, y in ((-8.0, street.left - 0.8), (8.0, street.left - 0.8), (0.0, street.right + 0.8)):
        into.lamp((x, y, 6.3), 1500.0, warm)


def wet(rng: Rng, into: Environment) -> None:
    """A street in the rain, with puddles that mirror."""
    street = _street(rng, into, (8.5, 12.5), (2.6, 4.2))
    base = asphalt(rng, 1.05)
    water = float(rng.uniform(0.25, 0.7))
    rain = Ground(base.tones, base.patch, base.grain, 0.5, puddles=water, roughness=0.33, specular=0.6)
    if rng.uniform() < 0.5:
        into.ground(rain, rng)
        _rows(rng, into, street, lit=0.12)
    else:
        into.ground(lawn(rng), rng)
        into.lay(flat((-150, street.right), (150, street.left), 0.004), ground_material(rain, rng))
        _gardens(rng, into, street, lit=0.2)
    _paved(rng, into, street)
    _lamps(rng, into, street, lit=False)


def residential(rng: Rng, into: Environment) -> None:
    """A street between gardens with detached houses, hedges, fences and trees."""
    street = _street(rng, into, (6.2, 8.5), (1.4, 2.2))
    into.ground(lawn(rng), rng)
    road = ground_material(asphalt(rng), rng)
    into.lay(flat((-150, street.right), (150, street.left), 0.004), road)
    walk = shade(rng, tint(rng, (0.61, 0.585, 0.55), 0.02), 0.1)
    marks = Quads()
    for kerb, sign in ((street.left, 1), (street.right, -1)):
        marks.join(furniture.pavement(rng, 75, kerb, kerb + sign * street.walk, walk))
    into.mark(marks)
    _gardens(rng, into, street, lit=0.0)


def lawn(rng: Rng) -> Ground:
    """Mown grass."""
    green = tint(rng, (0.42, 0.44, 0.24), 0.03)
    return Ground(
        (scaled(green, 0.6), green, mix(scaled(green, 1.25), (0.66, 0.62, 0.36), 0.3)),
        patch=5.0,
        grain=0.045,
        patchiness=0.4,
    )


def _gardens(rng: Rng, into: Environment, street: Street, *, lit: float) -> None:
    drives = Quads()
    for sign, kerb in ((1, street.left), (-1, street.right)):
        edge = abs(kerb) + street.walk
        for k in range(-3, 4):
            _plot(rng, into, drives, 17.0 * k + float(rng.uniform(-1, 1)), sign, edge, lit)
    into.mark(drives)
    for sector in range(8):
        into.screen(plants.wood(rng, 75.0, 9.0, shade(rng, plants.LEAVES[0], 0.2), sector))


def _plot(rng: Rng, into: Environment, drives: Quads, x: float, sign: int, edge: float, lit: float) -> None:
    """One garden, drawn left of a street along x with its fence at y = edge."""
    turn = 0.0 if sign > 0 else np.pi
    plot, back = Quads(), edge + float(rng.uniform(4.5, 8))
    home = Quads()
    home.join(houses.cottage(rng, lit=lit), at=(x, back, 0), turn=np.pi / 2)
    into.screen(home, turn)
    gate = x - 5.2
    fence = _boundary(rng, (x - 3.6, x + 8.2), edge + 0.25)
    plot.join(fence)
    for _ in range(int(rng.integers(1, 4))):
        spot = (x + float(rng.uniform(-2, 8)), edge + float(rng.uniform(1.0, 3.0)), 0.0)
        plot.join(plants.bush(rng, float(rng.uniform(0.8, 1.6)), shade(rng, plants.LEAVES[1], 0.2)), at=spot)
    into.screen(plot, turn)
    if rng.uniform() < 0.75:
        tree = Quads()
        tree.join(
            plants.leafy(rng, float(rng.uniform(5, 9)), 360), at=(x + float(rng.uniform(1, 8)), edge + 2.6, 0)
        )
        into.screen(tree, turn)
    grey = shade(rng, (0.58, 0.56, 0.52), 0.1)
    drives.join(_drive(gate, edge, back, grey), turn=turn)


def _drive(x: float, edge: float, back: float, color: Srgb) -> Quads:
    quads = Quads()
    quads.add(flats((x - 1.5, x + 1.5), (edge, back + 1), 0.006), color)
    return quads


def _boundary(rng: Rng, x: tuple[float, float], y: float) -> Quads:
    kind = rng.integers(3)
    if kind == 0:
        return plants.hedge(rng, x, y, float(rng.uniform(0.9, 1.7)), shade(rng, plants.LEAVES[2], 0.15))
    if kind == 1:
        return furniture.picket_fence(rng, x, y)
    return furniture.wall(rng, x, y, float(rng.uniform(0.6, 1.0)))
