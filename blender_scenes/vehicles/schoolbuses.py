"""School buses: a bonnet before a tall body with a row of small windows."""

from __future__ import annotations

import itertools

import numpy as np

from blender_scenes.vehicles import cabs, parts
from blender_scenes.vehicles.forms import block, drum, tube
from blender_scenes.vehicles.gear import Wheels, axle, flaps
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.patches import Where, framed, patch, rect

Rng = np.random.Generator


def schoolbus(rng: Rng) -> Solid:
    """A bonneted bus with dark rub rails, warning lamps and a stop arm."""
    length, half = float(rng.uniform(7.6, 10.6)), 1.18
    height, bonnet = float(rng.uniform(2.85, 3.1)), float(rng.uniform(1.35, 1.6))
    front, rear = length / 2, -length / 2
    wheels = Wheels(float(rng.uniform(0.46, 0.5)), 0.26, int(rng.integers(6, 11)))
    axles = [front - 0.95, rear + 0.27 * length]
    cowl = front - bonnet
    hood = Hull(_hood_plan(front, cowl, half, axles[0], wheels))
    body = Hull(_body_plan(cowl, rear, half, height, axles, wheels))
    builder = Builder()
    hood.add_to(builder)
    body.add_to(builder)
    _face(builder, hood, front, half, rng)
    _windows(builder, body, cowl, rear, half, height, rng)
    _stripes(builder, body, cowl, rear, axles, wheels)
    _front_top(builder, body, cowl, half, height)
    _tail(builder, body, rear, half, height, rng)
    _equipment(builder, body, cowl, half, height, rng)
    axle(builder, axles[0], half - 0.02, wheels)
    axle(builder, axles[1], half - 0.02, wheels, double=True)
    flaps(builder, axles[1] - 0.66, half - 0.04, 0.6)
    parts.floor(builder, cowl, rear + 0.4, half - 0.75, 0.4, 0.9)
    return builder.finish()


def _hood_plan(front: float, cowl: float, half: float, axle: float, wheels: Wheels) -> Plan:
    wide, radius = half * 0.93, wheels.radius * 1.16
    x = front - 0.12
    return Plan(
        nose=curve([(0.4, x - 0.02), (0.8, x), (1.35, x - 0.06), (1.7, x - 0.3)], smooth=0.2),
        tail=curve([(0, cowl - 0.2)]),
        width=curve([(0.4, wide), (0.95, wide), (1.25, wide * 0.86), (1.7, wide * 0.66)], smooth=0.25),
        bottom=parts.arches(curve([(0, 0.5)]), [(axle, wheels.radius)], radius),
        top=curve([(cowl, 1.62), (x - 0.3, 1.45), (x, 1.36)], smooth=0.3),
        ends=(0.4, 0.05),
        square=(2.8, 6.0),
        crown=0.05,
        fillet=0.12,
        columns=parts.columns(x - 0.45, cowl - 0.12, [(axle, wheels.radius)], radius),
        levels=14,
    )


def _body_plan(
    cowl: float, rear: float, half: float, height: float, axles: list[float], wheels: Wheels
) -> Plan:
    radius = wheels.radius * 1.16
    at = [(axles[1], wheels.radius)]
    return Plan(
        nose=curve([(0.4, cowl), (1.6, cowl), (height - 0.3, cowl - 0.22), (height, cowl - 0.3)], smooth=0.2),
        tail=curve([(0.4, rear + 0.02), (1.5, rear), (height, rear + 0.06)], smooth=0.3),
        width=curve(
            [(0.4, half), (1.9, half), (height - 0.25, half * 0.95), (height, half * 0.85)], smooth=0.3
        ),
        bottom=parts.arches(curve([(0, 0.5)]), at, radius),
        top=curve(
            [(rear, height - 0.04), (rear + 0.5, height), (cowl - 0.6, height), (cowl, height - 0.12)],
            smooth=0.4,
        ),
        ends=(0.24, 0.16),
        square=(3.4, 4.0),
        crown=0.1,
        fillet=0.2,
        columns=parts.columns(cowl - 0.45, rear + 0.3, at, radius, step=0.4),
        levels=16,
    )


def _face(builder: Builder, hood: Hull, front: float, half: float, rng: Rng) -> None:
    cabs.grille(
        builder, hood, half * float(rng.uniform(0.4, 0.5)), (0.78, 1.22), int(rng.integers(4, 8)), True
    )
    patch(builder, hood, "front_corner", rect(half * 0.52, half * 0.82, 0.86, 1.1), "chrome", lift=0.01)
    patch(
        builder,
        hood,
        "front_corner",
        rect(half * 0.55, half * 0.79, 0.88, 1.08),
        "headlamp",
        lift=0.02,
        round_=0.4,
    )
    patch(builder, hood, "front_corner", rect(half * 0.84, half * 0.94, 0.9, 1.06), "amber", lift=0.02)
    block(builder, (front - 0.25, -half * 0.97, 0.4), (front, half * 0.97, 0.68), "trim", bevel=0.06)
    block(builder, (front - 0.01, -0.26, 0.48), (front + 0.012, 0.26, 0.6), "plate", bevel=0.004)


def _windows(
    builder: Builder, body: Hull, cowl: float, rear: float, half: float, height: float, rng: Rng
) -> None:
    """A row of small windows, each split by a bar; the windscreen in two panes."""
    low, high = 1.72, height - 0.48
    pitch = float(rng.uniform(0.66, 0.78))
    start = cowl - 0.95
    edges = np.linspace(start, rear + 0.3, round((start - rear - 0.3) / pitch) + 1)
    for ahead, behind in itertools.pairwise(edges):
        at = rect(float(behind) + 0.06, float(ahead) - 0.06, low, high)
        framed(builder, body, "side", at, frame=0.03, round_=0.06)
        bar = rect(
            float(behind) + 0.06, float(ahead) - 0.06, (low + high) / 2 - 0.015, (low + high) / 2 + 0.015
        )
        patch(builder, body, "side", bar, "trim", lift=0.018, cells=(3, 2), round_=0)
    framed(builder, body, "side", rect(cowl - 0.88, cowl - 0.34, 1.6, high), round_=0.06)
    for side in (-1, 1):
        panes = sorted((side * 0.03, side * half * 0.86))
        framed(builder, body, "front", rect(panes[0], panes[1], 1.72, height - 0.5), round_=0.1)
    for y in (-0.75 * half, 0.15 * half):
        cabs.wiper(builder, body, y, 1.74, 0.5 * half)


def _stripes(
    builder: Builder, body: Hull, cowl: float, rear: float, axles: list[float], wheels: Wheels
) -> None:
    """Dark rub rails along the body."""
    behind, ahead = rear + 0.2, cowl - 0.3
    arch = wheels.radius * 1.2
    for z in (1.62, 1.3, 0.98):
        at = rect(behind, ahead, z - 0.035, z + 0.035)
        patch(builder, body, "side", at, "trim", lift=0.022, cells=(24, 2), round_=0)
    for start, end in ((ahead, axles[1] + arch), (axles[1] - arch, behind)):
        at = rect(end, start, 0.62, 0.68)
        patch(builder, body, "side", at, "trim", lift=0.022, cells=(12, 2), round_=0)


def _front_top(builder: Builder, body: Hull, cowl: float, half: float, height: float) -> None:
    """The sign over the windscreen between warning lamps; the same stands over the rear door."""
    ends: list[tuple[Where, Where]] = [("front", "front_corner"), ("rear", "rear_corner")]
    for where, corner in ends:
        z = height - 0.27
        patch(builder, body, where, rect(-half * 0.46, half * 0.46, z - 0.1, z + 0.1), "trim", lift=0.012)
        for i in range(7):
            y = half * (-0.36 + 0.12 * i)
            patch(
                builder,
                body,
                where,
                rect(y - 0.04, y + 0.04, z - 0.05, z + 0.05),
                "panel",
                lift=0.02,
                cells=(2, 2),
            )
        lamps = ("amber", "headlamp") if where == "front" else ("amber", "taillamp")
        for y, slot in zip((0.6, 0.8), lamps, strict=True):
            patch(
                builder,
                body,
                corner,
                rect(half * y - 0.11, half * y + 0.11, z - 0.11, z + 0.11),
                "trim",
                lift=0.015,
            )
            patch(
                builder,
                body,
                corner,
                rect(half * y - 0.08, half * y + 0.08, z - 0.08, z + 0.08),
                slot,
                lift=0.03,
                round_=0.6,
            )


def _tail(builder: Builder, body: Hull, rear: float, half: float, height: float, rng: Rng) -> None:
    """The emergency door with its window, windows beside it, lamps and bumper."""
    framed(builder, body, "rear", rect(-0.4, 0.4, 1.55, height - 0.55))
    framed(builder, body, "rear", rect(0.54, half * 0.86, 1.6, height - 0.55))
    for y in (0.48, -0.48):
        patch(
            builder,
            body,
            "rear",
            rect(y - 0.01, y + 0.01, 0.62, height - 0.45),
            "trim",
            lift=0.006,
            cells=(2, 10),
        )
    patch(builder, body, "rear", rect(0.28, 0.4, 1.3, 1.35), "trim", lift=0.03)
    for low, slot in ((1.16, "taillamp"), (0.9, "amber")):
        patch(
            builder,
            body,
            "rear_corner",
            rect(half * 0.7, half * 0.7 + 0.22, low, low + 0.2),
            slot,
            lift=0.02,
            round_=0.5,
        )
    block(builder, (rear - 0.06, -half, 0.42), (rear + 0.1, half, 0.64), "trim", bevel=0.04)
    parts.plate(builder, body, 0.85, rng, rear=True)


def _equipment(builder: Builder, body: Hull, cowl: float, half: float, height: float, rng: Rng) -> None:
    """Door on the right, stop arm on the left, mirrors on the bonnet, hatches on the roof."""
    patch(
        builder,
        body,
        "side",
        rect(cowl - 0.92, cowl - 0.28, 0.52, height - 0.42),
        "trim",
        lift=0.026,
        round_=0.03,
        right_only=True,
    )
    for x in (cowl - 0.75, cowl - 0.44):
        for low, high in ((0.66, 1.3), (1.4, height - 0.5)):
            patch(
                builder,
                body,
                "side",
                rect(x - 0.12, x + 0.12, low, high),
                "glass",
                lift=0.034,
                round_=0.06,
                right_only=True,
            )
    x, y = cowl - 1.3, half + 0.03
    for out, radius, slot in ((0.03, 0.22, "panel"), (0.034, 0.2, "taillamp"), (0.037, 0.09, "panel")):
        drum(builder, (x, y, 1.46), (x, y + out, 1.46), radius, slot, segments=8)
    for z in (1.9, height - 0.55):
        tube(
            builder,
            [(cowl - 0.1, half - 0.12, z), (cowl + 0.1, half + 0.14, z)],
            0.02,
            "trim",
            sides=6,
            mirror=True,
        )
    block(
        builder,
        (cowl + 0.04, half + 0.02, 1.84),
        (cowl + 0.12, half + 0.24, height - 0.5),
        "trim",
        bevel=0.03,
        mirror=True,
    )
    block(
        builder,
        (cowl + 0.034, half + 0.05, 1.88),
        (cowl + 0.042, half + 0.21, height - 0.54),
        "chrome",
        bevel=0.002,
        mirror=True,
    )
    for x in np.linspace(cowl - 1.6, float(body.left[..., 0].min()) + 1.2, int(rng.integers(1, 4))):
        block(
            builder,
            (float(x) - 0.35, -0.35, height),
            (float(x) + 0.35, 0.35, height + 0.14),
            "paint",
            bevel=0.04,
        )
