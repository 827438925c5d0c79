"""Parts that every vehicle has: wheels, mirrors, plates, exhausts, floors."""

from __future__ import annotations

import numpy as np

from blender_scenes.vehicles.hull import Corner, Curve, Hull
from blender_scenes.vehicles.mesh import Builder, Points, slot_index

Rng = np.random.Generator


def arches(sill: Curve, wheels: list[Corner], radius: float) -> Curve:
    """The lower edge of a body: the sill, lifted over each wheel; `wheels` are (x, axle height)."""

    def edge(x: Points) -> Points:
        height = sill(x)
        for centre, axle in wheels:
            inside = np.clip(radius**2 - (x - centre) ** 2, 0, None)
            height = np.where(inside > 0, np.maximum(height, axle + np.sqrt(inside)), height)
        return height

    return edge


def columns(front: float, rear: float, wheels: list[Corner], radius: float, step: float = 0.16) -> Points:
    """x along a side, from front to rear, dense where wheel arches curve."""
    plain = np.arange(front, rear, -step)
    dense = [x - radius * np.cos(np.linspace(0, np.pi, 17)) for x, _ in wheels]
    keep = [x for x in plain if all(abs(x - wheel) > radius * 1.05 for wheel, _ in wheels)]
    edges = [x + side * (radius + 0.004) for x, _ in wheels for side in (-1, 1)]
    every = np.concatenate([keep, edges, *dense])
    return np.sort(every[(every < front) & (every > rear)])[::-1]


def wheel(
    builder: Builder,
    x: float,
    y: float,
    radius: float,
    width: float,
    spokes: int,
    *,
    rim: float = 0.66,
    both: bool = True,
) -> None:
    """A tyre with a spoked rim; `y` is its outer face on the left, the right one mirrors it."""
    segments = spokes * max(4, round(36 / spokes))
    half = width / 2
    profile = np.array(
        [
            (rim * 0.9, -half),
            (0.93, -half),
            (1.0, -half * 0.75),
            (1.0, half * 0.75),
            (0.95, half * 0.98),
            (rim + 0.05, half),
            (rim, half * 0.97),
            (rim - 0.03, half * 0.8),
            (rim - 0.1, half * 0.72),
            (0.22, half * 0.86),
            (0.13, half * 0.9),
            (0.02, half * 0.93),
        ]
    )
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False) - np.pi / 2
    reach = profile[:, :1] * radius
    points = np.stack(
        [
            x + reach * np.cos(angle),
            np.broadcast_to(y - half + profile[:, 1:], (len(profile), segments)),
            radius + reach * np.sin(angle),
        ],
        -1,
    )
    slots = np.empty((len(profile) - 1, segments), np.int32)
    slots[:5] = slot_index("tyre")
    slots[5:] = slot_index("rim")
    gap = (np.arange(segments) % (segments // spokes)) >= max(1, segments // spokes // 2)
    slots[8, gap] = slot_index("well")
    builder.grid(points, slots.ravel(), wrap=True, mirror=both)


def mirrors(
    builder: Builder, x: float, y: float, z: float, *, size: float = 0.17, slot: str = "paint"
) -> None:
    """Rounded mirror housings on short arms, glass towards the rear."""
    u, v = np.meshgrid(np.linspace(0, np.pi / 2, 5), np.linspace(0, 2 * np.pi, 13)[:-1], indexing="ij")
    ring_y, ring_z = np.cos(v), np.sin(v)
    square = (np.abs(ring_y) ** 4 + np.abs(ring_z) ** 4) ** -0.25
    reach = np.sin(u) * square
    points = np.stack(
        [
            x + 0.6 * size * np.cos(u),
            y + size * (0.75 + 0.62 * reach * ring_y),
            z + size * 0.42 * reach * ring_z,
        ],
        -1,
    )
    builder.grid(points, slot, wrap=True, mirror=True)
    back = (
        points[-1] * np.linspace(1, 0, 3)[:, None, None]
        + points[-1].mean(0) * np.linspace(0, 1, 3)[:, None, None]
    )
    builder.grid(back - (0.004, 0, 0), "chrome", wrap=True, mirror=True)
    builder.box((x - 0.02, y - 0.12, z - 0.05), (x + 0.06, y + size * 0.4, z - 0.02), "trim", mirror=True)


def plate(builder: Builder, hull: Hull, z: float, *, rear: bool, width: float = 0.5, y: float = 0.0) -> None:
    """A number plate, upright, just proud of the body."""
    at = hull.end(np.array([y - width / 2, y, y + width / 2]), np.full(3, z), rear=rear)
    x = float(at[:, 0].min() if rear else at[:, 0].max())
    low, high = (x - 0.025, x + 0.01) if rear else (x - 0.01, x + 0.025)
    builder.box((low, y - width / 2, z - 0.06), (high, y + width / 2, z + 0.06), "plate")


def floor(builder: Builder, front: float, rear: float, half: float, low: float, high: float) -> None:
    """The dark undercarriage, narrow enough to stay inside of the wheels."""
    builder.box((rear, -half, low), (front, half, high), "trim")


def exhaust(builder: Builder, x: float, y: float, z: float, rng: Rng) -> None:
    """One or two short pipes below the tail."""
    builder.box(
        (x, y - 0.04, z - 0.03), (x + 0.25, y + 0.04, z + 0.03), "chrome", mirror=bool(rng.random() < 0.5)
    )
