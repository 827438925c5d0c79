"""Delivery van and minibus: one tall hull whose short bonnet runs into the windscreen."""

from __future__ import annotations

import itertools

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.patches import arc, framed, patch, rect

Rng = np.random.Generator


def van(rng: Rng) -> Solid:
    """A delivery van or minibus: a short sloping nose and a tall straight body."""
    v = 1 + 0.05 * rng.uniform(-1, 1, 4)
    length, height, half = 4.9 * float(v[0]), 2.1 * float(v[1]), 0.97 * float(1 + (v[2] - 1) / 2)
    wheel = 0.36 * float(v[3])
    front, rear = length / 2, -length / 2
    axles = [(front - 0.88, wheel), (rear + 0.92, wheel)]
    hull = Hull(van_plan(front, rear, half, height, axles))
    builder = Builder()
    hull.add_to(builder)
    van_face(builder, hull, front, half, height, rng)
    _van_windows(builder, hull, front, rear, height, panel=bool(rng.random() < 0.4))
    _van_tail(builder, hull, half, height, rng)
    rim = parts.random_rim(rng)
    for x, axle in axles:
        parts.wheel(builder, parts.Wheel(x=x, y=half - 0.02, radius=axle, width=0.22), rim)
        arc(builder, hull, (x, axle), (wheel * 1.15, wheel * 1.15 + 0.05), "trim", lift=0.01)
    if rng.random() < 0.6:
        _roof_bars(builder, hull, rear, height)
    parts.floor(builder, front - 0.4, rear + 0.2, half - 0.3, 0.2, 0.7)
    parts.mirrors(builder, front - 1.12, half * 0.95, 1.22, size=0.2, slot="trim")
    return builder.finish()


def van_plan(front: float, rear: float, half: float, height: float, axles: list[tuple[float, float]]) -> Plan:
    """A one-box body with a bonnet that runs into the windscreen."""
    radius = axles[0][1] * 1.15
    roof = height
    return Plan(
        nose=curve(
            [
                (0.2, front - 0.08),
                (0.45, front),
                (0.8, front - 0.04),
                (0.98, front - 0.16),
                (1.2, front - 0.72),
                (roof - 0.12, front - 1.3),
                (roof, front - 1.5),
            ],
            smooth=0.1,
        ),
        tail=curve([(0.2, rear + 0.06), (0.5, rear), (1.0, rear + 0.02), (roof, rear + 0.1)], smooth=0.2),
        width=curve([(0.2, half * 0.95), (0.5, half), (1.05, half), (roof, half * 0.86)], smooth=0.3),
        bottom=parts.arches(curve([(0, 0.3)]), axles, radius),
        top=curve([(rear, roof - 0.04), (0, roof), (front - 1.3, roof - 0.04)], smooth=0.8),
        ends=(0.36, 0.16),
        square=(2.8, 3.4),
        crown=0.05,
        fillet=0.12,
        columns=parts.columns(front - 0.5, rear + 0.3, axles, radius),
        levels=26,
    )


def van_face(builder: Builder, hull: Hull, front: float, half: float, height: float, rng: Rng) -> None:
    """Windscreen, headlamps, grille, bumper and plate."""
    framed(
        builder,
        hull,
        "front",
        [
            (-half * 0.86, 1.24),
            (half * 0.86, 1.24),
            (half * 0.74, height - 0.24),
            (-half * 0.74, height - 0.24),
        ],
    )
    inner = half * float(rng.uniform(0.6, 0.68))
    patch(
        builder,
        hull,
        "front_corner",
        [(inner, 0.7), (half + 0.08, 0.74), (half + 0.12, 0.92), (inner, 0.86)],
        "headlamp",
        lift=0.015,
        round_=0.3,
    )
    patch(builder, hull, "front_corner", rect(half + 0.02, half + 0.12, 0.76, 0.84), "amber", lift=0.02)
    patch(builder, hull, "front", rect(-inner + 0.06, inner - 0.06, 0.66, 0.82), "trim", lift=0.012)
    patch(builder, hull, "front", rect(-inner + 0.1, inner - 0.1, 0.735, 0.755), "chrome", lift=0.02)
    patch(builder, hull, "front_corner", rect(0, half + 0.3, 0.3, 0.44), "trim", lift=0.012, round_=0)
    parts.plate(builder, hull, 0.53, rng, rear=False)


def _van_windows(
    builder: Builder, hull: Hull, front: float, rear: float, height: float, *, panel: bool
) -> None:
    low, high = 1.2, height - 0.28
    door = front - 1.2
    framed(
        builder,
        hull,
        "side",
        [(door + 0.02, low), (door - 0.72, low), (door - 0.72, high), (door - 0.42, high)],
    )
    edges = [door - 0.78, (door + rear) / 2 - 0.35, rear + 0.25]
    if not panel:
        for ahead, behind in itertools.pairwise(edges):
            framed(builder, hull, "side", rect(ahead - 0.05, behind + 0.04, low, high))
    for x in edges[:2]:
        patch(
            builder,
            hull,
            "side",
            rect(x - 0.01, x + 0.01, 0.45, height - 0.2),
            "trim",
            lift=0.004,
            cells=(2, 16),
        )
        patch(builder, hull, "side", rect(x - 0.28, x - 0.1, 1.02, 1.07), "trim", lift=0.03)
    patch(builder, hull, "side", rect(rear + 0.4, edges[0], 1.0, 1.02), "trim", lift=0.008)


def _roof_bars(builder: Builder, hull: Hull, rear: float, height: float) -> None:
    """A rack for ladders: bars across the roof on short feet."""
    half = float(hull.left[-1, :, 1].max()) - 0.08
    for x in np.linspace(rear + 0.5, rear + 2.6, 4):
        builder.box((float(x) - 0.03, -half, height + 0.05), (float(x) + 0.03, half, height + 0.1), "chrome")
        builder.box(
            (float(x) - 0.03, half - 0.06, height - 0.1),
            (float(x) + 0.03, half, height + 0.06),
            "trim",
            mirror=True,
        )
    builder.box(
        (rear + 0.45, half - 0.05, height + 0.1), (rear + 2.65, half, height + 0.14), "chrome", mirror=True
    )


def _van_tail(builder: Builder, hull: Hull, half: float, height: float, rng: Rng) -> None:
    framed(builder, hull, "rear", rect(0.05, half * 0.76, 1.22, height - 0.3))
    patch(builder, hull, "rear_corner", rect(half * 0.86, half * 1.02, 0.75, 1.2), "taillamp", lift=0.015)
    patch(builder, hull, "rear_corner", rect(half * 0.88, half * 1.0, 0.92, 1.02), "amber", lift=0.02)
    patch(builder, hull, "rear", rect(-0.008, 0.008, 0.5, height - 0.2), "trim", lift=0.01, cells=(2, 12))
    patch(builder, hull, "rear_corner", rect(0, half + 0.2, 0.3, 0.46), "trim", lift=0.012, round_=0)
    parts.plate(builder, hull, 0.85, rng, rear=True)
