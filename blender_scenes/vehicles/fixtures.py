"""What hangs on the hulls of vans, trucks and buses: panel gaps, mirrors on arms, wipers, copies of seats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from blender_scenes.vehicles.forms import block, tube
from blender_scenes.vehicles.hull import Corner, Hull
from blender_scenes.vehicles.mesh import Builder, Points, Solid
from blender_scenes.vehicles.patches import patch, rect

Side = Literal["left", "right"]


def beside(hull: Hull, x: float, z: float) -> float:
    """y of a hull's left side at (x, z)."""
    return float(hull.side(np.array([x]), np.array([z]))[0, 1])


def gap(builder: Builder, hull: Hull, x: float, low: float, high: float, *, only: Side | None = None) -> None:
    """An upright gap between panels."""
    at = rect(x - 0.008, x + 0.008, low, high)
    patch(builder, hull, "side", at, "mesh", lift=0.003, cells=(1, 12), round_=0, only=only)


def strip(
    builder: Builder,
    hull: Hull,
    ends: Corner,
    span: Corner,
    slot: str = "trim",
    *,
    lift: float = 0.012,
    only: Side | None = None,
) -> None:
    """A band along the sides between the x of `ends` and the heights `span`."""
    cells = (max(2, round(abs(ends[1] - ends[0]) / 0.35)), 1)
    at = rect(min(ends), max(ends), *span)
    patch(builder, hull, "side", at, slot, lift=lift, cells=cells, round_=0, only=only)


def free_stretches(ends: Corner, holes: Sequence[Corner]) -> list[Corner]:
    """What the holes, intervals of x, leave of the interval `ends`, from rear to front."""
    found, start = [], ends[0]
    for low, high in sorted(holes):
        if low > start:
            found.append((start, min(low, ends[1])))
        start = max(start, high)
    if start < ends[1]:
        found.append((start, ends[1]))
    return [(low, high) for low, high in found if high > low]


def arm_mirrors(builder: Builder, hull: Hull, x: float, span: Corner, *, ahead: float = 0.1) -> None:
    """Tall mirrors on two arms that start on a hull's sides at `x` and reach `ahead` forwards."""
    low, high = span
    feet = [beside(hull, x, z) - 0.03 for z in (low + 0.06, high - 0.06)]
    out = max(feet) + 0.26
    at = x + ahead
    for foot, z in zip(feet, (low + 0.06, high - 0.06), strict=True):
        path = [(x, foot, z), (x + 0.7 * ahead, foot + 0.1, z), (at, out, z)]
        tube(builder, path, 0.018, "trim", sides=6, mirror=True)
    block(
        builder, (at - 0.06, out - 0.11, low), (at + 0.05, out + 0.11, high), "trim", bevel=0.035, mirror=True
    )
    middle = low + 0.3 * (high - low)
    for bottom, top in ((low + 0.04, middle - 0.015), (middle + 0.015, high - 0.04)):
        glass = ((at - 0.066, out - 0.085, bottom), (at - 0.056, out + 0.085, top))
        block(builder, *glass, "chrome", bevel=0.002, mirror=True)


def wipers(builder: Builder, hull: Hull, low: float, half: float) -> None:
    """Two wipers parked on the lower edge of an upright windscreen; `half`: half its width."""
    for start, end in ((-0.92, -0.12), (-0.02, 0.8)):
        across = np.linspace(start, end, 5) * half
        up = low + 0.03 + 0.12 * np.sin(np.linspace(0, np.pi / 2, 5))
        blade = hull.end(across, up) + np.array([0.03, 0, 0])
        tube(builder, blade, 0.013, "trim", sides=4)


def repeat(builder: Builder, piece: Solid, offsets: Points) -> None:
    """Copies of a piece, each moved by a row of `offsets`."""
    count = len(offsets)
    points = (piece.points[None] + np.asarray(offsets)[:, None]).reshape(-1, 3)
    shift = np.arange(count)[:, None, None] * len(piece.points)
    faces = np.where(piece.faces[None] >= 0, piece.faces[None] + shift, -1).reshape(-1, 4)
    builder.add(points, faces, np.tile(piece.slots, count))
