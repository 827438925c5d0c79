"""Shapes of backdrops as quads: arrays of (n, 4, 3), each with a material's index. No Blender in here."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from blender_scenes.vehicles.mesh import Points

Rng = np.random.Generator
Srgb = tuple[float, float, float]


@dataclass
class Quads:
    """Collects quads and the index of each one's material."""

    pieces: list[Points] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)

    def add(self, quads: Points, slot: int = 0) -> None:
        """Add one quad (4, 3) or several (n, 4, 3)."""
        piece = quads.reshape(-1, 4, 3)
        self.pieces.append(piece)
        self.slots += [slot] * len(piece)

    def points(self, turn: float = 0.0) -> Points:
        """All corners in a row, turned about the vertical."""
        cos, sin = np.cos(turn), np.sin(turn)
        every = np.concatenate(self.pieces).reshape(-1, 3)
        result: Points = every @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
        return result


def mix(one: Srgb, other: Srgb, share: float) -> Srgb:
    """The colour at `share` of the way from one to the other."""
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def tint(rng: Rng, color: Srgb, spread: float) -> Srgb:
    """A colour near the given one."""
    red, green, blue = (float(x) for x in np.clip(np.add(color, rng.uniform(-spread, spread, 3)), 0, 1))
    return red, green, blue


def shade(rng: Rng, color: Srgb, spread: float) -> Srgb:
    """The same hue, lighter or darker."""
    factor = float(rng.uniform(1 - spread, 1 + spread))
    red, green, blue = (min(1.0, channel * factor) for channel in color)
    return red, green, blue


def flat(low: tuple[float, float], high: tuple[float, float], z: float) -> Points:
    """A rectangle on the ground."""
    return np.array([(low[0], low[1], z), (high[0], low[1], z), (high[0], high[1], z), (low[0], high[1], z)])


def upright(x: float, y: tuple[float, float], z: tuple[float, float]) -> Points:
    """A rectangle that faces the vehicle from the front."""
    return np.array([(x, y[0], z[0]), (x, y[1], z[0]), (x, y[1], z[1]), (x, y[0], z[1])])


def ridge(rng: Rng, reach: float) -> Points:
    """One eighth of a ring of hills."""
    angle = np.linspace(-np.pi / 8, np.pi / 8, 9)
    height = rng.uniform(6, 14, 9)
    height[[0, -1]] = 9
    foot = np.column_stack([reach * np.cos(angle), reach * np.sin(angle), np.zeros(9)])
    crest = foot * 1.3 + np.column_stack([np.zeros((9, 2)), height])
    return np.stack([foot[:-1], foot[1:], crest[1:], crest[:-1]], 1)


def tree(rng: Rng, distance: float, angle: float) -> tuple[Points, Points]:
    """Crown and trunk."""
    height = float(rng.uniform(3.5, 8))
    foot = np.array([distance * np.cos(angle), distance * np.sin(angle), 0.0])
    crown = []
    for _ in range(4):
        lift = np.append(rng.uniform(-0.16, 0.16, 2) * height, height * float(rng.uniform(0.5, 0.8)))
        crown.append(_blob(foot + lift, height * float(rng.uniform(0.16, 0.28))))
    half = 0.03 * height
    trunk = foot + np.array([(0, -half, 0), (0, half, 0), (0, half, height / 2), (0, -half, height / 2)])
    return np.concatenate(crown), trunk


def _blob(centre: Points, size: float) -> Points:
    around = np.linspace(0, 2 * np.pi, 9)
    up = np.linspace(-np.pi / 2, np.pi / 2, 5)
    grid = (
        np.stack(
            [
                np.outer(np.cos(up), np.cos(around)),
                np.outer(np.cos(up), np.sin(around)),
                np.outer(np.sin(up), np.ones(9)),
            ],
            -1,
        )
        * size
        + centre
    )
    return np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], 2)


def house_row(rng: Rng, distance: float, walls: int) -> Quads:
    """House fronts side by side beyond `distance`: slot 0 is glass, 1 the doors, then the walls."""
    row = Quads()
    y = -90.0
    while y < 90:
        width, floors = float(rng.uniform(7, 14)), int(rng.integers(2, 5))
        front = distance + float(rng.uniform(0.15, 0.6))
        row.add(upright(front, (y, y + width), (0, 3.1 * floors + 0.8)), 2 + int(rng.integers(walls)))
        bays = max(2, int(width / 2.6))
        pitch = width / bays
        door = int(rng.integers(bays))
        for bay in range(bays):
            sides = (y + (bay + 0.25) * pitch, y + (bay + 0.75) * pitch)
            for floor in range(floors):
                is_door = floor == 0 and bay == door
                heights = (0.0, 2.4) if is_door else (3.1 * floor + 1.0, 3.1 * floor + 2.6)
                row.add(upright(front - 0.08, sides, heights), 1 if is_door else 0)
        y += width
    return row
