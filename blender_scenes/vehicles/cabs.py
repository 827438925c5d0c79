"""Truck cabs: forward control (the driver sits over the axle) and bonneted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.forms import block, drum, prism, tube
from blender_scenes.vehicles.gear import Wheels, fender
from blender_scenes.vehicles.hull import Corner, Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder
from blender_scenes.vehicles.patches import framed, patch, rect

Rng = np.random.Generator


@dataclass(frozen=True)
class Cab:
    """Where a cab is and how large; metres."""

    front: float
    """x of the bumper."""
    rear: float
    """x of the back wall."""
    half: float
    height: float
    axle: float
    """x of the steered axle."""
    wheels: Wheels


def cabover(builder: Builder, cab: Cab, rng: Rng) -> None:
    """A forward-control cab: an upright face over the front axle."""
    hull = Hull(_cabover_plan(cab, lean=float(rng.uniform(0.1, 0.3))))
    hull.add_to(builder)
    low, high = cab.height * 0.2 + 1.05, min(cab.height - 0.42, cab.height * 0.2 + 2.0)
    _cabover_glass(builder, hull, cab, low, high)
    _cabover_face(builder, hull, cab, low, rng)
    _cab_sides(builder, hull, cab, low, high, door=(cab.front - 0.42, cab.front - 1.42))
    arm_mirrors(builder, cab.front - 0.2, cab.half, (low + 0.05, high - 0.05))
    if rng.random() < 0.6:
        visor(builder, hull, cab, high)
    if rng.random() < 0.5:
        roof_lamps(builder, cab, hull)


def _cabover_plan(cab: Cab, lean: float) -> Plan:
    front, high, half = cab.front, cab.height, cab.half
    axles = [(cab.axle, cab.wheels.radius)]
    radius = cab.wheels.radius * 1.18
    return Plan(
        nose=curve(
            [
                (0.3, front - 0.05),
                (0.6, front),
                (1.5, front - 0.03),
                (high - 0.5, front - 0.08 - lean),
                (high, front - 0.2 - 1.6 * lean),
            ],
            smooth=0.15,
        ),
        tail=curve([(0, cab.rear)]),
        width=curve([(0.3, half * 0.98), (0.6, half), (high - 1.0, half), (high, half * 0.95)], smooth=0.3),
        bottom=parts.arches(
            curve([(cab.rear, 0.95), (cab.axle - 0.2, 0.95), (cab.axle, 0.36), (front, 0.36)]), axles, radius
        ),
        top=curve([(cab.rear, high), (front - 0.6, high - 0.02), (front, high - 0.1)], smooth=0.3),
        ends=(0.3, 0.08),
        square=(3.2, 6.0),
        crown=0.05,
        fillet=0.14,
        columns=parts.columns(front - 0.4, cab.rear + 0.12, axles, radius),
        levels=22,
    )


def _cabover_glass(builder: Builder, hull: Hull, cab: Cab, low: float, high: float) -> None:
    half = cab.half
    corners = [(-half * 0.9, low), (half * 0.9, low), (half * 0.86, high), (-half * 0.86, high)]
    framed(builder, hull, "front", corners, round_=0.1)
    for y in (-0.5 * half, 0.35 * half):
        wiper(builder, hull, y, low + 0.02, 0.6 * half)
    front, back = cab.front - 0.5, cab.front - 1.34
    framed(
        builder, hull, "side", [(front, low), (back, low), (back, high - 0.04), (front - 0.12, high - 0.04)]
    )


def _cabover_face(builder: Builder, hull: Hull, cab: Cab, low: float, rng: Rng) -> None:
    half = cab.half
    style = int(rng.integers(0, 3))
    grille(builder, hull, half * (0.62, 0.78, 0.5)[style], (0.78, low - 0.14), (5, 7, 4)[style], style != 1)
    lamp = float(rng.uniform(0.52, 0.6))
    outline = rect(half * 0.62, half * 1.02, lamp, lamp + 0.19)
    patch(builder, hull, "front_corner", rect(half * 0.58, half * 1.06, lamp - 0.03, lamp + 0.22), "trim")
    patch(builder, hull, "front_corner", outline, "headlamp", lift=0.02, round_=0.3)
    patch(
        builder, hull, "front_corner", rect(half * 1.04, half * 1.14, lamp, lamp + 0.17), "amber", lift=0.02
    )
    patch(builder, hull, "front_corner", rect(0, half * 1.2, 0.37, 0.5), "trim", lift=0.03, round_=0)
    patch(builder, hull, "front", rect(-half * 0.4, half * 0.4, 0.56, 0.7), "trim", lift=0.02)
    parts.plate(builder, hull, 0.6, rng, rear=False)


def grille(builder: Builder, hull: Hull, half: float, span: Corner, bars: int, bright: bool) -> None:
    """A dark field with bars on the front of a hull between the heights `span`."""
    low, high = span
    if bright:
        patch(builder, hull, "front", rect(-half - 0.03, half + 0.03, low - 0.03, high + 0.03), "chrome")
    patch(builder, hull, "front", rect(-half, half, low, high), "trim", lift=0.02)
    for z in np.linspace(low, high, bars + 2)[1:-1]:
        at = rect(-half * 0.96, half * 0.96, float(z) - 0.016, float(z) + 0.016)
        patch(builder, hull, "front", at, "chrome" if bright else "paint", lift=0.035, cells=(8, 2), round_=0)


def wiper(builder: Builder, hull: Hull, y: float, z: float, length: float) -> None:
    """A wiper that rests on the lower edge of a windscreen, its pivot at (y, z)."""
    blade = hull.end(np.array([y, y + 0.5 * length, y + length]), np.array([z, z + 0.06, z + 0.14]))
    blade[:, 0] += 0.035
    tube(builder, blade, 0.012, "trim", sides=5)


def _cab_sides(builder: Builder, hull: Hull, cab: Cab, low: float, high: float, *, door: Corner) -> None:
    """Door gaps, handles and steps."""
    ahead, behind = door
    sill = max(0.95, 2.2 * cab.wheels.radius + 0.02)
    for x in (ahead, behind):
        seam(builder, hull, x, sill, high + 0.08)
    patch(
        builder, hull, "side", rect(behind + 0.06, behind + 0.22, low - 0.16, low - 0.11), "trim", lift=0.03
    )
    patch(builder, hull, "side", rect(behind, ahead, sill, sill + 0.02), "trim", lift=0.005, cells=(8, 2))
    for z in (0.42, 0.68):
        block(
            builder,
            (cab.front - 0.62, cab.half - 0.05, z),
            (cab.front - 0.22, cab.half + 0.03, z + 0.05),
            "trim",
            mirror=True,
        )
    tube(
        builder,
        [
            (behind - 0.06, cab.half, low - 0.3),
            (behind - 0.06, cab.half + 0.05, low),
            (behind - 0.06, cab.half, high),
        ],
        0.018,
        "trim",
        sides=6,
        mirror=True,
    )


def seam(builder: Builder, hull: Hull, x: float, low: float, high: float) -> None:
    """An upright gap between panels, on both sides."""
    at = rect(x - 0.009, x + 0.009, low, high)
    patch(builder, hull, "side", at, "trim", lift=0.004, cells=(2, 12), round_=0)


def arm_mirrors(builder: Builder, x: float, half: float, span: Corner) -> None:
    """Tall mirrors on two arms that reach from the cab's corners."""
    low, high = span
    out = half + 0.2
    for z in (low + 0.06, high - 0.06):
        tube(
            builder,
            [(x - 0.1, half - 0.1, z), (x, half + 0.08, z), (x, out, z)],
            0.02,
            "trim",
            sides=6,
            mirror=True,
        )
    block(
        builder, (x - 0.07, out - 0.12, low), (x + 0.05, out + 0.12, high), "trim", bevel=0.035, mirror=True
    )
    block(
        builder,
        (x - 0.078, out - 0.09, low + 0.05),
        (x - 0.068, out + 0.09, high - 0.05),
        "chrome",
        bevel=0.002,
        mirror=True,
    )


def visor(builder: Builder, hull: Hull, cab: Cab, z: float) -> None:
    """A sun visor over the windscreen."""
    half = cab.half * 0.84
    ys = np.linspace(-half, half, 9)
    back = hull.end(ys, np.full(9, z + 0.16))
    front = hull.end(ys, np.full(9, z - 0.02))
    front[:, 0] += 0.2
    thick = np.array([0, 0, 0.02])
    builder.grid(np.stack([back, front, front + thick, back + thick]), "trim")


def roof_lamps(builder: Builder, cab: Cab, hull: Hull) -> None:
    """Five amber lamps along the front edge of the roof."""
    roof = hull.left[-1]
    x = float(roof[:, 0].max()) - 0.2
    for y in (-0.8, -0.3, 0.0, 0.3, 0.8):
        z = cab.height + 0.02
        block(
            builder,
            (x - 0.06, y * cab.half - 0.06, z - 0.1),
            (x + 0.06, y * cab.half + 0.06, z + 0.05),
            "amber",
        )


def fairing(builder: Builder, cab: Cab, top: float, *, front: float) -> None:
    """A wind deflector on the roof that rises from `front` backwards to `top`."""
    half, low = cab.half * 0.92, cab.height - 0.05
    outline = [
        (front, low),
        (cab.rear, low),
        (cab.rear, top),
        (cab.rear + 0.25, top),
        (front - 0.25, low + 0.35 * (top - low)),
        (front - 0.06, low + 0.12),
    ]
    prism(builder, outline, -half, half, "paint", bevel=0.08)


@dataclass(frozen=True)
class Bonnet:
    """Measures of a bonneted cab's front; metres."""

    length: float
    nose: float
    """Height of the bonnet's front edge."""
    cowl: float
    """Height of the bonnet where it meets the windscreen."""


def bonneted(builder: Builder, cab: Cab, bonnet: Bonnet, rng: Rng) -> None:
    """A cab behind a long bonnet with fenders of their own."""
    foot = cab.front - bonnet.length
    hood = Hull(_hood_plan(cab, bonnet, foot))
    hood.add_to(builder)
    hull = Hull(_bonneted_plan(cab, bonnet, foot))
    hull.add_to(builder)
    low, high = bonnet.cowl + 0.12, min(cab.height - 0.22, bonnet.cowl + 0.95)
    half = cab.half
    corners = [(-half * 0.86, low), (half * 0.86, low), (half * 0.8, high), (-half * 0.8, high)]
    framed(builder, hull, "front", corners, round_=0.1)
    patch(builder, hull, "front", rect(-0.015, 0.015, low, high), "trim", lift=0.02, round_=0)
    for y in (-0.6 * half, 0.15 * half):
        wiper(builder, hull, y, low + 0.02, 0.5 * half)
    front, back = foot - 0.24, foot - 1.05
    framed(builder, hull, "side", [(front, low), (back, low), (back, high), (front - 0.16, high)])
    for x in (foot - 0.16, foot - 1.14):
        seam(builder, hull, x, 0.8, high + 0.06)
    patch(builder, hull, "side", rect(back, back + 0.16, low - 0.18, low - 0.13), "chrome", lift=0.03)
    _hood_face(builder, hood, cab, bonnet, rng)
    _fenders(builder, cab, foot, bonnet)
    arm_mirrors(builder, foot - 0.12, half, (low, high - 0.1))
    if rng.random() < 0.7:
        visor(builder, hull, cab, high)
    roof_lamps(builder, cab, hull)


def _hood_plan(cab: Cab, bonnet: Bonnet, foot: float) -> Plan:
    front = cab.front - 0.12
    half = cab.half * 0.68
    return Plan(
        nose=curve(
            [(0.5, front - 0.02), (1.0, front), (bonnet.nose, front - 0.05), (bonnet.cowl, front - 0.2)],
            smooth=0.2,
        ),
        tail=curve([(0, foot - 0.25)]),
        width=curve([(0.5, half), (1.2, half), (bonnet.cowl, half * 0.86)], smooth=0.3),
        bottom=curve([(0, 0.55)]),
        top=curve([(foot, bonnet.cowl), (front - 0.2, bonnet.nose), (front, bonnet.nose - 0.05)], smooth=0.3),
        ends=(0.25, 0.05),
        square=(3.2, 6.0),
        crown=0.06,
        fillet=0.12,
        columns=np.linspace(front - 0.3, foot - 0.18, 14),
        levels=12,
    )


def _bonneted_plan(cab: Cab, bonnet: Bonnet, foot: float) -> Plan:
    high, half = cab.height, cab.half
    return Plan(
        nose=curve(
            [(0.5, foot), (bonnet.cowl, foot), (high - 0.25, foot - 0.34), (high, foot - 0.5)], smooth=0.1
        ),
        tail=curve([(0, cab.rear)]),
        width=curve([(0.5, half), (high - 0.8, half), (high, half * 0.94)], smooth=0.3),
        bottom=curve([(0, 0.62)]),
        top=curve([(cab.rear, high), (foot, high - 0.04)]),
        ends=(0.22, 0.06),
        square=(3.4, 6.0),
        crown=0.05,
        fillet=0.12,
        columns=np.linspace(foot - 0.3, cab.rear + 0.1, 16),
        levels=16,
    )


def _hood_face(builder: Builder, hood: Hull, cab: Cab, bonnet: Bonnet, rng: Rng) -> None:
    half = cab.half
    grille(
        builder,
        hood,
        half * float(rng.uniform(0.42, 0.54)),
        (0.72, bonnet.nose - 0.14),
        int(rng.integers(5, 10)),
        True,
    )
    block(builder, (cab.front - 0.22, -half, 0.36), (cab.front, half, 0.66), "chrome", bevel=0.05)
    block(builder, (cab.front - 0.01, -0.26, 0.44), (cab.front + 0.012, 0.26, 0.56), "plate", bevel=0.004)
    for x in np.linspace(cab.front - 0.7, cab.front - bonnet.length + 0.3, 6):
        patch(builder, hood, "side", rect(float(x) - 0.015, float(x) + 0.015, 1.2, 1.4), "trim", lift=0.006)


def _fenders(builder: Builder, cab: Cab, foot: float, bonnet: Bonnet) -> None:
    """Wings over the front wheels with lamps in them, steps and boxes behind."""
    half, radius = cab.half, cab.wheels.radius
    width = half - cab.half * 0.6
    fender(builder, cab.axle, half + 0.02, cab.wheels, width=width, slot="paint", reach=(0.05, np.pi - 0.25))
    top = radius * 2.16
    outline = [
        (cab.axle + radius * 0.85, radius * 1.1),
        (cab.front - 0.12, radius * 1.3),
        (cab.front - 0.14, top * 0.92),
        (cab.axle + radius * 0.3, top + 0.02),
    ]
    prism(builder, outline, half - width, half + 0.02, "paint", bevel=0.05, mirror=True)
    x = cab.front - 0.13
    y = half - 0.5 * width
    block(builder, (x - 0.1, y - 0.15, 0.76), (x + 0.03, y + 0.15, 0.98), "chrome", bevel=0.03, mirror=True)
    block(builder, (x, y - 0.12, 0.79), (x + 0.045, y + 0.12, 0.95), "headlamp", bevel=0.02, mirror=True)
    block(builder, (x - 0.1, half - 0.06, 0.8), (x + 0.02, half + 0.035, 0.92), "amber", mirror=True)
    back = cab.axle - radius * 1.14
    for i, z in enumerate((0.4, 0.68)):
        block(
            builder,
            (foot - 1.1, half - 0.36, z),
            (back - 0.04, half + 0.04 - 0.03 * i, z + 0.06),
            "chrome",
            mirror=True,
        )
    block(builder, (foot - 1.05, half - 0.4, 0.42), (back - 0.1, half - 0.08, 0.72), "trim", mirror=True)
    drum(
        builder,
        (foot + 0.2, half * 0.68, 1.35),
        (foot - 0.05, half * 0.68, 1.35),
        0.13,
        "chrome",
        mirror=True,
    )
