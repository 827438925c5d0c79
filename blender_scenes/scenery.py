"""Shapes of scenery as coloured quads: arrays of (n, 4, 3). No Blender in here."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blender_scenes.vehicles.mesh import Points

Rng = np.random.Generator
Srgb = tuple[float, float, float]

SURFACES = ("matte", "leaf", "glass", "metal", "glow")
"""What a quad may be made of; its colour is its own."""


@dataclass
class Quads:
    """Collects quads, the colour of each (sRGB) and what each is made of."""

    _pieces: list[Points] = field(default_factory=list)
    _colors: list[Points] = field(default_factory=list)
    _slots: list[NDArray[np.int32]] = field(default_factory=list)

    def add(self, quads: Points, color: ArrayLike, surface: str = "matte") -> None:
        """Add quads (..., 4, 3) of one colour, or of a colour each."""
        piece = quads.reshape(-1, 4, 3)
        self._pieces.append(piece)
        self._colors.append(np.broadcast_to(np.asarray(color, float), (len(piece), 3)))
        self._slots.append(np.full(len(piece), SURFACES.index(surface), np.int32))

    def join(self, other: Quads, *, at: ArrayLike = (0.0, 0.0, 0.0), turn: float = 0.0) -> None:
        """Add the quads of another, turned about the vertical and moved."""
        self._pieces.append(turned(np.concatenate(other._pieces), turn) + np.asarray(at, float))
        self._colors += other._colors
        self._slots += other._slots

    def points(self) -> Points:
        """All corners in a row, four a quad."""
        return np.concatenate(self._pieces).reshape(-1, 3)

    def colors(self) -> Points:
        """(n, 3) sRGB."""
        return np.clip(np.concatenate(self._colors), 0.0, 1.0)

    def slots(self) -> NDArray[np.int32]:
        """(n,) index into `SURFACES`."""
        return np.concatenate(self._slots)


def turned(points: Points, turn: float) -> Points:
    """Points turned counter-clockwise about the vertical, radians."""
    if turn == 0:
        return points
    cos, sin = np.cos(turn), np.sin(turn)
    result: Points = points @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    return result


def mix(one: Srgb, other: Srgb, fraction: float) -> Srgb:
    """The colour at `fraction` of the way from one to the other."""
    red, green, blue = (a + (b - a) * fraction for a, b in zip(one, other, strict=True))
    return red, green, blue


def tint(rng: Rng, color: Srgb, spread: float) -> Srgb:
    """A colour near the given one."""
    red, green, blue = (float(x) for x in np.clip(np.add(color, rng.uniform(-spread, spread, 3)), 0, 1))
    return red, green, blue


def shade(rng: Rng, color: Srgb, spread: float) -> Srgb:
    """The same hue, lighter or darker."""
    return scaled(color, float(rng.uniform(1 - spread, 1 + spread)))


def scaled(color: Srgb, factor: float) -> Srgb:
    """The same hue at `factor` times the value, at most 1."""
    red, green, blue = (min(1.0, channel * factor) for channel in color)
    return red, green, blue


def shades(rng: Rng, color: ArrayLike, count: int, spread: float) -> Points:
    """(count, 3): so many shades of one colour."""
    return np.asarray(color, float) * rng.uniform(1 - spread, 1 + spread, (count, 1))


def pick(rng: Rng, options: list[Srgb]) -> Srgb:
    """One of several colours."""
    return options[int(rng.integers(len(options)))]


def flat(low: tuple[float, float], high: tuple[float, float], z: float) -> Points:
    """A rectangle on the ground."""
    return np.array([(low[0], low[1], z), (high[0], low[1], z), (high[0], high[1], z), (low[0], high[1], z)])


def flats(x: tuple[ArrayLike, ArrayLike], y: tuple[ArrayLike, ArrayLike], z: float) -> Points:
    """(n, 4, 3): level rectangles between low and high sides, any of which may be an array."""
    quads = np.empty((max(np.size(side) for side in (*x, *y)), 4, 3))
    quads[:, 0, 0] = quads[:, 3, 0] = x[0]
    quads[:, 1, 0] = quads[:, 2, 0] = x[1]
    quads[:, 0, 1] = quads[:, 1, 1] = y[0]
    quads[:, 2, 1] = quads[:, 3, 1] = y[1]
    quads[..., 2] = z
    return quads


def uprights(x: ArrayLike, y: tuple[ArrayLike, ArrayLike], z: tuple[ArrayLike, ArrayLike]) -> Points:
    """(n, 4, 3): rectangles that face along x, any side of which may be an array."""
    quads = np.empty((max(np.size(side) for side in (x, *y, *z)), 4, 3))
    quads[..., 0] = np.reshape(x, (-1, 1))
    quads[:, 0, 1] = quads[:, 3, 1] = y[0]
    quads[:, 1, 1] = quads[:, 2, 1] = y[1]
    quads[:, 0, 2] = quads[:, 1, 2] = z[0]
    quads[:, 2, 2] = quads[:, 3, 2] = z[1]
    return quads


_SIDES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [1, 5, 7, 3]])


def boxes(low: ArrayLike, high: ArrayLike) -> Points:
    """(n, 5, 4, 3): boxes without bottom; the sides are back, front (x), right, left (y), top."""
    one, other = np.broadcast_arrays(np.atleast_2d(np.asarray(low, float)), np.atleast_2d(high))
    pick_high = np.array(list(np.ndindex(2, 2, 2)), bool)
    corners: Points = np.where(pick_high, other[:, None], one[:, None])
    return corners[:, _SIDES]


def bars(one: ArrayLike, other: ArrayLike, width: ArrayLike) -> Points:
    """(n, 2, 4, 3): crossed pairs of strips from points (n, 3) to points (n, 3)."""
    start, end = np.atleast_2d(np.asarray(one, float)), np.atleast_2d(np.asarray(other, float))
    along = end - start
    across = np.cross(along, np.where(np.abs(along[:, :1]) > np.abs(along[:, 2:]), (0, 0, 1.0), (1.0, 0, 0)))
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
    second = np.cross(along, across)
    second /= np.linalg.norm(second, axis=1, keepdims=True) + 1e-9
    half = np.broadcast_to(np.asarray(width, float), len(start))[:, None] / 2
    strips = [np.stack([start - s, start + s, end + s, end - s], 1) for s in (across * half, second * half)]
    return np.stack(strips, 1)
