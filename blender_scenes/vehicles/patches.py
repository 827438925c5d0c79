"""Windows, lamps, grilles and stripes: sheets cut to a shape and laid on a hull."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from blender_scenes.vehicles.hull import Corner, Skin
from blender_scenes.vehicles.mesh import Builder, Points

Locate = Callable[[Points, Points], Points]
Where = Literal["side", "front", "rear", "front_corner", "rear_corner"]


def rect(low: float, high: float, bottom: float, top: float) -> list[Corner]:
    """The four corners of an upright rectangle, as `patch` wants them."""
    return [(low, bottom), (high, bottom), (high, top), (low, top)]


def grown(corners: Sequence[Corner], margin: float) -> list[Corner]:
    """The corners moved outwards by `margin` along both axes."""
    points = np.array(corners, float)
    moved = points + margin * np.sign(points - points.mean(0))
    return [(float(a), float(b)) for a, b in moved]


def patch(
    builder: Builder,
    hull: Skin,
    where: Where,
    corners: Sequence[Corner],
    slot: str | NDArray[np.int32],
    *,
    lift: float = 0.01,
    round_: float = 0.12,
    cells: tuple[int, int] = (8, 5),
    only: Literal["left", "right"] | None = None,
) -> None:
    """Lay a four-cornered sheet on the hull.

    Args:
        where: which two coordinates the corners are in. `side`: (x, z). `front`, `rear`: (y, z).
            `front_corner`, `rear_corner`: (metres along the body from its middle, z).
        corners: lower front (or inner), lower rear (outer), upper rear (outer), upper front (inner).
        lift: how far the sheet stands off the hull.
        round_: how much the corners are rounded, 0 to 1.
        only: the side to lay it on, as for a bus's doors; None: both.
    """
    sheet = _lifted(_locate(hull, where), _outline(corners, cells, round_), lift, hull)
    centred = where in ("front", "rear") and _spans_middle(corners)
    builder.grid(sheet * (1, -1, 1) if only == "right" else sheet, slot, mirror=not (only or centred))


def arc(
    builder: Builder,
    hull: Skin,
    centre: Corner,
    radii: tuple[float, float],
    slot: str,
    *,
    lift: float = 0.015,
) -> None:
    """A band around a wheel arch on both sides."""
    angle = np.linspace(-0.15, np.pi + 0.15, 25)
    radius = np.linspace(*radii, 3)[:, None]
    at = np.stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)], -1)
    builder.grid(_lifted(hull.side, at, lift, hull), slot, mirror=True)


def seam(
    builder: Builder,
    locate: Locate,
    path: Sequence[Corner],
    *,
    inside: Points,
    width: float = 0.009,
    slot: str = "mesh",
    lift: float = 0.002,
    only: Literal["left", "right"] | None = None,
) -> None:
    """A thin strip along a path of two coordinates that `locate` turns into points, on both sides.

    `inside` is a point inside of the body, from which the strip is lifted away.
    """
    at = _dense(np.array(path, float))
    along = np.gradient(at, axis=0)
    aside = np.stack([-along[:, 1], along[:, 0]], -1) / np.linalg.norm(along, axis=1, keepdims=True)
    strip = at + np.array([-0.5, 0.5])[:, None, None] * width * aside
    sheet = _raised(locate(strip[..., 0], strip[..., 1]), lift, inside)
    builder.grid(sheet * (1, -1, 1) if only == "right" else sheet, slot, mirror=only is None)


def _dense(path: Points) -> Points:
    """Points along a path, 6 cm apart at most."""
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    length = np.concatenate([[0], np.cumsum(steps)])
    every = np.union1d(length, np.arange(0, length[-1], 0.06))
    return np.stack([np.interp(every, length, path[:, i]) for i in range(2)], -1)


def _spans_middle(corners: Sequence[Corner]) -> bool:
    ys = [y for y, _ in corners]
    return min(ys) < 0 < max(ys)


def _locate(hull: Skin, where: Where) -> Locate:
    if where == "side":
        return hull.side
    rear = where.startswith("rear")
    if where.endswith("corner"):
        return lambda u, z: hull.wrap(u, z, rear=rear)
    return lambda y, z: hull.end(y, z, rear=rear)


@functools.cache
def rounded(cells: tuple[int, int], round_: float) -> tuple[Points, Points]:
    """A grid over the square [-1, 1]² whose corners are pulled in. To be read only."""
    s, t = np.meshgrid(np.linspace(-1, 1, cells[0] + 1), np.linspace(-1, 1, cells[1] + 1), indexing="ij")
    return s * np.sqrt(1 - round_ * t**4 / 2), t * np.sqrt(1 - round_ * s**4 / 2)


def _outline(corners: Sequence[Corner], cells: tuple[int, int], round_: float) -> Points:
    """A grid over the four-cornered shape; `round_` pulls its corners in."""
    s, t = rounded(cells, round_)
    a, b, c, d = np.array(corners, float)
    s, t = (s[..., None] + 1) / 2, (t[..., None] + 1) / 2
    shape: Points = (a * (1 - s) + b * s) * (1 - t) + (d * (1 - s) + c * s) * t
    return shape


def _lifted(locate: Locate, at: Points, lift: float, hull: Skin) -> Points:
    return _raised(locate(at[..., 0], at[..., 1]), lift, hull.inside)


def _raised(sheet: Points, lift: float, inside: Points) -> Points:
    """A sheet moved along its normals, away from a point inside of the body."""
    normal = normals(sheet)
    centre = sheet.reshape(-1, 3).mean(0)
    flip = np.sign(normal.reshape(-1, 3).mean(0) @ (centre - inside)) or 1.0
    result: Points = sheet + lift * flip * normal
    return result


def normals(sheet: Points) -> Points:
    """Unit normals of a grid of points, (R, C, 3); of either sign, the same all over."""
    down, along = _differences(sheet), _differences(sheet.swapaxes(0, 1)).swapaxes(0, 1)
    (a, b, c), (d, e, f) = np.moveaxis(down, -1, 0), np.moveaxis(along, -1, 0)
    normal = np.stack([b * f - c * e, c * d - a * f, a * e - b * d], -1)
    normal /= np.maximum(np.sqrt((normal**2).sum(-1, keepdims=True)), 1e-12)
    return normal


def _differences(sheet: Points) -> Points:
    """Between the neighbours of each row."""
    result = np.empty_like(sheet)
    result[1:-1] = sheet[2:] - sheet[:-2]
    result[0], result[-1] = sheet[1] - sheet[0], sheet[-1] - sheet[-2]
    return result
