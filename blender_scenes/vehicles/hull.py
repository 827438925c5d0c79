"""Smooth closed bodies, lofted from curves, and patches (windows, lamps, plates) that lie on them.

A hull is a stack of rings. Each ring runs from the middle of the nose around the left side to the
middle of the tail; the right side mirrors it. The ends are quarters of a superellipse in plan, so a
nose may be blunt like a bus's or round like a car's. The lowest ring follows the wheel arches.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles.mesh import Builder, Points, grid_faces

Curve = Callable[[Points], Points]
Corner = tuple[float, float]

_FILLET = np.linspace(0, np.pi / 2, 5)[1:]
_ACROSS = 9


def curve(points: Sequence[Corner], *, smooth: float = 0.0) -> Curve:
    """A function through (x, y) knots, its kinks rounded over the width `smooth`."""
    knots = np.array(sorted(points), float)
    if len(knots) == 1:
        return lambda x: np.full(np.shape(x), knots[0, 1])
    fine = np.linspace(knots[0, 0], knots[-1, 0], 400)
    value = np.interp(fine, knots[:, 0], knots[:, 1])
    half = int(smooth / 2 / (fine[1] - fine[0]))
    if half > 0:
        kernel = np.hanning(2 * half + 3)[1:-1]
        padded = np.pad(value, half, mode="reflect", reflect_type="odd")
        value = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    return lambda x: np.interp(x, fine, value)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a hull looks like: curves along x and along z, in metres."""

    nose: Curve
    """x of the nose by height."""
    tail: Curve
    width: Curve
    """Half width by height."""
    bottom: Curve
    """Height of the lower edge by x: sills and wheel arches."""
    top: Curve
    """Height of the middle of the roof or bonnet by x."""
    ends: tuple[float, float]
    """How far nose and tail take to reach the full width."""
    square: tuple[float, float] = (2.6, 3.0)
    """Exponents of the superellipses of nose and tail."""
    crown: float = 0.03
    fillet: float = 0.05
    columns: Points
    """x of the rings' points along the side, from front to rear; they move in where the ends lean in."""
    levels: int = 10


class Skin:
    """A body's walls in points, and where on them a place is that two coordinates tell.

    `left` is (levels, columns, 3), upwards and from nose to tail along the left side. The first and the
    last `ends` columns make the nose and the tail.
    """

    def __init__(self, left: Points, ends: int) -> None:
        self.left = left
        self.ends = ends
        self.inside = np.array([left[..., 0].mean(), 0.0, left[..., 2].mean()])

    def side(self, x: Points, z: Points) -> Points:
        """Points of the left side at the given x and z."""
        flat_x, flat_z = np.ravel(x), np.ravel(z)
        rings = _between(self.left, flat_z)
        y = np.stack([np.interp(-flat_x, -ring[:, 0], ring[:, 1]) for ring in rings])
        zs = np.stack([np.interp(-flat_x, -ring[:, 0], ring[:, 2]) for ring in rings])
        return np.stack([flat_x, _at(zs, y, flat_z), flat_z], -1).reshape(*np.shape(x), 3)

    def end(self, y: Points, z: Points, *, rear: bool = False) -> Points:
        """Points of the nose (or the tail) at the given y and z."""
        flat_y, flat_z = np.ravel(y), np.ravel(z)
        half = self.left[:, ::-1][:, : self.ends] if rear else self.left[:, : self.ends]
        rings, across = _between(half, flat_z), np.abs(flat_y)
        x = np.stack([np.interp(across, ring[:, 1], ring[:, 0]) for ring in rings])
        zs = np.stack([np.interp(across, ring[:, 1], ring[:, 2]) for ring in rings])
        return np.stack([_at(zs, x, flat_z), flat_y, flat_z], -1).reshape(*np.shape(y), 3)

    def wrap(self, u: Points, z: Points, *, rear: bool = False) -> Points:
        """Points at `u` metres along the ring from the middle of the nose (tail), on the left."""
        flat_u, flat_z = np.ravel(u), np.ravel(z)
        least = self._least_along[rear]
        reach = self.ends + int(np.searchsorted(least[self.ends :], flat_u.max())) + 2
        rings = _between((self.left[:, ::-1] if rear else self.left)[:, :reach], flat_z)
        steps = np.hypot(*np.moveaxis(np.diff(rings[..., :2], axis=1), -1, 0))
        along = np.concatenate([np.zeros((len(rings), 1)), np.cumsum(steps, axis=1)], axis=1)
        found = np.array(
            [
                [np.interp(flat_u, at, ring[:, i]) for i in range(3)]
                for at, ring in zip(along, rings, strict=True)
            ]
        )
        x, y = (_at(found[:, 2], found[:, i], flat_z) for i in range(2))
        return np.stack([x, y, flat_z], -1).reshape(*np.shape(u), 3)

    @functools.cached_property
    def _least_along(self) -> tuple[Points, Points]:
        """From the nose and from the tail: the least metres along any ring to each of its points."""
        steps = np.hypot(*np.moveaxis(np.diff(self.left[..., :2], axis=1), -1, 0))
        ahead, behind = (np.cumsum(way, axis=1).min(0) for way in (steps, steps[:, ::-1]))
        return np.append(0, ahead), np.append(0, behind)


class Hull(Skin):
    """A closed body that follows a plan."""

    ENDS = 13

    def __init__(self, plan: Plan) -> None:
        super().__init__(_rings(plan, self.ENDS), self.ENDS)
        self.plan = plan

    def add_to(
        self, builder: Builder, *, slot: str = "paint", walls: bool = True, lid: bool = True, lip: float = 0.3
    ) -> None:
        """Add the walls, an edge turned in below (`lip` metres; 0: none) and the closed top."""
        left = self.left
        if lip > 0:
            inner = left[:1] - (0, lip, 0)
            inner[..., 1] = np.maximum(inner[..., 1], 0)
            builder.grid(np.concatenate([inner, left[:1]]), "trim", mirror=True)
        if walls:
            rings = np.concatenate([left, left[:, -2:0:-1] * (1, -1, 1)], axis=1)
            builder.grid(rings, slot, wrap=True)
        if lid:
            builder.add(*_lid(left[-1], self.plan), slot)


def _ring_ends(count: int, square: float) -> tuple[Points, Points]:
    """Fraction of the end's length and of the half width, from the middle to the corner."""
    angle = np.linspace(0, np.pi / 2, count)
    cos, sin = np.abs(np.cos(angle)), np.sin(angle)
    radius = (cos**square + sin**square) ** (-1 / square)
    return radius * cos, radius * sin


def _rings(plan: Plan, ends: int) -> Points:
    front, rear = (_ring_ends(ends, square) for square in plan.square)
    steps = np.linspace(0, 1, plan.levels)
    fraction = np.concatenate([front[1], np.ones(len(plan.columns)), rear[1][::-1]])
    bulge = plan.crown * (1 - fraction**2)

    def along(z: Points, inset: float) -> Points:
        nose = plan.nose(z[:ends]) - inset - plan.ends[0] * (1 - front[0])
        tail = plan.tail(z[-ends:]) + inset + plan.ends[1] * (1 - rear[0][::-1])
        return np.concatenate([nose, _columns(plan, z[ends:-ends], inset), tail])

    guess = np.full(len(fraction), float(plan.bottom(np.zeros(1))[0]))
    bottom = plan.bottom(along(guess, 0))
    guess = np.full(len(fraction), float(plan.top(np.zeros(1))[0]))
    for _ in range(3):
        guess = plan.top(along(guess, plan.fillet)) + bulge
    wall = guess - plan.fillet
    rings = []
    for step in steps:
        z = bottom + step * (wall - bottom)
        rings.append(np.stack([along(z, 0), plan.width(z) * fraction, z], -1))
    for angle in _FILLET:
        inset = plan.fillet * float(1 - np.cos(angle))
        z = wall + plan.fillet * float(np.sin(angle))
        half = np.maximum(plan.width(wall) - inset, 0.01) * fraction
        rings.append(np.stack([along(wall, inset), half, z], -1))
    return np.stack(rings)


def _columns(plan: Plan, z: Points, inset: float) -> Points:
    """x of the side's points at height z, squeezed between the ends where those lean in."""
    first, last = float(plan.columns[0]), float(plan.columns[-1])
    ahead = np.minimum(first, plan.nose(z) - inset - plan.ends[0] - 0.02)
    behind = np.maximum(last, plan.tail(z) + inset + plan.ends[1] + 0.02)
    fraction = (plan.columns - last) / (first - last)
    result: Points = behind + fraction * (ahead - behind)
    return result


def _lid(ring: Points, plan: Plan) -> tuple[Points, np.ndarray]:
    """The top: strips across from the left half of the highest ring to its mirror image."""
    inner = ring[1:-1]
    fraction = np.linspace(1, -1, _ACROSS)[None, :, None]
    widest = ring[:, 1].max()
    points = inner[:, None] * np.array([1, 0, 1]) + inner[:, None] * np.array([0, 1, 0]) * fraction
    rise = (inner[:, 1] / widest) ** 2
    points[..., 2] += plan.crown * rise[:, None] * (1 - fraction[..., 0] ** 2)
    count = len(inner)
    faces = grid_faces(count, _ACROSS)
    tips = np.array([count * _ACROSS, count * _ACROSS + 1])
    near = np.arange(_ACROSS - 1)
    last = (count - 1) * _ACROSS + near
    none = np.full(_ACROSS - 1, -1)
    caps = [
        np.stack([near + 1, near, np.full_like(near, tips[0]), none], -1),
        np.stack([last, last + 1, np.full_like(near, tips[1]), none], -1),
    ]
    return np.concatenate([points.reshape(-1, 3), ring[[0, -1]]]), np.concatenate([faces, *caps])


def _between(rings: Points, z: Points) -> Points:
    """The rings that matter to places at heights `z`: those around and among them."""
    low, high = rings[..., 2].max(1), rings[..., 2].min(1)
    first = np.flatnonzero(low <= z.min())
    last = np.flatnonzero(high >= z.max())
    start = int(first[-1]) if len(first) else 0
    stop = int(last[0]) if len(last) else len(rings) - 1
    return rings[min(start, max(stop - 1, 0)) : max(stop, start + 1) + 1]


def _at(zs: Points, values: Points, z: Points) -> Points:
    """Linear interpolation down each column: `values` (levels, n) at height z (n)."""
    index = np.clip((zs <= z).sum(0) - 1, 0, len(zs) - 2)
    column = np.arange(len(z))
    low, high = zs[index, column], zs[index + 1, column]
    fraction = np.clip((z - low) / np.maximum(high - low, 1e-6), 0, 1)
    result: Points = values[index, column] * (1 - fraction) + values[index + 1, column] * fraction
    return result
