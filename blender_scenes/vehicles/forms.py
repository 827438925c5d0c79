"""Plain forms that details are made of: bevelled blocks, prisms, drums, tubes. No Blender in here.

A bevel is one flat chamfer: edges of 45° stay sharp in the renderer, so that large faces shade flat.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from blender_scenes.vehicles.hull import Corner
from blender_scenes.vehicles.mesh import Builder, Points, grid_faces

Point = tuple[float, float, float]


def stack(builder: Builder, rings: Points, slot: str, *, mirror: bool = False) -> None:
    """A closed body from (R, C, 3) convex rings, C even: walls between them, flat ends."""
    rows, count = rings.shape[:2]
    near = np.arange(count // 2 - 1)
    cap = np.stack([near, near + 1, count - 2 - near, count - 1 - near], -1)
    faces = np.concatenate([grid_faces(rows, count, wrap=True), cap[:, ::-1], cap + (rows - 1) * count])
    builder.add(rings.reshape(-1, 3), faces, slot, mirror=mirror)


def block(
    builder: Builder, low: Point, high: Point, slot: str, *, bevel: float = 0.02, mirror: bool = False
) -> None:
    """An axis-parallel box with chamfered edges."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    b = min(bevel, 0.45 * min(x1 - x0, y1 - y0, z1 - z0))
    rings = [_octagon(x0 + d, x1 - d, y0 + d, y1 - d, b, z) for d, z in _bevelled(z0, z1, b)]
    stack(builder, np.array(rings), slot, mirror=mirror)


def _bevelled(low: float, high: float, bevel: float) -> list[Corner]:
    """(inset, place) of the four rings of a chamfered body."""
    return [(bevel, low), (0.0, low + bevel), (0.0, high - bevel), (bevel, high)]


def _octagon(x0: float, x1: float, y0: float, y1: float, b: float, z: float) -> list[Point]:
    flat = [(x0 + b, y0), (x1 - b, y0), (x1, y0 + b), (x1, y1 - b)]
    flat += [(x1 - b, y1), (x0 + b, y1), (x0, y1 - b), (x0, y0 + b)]
    return [(x, y, z) for x, y in flat]


def prism(
    builder: Builder,
    outline: Sequence[Corner],
    low: float,
    high: float,
    slot: str,
    *,
    bevel: float = 0.0,
    mirror: bool = False,
) -> None:
    """A convex outline in (x, z), of an even number of corners, drawn out from y = low to y = high."""
    corners = np.array(outline, float)
    steps = _bevelled(low, high, bevel) if bevel else [(0.0, low), (0.0, high)]
    rings = []
    for inset, y in steps:
        flat = _shrunk(corners, inset)
        rings.append(np.stack([flat[:, 0], np.full(len(flat), y), flat[:, 1]], -1))
    stack(builder, np.stack(rings), slot, mirror=mirror)


def _shrunk(corners: Points, inset: float) -> Points:
    """A convex polygon whose edges have moved inwards by `inset`."""
    if inset == 0:
        return corners
    ahead, behind = np.roll(corners, -1, 0) - corners, corners - np.roll(corners, 1, 0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    behind /= np.linalg.norm(behind, axis=1, keepdims=True)
    (x, z), (x_next, z_next) = corners.T, np.roll(corners, -1, 0).T
    area = (x * z_next - z * x_next).sum()
    inward = np.stack([-ahead[:, 1] - behind[:, 1], ahead[:, 0] + behind[:, 0]], -1) * np.sign(area)
    result: Points = corners + inset * inward / (1 + (ahead * behind).sum(1, keepdims=True))
    return result


def drum(
    builder: Builder,
    start: Point,
    end: Point,
    radius: float,
    slot: str,
    *,
    bevel: float = 0.02,
    segments: int = 16,
    mirror: bool = False,
) -> None:
    """A cylinder with chamfered ends."""
    axis = np.subtract(end, start)
    length = float(np.linalg.norm(axis))
    one, other = _across(axis / length)
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    circle = np.cos(angle)[:, None] * one + np.sin(angle)[:, None] * other
    b = min(bevel, 0.4 * length, 0.6 * radius)
    rings = [start + axis * (at / length) + (radius - d) * circle for d, at in _bevelled(0, length, b)]
    stack(builder, np.stack(rings), slot, mirror=mirror)


def tube(
    builder: Builder,
    path: Sequence[Point] | Points,
    radius: float,
    slot: str,
    *,
    sides: int = 8,
    mirror: bool = False,
) -> None:
    """A round bar along a path of straight pieces."""
    points = np.array(path, float)
    legs = np.diff(points, axis=0)
    legs /= np.linalg.norm(legs, axis=1, keepdims=True)
    along = np.concatenate([legs[:1], legs[1:] + legs[:-1], legs[-1:]])
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    one, _ = _across(along[0])
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)[:, None]
    rings = []
    for point, ahead in zip(points, along, strict=True):
        one = one - ahead * (one @ ahead)
        one /= np.linalg.norm(one)
        rings.append(point + radius * (np.cos(angle) * one + np.sin(angle) * np.cross(ahead, one)))
    stack(builder, np.stack(rings), slot, mirror=mirror)


def _across(axis: Points) -> tuple[Points, Points]:
    """Two unit vectors that make a right-handed frame with a unit `axis`."""
    aside = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    one = np.cross(aside, axis)
    one /= np.linalg.norm(one)
    return one, np.cross(axis, one)


def sheet(builder: Builder, corners: Sequence[Point], slot: str, *, mirror: bool = False) -> None:
    """A flat four-cornered face."""
    builder.grid(np.array(corners, float)[[0, 1, 3, 2]].reshape(2, 2, 3), slot, mirror=mirror)
