"""Hulls with real windows: holes cut into the walls, closed by panes, so that one sees what is inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from blender_scenes.vehicles.hull import Corner, Hull
from blender_scenes.vehicles.mesh import Builder, Faces, Points, grid_faces
from blender_scenes.vehicles.panes import Pane, pane

_GRID = (5, 9)
"""Rows and columns of the piece of hull that a pane follows."""
_PANE = Pane(frame="trim", border=0.03, round_=0.12)


@dataclass(frozen=True, kw_only=True)
class Window:
    """A four-cornered hole in a hull and its pane."""

    where: Literal["side", "front", "rear"]
    """`side`: corners in (x, z). `front`, `rear`: in (y, z), mirrored unless they span the middle."""
    corners: Sequence[Corner]
    """Lower front (or inner), lower rear (outer), upper rear (outer), upper front (inner); convex."""
    sides: Literal["both", "left", "right"] = "both"
    pane: Pane = _PANE


def open_hull(
    builder: Builder, hull: Hull, windows: Sequence[Window], *, slot: str = "paint", lip: float = 0.3
) -> None:
    """Add a hull's walls, top and lower edge with all windows as holes, and the panes in them."""
    walls = _cut_all(hull, *_walls(hull), [window for window in windows if window.sides == "both"])
    halves = [
        _cut_all(hull, *walls, [window for window in windows if window.sides == side])
        for side in ("left", "right")
    ]
    builder.add(*_joined(*halves), slot)
    hull.add_to(builder, slot=slot, walls=False, lip=lip)
    for window in windows:
        _glaze(builder, hull, window)


def _walls(hull: Hull) -> tuple[Points, Faces]:
    """The left half of a hull's walls; points are (x, y, z, column of the hull)."""
    rows, columns = hull.left.shape[:2]
    column = np.broadcast_to(np.arange(columns)[:, None], (rows, columns, 1))
    return np.concatenate([hull.left, column], -1).reshape(-1, 4), grid_faces(rows, columns)


def _cut_all(hull: Hull, points: Points, faces: Faces, windows: Sequence[Window]) -> tuple[Points, Faces]:
    """The walls without the windows. Each window takes from its own end or from the sides alone."""
    last = hull.left.shape[1] - 1
    reach = {
        "front": (0, hull.ENDS - 1),
        "rear": (last - hull.ENDS + 1, last),
        "side": (hull.ENDS - 4, last - hull.ENDS + 4),
    }
    for window in windows:
        first, final = reach[window.where]
        usable = (points[:, 3] >= first) & (points[:, 3] <= final)
        points, faces = _cut(points, faces, usable, window)
    return points, faces


def _cut(points: Points, faces: Faces, usable: NDArray[np.bool_], window: Window) -> tuple[Points, Faces]:
    """Take a convex window out of the faces whose corners are all usable."""
    axes = [0, 2] if window.where == "side" else [1, 2]
    corners = np.array(window.corners, float)
    if window.where != "side":
        corners[:, 0] = np.abs(corners[:, 0]) if _beside(corners) else np.maximum(corners[:, 0], -1e-3)
    whole = np.where(faces < 0, faces[:, :1], faces)
    at = points[whole][..., axes]
    near = usable[whole].all(1) & (at.min(1) < corners.max(0)).all(1) & (at.max(1) > corners.min(0)).all(1)
    quads = faces[near]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[quads[:, 3] >= 0][:, [0, 2, 3]]])
    kept = [faces[~near]]
    turn = np.sign(_area(corners))
    for a, b in zip(corners, np.roll(corners, -1, 0), strict=True):
        normal = np.array([b[1] - a[1], a[0] - b[0]]) * turn
        out, triangles, points = _split(points, triangles, (points[:, axes] - a) @ normal)
        kept.append(np.concatenate([out, np.full((len(out), 1), -1)], 1))
    return points, np.concatenate(kept)


def _beside(corners: Points) -> bool:
    return bool((corners[:, 0] >= 0).all() or (corners[:, 0] <= 0).all())


def _area(corners: Points) -> float:
    (x, z), (x_next, z_next) = corners.T, np.roll(corners, -1, 0).T
    return float((x * z_next - z * x_next).sum())


def _split(points: Points, triangles: Faces, height: Points) -> tuple[Faces, Faces, Points]:
    """Triangles above and below zero `height`, cut where they cross it, and the points with the new ones."""
    above = (height[triangles] > 0).sum(1)
    clean = [triangles[above > 0][(height[triangles[above > 0]] >= 0).all(1)], triangles[above == 0]]
    mixed = (above > 0) & (height[triangles] < 0).any(1)
    crossing, lone_above = triangles[mixed], above[mixed] == 1
    if len(crossing) == 0:
        return clean[0], clean[1], points
    high = height[crossing] > 0
    lone = np.where(lone_above, high.argmax(1), (~high).argmax(1))
    a, b, c = (crossing[np.arange(len(crossing)), (lone + i) % 3] for i in range(3))
    first, second = len(points) + np.arange(2 * len(crossing)).reshape(2, -1)
    points = np.concatenate([points, *(_between(points, height, a, other) for other in (b, c))])
    tip = np.stack([a, first, second], 1)
    rest = np.concatenate([np.stack([first, b, c], 1), np.stack([first, c, second], 1)])
    twice = np.tile(lone_above, 2)
    return (
        np.concatenate([clean[0], tip[lone_above], rest[~twice]]),
        np.concatenate([clean[1], tip[~lone_above], rest[twice]]),
        points,
    )


def _between(points: Points, height: Points, a: Faces, b: Faces) -> Points:
    """Where the edges from `a` to `b` cross zero height."""
    fraction = (height[a] / (height[a] - height[b]))[:, None]
    result: Points = points[a] * (1 - fraction) + points[b] * fraction
    return result


def _joined(left: tuple[Points, Faces], right: tuple[Points, Faces]) -> tuple[Points, Faces]:
    """The left half and the mirrored right one, welded along the middle where they share points."""
    (points, faces), (others, other_faces) = ((at[:, :3], sheets) for at, sheets in (left, right))
    target = np.arange(len(others)) + len(points)
    shared = min(len(points), len(others))
    middle = np.zeros(len(others), bool)
    middle[:shared] = (others[:shared, 1] == 0) & (points[:shared] == others[:shared]).all(1)
    target[middle] = np.flatnonzero(middle)
    back = np.where(other_faces[:, 3:] < 0, other_faces[:, [2, 1, 0, 3]], other_faces[:, ::-1])
    mirrored = np.where(back >= 0, target[back], -1)
    return np.concatenate([points, others * (1, -1, 1)]), np.concatenate([faces, mirrored])


def _glaze(builder: Builder, hull: Hull, window: Window) -> None:
    rows, columns = _GRID
    a, b, c, d = np.array(window.corners, float)
    s, t = np.linspace(0, 1, columns)[:, None], np.linspace(0, 1, rows)[:, None, None]
    at = (a * (1 - s) + b * s) * (1 - t) + (d * (1 - s) + c * s) * t
    if window.where == "side":
        block = hull.side(at[..., 0], at[..., 1])
    else:
        block = hull.end(at[..., 0], at[..., 1], rear=window.where == "rear")
    mirror = window.sides == "both" and (window.where == "side" or _beside(np.array(window.corners)))
    pane(builder, block * (1, -1, 1) if window.sides == "right" else block, window.pane, mirror=mirror)
