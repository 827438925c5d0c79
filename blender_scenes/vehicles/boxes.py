"""Van and bus: one tall hull from sill to roof, its windows laid on."""

from __future__ import annotations

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.patches import arc, framed, patch

Rng = np.random.Generator


def _rect(low: float, high: float, bottom: float, top: float) -> list[tuple[float, float]]:
    return [(low, bottom), (high, bottom), (high, top), (low, top)]


def van(rng: Rng) -> Solid:
    """A delivery van or minibus: a short sloping nose and a tall straight body."""
    v = 1 + 0.05 * rng.uniform(-1, 1, 4)
    length, height, half = 4.9 * float(v[0]), 2.1 * float(v[1]), 0.97 * float(1 + (v[2] - 1) / 2)
    wheel = 0.34 * float(v[3])
    front, rear = length / 2, -length / 2
    axles = [(front - 0.88, wheel), (rear + 0.92, wheel)]
    hull = Hull(van_plan(front, rear, half, height, axles))
    builder = Builder()
    hull.add_to(builder)
    van_face(builder, hull, front, half, height, rng)
    _van_windows(builder, hull, front, rear, height, panel=bool(rng.random() < 0.4))
    _van_tail(builder, hull, half, height)
    spokes = int(rng.integers(5, 10))
    for x, axle in axles:
        parts.wheel(builder, x, half - 0.02, axle, 0.22, spokes)
        arc(builder, hull, (x, axle), (wheel * 1.15, wheel * 1.15 + 0.05), "trim", lift=0.01)
    parts.floor(builder, front - 0.4, rear + 0.2, half - 0.3, 0.2, 0.7)
    parts.mirrors(builder, front - 1.12, half * 0.95, 1.22, size=0.2, slot="trim")
    return builder.finish()


def van_plan(front: float, rear: float, half: float, height: float, axles: list[tuple[float, float]]) -> Plan:
    """A one-box body with a bonnet that runs into the windscreen."""
    radius = axles[0][1] * 1.15
    roof = height
    return Plan(
        nose=curve([(0.2, front - 0.08), (0.45, front), (0.8, front - 0.04), (0.98, front - 0.16), (1.2, front - 0.72),
                    (roof - 0.12, front - 1.3), (roof, front - 1.5)], smooth=0.1),
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
    framed(builder, hull, "front", [(-half * 0.86, 1.24), (half * 0.86, 1.24), (half * 0.74, height - 0.24),
                                    (-half * 0.74, height - 0.24)])
    inner = half * float(rng.uniform(0.6, 0.68))
    patch(builder, hull, "front_corner", [(inner, 0.7), (half + 0.08, 0.74), (half + 0.12, 0.92), (inner, 0.86)], "headlamp",
          lift=0.015, round_=0.3)
    patch(builder, hull, "front_corner", _rect(half + 0.02, half + 0.12, 0.76, 0.84), "amber", lift=0.02)
    patch(builder, hull, "front", _rect(-inner + 0.06, inner - 0.06, 0.66, 0.82), "trim", lift=0.012)
    patch(builder, hull, "front", _rect(-inner + 0.1, inner - 0.1, 0.735, 0.755), "chrome", lift=0.02)
    patch(builder, hull, "front_corner", _rect(0, half + 0.3, 0.3, 0.44), "trim", lift=0.012, round_=0)
    parts.plate(builder, hull, 0.53, rear=False)


def _van_windows(builder: Builder, hull: Hull, front: float, rear: float, height: float, *, panel: bool) -> None:
    low, high = 1.2, height - 0.28
    door = front - 1.2
    framed(builder, hull, "side", [(door + 0.02, low), (door - 0.72, low), (door - 0.72, high), (door - 0.42, high)])
    edges = [door - 0.78, (door + rear) / 2 - 0.35, rear + 0.25]
    if not panel:
        for ahead, behind in zip(edges[:-1], edges[1:], strict=True):
            framed(builder, hull, "side", _rect(ahead - 0.05, behind + 0.04, low, high))
    for x in edges[:2]:
        patch(builder, hull, "side", _rect(x - 0.01, x + 0.01, 0.45, height - 0.2), "trim", lift=0.004, cells=(2, 16))
        patch(builder, hull, "side", _rect(x - 0.28, x - 0.1, 1.02, 1.07), "trim", lift=0.03)
    patch(builder, hull, "side", _rect(rear + 0.4, edges[0], 1.0, 1.02), "trim", lift=0.008)


def _van_tail(builder: Builder, hull: Hull, half: float, height: float) -> None:
    framed(builder, hull, "rear", _rect(0.05, half * 0.76, 1.22, height - 0.3))
    patch(builder, hull, "rear_corner", _rect(half * 0.86, half * 1.02, 0.75, 1.2), "taillamp", lift=0.015)
    patch(builder, hull, "rear_corner", _rect(half * 0.88, half * 1.0, 0.92, 1.02), "amber", lift=0.02)
    patch(builder, hull, "rear", _rect(-0.008, 0.008, 0.5, height - 0.2), "trim", lift=0.01, cells=(2, 12))
    patch(builder, hull, "rear_corner", _rect(0, half + 0.2, 0.3, 0.46), "trim", lift=0.012, round_=0)
    parts.plate(builder, hull, 0.85, rear=True, y=0.0)


def bus(rng: Rng) -> Solid:
    """A city bus: a flat-fronted box with a row of large windows, doors on its right."""
    v = rng.uniform(-1, 1, 4)
    length, height, half = 7.9 + 0.8 * float(v[0]), 3.0 + 0.12 * float(v[1]), 1.2
    wheel = 0.5 + 0.02 * float(v[2])
    front, rear = length / 2, -length / 2
    axles = [(front - (0.24 + 0.02 * float(v[3])) * length, wheel), (rear + 0.25 * length, wheel)]
    hull = Hull(_bus_plan(front, rear, half, height, axles))
    builder = Builder()
    hull.add_to(builder)
    _bus_side(builder, hull, axles, front, rear, height, rng)
    _bus_front(builder, hull, half, height, rng)
    _bus_rear(builder, hull, half, height)
    for x, axle in axles:
        parts.wheel(builder, x, half - 0.02, axle, 0.3, 8, rim=0.6)
        arc(builder, hull, (x, axle), (wheel * 1.13, wheel * 1.13 + 0.06), "trim", lift=0.012)
    parts.floor(builder, front - 0.4, rear + 0.4, half - 0.4, 0.26, 1.0)
    parts.mirrors(builder, front - 0.05, half * 0.98, 1.9, size=0.24, slot="trim")
    builder.box((rear + 0.2 * length, -0.6, height - 0.02), (rear + 0.42 * length, 0.6, height + 0.14), "paint")
    return builder.finish()


def _bus_plan(front: float, rear: float, half: float, height: float, axles: list[tuple[float, float]]) -> Plan:
    radius = axles[0][1] * 1.13
    return Plan(
        nose=curve([(0.3, front - 0.05), (0.6, front), (1.2, front - 0.02), (height, front - 0.3)], smooth=0.4),
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


def _bus_side(builder: Builder, hull: Hull, axles: list[tuple[float, float]], front: float, rear: float, height: float,
              rng: Rng) -> None:
    """Windows between painted pillars, a rubbing strip, and two doors on the right."""
    low, high = 1.42, height - 0.42
    edges = np.linspace(front - 0.42, rear + 0.32, int(rng.integers(5, 7)))
    for ahead, behind in zip(edges[:-1], edges[1:], strict=True):
        framed(builder, hull, "side", _rect(float(behind) + 0.1, float(ahead) - 0.1, low, high), round_=0.06)
    patch(builder, hull, "side", _rect(rear + 0.3, front - 0.35, 1.12, 1.18), "chrome", lift=0.008, cells=(24, 2), round_=0)
    for x, axle in axles:
        start, end = (x + axle * 1.2, front - 0.35) if x > 0 else (x + axle * 1.2, axles[0][0] - axle * 1.2)
        patch(builder, hull, "side", _rect(start, end, 0.37, 0.5), "trim", lift=0.008, cells=(12, 2), round_=0)
    for middle in (front - 0.95, (axles[0][0] + axles[1][0]) / 2):
        patch(builder, hull, "side", _rect(middle - 0.52, middle + 0.52, 0.42, high + 0.06), "trim", lift=0.016, round_=0.03,
              right_only=True)
        for x in (middle - 0.25, middle + 0.25):
            patch(builder, hull, "side", _rect(x - 0.2, x + 0.2, 0.5, high), "glass", lift=0.024, round_=0.06, right_only=True)


def _bus_front(builder: Builder, hull: Hull, half: float, height: float, rng: Rng) -> None:
    framed(builder, hull, "front", _rect(-half * 0.86, half * 0.86, 1.3, height - 0.52), round_=0.1)
    patch(builder, hull, "front", _rect(-half * 0.6, half * 0.6, height - 0.42, height - 0.2), "trim", lift=0.012)
    patch(builder, hull, "front", _rect(-half * 0.45, half * 0.45, height - 0.37, height - 0.25), "amber", lift=0.02)
    lamp = float(rng.uniform(0.74, 0.84))
    patch(builder, hull, "front_corner", _rect(half * 0.6, half * 0.94, lamp, lamp + 0.2), "headlamp", lift=0.015, round_=0.4)
    patch(builder, hull, "front_corner", _rect(half * 0.96, half * 1.06, lamp + 0.02, lamp + 0.16), "amber", lift=0.018)
    patch(builder, hull, "front", _rect(-half * 0.5, half * 0.5, lamp, lamp + 0.26), "trim", lift=0.012)
    for z in np.linspace(lamp + 0.05, lamp + 0.21, 3):
        patch(builder, hull, "front", _rect(-half * 0.45, half * 0.45, float(z) - 0.012, float(z) + 0.012), "chrome", lift=0.02)
    patch(builder, hull, "front_corner", _rect(0, half + 0.2, 0.38, 0.6), "trim", lift=0.03, round_=0)
    parts.plate(builder, hull, 0.52, rear=False)


def _bus_rear(builder: Builder, hull: Hull, half: float, height: float) -> None:
    framed(builder, hull, "rear", _rect(-half * 0.76, half * 0.76, 1.6, height - 0.45), round_=0.1)
    patch(builder, hull, "rear", _rect(-half * 0.55, half * 0.55, 0.82, 1.3), "trim", lift=0.01)
    for z in np.linspace(0.88, 1.24, 5):
        patch(builder, hull, "rear", _rect(-half * 0.5, half * 0.5, float(z) - 0.015, float(z) + 0.015), "chrome", lift=0.018)
    for low, slot in ((0.8, "taillamp"), (1.02, "amber"), (1.24, "taillamp")):
        patch(builder, hull, "rear_corner", _rect(half * 0.74, half * 0.95, low, low + 0.2), slot, lift=0.015, round_=0.4)
    patch(builder, hull, "rear_corner", _rect(0, half + 0.1, 0.38, 0.58), "trim", lift=0.03, round_=0)
    parts.plate(builder, hull, 0.68, rear=True)
