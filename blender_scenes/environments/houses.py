"""Houses of a street as quads, drawn with their front towards -x. No Blender in here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.scenery import Quads, Rng, Srgb, boxes, mix, pick, scaled, shade, tint, uprights
from blender_scenes.vehicles.mesh import Points

WALLS: list[Srgb] = [
    (0.74, 0.64, 0.52),
    (0.62, 0.44, 0.37),
    (0.78, 0.76, 0.70),
    (0.60, 0.58, 0.56),
    (0.80, 0.73, 0.60),
    (0.66, 0.52, 0.43),
    (0.70, 0.72, 0.70),
    (0.55, 0.36, 0.30),
]
ROOFS: list[Srgb] = [(0.42, 0.25, 0.20), (0.33, 0.32, 0.33), (0.48, 0.31, 0.24), (0.28, 0.27, 0.28)]
PANE: Srgb = (0.13, 0.16, 0.19)
LIT: list[Srgb] = [(1.0, 0.84, 0.58), (0.98, 0.78, 0.48), (0.90, 0.88, 0.80)]
SIGNS: list[Srgb] = [
    (0.55, 0.13, 0.12),
    (0.12, 0.25, 0.42),
    (0.14, 0.33, 0.22),
    (0.16, 0.15, 0.15),
    (0.62, 0.44, 0.14),
]
STOREY = 3.1
"""Metres."""


@dataclass(frozen=True)
class Facade:
    """A front in the plane x = `front` from y[0] to y[1]."""

    front: float
    y: tuple[float, float]
    floors: int
    wall: Srgb
    frame: Srgb
    lit: float
    """Fraction of the windows with light behind."""

    @property
    def height(self) -> float:
        """Of the wall up to the roof."""
        return STOREY * self.floors + 1.0


def _out(face: Facade, y: tuple[Points, Points], z: tuple[Points, Points], depth: float) -> Points:
    """Rectangles so far before the front."""
    return uprights(face.front - depth, y, z)


def windows(rng: Rng, into: Quads, face: Facade, y: Points, z: Points, size: tuple[float, float]) -> None:
    """Panes with frames, a crossbar, sills and lintels, centred at (y, z) (n,)."""
    wide, high = size[0] / 2, size[1] / 2
    side, level = (y - wide, y + wide), (z - high, z + high)
    lit = rng.uniform(size=len(y)) < face.lit
    _surround(into, face, y, z, size)
    into.add(
        _out(face, (side[0] - 0.07, side[1] + 0.07), (level[0] - 0.07, level[1] + 0.07), 0.03), face.frame
    )
    shades = np.asarray(PANE) * rng.uniform(0.6, 1.7, (len(y), 1))
    panes = _out(face, side, level, 0.045)
    into.add(panes[~lit], shades[~lit], "glass")
    warm = np.array(LIT)[rng.integers(len(LIT), size=len(y))] * rng.uniform(0.7, 1.0, (len(y), 1))
    into.add(panes[lit], warm[lit], "glow")
    drawn = (rng.uniform(size=len(y)) < 0.35) & ~lit
    edge = rng.uniform(0.1, 0.6, len(y)) * size[1]
    into.add(_out(face, side, (level[1] - edge, level[1]), 0.047)[drawn], (0.62, 0.60, 0.56))
    into.add(_out(face, (y - 0.03, y + 0.03), level, 0.06), face.frame)
    into.add(_out(face, side, (z + 0.25 * size[1] - 0.025, z + 0.25 * size[1] + 0.025), 0.06), face.frame)


def _surround(into: Quads, face: Facade, y: Points, z: Points, size: tuple[float, float]) -> None:
    wide, high = size[0] / 2, size[1] / 2
    light = mix(face.wall, (0.9, 0.89, 0.86), 0.5)
    at = np.full(len(y), face.front)
    low = np.stack([at - 0.16, y - wide - 0.14, z - high - 0.17], -1)
    sill = np.stack([at, y + wide + 0.14, z - high - 0.08], -1)
    into.add(boxes(low, sill), light)
    over = (z + high + 0.08, z + high + 0.26)
    into.add(_out(face, (y - wide - 0.14, y + wide + 0.14), over, 0.05), light)
    into.add(
        _out(face, (y - wide - 0.1, y + wide + 0.1), (z - high - 0.36, z - high - 0.17), 0.01),
        scaled(face.wall, 0.72),
    )


def house(rng: Rng, front: float, y: tuple[float, float], *, shop: bool, lit: float = 0.0) -> Quads:
    """A house of a closed row: ground floor, storeys of windows, cornice, roof."""
    wall = shade(rng, tint(rng, pick(rng, WALLS), 0.03), 0.1)
    frame = (0.86, 0.85, 0.82) if rng.uniform() < 0.7 else (0.25, 0.22, 0.20)
    face = Facade(front, y, int(rng.integers(3, 6)), wall, frame, lit)
    into = Quads()
    into.add(boxes((front, y[0], 0), (front + 11, y[1], face.height)), wall)
    bays = max(2, int((y[1] - y[0]) / rng.uniform(2.3, 3.0)))
    pitch = (y[1] - y[0]) / bays
    at = np.asarray(y[0] + (np.arange(bays) + 0.5) * pitch, np.float64)
    levels = STOREY * np.arange(1, face.floors) + 1.0 + 0.55 * STOREY
    across, up = (grid.ravel() for grid in np.meshgrid(at, levels))
    windows(rng, into, face, across, up, (0.5 * pitch, float(rng.uniform(1.4, 1.8))))
    (_shop if shop else _ground_floor)(rng, into, face, at, pitch)
    _cornices(into, face)
    _roof(rng, into, face)
    return into


def _ground_floor(rng: Rng, into: Quads, face: Facade, at: Points, pitch: float) -> None:
    door = int(rng.integers(len(at)))
    rest = np.delete(at, door)
    windows(rng, into, face, rest, np.full(len(rest), 1.95), (0.5 * pitch, 1.5))
    _door(rng, into, face, float(at[door]))
    plinth = uprights(face.front - 0.05, face.y, (0.0, 0.65))
    into.add(plinth, scaled(face.wall, 0.62))


def _door(rng: Rng, into: Quads, face: Facade, y: float) -> None:
    into.add(
        uprights(face.front - 0.06, (y - 0.75, y + 0.75), (0, 2.75)), mix(face.wall, (0.9, 0.88, 0.84), 0.5)
    )
    into.add(uprights(face.front - 0.08, (y - 0.55, y + 0.55), (0.1, 2.2)), pick(rng, SIGNS))
    into.add(uprights(face.front - 0.08, (y - 0.55, y + 0.55), (2.25, 2.65)), PANE, "glass")


def _shop(rng: Rng, into: Quads, face: Facade, at: Points, pitch: float) -> None:
    color, (low, high) = tint(rng, pick(rng, SIGNS), 0.04), face.y
    into.add(uprights(face.front - 0.04, (low + 0.2, high - 0.2), (0.0, 3.35)), scaled(color, 0.7))
    panes = uprights(face.front - 0.07, (at - 0.43 * pitch, at + 0.43 * pitch), (0.5, 2.65))
    is_lit = face.lit > 0 and rng.uniform() < 0.7
    into.add(panes, pick(rng, LIT) if is_lit else scaled(PANE, 1.3), "glow" if is_lit else "glass")
    goods = rng.uniform(0.3, 0.9, len(at))
    inside = uprights(face.front - 0.075, (at - 0.3 * pitch, at + 0.3 * pitch * goods), (0.5, 0.7 + goods))
    into.add(inside, rng.uniform(0.15, 0.6, (len(at), 3)))
    into.add(boxes((face.front - 0.22, low + 0.25, 2.75), (face.front, high - 0.25, 3.35)), color)
    middle = (low + high) / 2
    letters = middle + np.arange(-4, 4) * 0.42
    into.add(uprights(face.front - 0.24, (letters, letters + 0.28), (2.9, 3.2)), (0.88, 0.86, 0.80))
    if rng.uniform() < 0.5:
        reach, edges = face.front - 1.1, np.linspace(low + 0.3, high - 0.3, 13)
        low_edge, high_edge = (
            np.stack([np.full(13, x), edges, np.full(13, z)], -1)
            for x, z in ((reach, 2.35), (face.front, 2.8))
        )
        sloped = np.stack([low_edge[:-1], low_edge[1:], high_edge[1:], high_edge[:-1]], 1)
        stripes = np.where(np.arange(12)[:, None] % 2, color, mix(color, (0.9, 0.88, 0.82), 0.7))
        into.add(sloped, stripes)


def _cornices(into: Quads, face: Facade) -> None:
    light = mix(face.wall, (0.9, 0.89, 0.86), 0.4)
    top = face.height
    into.add(
        boxes((face.front - 0.4, face.y[0], top - 0.25), (face.front + 0.1, face.y[1], top + 0.05)), light
    )
    into.add(uprights(face.front - 0.02, face.y, (top - 0.6, top - 0.25)), scaled(face.wall, 0.75))
    into.add(boxes((face.front - 0.12, face.y[0], 3.75), (face.front, face.y[1], 3.95)), light)


def _roof(rng: Rng, into: Quads, face: Facade) -> None:
    low, high = face.y
    if rng.uniform() < 0.35:
        into.add(
            boxes((face.front, low, face.height), (face.front + 0.3, high, face.height + 0.7)), face.wall
        )
        return
    color, rise = shade(rng, pick(rng, ROOFS), 0.15), float(rng.uniform(2.2, 4.0))
    gable_roof(
        into,
        (face.front - 0.3, face.front + 11.3),
        (low, high),
        (face.height, face.height + rise),
        color,
        face.wall,
    )
    middle = float(rng.uniform(low + 1, high - 1))
    chimney = boxes(
        (face.front + 3, middle, face.height), (face.front + 3.7, middle + 0.9, face.height + rise + 0.6)
    )
    into.add(chimney, (0.45, 0.30, 0.25))
    count = max(1, int((high - low) / 4))
    at = low + (np.arange(count) + 0.5) * (high - low) / count
    for y in at:
        base = face.height + 0.25 * rise
        into.add(
            boxes((face.front + 0.6, y - 0.7, base), (face.front + 3, y + 0.7, base + 1.4)),
            scaled(color, 0.85),
        )
        into.add(uprights(face.front + 0.57, (y - 0.5, y + 0.5), (base + 0.2, base + 1.2)), PANE, "glass")


def gable_roof(
    into: Quads,
    x: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
    color: Srgb,
    wall: Srgb,
) -> None:
    """A roof with its ridge along y; its gables are triangles of wall."""
    ridge = (x[0] + x[1]) / 2
    for eave in x:
        into.add(
            np.array([(eave, y[0], z[0]), (eave, y[1], z[0]), (ridge, y[1], z[1]), (ridge, y[0], z[1])]),
            color,
        )
    for side in y:
        into.add(
            np.array([(x[0], side, z[0]), (x[1], side, z[0]), (ridge, side, z[1]), (ridge, side, z[1])]), wall
        )


def row(rng: Rng, distance: float, reach: float, *, lit: float = 0.0, shops: float = 0.45) -> Quads:
    """Houses side by side, their fronts near x = `distance`, from y = -reach to reach."""
    quads, y = Quads(), -reach
    while y < reach:
        width = float(rng.uniform(8, 15))
        front = distance + float(rng.uniform(0.45, 0.9))
        quads.join(house(rng, front, (y, y + width), shop=bool(rng.uniform() < shops), lit=lit))
        y += width
    return quads


def cottage(rng: Rng, *, lit: float = 0.0) -> Quads:
    """A detached house with a pitched roof, its front in x = 0, centred at y = 0."""
    wide, deep = float(rng.uniform(8, 12)), float(rng.uniform(7, 9))
    wall = shade(rng, tint(rng, pick(rng, [*WALLS, (0.85, 0.84, 0.80), (0.82, 0.78, 0.68)]), 0.03), 0.08)
    face = Facade(0.0, (-wide / 2, wide / 2), int(rng.integers(1, 3)), wall, (0.90, 0.89, 0.87), lit)
    into, top, rise = Quads(), face.height - 0.4, float(rng.uniform(2.2, 3.6))
    color = shade(rng, pick(rng, ROOFS), 0.15)
    into.add(boxes((0, -wide / 2, 0), (deep, wide / 2, top)), wall)
    gable_roof(
        into, (-0.5, deep + 0.5), (-wide / 2 - 0.3, wide / 2 + 0.3), (top - 0.15, top + rise), color, wall
    )
    into.add(
        boxes((deep * 0.4, 0.2 * wide, top), (deep * 0.4 + 0.8, 0.2 * wide + 0.8, top + rise + 0.5)),
        (0.48, 0.31, 0.25),
    )
    at = np.linspace(-wide / 2 + 1.4, wide / 2 - 1.4, 4 if wide > 10 else 3)
    for floor in range(face.floors):
        shown = at[1:] if floor == 0 else at
        windows(rng, into, face, shown, np.full(len(shown), 1.7 + 2.8 * floor), (1.2, 1.3))
    _door(rng, into, face, float(at[0]))
    into.add(boxes((-1.2, float(at[0]) - 1.1, 2.75), (0, float(at[0]) + 1.1, 2.9)), color)
    if rng.uniform() < 0.6:
        side = wide / 2
        into.add(boxes((0.8, side, 0), (6, side + 3.4, 2.7)), wall)
        into.add(uprights(0.75, (side + 0.35, side + 3.05), (0, 2.2)), (0.80, 0.79, 0.76))
        into.add(
            uprights(
                0.73, (side + 0.35, side + 3.05), (np.arange(1, 4) * 0.55, np.arange(1, 4) * 0.55 + 0.03)
            ),
            (0.5, 0.5, 0.49),
        )
    return into
