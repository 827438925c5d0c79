"""The frame under a truck or trailer and what hangs on it: tanks, guards, lamps, steps, ladders."""

from __future__ import annotations

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.forms import block, drum, tube
from blender_scenes.vehicles.mesh import Builder

Rng = np.random.Generator


def rails(builder: Builder, front: float, rear: float, low: float, high: float) -> None:
    """Two beams along the vehicle and the members between them."""
    block(builder, (rear, 0.36, low), (front, 0.46, high), "trim", mirror=True)
    for x in np.linspace(rear + 0.15, front - 0.15, max(2, round((front - rear) / 1.3))):
        builder.box((float(x) - 0.05, -0.38, low + 0.03), (float(x) + 0.05, 0.38, high - 0.03), "trim")


def tanks(
    builder: Builder, front: float, rear: float, half: float, *, round_: bool, scale: float = 1.0
) -> None:
    """Fuel tanks on both sides, of aluminium, with straps; `scale` 1 has them reach 1 m high."""
    for x in (rear + 0.22, front - 0.22):
        builder.box(
            (x - 0.03, 0.4, 0.7 * scale), (x + 0.03, half - 0.3 * scale, 0.86 * scale), "trim", mirror=True
        )
    if round_:
        middle = (half - 0.31 * scale, 0.72 * scale)
        for (start, end), more, slot in (
            ((rear, front), 0.0, "chrome"),
            ((rear + 0.2, rear + 0.25), 0.008, "trim"),
            ((front - 0.25, front - 0.2), 0.008, "trim"),
        ):
            ends = (start, *middle), (end, *middle)
            drum(builder, *ends, 0.3 * scale + more, slot, bevel=0.04, segments=20, mirror=True)
        return
    low, high = (half - 0.6 * scale, 0.46 * scale), (half - 0.04, 0.98 * scale)
    block(builder, (rear, *low), (front, *high), "chrome", bevel=0.09 * scale, mirror=True)
    for x in (rear + 0.15, front - 0.2):
        strap = ((x, low[0] - 0.01, low[1] - 0.01), (x + 0.05, high[0] + 0.01, high[1] + 0.01))
        block(builder, *strap, "trim", bevel=0.09 * scale, mirror=True)


def side_guard(builder: Builder, front: float, rear: float, half: float, top: float) -> None:
    """Two bars along the side between the wheels, on posts."""
    for z in (0.5, 0.78):
        block(
            builder, (rear, half - 0.04, z - 0.05), (front, half, z + 0.05), "chrome", bevel=0.01, mirror=True
        )
    for x in np.linspace(rear + 0.1, front - 0.1, max(2, round((front - rear) / 1.2))):
        builder.box(
            (float(x) - 0.03, half - 0.08, 0.45), (float(x) + 0.03, half - 0.04, top), "trim", mirror=True
        )


def underride(builder: Builder, rear: float, half: float, top: float) -> None:
    """The bar below a tail, its two posts, and lamps and plate above it."""
    block(builder, (rear, -half + 0.1, 0.42), (rear + 0.1, half - 0.1, 0.56), "trim", bevel=0.015)
    for y in (0.36, half - 0.45):
        builder.box((rear + 0.02, y, 0.5), (rear + 0.09, y + 0.1, top), "trim", mirror=True)
    for y in np.arange(-half + 0.14, half - 0.2, 0.3):
        slot = "taillamp" if round((y + half) / 0.3) % 2 else "panel"
        builder.box((rear - 0.006, float(y), 0.46), (rear, float(y) + 0.15, 0.52), slot)


def tail_lamps(builder: Builder, rear: float, half: float, z: float, rng: Rng, *, size: float = 0.13) -> None:
    """A row of lamps in a housing on each side, and the plate between."""
    width = 3.4 * size
    low, high = half - 0.06 - width, half - 0.06
    block(
        builder,
        (rear - 0.03, low, z - 0.62 * size),
        (rear + 0.1, high, z + 0.62 * size),
        "trim",
        mirror=True,
    )
    for i, slot in enumerate(("reverse", "amber", "taillamp")):
        y = low + (i + 0.55) * width / 3
        drum(
            builder,
            (rear - 0.03, y, z),
            (rear - 0.055, y, z),
            0.48 * size,
            slot,
            bevel=0.012,
            segments=14,
            mirror=True,
        )
    parts.plate_at(builder, (rear - 0.03, 0.0, z), rng, rear=True)
    builder.box((rear - 0.016, -0.3, z - 0.09), (rear + 0.1, 0.3, z + 0.09), "trim")


def markers(builder: Builder, front: float, rear: float, half: float, z: float, count: int) -> None:
    """Amber lamps along both sides."""
    for x in np.linspace(rear, front, count):
        block(
            builder,
            (float(x) - 0.05, half - 0.005, z - 0.025),
            (float(x) + 0.05, half + 0.018, z + 0.025),
            "amber",
            bevel=0.008,
            mirror=True,
        )


def ladder(builder: Builder, x: float, y: float, low: float, high: float) -> None:
    """A ladder up a wall that faces backwards, at `x`, `y` its middle."""
    for side in (-0.18, 0.18):
        tube(builder, [(x, y + side, low), (x, y + side, high)], 0.018, "chrome", sides=6)
    for z in np.arange(low + 0.1, high - 0.05, 0.28):
        tube(builder, [(x, y - 0.18, float(z)), (x, y + 0.18, float(z))], 0.014, "chrome", sides=6)


def stack_pipe(
    builder: Builder, x: float, y: float, low: float, high: float, *, mirror: bool = False
) -> None:
    """An upright exhaust behind the cab: muffler in a bright shield, a bent pipe on top."""
    drum(builder, (x, y, low), (x, y, low + 0.55 * (high - low)), 0.12, "chrome", mirror=mirror)
    path = [(x, y, low), (x, y, high - 0.12), (x - 0.04, y, high - 0.03), (x - 0.16, y, high)]
    tube(builder, path, 0.07, "chrome", sides=12, mirror=mirror)
