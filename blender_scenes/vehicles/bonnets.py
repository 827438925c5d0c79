"""Bonneted truck cabs: a cab behind a long bonnet with wings of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.cabs import SCREEN, Cab, roof_lamps, room, visor
from blender_scenes.vehicles.fixtures import arm_mirrors, gap, wipers
from blender_scenes.vehicles.forms import block, drum, prism
from blender_scenes.vehicles.gear import fender
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder
from blender_scenes.vehicles.openings import Window, open_hull
from blender_scenes.vehicles.patches import patch, rect
from blender_scenes.vehicles.variation import drawn, happens

Rng = np.random.Generator


@dataclass(frozen=True)
class Bonnet:
    """Measures of what is before the cab; metres."""

    length: float
    """From the bumper to the windscreen's foot."""
    nose: float
    """Height of the bonnet's front edge."""
    cowl: float
    """Height of the bonnet where it meets the windscreen."""


def bonneted(builder: Builder, cab: Cab, bonnet: Bonnet, rng: Rng) -> None:
    """Add cab, bonnet and wings; `cab.front` is the bumper."""
    foot, half = cab.front - bonnet.length, cab.half
    hood, hull = Hull(_hood_plan(cab, bonnet, foot)), Hull(_cab_plan(cab, bonnet, foot))
    low, high = bonnet.cowl + 0.1, min(cab.height - 0.22, bonnet.cowl + 0.95)
    hood.add_to(builder)
    front, back = foot - 0.26, foot - 1.05
    screen = [(0.012, low), (half * 0.86, low), (half * 0.82, high), (0.012, high)]
    door = [(front, low), (back, low), (back, high), (front - 0.14, high)]
    windows = [Window(where="front", corners=screen, pane=SCREEN), Window(where="side", corners=door)]
    open_hull(builder, hull, windows)
    wipers(builder, hull, low, half * 0.84)
    for x in (foot - 0.16, foot - 1.14):
        gap(builder, hull, x, 0.8, high + 0.06)
    parts.handle(builder, hull, back + 0.12, low - 0.16)
    _face(builder, hood, cab, bonnet, rng)
    _wings(builder, cab, foot)
    arm_mirrors(builder, hull, foot - 0.3, (low, high - 0.1), ahead=0.22)
    if happens(rng, 0.6):
        visor(builder, hull, half * 0.84, high)
    roof_lamps(builder, cab, hull)
    room(builder, cab, foot - 0.16, low)


def _hood_plan(cab: Cab, bonnet: Bonnet, foot: float) -> Plan:
    front, half, cowl = cab.front - 0.12, cab.half * 0.68, bonnet.cowl
    nose = [(0.5, front - 0.02), (1.0, front), (bonnet.nose, front - 0.05), (cowl, front - 0.2)]
    return Plan(
        nose=curve(nose, smooth=0.2),
        tail=curve([(0, foot - 0.25)]),
        width=curve([(0.5, half), (1.2, half), (cowl, half * 0.86)], smooth=0.3),
        bottom=curve([(0, 0.55)]),
        top=curve([(foot, cowl), (front - 0.2, bonnet.nose), (front, bonnet.nose - 0.05)], smooth=0.3),
        ends=(0.25, 0.05),
        square=(3.2, 6.0),
        crown=0.06,
        fillet=0.12,
        columns=np.linspace(front - 0.3, foot - 0.18, 14),
        levels=12,
    )


def _cab_plan(cab: Cab, bonnet: Bonnet, foot: float) -> Plan:
    high, half = cab.height, cab.half
    nose = [(0.5, foot), (bonnet.cowl, foot), (high - 0.25, foot - 0.3), (high, foot - 0.46)]
    return Plan(
        nose=curve(nose, smooth=0.1),
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


def _face(builder: Builder, hood: Hull, cab: Cab, bonnet: Bonnet, rng: Rng) -> None:
    half, front = cab.half, cab.front
    wide = half * float(rng.uniform(0.4, 0.52))
    slats = drawn(rng, (0, 0, 12, 18))
    style = parts.Grille(bars=int(rng.integers(3, 9)) if slats == 0 else 1, slats=slats, frame="chrome")
    parts.grille(builder, hood, rect(-wide, wide, 0.72, bonnet.nose - float(rng.uniform(0.1, 0.2))), style)
    slot = drawn(rng, ("chrome", "chrome", "paint", "trim"))
    block(builder, (front - 0.22, -half, 0.34), (front, half, 0.66), slot, bevel=0.05)
    parts.plate_at(builder, (front + 0.012, 0.0, 0.5), rng, rear=False)
    for y in (0.34, 0.62):
        drum(
            builder,
            (front - 0.02, y * half, 0.5),
            (front + 0.02, y * half, 0.5),
            0.07,
            "headlamp",
            mirror=True,
        )
    for x in np.linspace(front - 0.7, front - bonnet.length + 0.3, int(rng.integers(3, 8))):
        vent = rect(float(x) - 0.015, float(x) + 0.015, 1.2, 1.4)
        patch(builder, hood, "side", vent, "mesh", lift=0.006, cells=(1, 3))
    block(builder, (front - 0.35, -0.03, bonnet.nose), (front - 0.2, 0.03, bonnet.nose + 0.13), "chrome")


def _wings(builder: Builder, cab: Cab, foot: float) -> None:
    """Wings over the front wheels with lamps in them; steps, air cleaners and boxes behind."""
    half, radius = cab.half, cab.wheels.radius
    width = half * 0.4
    fender(builder, cab.axle, half + 0.02, cab.wheels, width=width, slot="paint", reach=(0.05, np.pi - 0.25))
    top = radius * 2.16
    outline = [(cab.axle + radius * 0.85, radius * 1.1), (cab.front - 0.12, radius * 1.3)]
    outline += [(cab.front - 0.14, top * 0.92), (cab.axle + radius * 0.3, top + 0.02)]
    prism(builder, outline, half - width, half + 0.02, "paint", bevel=0.05, mirror=True)
    x, y = cab.front - 0.13, half - 0.5 * width
    block(builder, (x - 0.1, y - 0.16, 0.75), (x + 0.025, y + 0.16, 0.99), "chrome", bevel=0.03, mirror=True)
    block(
        builder, (x - 0.02, y - 0.13, 0.78), (x + 0.034, y + 0.13, 0.96), "reflector", bevel=0.02, mirror=True
    )
    for side in (-0.065, 0.065):
        lamp = (y + side, 0.87)
        drum(builder, (x, *lamp), (x + 0.045, *lamp), 0.06, "headlamp", segments=14, mirror=True)
    block(builder, (x - 0.1, half - 0.06, 0.8), (x + 0.02, half + 0.035, 0.92), "amber", mirror=True)
    back = cab.axle - radius * 1.14
    for i, z in enumerate((0.4, 0.68)):
        low = (foot - 1.1, half - 0.36, z)
        block(builder, low, (back - 0.04, half + 0.04 - 0.03 * i, z + 0.06), "chrome", mirror=True)
    block(builder, (foot - 1.05, half - 0.4, 0.42), (back - 0.1, half - 0.08, 0.72), "trim", mirror=True)
    cleaner = (half * 0.68, 1.35)
    drum(builder, (foot + 0.22, *cleaner), (foot - 0.05, *cleaner), 0.13, "chrome", mirror=True)
