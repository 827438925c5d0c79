"""Shapes of single things that stand about, as coloured quads at the origin. No Blender in here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from blender_scenes.environments import furniture, plants
from blender_scenes.scenery import Quads, Rng, Srgb, bars, boxes, flat, pick, scaled, tint, uprights

ORANGE: Srgb = (0.90, 0.30, 0.05)
WHITE: Srgb = (0.90, 0.90, 0.88)
PINK: Srgb = (0.98, 0.10, 0.55)
"""As surveyors spray it on roads; no paint of `generator.spec.COLORS` comes near."""
PAINT = 0.004
"""Metres that what is painted on the ground lies above it."""
CONE = 0.75
"""Metres, height of a traffic cone."""
COLUMN = 0.24
"""Metres, diameter of a pole."""
HEDGE = 1.1
"""Metres, height of hedges, walls and rows of bushes; they are `ROW` long, along x."""
ROW = 8.0
BOARD = (2.0, 1.2)
"""Metres, width and height of a board; its middle is `BOARD_MIDDLE` above the ground."""
BOARD_MIDDLE = 1.8


def lathe(profile: list[tuple[float, float]], colors: list[Srgb], sides: int = 16) -> Quads:
    """A body of revolution through (radius, height) pairs, a colour for each ring between two of them."""
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    rings = [
        np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(sides + 1, height)], -1)
        for radius, height in profile
    ]
    quads = Quads()
    for low, high, color in zip(rings, rings[1:], colors, strict=False):
        quads.add(np.stack([low[:-1], low[1:], high[1:], high[:-1]], 1), color)
    return quads


def cone(rng: Rng) -> Quads:
    """A traffic cone on its square foot, with white bands."""
    orange = tint(rng, ORANGE, 0.04)
    quads = Quads()
    quads.add(boxes((-0.2, -0.2, 0), (0.2, 0.2, 0.035)), scaled(orange, 0.9))
    heights = np.array([0.03, 0.25, 0.38, 0.5, 0.6, CONE])
    radii = 0.145 - (0.145 - 0.025) * heights / CONE
    bands = [orange, WHITE, orange, WHITE, orange]
    quads.join(lathe(list(zip(radii, heights, strict=True)), bands))
    quads.join(lathe([(0.025, CONE), (0.0, CONE)], [scaled(orange, 0.6)]))
    return quads


def cones(rng: Rng) -> Quads:
    """A barrier of cones along x, in up to three rows."""
    quads, one = Quads(), cone(rng)
    count, rows = int(rng.integers(4, 17)), int(rng.integers(1, 4))
    for row in range(rows):
        for k in range(count):
            at = ((k - (count - 1) / 2 + row / rows) * 0.46, 0.4 * row + float(rng.uniform(-0.04, 0.04)), 0.0)
            quads.join(one, at=at, turn=float(rng.uniform(0, np.pi / 2)))
    return quads


def pole(rng: Rng) -> Quads:
    """A round post of 7 m with a collar at its foot and a band."""
    color = pick(rng, [(0.42, 0.43, 0.44), (0.58, 0.57, 0.54), (0.30, 0.33, 0.30), (0.36, 0.28, 0.21)])
    half = COLUMN / 2
    profile = [(1.5 * half, 0.0), (1.5 * half, 0.25), (half, 0.35), (half, 1.5), (half, 1.75)]
    band = pick(rng, [(0.85, 0.75, 0.15), WHITE, color])
    quads = lathe([*profile, (0.85 * half, 7.0)], [scaled(color, 0.8), color, color, band, color])
    quads.join(lathe([(0.85 * half, 7.0), (0.0, 7.02)], [color]))
    return quads


def lamp(rng: Rng) -> Quads:
    """A street lamp."""
    return furniture.street_lamp(float(rng.uniform(5, 8)), float(rng.uniform(1.0, 1.8)))


def sign(rng: Rng) -> Quads:
    """A traffic sign on a post, facing -x."""
    return furniture.road_sign(rng)


def board(rng: Rng) -> Quads:
    """A board with arrow and lettering on two legs, facing -x."""
    ground = pick(rng, [(0.10, 0.25, 0.52), (0.08, 0.36, 0.22), (0.88, 0.74, 0.12), (0.86, 0.86, 0.84)])
    ink: Srgb = (0.08, 0.08, 0.09) if sum(ground) > 1.5 else (0.92, 0.92, 0.92)
    wide, high = BOARD
    low, top = BOARD_MIDDLE - high / 2, BOARD_MIDDLE + high / 2
    quads = Quads()
    for y in (-0.35 * wide, 0.35 * wide):
        quads.add(boxes((0.0, y - 0.04, 0), (0.08, y + 0.04, top)), (0.5, 0.51, 0.52), "metal")
    quads.add(boxes((-0.06, -wide / 2, low), (0.0, wide / 2, top)), scaled(ground, 0.9))
    quads.add(uprights(-0.065, (-wide / 2 + 0.04, wide / 2 - 0.04), (low + 0.04, top - 0.04)), ink)
    quads.add(uprights(-0.07, (-wide / 2 + 0.07, wide / 2 - 0.07), (low + 0.07, top - 0.07)), ground)
    for row in range(3):
        z = top - 0.3 - 0.3 * row
        letters = np.arange(0.0, float(rng.uniform(0.35, 0.66)), 0.13)
        quads.add(uprights(-0.075, (0.05 - letters, 0.14 - letters), (z - 0.07, z + 0.07)), ink)
    quads.add(uprights(-0.075, (0.42, 0.5), (low + 0.25, top - 0.3)), ink)
    head = np.array([(-0.075, 0.26, top - 0.45), (-0.075, 0.66, top - 0.45), (-0.075, 0.46, top - 0.15)])
    quads.add(np.concatenate([head, head[-1:]]), ink)
    return quads


def tree(rng: Rng) -> Quads:
    """A broad-leaved tree, 6 m high."""
    return plants.leafy(rng, 6.0, 4000)


def conifer(rng: Rng) -> Quads:
    """A fir, 5 m high, its branches down to the ground."""
    return plants.conifer(rng, 5.0)


def hedge(rng: Rng) -> Quads:
    """A clipped hedge."""
    green = pick(rng, [(0.24, 0.36, 0.15), (0.20, 0.31, 0.16)])
    return plants.hedge(rng, (-ROW / 2, ROW / 2), 0.0, HEDGE, green)


def wall(rng: Rng) -> Quads:
    """A garden wall."""
    return furniture.wall(rng, (-ROW / 2, ROW / 2), 0.0, HEDGE - 0.06)


def bushes(rng: Rng) -> Quads:
    """A row of bushes."""
    quads = Quads()
    for x in np.arange(-ROW / 2 + 0.5, ROW / 2, 0.7):
        out = rng.normal(size=(700, 3))
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        size = HEDGE * rng.uniform(0.85, 1.0)
        depth = rng.uniform(0.75, 1.0, (len(out), 1))
        points = out * (0.6 * size, 0.5 * size, 0.52 * size) * depth + (x, 0, 0.5 * size)
        light = 0.75 + 0.3 * out[:, 2] + rng.uniform(-0.15, 0.15, len(out))
        green = np.asarray(pick(rng, plants.LEAVES))
        quads.add(plants.cards(rng, points, 0.13, out), green * light[:, None], "leaf")
    return quads


def bin_(rng: Rng) -> Quads:
    """A wheeled bin."""
    color = pick(rng, [(0.16, 0.26, 0.18), (0.20, 0.21, 0.23), (0.14, 0.24, 0.42), (0.60, 0.50, 0.12)])
    quads = Quads()
    low, high = np.array([-0.24, -0.22, 0.05]), np.array([0.24, 0.22, 0.95])
    quads.add(boxes(low, high), color)
    quads.add(boxes((-0.3, -0.27, 0.95), (0.28, 0.27, 1.04)), scaled(color, 1.2))
    quads.add(bars((0.26, -0.24, 0.08), (0.26, 0.24, 0.08), 0.16), (0.05, 0.05, 0.05))
    return quads


def disc(rng: Rng) -> Quads:
    """A disc of radius 1, painted on the ground."""
    return lathe([(1.0, PAINT), (0.0, PAINT)], [PINK], sides=32)


def cross(rng: Rng) -> Quads:
    """Two crossed bars, painted on the ground within a radius of 1."""
    half = 0.2
    long = float(np.sqrt(1 - half**2))
    quads = Quads()
    for low, high in (
        ((-long, -half), (long, half)),
        ((-half, half), (half, long)),
        ((-half, -long), (half, -half)),
    ):
        quads.add(flat(low, high, PAINT), PINK)
    return quads


SHAPES: dict[str, Callable[[Rng], Quads]] = {
    "cone": cone,
    "cones": cones,
    "pole": pole,
    "lamp": lamp,
    "sign": sign,
    "board": board,
    "tree": tree,
    "conifer": conifer,
    "hedge": hedge,
    "wall": wall,
    "bushes": bushes,
    "bin": bin_,
    "disc": disc,
    "cross": cross,
}
