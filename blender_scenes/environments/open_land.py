"""Open grounds: studio, parking, gravel, meadow, snow."""

from __future__ import annotations

import numpy as np

from blender_scenes.environments import furniture, houses, plants
from blender_scenes.environments.place import Environment
from blender_scenes.environments.surfaces import Ground, ground_material
from blender_scenes.environments.town import asphalt, lawn
from blender_scenes.scenery import Quads, Rng, Srgb, boxes, flat, flats, mix, scaled, shade, tint, uprights

SECTORS = 8


def studio(rng: Rng, into: Environment) -> None:
    """A seamless sweep: the floor dissolves into the light behind."""
    grey = float(rng.uniform(0.7, 0.95))
    tone = tint(rng, (grey, 0.965 * grey, 0.91 * grey), 0.02)
    floor = Ground(
        (scaled(tone, 0.985), tone, scaled(tone, 1.015)),
        roughness=float(rng.uniform(0.25, 0.6)),
        specular=0.25,
        fade=(9.0, 45.0),
    )
    into.ground(floor, rng)


def parking(rng: Rng, into: Environment) -> None:
    """A parking ground; the vehicle stands in a bay or on its way between them."""
    into.turn = float(
        rng.choice([0.0, 0.0, np.pi / 2, np.radians(rng.uniform(-60, 60))]) + np.radians(rng.normal(0, 3))
    )
    into.ground(asphalt(rng, 1.08), rng)
    pitch, start = float(rng.uniform(3.4, 4.0)), float(rng.uniform(3.6, 5.2))
    shift = float(rng.uniform(-0.25, 0.25))
    marks, sides = Quads(), (np.arange(-9, 9) + 0.5) * pitch + shift
    white = tint(rng, furniture.PAINTED, 0.03)
    for low in (-start, start + 5.8, -start - 17.0):
        marks.add(flats((low - 5.2, low), (sides - 0.05, sides + 0.05), 0.006), white)
    marks.add(flats((-start - 5.3, -start - 5.2), (sides[0], sides[-1]), 0.006), white)
    for side in sides[::3]:
        marks.add(
            flats(
                (-start - 12.0 + np.arange(3), -start - 11.9 + np.arange(3)), (side + 0.4, side + 0.9), 0.006
            ),
            white,
        )
    into.mark(marks)
    _islands(rng, into, pitch)
    _surroundings(rng, into)


def _islands(rng: Rng, into: Environment, pitch: float) -> None:
    """Planted strips with lamps, and young trees."""
    for x in (-26.0, 27.0):
        for k in range(-3, 4):
            post, y = Quads(), k * 3 * pitch
            if rng.uniform() < 0.4:
                post.join(furniture.street_lamp(7.0, 1.2), at=(x, y, 0))
            else:
                post.join(plants.leafy(rng, float(rng.uniform(4, 6)), 240), at=(x, y, 0))
            post.join(
                plants.hedge(rng, (-4.5, 4.5), 0.0, 0.8, shade(rng, plants.LEAVES[2], 0.2)),
                at=(x + 0.2, y, 0),
                turn=np.pi / 2,
            )
            into.screen(post)


def _surroundings(rng: Rng, into: Environment) -> None:
    """A store on one side, trees on the others."""
    into.screen(_store(rng), float(rng.uniform(0, 2 * np.pi)))
    for sector in range(SECTORS):
        into.screen(plants.wood(rng, 82.0, 9.0, shade(rng, plants.LEAVES[0], 0.2), sector))


def _store(rng: Rng) -> Quads:
    """A wide flat building, its front in x = 55."""
    quads, wall = Quads(), shade(rng, (0.76, 0.75, 0.72), 0.1)
    sign, high = tint(rng, houses.SIGNS[int(rng.integers(len(houses.SIGNS)))], 0.04), float(rng.uniform(6, 8))
    quads.add(boxes((55, -24, 0), (75, 24, high)), wall)
    quads.add(boxes((54.6, -24.2, high - 1.1), (55, 24.2, high + 0.2)), sign)
    at = np.arange(-16, 16, 3.2)
    quads.add(uprights(54.9, (at, at + 2.9), (0.3, 3.4)), scaled(houses.PANE, 1.3), "glass")
    quads.add(
        uprights(54.55, (-5.0 + np.arange(7) * 1.5, -4.0 + np.arange(7) * 1.5), (high - 0.9, high - 0.1)),
        (0.9, 0.9, 0.88),
    )
    return quads


def gravel(rng: Rng, into: Environment) -> None:
    """A gravel ground before bushes and trees, with the tracks of wheels."""
    into.turn = float(rng.uniform(0, 2 * np.pi))
    tone = tint(rng, (0.47, 0.42, 0.35), 0.02)
    stones = Ground(
        (scaled(tone, 0.62), tone, scaled(tone, 1.32)),
        patch=float(rng.uniform(3, 7)),
        grain=float(rng.uniform(0.045, 0.075)),
        patchiness=0.45,
        stones=True,
    )
    into.ground(stones, rng)
    for sector in range(SECTORS):
        _scatter(rng, into, sector)
        into.screen(plants.wood(rng, 95.0, 11.0, shade(rng, plants.LEAVES[2], 0.2), sector))
    _hills(rng, into, (0.42, 0.49, 0.42))


def _scatter(rng: Rng, into: Environment, sector: int) -> None:
    quads = Quads()
    for spot in plants.ring(5, 17, 48, rng, sector):
        if rng.uniform() < 0.25:
            quads.join(plants.leafy(rng, float(rng.uniform(4, 7)), 240), at=spot)
        else:
            size = float(rng.uniform(0.5, 1.6))
            quads.join(plants.bush(rng, size, shade(rng, (0.40, 0.42, 0.22), 0.25)), at=spot)
    into.screen(quads)


def _hills(rng: Rng, into: Environment, color: Srgb) -> None:
    seed = int(rng.integers(2**31))
    height, tone = float(rng.uniform(14, 34)), tint(rng, color, 0.03)
    for sector in range(SECTORS):
        into.screen(plants.hills(np.random.default_rng(seed), 260.0, height, tone, sector))


def meadow(rng: Rng, into: Environment) -> None:
    """Grass, trees and hills at the horizon; maybe a track under the vehicle."""
    into.turn = float(rng.normal(0, 0.25))
    green = tint(rng, (0.43, 0.45, 0.24), 0.03)
    dry = mix(green, (0.66, 0.60, 0.34), float(rng.uniform(0.25, 0.6)))
    grass = Ground(
        (scaled(green, 0.62), green, scaled(dry, 1.15)),
        patch=float(rng.uniform(2.5, 7)),
        grain=0.05,
        patchiness=0.45,
    )
    into.ground(grass, rng)
    if rng.uniform() < 0.6:
        earth = tint(rng, (0.52, 0.45, 0.35), 0.03)
        track = ground_material(
            Ground((scaled(earth, 0.7), earth, mix(green, earth, 0.4)), patch=1.6, grain=0.05), rng
        )
        into.lay(np.stack([flat((-120, y - 0.35), (120, y + 0.35), 0.004) for y in (-0.8, 0.8)]), track)
    for sector in range(SECTORS):
        _copse(rng, into, sector)
        into.screen(plants.wood(rng, 130.0, 12.0, shade(rng, (0.36, 0.43, 0.31), 0.12), sector))
    _hills(rng, into, (0.43, 0.52, 0.45))


def _copse(rng: Rng, into: Environment, sector: int) -> None:
    quads = Quads()
    for spot in plants.ring(int(rng.integers(2, 5)), 24, 75, rng, sector):
        kind, height = rng.uniform(), float(rng.uniform(4.5, 9))
        tree = plants.conifer(rng, height) if kind < 0.15 else plants.leafy(rng, height, 300)
        quads.join(tree, at=spot)
    for spot in plants.ring(4, 14, 40, rng, sector):
        quads.join(
            plants.bush(rng, float(rng.uniform(0.5, 1.3)), shade(rng, plants.LEAVES[1], 0.25), 26), at=spot
        )
    into.screen(quads)


def snow(rng: Rng, into: Environment) -> None:
    """Land under snow with firs and bare trees; the vehicle is on a road, cleared or with tracks."""
    into.turn = float(rng.normal(0, 0.15))
    white = tint(rng, (0.83, 0.83, 0.835), 0.01)
    tones = (scaled(white, 0.9), white, scaled(white, 1.05))
    into.ground(Ground(tones, patch=0.9, grain=0.05, patchiness=0.5, roughness=0.8), rng)
    (_cleared_road if rng.uniform() < 0.65 else _ruts)(rng, into, white)
    for sector in range(SECTORS):
        _winter_trees(rng, into, sector)
        into.screen(plants.wood(rng, 110.0, 12.0, tint(rng, (0.48, 0.49, 0.49), 0.03), sector))
    _hills(rng, into, (0.76, 0.77, 0.79))


def _cleared_road(rng: Rng, into: Environment, white: Srgb) -> None:
    """Asphalt with remains of snow, slush along its edges."""
    right = float(rng.uniform(1.7, 2.6))
    left = right + float(rng.uniform(0.5, 2.8))
    base = asphalt(rng, 1.05)
    slush = scaled(white, 0.72)
    grey = Ground((base.tones[1], base.tones[2], slush), patch=1.8, grain=0.05, patchiness=0.6)
    into.lay(flat((-150, -right), (150, left), 0.004), ground_material(grey, rng))
    edges = Ground((scaled(slush, 0.7), slush, white), patch=0.8, grain=0.08, patchiness=0.6)
    strips = [flat((-150, y - 0.3), (150, y + 0.3), 0.006) for y in (-right, left)]
    into.lay(np.stack(strips), ground_material(edges, rng))
    for y in (-right - 0.9, left + 0.9):
        for x in np.arange(-60, 61, 20.0) + float(rng.uniform(0, 10)):
            quads = Quads()
            quads.join(furniture.post(), at=(x, y, 0))
            into.screen(quads)


def _ruts(rng: Rng, into: Environment, white: Srgb) -> None:
    """The tracks of wheels, earth showing through."""
    slush = tint(rng, (0.60, 0.58, 0.55), 0.02)
    packed = ground_material(Ground((scaled(slush, 0.65), slush, white), 0.7, 0.06, 0.6), rng)
    places = [-0.78, 0.78] + ([2.7, 4.25] if rng.uniform() < 0.6 else [])
    half = float(rng.uniform(0.25, 0.4))
    into.lay(np.stack([flat((-150, y - half), (150, y + half), 0.004) for y in places]), packed)


def _winter_trees(rng: Rng, into: Environment, sector: int) -> None:
    quads = Quads()
    for spot in plants.ring(int(rng.integers(2, 5)), 20, 60, rng, sector):
        height = float(rng.uniform(5, 10))
        tree = (
            plants.conifer(rng, height, snow=0.55)
            if rng.uniform() < 0.55
            else plants.bare(rng, height, snow=True)
        )
        quads.join(tree, at=spot)
    for spot in plants.ring(6, 12, 40, rng, sector):
        quads.join(plants.bush(rng, float(rng.uniform(0.4, 1.0)), (0.47, 0.41, 0.31), 22), at=spot)
    into.screen(quads)


__all__ = ["gravel", "lawn", "meadow", "parking", "snow", "studio"]
