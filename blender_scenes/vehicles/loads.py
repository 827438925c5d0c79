"""What trucks and trailers carry on their frames: box, curtain sider, tank, tipper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles.chassis import ladder
from blender_scenes.vehicles.forms import block, drum, sheet, stack, tube
from blender_scenes.vehicles.lettering import letter_walls, name
from blender_scenes.vehicles.mesh import Builder
from blender_scenes.vehicles.variation import happens

Rng = np.random.Generator


@dataclass(frozen=True)
class Bay:
    """The room that a load may take; metres."""

    front: float
    rear: float
    half: float
    low: float
    high: float


def box(builder: Builder, bay: Bay, rng: Rng) -> None:
    """A rigid box: rails along its edges, ribs or smooth walls, two doors behind."""
    block(
        builder,
        (bay.rear, -bay.half, bay.low),
        (bay.front, bay.half, bay.high),
        "paint",
        bevel=0.05,
    )
    _frame(builder, bay)
    if rng.random() < 0.5:
        _ribs(builder, bay, pitch=float(rng.uniform(0.45, 0.75)), slot="paint")
    _lettered(builder, bay, rng)
    rear_doors(builder, bay)


def curtain(builder: Builder, bay: Bay, rng: Rng) -> None:
    """A curtain sider: tarpaulin walls in shallow folds, straps along the lower edge."""
    block(builder, (bay.rear, -bay.half + 0.06, bay.low), (bay.front, bay.half - 0.06, bay.high), "paint")
    _frame(builder, bay)
    folds = np.linspace(bay.rear + 0.1, bay.front - 0.1, 4 * max(6, round((bay.front - bay.rear) / 0.5)))
    wave = np.sin(np.arange(len(folds)) * np.pi / 2) * 0.014
    z = np.array([bay.low + 0.12, bay.low + 0.3, bay.high - 0.3, bay.high - 0.1])
    depth = np.array([1.0, 1.0, 0.5, 0.0])
    points = np.empty((len(z), len(folds), 3))
    points[..., 0], points[..., 2] = folds, z[:, None]
    points[..., 1] = bay.half - 0.02 + wave * depth[:, None]
    builder.grid(points, "paint", mirror=True)
    for x in np.arange(bay.rear + 0.35, bay.front - 0.2, 0.6):
        builder.box(
            (float(x) - 0.02, bay.half - 0.03, bay.low - 0.02),
            (float(x) + 0.02, bay.half + 0.006, bay.low + 0.34),
            "trim",
            mirror=True,
        )
    _lettered(builder, bay, rng)
    rear_doors(builder, bay)


def _lettered(builder: Builder, bay: Bay, rng: Rng) -> None:
    """A name on most walls."""
    if happens(rng, 0.7):
        high = bay.high - bay.low
        low, top = (
            bay.low + float(rng.uniform(0.28, 0.42)) * high,
            bay.low + float(rng.uniform(0.66, 0.84)) * high,
        )
        letter_walls(builder, name(rng), (bay.rear + 0.35, bay.front - 0.35), (low, top), bay.half)


def _frame(builder: Builder, bay: Bay) -> None:
    """Bright rails along the edges of a box."""
    for low, high in ((bay.low - 0.02, bay.low + 0.1), (bay.high - 0.1, bay.high + 0.015)):
        block(
            builder,
            (bay.rear - 0.01, bay.half - 0.06, low),
            (bay.front + 0.01, bay.half + 0.012, high),
            "chrome",
            mirror=True,
        )
        for x in (bay.rear - 0.014, bay.front - 0.046):
            block(builder, (x, -bay.half, low), (x + 0.06, bay.half, high), "chrome")
    for x in (bay.rear - 0.012, bay.front - 0.088):
        block(
            builder,
            (x, bay.half - 0.08, bay.low),
            (x + 0.1, bay.half + 0.014, bay.high),
            "chrome",
            mirror=True,
        )
    builder.box(
        (bay.rear + 0.1, -bay.half + 0.1, bay.high - 0.02),
        (bay.front - 0.1, bay.half - 0.1, bay.high + 0.008),
        "sheet",
    )


def _ribs(builder: Builder, bay: Bay, *, pitch: float, slot: str) -> None:
    """Upright ribs along both walls."""
    for x in np.linspace(bay.rear + 0.1, bay.front - 0.1, max(3, round((bay.front - bay.rear) / pitch)))[
        1:-1
    ]:
        block(
            builder,
            (float(x) - 0.03, bay.half - 0.01, bay.low + 0.08),
            (float(x) + 0.03, bay.half + 0.022, bay.high - 0.08),
            slot,
            bevel=0.015,
            mirror=True,
        )


def rear_doors(builder: Builder, bay: Bay) -> None:
    """Two doors: the gap between, lock rods, hinges."""
    x = bay.rear - 0.02
    builder.box((x, -0.012, bay.low + 0.08), (x + 0.04, 0.012, bay.high - 0.08), "trim")
    for y in (0.16 * bay.half, 0.5 * bay.half):
        tube(
            builder,
            [(x - 0.03, y, bay.low + 0.02), (x - 0.03, y, bay.high - 0.02)],
            0.018,
            "chrome",
            sides=6,
            mirror=True,
        )
        block(
            builder,
            (x - 0.04, y - 0.05, bay.low + 0.55),
            (x, y + 0.16, bay.low + 0.62),
            "chrome",
            mirror=True,
        )
    for z in np.linspace(bay.low + 0.25, bay.high - 0.25, 4):
        block(
            builder,
            (x - 0.015, bay.half - 0.14, float(z) - 0.04),
            (x + 0.02, bay.half - 0.01, float(z) + 0.04),
            "trim",
            mirror=True,
        )
    for y in (0.1, bay.half - 0.24):
        block(
            builder,
            (x - 0.02, y, bay.high - 0.075),
            (x + 0.02, y + 0.12, bay.high - 0.025),
            "taillamp",
            mirror=True,
        )


def tank(builder: Builder, bay: Bay, rng: Rng) -> None:
    """A tank for liquids: an oval drum with rings, manholes, a catwalk and a ladder."""
    radius = (bay.high - bay.low) / 2
    z, wide = bay.low + radius, bay.half / radius
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    steps = [(0.0, 0.45), (0.04, 0.75), (0.13, 0.93), (0.28, 1.0)]
    length = bay.front - bay.rear
    along = [(bay.rear + d, r) for d, r in steps] + [(bay.rear + length - d, r) for d, r in steps[::-1]]
    rings = [
        np.stack([np.full(32, x), wide * r * radius * np.cos(angle), z + r * radius * np.sin(angle)], -1)
        for x, r in along
    ]
    stack(builder, np.stack(rings), "paint")
    for x in np.linspace(bay.rear + 0.35, bay.front - 0.35, int(rng.integers(4, 8))):
        _band(builder, float(x), z, radius * 1.012, wide)
    for x in np.linspace(bay.rear + 1.0, bay.front - 1.0, max(2, round(length / 2.2))):
        drum(builder, (float(x), 0, bay.high - 0.1), (float(x), 0, bay.high + 0.12), 0.26, "chrome")
    builder.box((bay.rear + 0.6, 0.35, bay.high - 0.03), (bay.front - 0.6, 0.75, bay.high), "chrome")
    ladder(builder, bay.rear - 0.06, 0.0, bay.low - 0.1, bay.high + 0.2)
    saddle = ((bay.rear + 0.3, 0.3, bay.low - 0.03), (bay.front - 0.3, 0.5, bay.low + 0.2))
    block(builder, *saddle, "trim", mirror=True)


def _band(builder: Builder, x: float, z: float, radius: float, wide: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    rings = [
        np.stack([np.full(32, x + d), wide * r * radius * np.cos(angle), z + r * radius * np.sin(angle)], -1)
        for d, r in ((-0.035, 0.98), (-0.035, 1.0), (0.035, 1.0), (0.035, 0.98))
    ]
    builder.grid(np.stack(rings), "chrome", wrap=True)


def tipper(builder: Builder, bay: Bay, rng: Rng, *, guard: float) -> None:
    """An open tipping body with ribs, a tailgate, and a guard over the cab that reaches `guard` forwards."""
    slope = float(rng.uniform(0.1, 0.35))
    floor = bay.low + 0.12
    wall = 0.06
    out = np.array(
        [(bay.rear + slope, bay.low), (bay.front, bay.low), (bay.front, bay.high), (bay.rear, bay.high)]
    )
    inner = np.array(
        [
            (bay.rear + slope, floor),
            (bay.front - wall, floor),
            (bay.front - wall, bay.high),
            (bay.rear, bay.high),
        ]
    )
    for half, outline, slot in ((bay.half, out, "paint"), (bay.half - wall, inner, "interior")):
        sheet(builder, [(float(x), half, float(z)) for x, z in outline], slot, mirror=True)
    for (x, z), half in ((out[0], bay.half), (out[1], bay.half)):
        sheet(
            builder, [(x, -half, z), (x, half, z), (x + 0.0, half, z + 0.12), (x, -half, z + 0.12)], "paint"
        )
    _tipper_walls(builder, bay, slope, floor, wall)
    count = int(rng.integers(4, 8))
    for fraction in np.linspace(0, 1, count + 2)[:-1]:
        x = bay.front - 0.06 - float(fraction) * (bay.front - bay.rear - slope - 0.1)
        block(
            builder,
            (x - 0.05, bay.half - 0.02, bay.low - 0.03),
            (x + 0.05, bay.half + 0.06, bay.high),
            "paint",
            bevel=0.02,
            mirror=True,
        )
    for low, high in ((bay.high - 0.08, bay.high + 0.06), (bay.low - 0.04, bay.low + 0.1)):
        x = bay.rear + (0.0 if low > bay.low + 0.1 else slope)
        block(builder, (x, bay.half - 0.06, low), (bay.front, bay.half + 0.07, high), "paint", mirror=True)
    block(
        builder,
        (bay.front - 0.1, -bay.half, bay.high - 0.04),
        (bay.front + guard, bay.half, bay.high + 0.05),
        "paint",
    )
    block(
        builder,
        (bay.front + guard - 0.05, -bay.half, bay.high - 0.04),
        (bay.front + guard, bay.half, bay.high + 0.16),
        "paint",
    )
    if rng.random() < 0.6:
        _heap(builder, bay, wall, rng)


def _tipper_walls(builder: Builder, bay: Bay, slope: float, floor: float, wall: float) -> None:
    """Floor, front wall, and the tailgate with its hinges."""
    half = bay.half
    builder.box((bay.rear + slope, -half, bay.low), (bay.front, half, floor), "paint")
    builder.box((bay.front - wall, -half, bay.low), (bay.front, half, bay.high), "paint")
    foot, head = bay.rear + slope, bay.rear
    gate = [
        [
            (foot - t, -half, bay.low + 0.02),
            (foot - t, half, bay.low + 0.02),
            (head - t, half, bay.high - 0.1),
            (head - t, -half, bay.high - 0.1),
        ]
        for t in (0.0, wall)
    ]
    stack(builder, np.array(gate), "paint")
    for y in np.linspace(-half + 0.1, half - 0.1, 4):
        bar = [
            [
                (foot - t, float(y) - w, bay.low + 0.05),
                (foot - t, float(y) + w, bay.low + 0.05),
                (head - t, float(y) + w, bay.high - 0.12),
                (head - t, float(y) - w, bay.high - 0.12),
            ]
            for t, w in ((wall, 0.06), (wall + 0.05, 0.04))
        ]
        stack(builder, np.array(bar), "paint")
    drum(
        builder,
        (head - 0.02, -half - 0.05, bay.high - 0.03),
        (head - 0.02, half + 0.05, bay.high - 0.03),
        0.04,
        "trim",
    )


def _heap(builder: Builder, bay: Bay, wall: float, rng: Rng) -> None:
    """Gravel in the body, heaped along the middle."""
    s, t = np.meshgrid(np.linspace(0, 1, 25), np.linspace(-1, 1, 13), indexing="ij")
    top = bay.high - 0.12 + float(rng.uniform(0.0, 0.4)) * (1 - t**2) * np.sin(np.pi * s) ** 0.7
    x = bay.rear + 0.1 + s * (bay.front - wall - bay.rear - 0.1)
    y = t * (bay.half - wall)
    builder.grid(np.stack([x, y, top + rng.normal(0, 0.02, s.shape)], -1), "interior")
