"""City bus: a flat-fronted hull with a row of large windows."""

from __future__ import annotations

import itertools

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.patches import arc, framed, patch, rect

Rng = np.random.Generator


def bus(rng: Rng) -> Solid:
    """A city bus: a flat-fronted box with a row of large windows, doors on its right."""
    v = rng.uniform(-1, 1, 4)
    length, height, half = 7.0 + 0.6 * float(v[0]), 2.75 + 0.1 * float(v[1]), 1.1
    wheel = 0.47 + 0.02 * float(v[2])
    front, rear = length / 2, -length / 2
    axles = [(front - (0.24 + 0.02 * float(v[3])) * length, wheel), (rear + 0.25 * length, wheel)]
    hull = Hull(_bus_plan(front, rear, half, height, axles))
    builder = Builder()
    hull.add_to(builder)
    _bus_side(builder, hull, axles, front, rear, height, rng)
    _bus_front(builder, hull, half, height, rng)
    _bus_rear(builder, hull, half, height, rng)
    for x, axle in axles:
        at = parts.Wheel(x=x, y=half - 0.02, radius=axle, width=0.3)
        parts.wheel(builder, at, parts.Rim(style="steel", count=8, share=0.6))
        arc(builder, hull, (x, axle), (wheel * 1.13, wheel * 1.13 + 0.06), "trim", lift=0.012)
    parts.floor(builder, front - 0.4, rear + 0.4, half - 0.4, 0.26, 1.0)
    parts.mirrors(builder, front - 0.05, half * 0.98, 1.9, size=0.24, slot="trim")
    builder.box(
        (rear + 0.2 * length, -0.5, height - 0.02), (rear + 0.4 * length, 0.5, height + 0.12), "paint"
    )
    return builder.finish()


def _bus_plan(
    front: float, rear: float, half: float, height: float, axles: list[tuple[float, float]]
) -> Plan:
    radius = axles[0][1] * 1.13
    return Plan(
        nose=curve(
            [(0.3, front - 0.05), (0.6, front), (1.15, front - 0.04), (height, front - 0.5)], smooth=0.4
        ),
        tail=curve([(0.3, rear + 0.03), (1.0, rear), (height, rear + 0.1)], smooth=0.4),
        width=curve([(0.3, half * 0.98), (0.6, half), (1.4, half), (height, half * 0.94)], smooth=0.3),
        bottom=parts.arches(curve([(0, 0.36)]), axles, radius),
        top=curve([(rear, height - 0.02), (0, height), (front, height - 0.03)], smooth=1.0),
        ends=(0.3, 0.2),
        square=(3.4, 4.0),
        crown=0.06,
        fillet=0.16,
        columns=parts.columns(front - 0.55, rear + 0.4, axles, radius, step=0.4),
        levels=14,
    )


def _bus_side(
    builder: Builder,
    hull: Hull,
    axles: list[tuple[float, float]],
    front: float,
    rear: float,
    height: float,
    rng: Rng,
) -> None:
    """Windows between painted pillars, a rubbing strip, and two doors on the right."""
    low, high = 1.32, height - 0.38
    edges = np.linspace(front - 0.55, rear + 0.32, int(rng.integers(5, 7)))
    for ahead, behind in itertools.pairwise(edges):
        framed(builder, hull, "side", rect(float(behind) + 0.1, float(ahead) - 0.1, low, high), round_=0.06)
    patch(
        builder,
        hull,
        "side",
        rect(rear + 0.3, front - 0.35, 1.04, 1.12),
        "chrome",
        lift=0.008,
        cells=(24, 2),
        round_=0,
    )
    for x, axle in axles:
        start, end = (x + axle * 1.2, front - 0.35) if x > 0 else (x + axle * 1.2, axles[0][0] - axle * 1.2)
        patch(builder, hull, "side", rect(start, end, 0.37, 0.5), "trim", lift=0.008, cells=(12, 2), round_=0)
    for middle in (front - 1.2, (axles[0][0] + axles[1][0]) / 2):
        patch(
            builder,
            hull,
            "side",
            rect(middle - 0.52, middle + 0.52, 0.42, high + 0.06),
            "trim",
            lift=0.016,
            round_=0.03,
            right_only=True,
        )
        for x in (middle - 0.25, middle + 0.25):
            patch(
                builder,
                hull,
                "side",
                rect(x - 0.2, x + 0.2, 0.5, high),
                "glass",
                lift=0.024,
                round_=0.06,
                right_only=True,
            )


def _bus_front(builder: Builder, hull: Hull, half: float, height: float, rng: Rng) -> None:
    framed(builder, hull, "front", rect(-half * 0.86, half * 0.86, 1.25, height - 0.45), round_=0.1)
    patch(
        builder, hull, "front", rect(-half * 0.6, half * 0.6, height - 0.38, height - 0.2), "trim", lift=0.012
    )
    patch(
        builder,
        hull,
        "front",
        rect(-half * 0.45, half * 0.45, height - 0.34, height - 0.24),
        "amber",
        lift=0.02,
    )
    lamp = float(rng.uniform(0.74, 0.84))
    patch(
        builder,
        hull,
        "front_corner",
        rect(half * 0.6, half * 0.94, lamp, lamp + 0.2),
        "headlamp",
        lift=0.015,
        round_=0.4,
    )
    patch(
        builder,
        hull,
        "front_corner",
        rect(half * 0.96, half * 1.06, lamp + 0.02, lamp + 0.16),
        "amber",
        lift=0.018,
    )
    patch(builder, hull, "front", rect(-half * 0.5, half * 0.5, lamp, lamp + 0.26), "trim", lift=0.012)
    for z in np.linspace(lamp + 0.05, lamp + 0.21, 3):
        patch(
            builder,
            hull,
            "front",
            rect(-half * 0.45, half * 0.45, float(z) - 0.012, float(z) + 0.012),
            "chrome",
            lift=0.02,
        )
    patch(builder, hull, "front_corner", rect(0, half + 0.2, 0.38, 0.6), "trim", lift=0.03, round_=0)
    parts.plate(builder, hull, 0.52, rng, rear=False)


def _bus_rear(builder: Builder, hull: Hull, half: float, height: float, rng: Rng) -> None:
    framed(builder, hull, "rear", rect(-half * 0.76, half * 0.76, 1.6, height - 0.45), round_=0.1)
    patch(builder, hull, "rear", rect(-half * 0.55, half * 0.55, 0.82, 1.3), "trim", lift=0.01)
    for z in np.linspace(0.88, 1.24, 5):
        patch(
            builder,
            hull,
            "rear",
            rect(-half * 0.5, half * 0.5, float(z) - 0.015, float(z) + 0.015),
            "chrome",
            lift=0.018,
        )
    for low, slot in ((0.8, "taillamp"), (1.02, "amber"), (1.24, "taillamp")):
        patch(
            builder,
            hull,
            "rear_corner",
            rect(half * 0.74, half * 0.95, low, low + 0.2),
            slot,
            lift=0.015,
            round_=0.4,
        )
    patch(builder, hull, "rear_corner", rect(0, half + 0.1, 0.38, 0.58), "trim", lift=0.03, round_=0)
    parts.plate(builder, hull, 0.68, rng, rear=True)
