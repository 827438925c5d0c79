"""What heavy vehicles roll on: steel wheels, single or double, axles, mudguards and flaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles.forms import block, drum
from blender_scenes.vehicles.mesh import Builder, Points, slot_index

_SEGMENTS = 36
_TYRE = (
    *((0.60, 0.02), (0.70, 0.0), (0.90, 0.0), (0.965, 0.05), (1.0, 0.16)),
    *((1.0, 0.33), (0.975, 0.345), (0.975, 0.385), (1.0, 0.40)),
    *((1.0, 0.60), (0.975, 0.615), (0.975, 0.655), (1.0, 0.67)),
    *((1.0, 0.84), (0.965, 0.95), (0.90, 1.0), (0.62, 0.97)),
)
"""(radius, depth from the outer face) of a tyre, as fractions of the wheel's radius and of its width."""
_CONVEX = (
    *((0.61, 0.03), (0.58, 0.03), (0.56, 0.14), (0.52, 0.17), (0.40, 0.12), (0.30, 0.07), (0.29, 0.04)),
    *((0.24, 0.04), (0.23, 0.0), (0.16, -0.06), (0.15, -0.14), (0.01, -0.16)),
)
_CONCAVE = (
    *((0.61, 0.03), (0.58, 0.03), (0.56, 0.36), (0.52, 0.50), (0.40, 0.52), (0.33, 0.52), (0.32, 0.46)),
    *((0.26, 0.46), (0.25, 0.30), (0.22, 0.04), (0.20, 0.0), (0.01, 0.0)),
)
_HOLES = 3
"""The row of faces of a disc between whose bars one sees through."""


@dataclass(frozen=True)
class Wheels:
    """How the wheels of a vehicle look; metres."""

    radius: float
    width: float = 0.28
    holes: int = 8
    """Of each disc."""
    disc: str = "rim"
    """Slot of the discs."""


def axle(
    builder: Builder,
    x: float,
    half: float,
    wheels: Wheels,
    *,
    frame: float | None = None,
    double: bool = False,
) -> None:
    """Wheels on both sides at `x`, their outer faces `half` from the middle, the beam and its springs.

    `frame` is the height of the rails that leaf springs hang from; None: no such springs.
    """
    _wheel(builder, x, half, wheels, _CONCAVE if double else _CONVEX)
    if double:
        _tyre(builder, x, half - wheels.width * 1.12, wheels, rows=slice(0, None, 2))
    drum(
        builder,
        (x, -half + 0.1, wheels.radius),
        (x, half - 0.1, wheels.radius),
        0.07,
        "trim",
        segments=8,
    )
    if frame is not None:
        _springs(builder, x, wheels.radius, frame)
    if double:
        drum(builder, (x, -0.2, wheels.radius), (x, 0.2, wheels.radius), 0.2, "trim", bevel=0.1)


def _springs(builder: Builder, x: float, axle: float, frame: float) -> None:
    """Leaf springs: bows that lie on the beam and hang from the frame at their ends."""
    for reach, thick in ((0.5, 0.0), (0.36, 0.03), (0.22, 0.06)):
        low, high = axle + 0.06 + thick, frame
        rise = reach / 0.5 * max(high - axle - 0.12, 0.02)
        bow = [(x - reach, low + rise), (x, low), (x + reach, low + rise)]
        outline = [*bow, *((px, pz + 0.03) for px, pz in reversed(bow))]
        rings = [[(px, y, pz) for px, pz in outline] for y in (0.36, 0.44)]
        builder.grid(np.array(rings), "trim", wrap=True, mirror=True)
    for end in (-0.5, 0.5):
        block(
            builder,
            (x + end - 0.04, 0.36, axle + 0.06),
            (x + end + 0.04, 0.44, frame + 0.04),
            "trim",
            mirror=True,
        )


def _wheel(
    builder: Builder, x: float, y: float, wheels: Wheels, disc: tuple[tuple[float, float], ...]
) -> None:
    _tyre(builder, x, y, wheels)
    count = wheels.holes * max(3, round(_SEGMENTS / wheels.holes))
    slots = np.full((len(disc) - 1, count), slot_index(wheels.disc), np.int32)
    hole = np.arange(count) % (count // wheels.holes) < (count // wheels.holes) // 2
    slots[_HOLES, hole] = slot_index("well")
    builder.grid(_turned(np.array(disc), x, y, wheels, count), slots.ravel(), wrap=True, mirror=True)


def _tyre(builder: Builder, x: float, y: float, wheels: Wheels, *, rows: slice = slice(None)) -> None:
    profile = np.array(_TYRE)[rows]
    builder.grid(_turned(profile, x, y, wheels, _SEGMENTS), "tyre", wrap=True, mirror=True)


def _turned(profile: Points, x: float, y: float, wheels: Wheels, count: int) -> Points:
    """(rows, count, 3): the profile turned about the axle; a point lies on the ground."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False) - np.pi / 2
    reach = profile[:, :1] * wheels.radius
    depth = np.broadcast_to(y - profile[:, 1:] * wheels.width, (len(profile), count))
    return np.stack([x + reach * np.cos(angle), depth, wheels.radius + reach * np.sin(angle)], -1)


def fender(
    builder: Builder,
    x: float,
    half: float,
    wheels: Wheels,
    *,
    width: float,
    slot: str = "trim",
    reach: tuple[float, float] = (0.1, np.pi - 0.1),
) -> None:
    """Mudguards over the wheels at `x`, an arc between the angles `reach`, and flaps below their rear."""
    radius = wheels.radius * 1.16
    angle = np.linspace(*reach, 13)
    edge = np.array([(half - width, 0.0), (half, 0.0), (half, 0.03), (half - width, 0.03)])
    rings = [
        [(x + (radius + d) * np.cos(a), y, wheels.radius + (radius + d) * np.sin(a)) for y, d in edge]
        for a in angle
    ]
    builder.grid(np.array(rings), slot, wrap=True, mirror=True)


def flaps(builder: Builder, x: float, half: float, top: float, *, width: float = 0.5) -> None:
    """Mud flaps hanging at `x` on both sides."""
    block(builder, (x - 0.012, half - width, 0.18), (x + 0.012, half, top), "trim", bevel=0.004, mirror=True)
