"""Windows, lamps, grilles and stripes: sheets cut to a shape and laid on a hull."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from blender_scenes.vehicles.hull import Corner, Hull
from blender_scenes.vehicles.mesh import Builder, Points

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
    hull: Hull,
    where: Where,
    corners: Sequence[Corner],
    slot: str,
    *,
    lift: float = 0.01,
    round_: float = 0.12,
    cells: tuple[int, int] = (8, 5),
    right_only: bool = False,
) -> None:
    """Lay a four-cornered sheet on the hull.

    Args:
        where: which two coordinates the corners are in. `side`: (x, z). `front`, `rear`: (y, z).
            `front_corner`, `rear_corner`: (metres along the body from its middle, z).
        corners: lower front (or inner), lower rear (outer), upper rear (outer), upper front (inner).
        lift: how far the sheet stands off the hull.
        round_: how much the corners are rounded, 0 to 1.
        right_only: on the right alone, as a bus's doors are; else on both sides.
    """
    sheet = _lifted(_locate(hull, where), _outline(corners, cells, round_), lift, hull)
    centred = where in ("front", "rear") and _spans_middle(corners)
    builder.grid(sheet * (1, -1, 1) if right_only else sheet, slot, mirror=not (right_only or centred))


def framed(
    builder: Builder,
    hull: Hull,
    where: Where,
    corners: Sequence[Corner],
    *,
    frame: float = 0.035,
    frame_slot: str = "trim",
    round_: float = 0.12,
) -> None:
    """A window: glass within a dark rubber frame."""
    outer = grown(corners, frame)
    patch(builder, hull, where, outer, frame_slot, lift=0.006, round_=round_)
    patch(builder, hull, where, corners, "glass", lift=0.012, round_=round_)


def arc(
    builder: Builder,
    hull: Hull,
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


def _spans_middle(corners: Sequence[Corner]) -> bool:
    ys = [y for y, _ in corners]
    return min(ys) < 0 < max(ys)


def _locate(hull: Hull, where: Where) -> Callable[[Points, Points], Points]:
    if where == "side":
        return hull.side
    rear = where.startswith("rear")
    if where.endswith("corner"):
        return lambda u, z: hull.wrap(u, z, rear=rear)
    return lambda y, z: hull.end(y, z, rear=rear)


def _outline(corners: Sequence[Corner], cells: tuple[int, int], round_: float) -> Points:
    """A grid over the four-cornered shape; `round_` pulls its corners in."""
    s, t = np.meshgrid(np.linspace(-1, 1, cells[0] + 1), np.linspace(-1, 1, cells[1] + 1), indexing="ij")
    s, t = s * np.sqrt(1 - round_ * t**4 / 2), t * np.sqrt(1 - round_ * s**4 / 2)
    a, b, c, d = np.array(corners, float)
    s, t = (s[..., None] + 1) / 2, (t[..., None] + 1) / 2
    shape: Points = (a * (1 - s) + b * s) * (1 - t) + (d * (1 - s) + c * s) * t
    return shape


def _lifted(locate: Callable[[Points, Points], Points], at: Points, lift: float, hull: Hull) -> Points:
    sheet = locate(at[..., 0], at[..., 1])
    normal = np.cross(np.gradient(sheet, axis=0), np.gradient(sheet, axis=1))
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    inside = np.array([hull.left[..., 0].mean(), 0.0, hull.left[..., 2].mean()])
    centre = sheet.reshape(-1, 3).mean(0)
    flip = np.sign(normal.reshape(-1, 3).mean(0) @ (centre - inside)) or 1.0
    result: Points = sheet + lift * flip * normal
    return result
