"""Pickup and box truck: a cab, and what it carries."""

from __future__ import annotations

import itertools

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.faces import car_front
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.patches import arc, framed, patch, rect
from blender_scenes.vehicles.vans import van_face

Rng = np.random.Generator
Axles = list[tuple[float, float]]


def pickup(rng: Rng) -> Solid:
    """A crew or single cab before an open bed."""
    v = 1 + 0.04 * rng.uniform(-1, 1, 4)
    wheelbase, half, height = (
        3.2 * float(v[0]),
        0.96 * float(1 + (v[1] - 1) / 2),
        1.8 * float(1 + (v[2] - 1) / 2),
    )
    wheel, double = 0.39 * float(v[3]), bool(rng.random() < 0.7)
    front, rear = wheelbase / 2 + 0.88, -wheelbase / 2 - 1.0
    axles = [(wheelbase / 2, wheel), (-wheelbase / 2, wheel)]
    cab_rear = -0.72 if double else -0.1
    body = Hull(_pickup_plan(front, rear, half, axles))
    cabin = Hull(_pickup_cabin(front - 1.3, cab_rear, half, height))
    builder = Builder()
    body.add_to(builder, lid=False)
    _bed(builder, body, cab_rear - 0.12)
    cabin.add_to(builder, lip=0)
    _pickup_glass(builder, cabin, front - 1.3, cab_rear, half, height, double=double)
    _pickup_details(builder, body, axles, cab_rear, rng)
    return builder.finish()


def _pickup_plan(front: float, rear: float, half: float, axles: Axles) -> Plan:
    radius = axles[0][1] * 1.18
    return Plan(
        nose=curve(
            [(0.35, front - 0.06), (0.55, front), (0.95, front - 0.04), (1.15, front - 0.14)], smooth=0.12
        ),
        tail=curve([(0.35, rear + 0.03), (0.6, rear), (1.15, rear + 0.02)], smooth=0.12),
        width=curve([(0.35, half * 0.95), (0.6, half), (0.95, half), (1.2, half * 0.96)], smooth=0.2),
        bottom=parts.arches(curve([(0, 0.42)]), axles, radius),
        top=curve([(rear, 1.14), (front - 1.2, 1.14), (front - 0.15, 1.04), (front, 0.98)], smooth=0.25),
        ends=(0.5, 0.12),
        square=(3.0, 4.0),
        crown=0.0,
        fillet=0.06,
        columns=parts.columns(front - 0.62, rear + 0.2, axles, radius),
        levels=12,
    )


def _pickup_cabin(foot: float, rear: float, half: float, height: float) -> Plan:
    base = 1.06
    return Plan(
        nose=curve([(base, foot + 0.1), (height, foot - 0.62)]),
        tail=curve([(base, rear - 0.02), (height, rear + 0.16)]),
        width=curve([(base, half * 0.95), (base + 0.12, half * 0.93), (height, half * 0.76)], smooth=0.1),
        bottom=curve([(0, base)]),
        top=curve(
            [(rear, height - 0.03), ((foot + rear) / 2 - 0.2, height), (foot - 0.5, height - 0.03)],
            smooth=0.4,
        ),
        ends=(0.24, 0.14),
        square=(2.6, 3.4),
        crown=0.03,
        fillet=0.1,
        columns=np.linspace(foot - 0.25, rear + 0.18, 18),
        levels=9,
    )


def _bed(builder: Builder, body: Hull, cab: float) -> None:
    """Close the lower body: a flat bonnet and cab floor before `cab`, an open bed behind."""
    ring = body.left[-1, 1:-1]
    share = np.linspace(1, -1, 9)
    front = ring[ring[:, 0] >= cab - 0.2]
    across = front[:, None] * (1, 0, 1) + front[:, None] * np.array([0, 1, 0]) * share[:, None]
    rise = (front[:, 1] / front[:, 1].max()) ** 2
    across[..., 2] += 0.05 * rise[:, None] * (1 - share**2)
    builder.grid(across, "paint")
    rear = ring[ring[:, 0] <= cab]
    inner = rear * (1, 0, 1)
    inner[:, 1] = np.maximum(rear[:, 1] - 0.07, 0)
    deep = inner - (0, 0, 0.36)
    builder.grid(np.stack([rear, inner]), "trim", mirror=True)
    builder.grid(np.stack([inner, deep]), "paint", mirror=True)
    builder.grid(np.stack([deep, deep * (1, -1, 1)]), "interior")
    tail, half = float(rear[:, 0].min()), float(inner[:, 1].max())
    builder.box((tail, -half, 0.74), (tail + 0.06, half, float(rear[:, 2].min())), "paint")
    builder.box((cab - 0.02, -half, 0.66), (cab + 0.02, half, float(rear[:, 2].max()) - 0.01), "paint")


def _pickup_glass(
    builder: Builder, cabin: Hull, foot: float, rear: float, half: float, height: float, *, double: bool
) -> None:
    low, high = 1.2, height - 0.16
    framed(
        builder,
        cabin,
        "front",
        [(-half * 0.82, low), (half * 0.82, low), (half * 0.66, high), (-half * 0.66, high)],
    )
    framed(
        builder,
        cabin,
        "rear",
        [(-half * 0.7, low + 0.02), (half * 0.7, low + 0.02), (half * 0.6, high), (-half * 0.6, high)],
    )
    z = np.array([low, high])
    ahead, behind = cabin.plan.nose(z) - 0.27, cabin.plan.tail(z) + 0.16
    cuts = [0.0, 0.52, 1.0] if double else [0.0, 0.97]
    for left, right in itertools.pairwise(cuts):
        lower, upper = (
            [float(a + (b - a) * s) for s in (left, right)] for a, b in zip(ahead, behind, strict=True)
        )
        framed(
            builder,
            cabin,
            "side",
            [
                (lower[0] - 0.04, low),
                (lower[1] + 0.04, low),
                (upper[1] + 0.04, high),
                (upper[0] - 0.04, high),
            ],
        )


def _pickup_details(builder: Builder, body: Hull, axles: Axles, cab_rear: float, rng: Rng) -> None:
    wheel = axles[0][1]
    half = float(body.left[..., 1].max())
    front, rear = float(body.left[..., 0].max()), float(body.left[..., 0].min())
    car_front(builder, body, 1.02, 0.45, rng)
    for x in (cab_rear - 0.08, cab_rear + 0.95, front - 1.5):
        patch(builder, body, "side", rect(x - 0.009, x + 0.009, 0.5, 1.1), "trim", lift=0.004, cells=(2, 10))
    patch(builder, body, "side", rect(cab_rear + 0.02, cab_rear + 0.2, 0.98, 1.02), "trim", lift=0.03)
    for x, axle in axles:
        arc(builder, body, (x, axle), (wheel * 1.17, wheel * 1.17 + 0.06), "trim")
    patch(builder, body, "rear_corner", rect(half * 0.86, half * 1.05, 0.68, 1.06), "taillamp", lift=0.018)
    patch(builder, body, "rear_corner", rect(half * 0.88, half * 1.0, 0.82, 0.9), "headlamp", lift=0.024)
    patch(builder, body, "rear", rect(-0.12, 0.12, 1.0, 1.06), "trim", lift=0.012)
    patch(builder, body, "rear_corner", rect(0, half + 0.05, 0.44, 0.6), "chrome", lift=0.05, round_=0)
    parts.plate(builder, body, 0.62, rng, rear=True)
    rim = parts.random_rim(rng)
    for x, axle in axles:
        parts.wheel(builder, parts.Wheel(x=x, y=half - 0.02, radius=axle, width=0.27), rim)
    parts.floor(builder, front - 0.35, rear + 0.3, half - 0.32, 0.3, 0.66)
    parts.mirrors(builder, front - 1.6, half * 0.94, 1.26, size=0.2)


def boxtruck(rng: Rng) -> Solid:
    """A van's cab before a tall cargo box on a frame."""
    v = rng.uniform(-1, 1, 4)
    box_length, box_height = 3.5 + 0.5 * float(v[0]), 2.85 + 0.18 * float(v[1])
    half, wheel = 1.0 + 0.02 * float(v[2]), 0.4 + 0.02 * float(v[3])
    front = (box_length + 2.05) / 2
    cab_rear, rear = front - 1.95, -front
    axles = [(front - 0.85, wheel), (rear + 1.15, wheel)]
    cab = Hull(_cab_plan(front, cab_rear, half, 2.2, axles[:1]))
    builder = Builder()
    cab.add_to(builder)
    van_face(builder, cab, front, half, 2.2, rng)
    framed(
        builder,
        cab,
        "side",
        [(front - 1.12, 1.22), (cab_rear + 0.2, 1.22), (cab_rear + 0.2, 1.9), (front - 1.5, 1.9)],
    )
    patch(
        builder,
        cab,
        "side",
        rect(cab_rear + 0.12, cab_rear + 0.14, 0.5, 2.0),
        "trim",
        lift=0.004,
        cells=(2, 12),
    )
    _cargo(builder, cab_rear - 0.1, rear, half + 0.12, box_height)
    _chassis(builder, axles, cab_rear, rear, half, rng)
    parts.mirrors(builder, front - 1.1, half * 0.96, 1.35, size=0.24, slot="trim")
    return builder.finish()


def _cab_plan(front: float, rear: float, half: float, height: float, axles: Axles) -> Plan:
    radius = axles[0][1] * 1.15
    return Plan(
        nose=curve(
            [
                (0.2, front - 0.05),
                (0.45, front),
                (0.85, front - 0.03),
                (1.05, front - 0.14),
                (1.2, front - 0.62),
                (height, front - 1.25),
            ],
            smooth=0.08,
        ),
        tail=curve([(0, rear)]),
        width=curve([(0.2, half * 0.95), (0.5, half), (1.1, half), (height, half * 0.84)], smooth=0.3),
        bottom=parts.arches(curve([(0, 0.34)]), axles, radius),
        top=curve([(rear, height), (front - 1.2, height - 0.04)]),
        ends=(0.32, 0.1),
        square=(3.0, 5.0),
        crown=0.04,
        fillet=0.12,
        columns=parts.columns(front - 0.42, rear + 0.12, axles, radius),
        levels=24,
    )


def _cargo(builder: Builder, front: float, rear: float, half: float, height: float) -> None:
    low = 0.92
    hull = Hull(
        Plan(
            nose=curve([(0, front)]),
            tail=curve([(0, rear)]),
            width=curve([(0, half)]),
            bottom=curve([(0, low)]),
            top=curve([(0, height)]),
            ends=(0.05, 0.05),
            square=(8.0, 8.0),
            crown=0.0,
            fillet=0.03,
            columns=np.linspace(front - 0.06, rear + 0.06, 8),
            levels=4,
        )
    )
    hull.add_to(builder, lip=half - 0.02)
    _cargo_frame(builder, hull, front, rear, low, height)
    roof = hull.left[-1]
    builder.box(
        (rear + 0.09, -half + 0.09, height - 0.01),
        (front - 0.09, half - 0.09, float(roof[:, 2].max()) + 0.015),
        "panel",
    )
    patch(builder, hull, "rear", rect(-0.012, 0.012, low + 0.05, height - 0.08), "trim", lift=0.012)
    for y in (0.25, 0.75):
        patch(
            builder,
            hull,
            "rear",
            rect(y * half - 0.02, y * half + 0.02, low + 0.08, height - 0.1),
            "chrome",
            lift=0.03,
        )
    for y in (0.1, half - 0.2):
        patch(builder, hull, "rear", rect(y, y + 0.1, height - 0.07, height - 0.02), "taillamp", lift=0.025)


def _cargo_frame(builder: Builder, hull: Hull, front: float, rear: float, low: float, height: float) -> None:
    """Bright rails along the edges of the box, marker lamps below."""
    half = float(hull.left[..., 1].max())
    for z in (low + 0.05, height - 0.06):
        rail = (z - 0.06, z + 0.06)
        patch(builder, hull, "side", rect(rear + 0.03, front - 0.03, *rail), "chrome", lift=0.012, round_=0)
        patch(builder, hull, "rear", rect(-half + 0.04, half - 0.04, *rail), "chrome", lift=0.012, round_=0)
        patch(builder, hull, "front", rect(-half + 0.04, half - 0.04, *rail), "chrome", lift=0.012, round_=0)
    for x in (front - 0.06, rear + 0.06):
        patch(
            builder,
            hull,
            "side",
            rect(x - 0.05, x + 0.05, low, height - 0.03),
            "chrome",
            lift=0.014,
            round_=0,
        )
    patch(
        builder,
        hull,
        "rear",
        rect(half - 0.12, half - 0.03, low, height - 0.03),
        "chrome",
        lift=0.014,
        round_=0,
    )
    for x in np.linspace(rear + 0.4, front - 0.4, 4):
        patch(
            builder,
            hull,
            "side",
            rect(float(x) - 0.05, float(x) + 0.05, low + 0.02, low + 0.07),
            "amber",
            lift=0.022,
        )


def _chassis(builder: Builder, axles: Axles, cab_rear: float, rear: float, half: float, rng: Rng) -> None:
    (front_x, wheel), (rear_x, _) = axles
    builder.box((rear + 0.1, 0.35, 0.55), (front_x + 0.4, 0.5, 0.9), "trim", mirror=True)
    parts.floor(builder, front_x + 0.5, cab_rear, half - 0.32, 0.26, 0.8)
    builder.box(
        (cab_rear - 1.0, half - 0.4, 0.45), (cab_rear - 0.25, half - 0.05, 0.82), "chrome", mirror=True
    )
    builder.box((rear - 0.02, -half, 0.5), (rear + 0.08, half, 0.62), "trim")
    builder.box((rear - 0.03, half - 0.42, 0.66), (rear + 0.05, half - 0.04, 0.84), "taillamp", mirror=True)
    builder.box((rear - 0.04, half - 0.26, 0.66), (rear + 0.0, half - 0.18, 0.84), "amber", mirror=True)
    builder.box((rear - 0.03, -0.26, 0.66), (rear + 0.02, 0.26, 0.78), "plate")
    for x in (rear_x + wheel + 0.1, rear_x - wheel - 0.16):
        builder.box((x, half - 0.5, 0.35), (x + 0.03, half, 0.92), "trim", mirror=True)
    rim = parts.random_rim(rng, styles=("steel",), share=0.6)
    parts.wheel(builder, parts.Wheel(x=front_x, y=half - 0.03, radius=wheel, width=0.24), rim)
    parts.wheel(builder, parts.Wheel(x=rear_x, y=half + 0.02, radius=wheel, width=0.42), rim)
