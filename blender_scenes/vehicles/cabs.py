"""Forward-control truck cabs: the driver sits over the front axle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.fixtures import arm_mirrors, beside, gap, wipers
from blender_scenes.vehicles.forms import block, prism, tube
from blender_scenes.vehicles.gear import Wheels
from blender_scenes.vehicles.hull import Corner, Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder
from blender_scenes.vehicles.openings import Window, open_hull
from blender_scenes.vehicles.panes import Pane
from blender_scenes.vehicles.patches import patch, rect
from blender_scenes.vehicles.variation import drawn, happens

Rng = np.random.Generator

SCREEN = Pane(frame="mesh", border=0.045, round_=0.08)


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
    """An upright face over the front axle, with any of several grilles, lamps and visors."""
    hull = Hull(_plan(cab, lean=float(rng.uniform(0.06, 0.28))))
    low = cab.wheels.radius * 2 + float(rng.uniform(0.55, 0.75))
    high = min(cab.height - 0.42, low + float(rng.uniform(0.85, 0.98)))
    open_hull(builder, hull, _windows(cab, low, high))
    _face(builder, hull, cab, low, rng)
    doors = (cab.front - 0.42, cab.front - 1.44)
    sides(builder, hull, cab, (low, high), doors)
    arm_mirrors(builder, hull, cab.front - 0.46, (low + 0.05, high + 0.02), ahead=0.24)
    if happens(rng, 0.6):
        visor(builder, hull, cab.half * 0.84, high)
    if happens(rng, 0.5):
        roof_lamps(builder, cab, hull)
    room(builder, cab, cab.front - 0.3, low)


def _plan(cab: Cab, lean: float) -> Plan:
    front, high, half = cab.front, cab.height, cab.half
    axles = [(cab.axle, cab.wheels.radius)]
    radius = cab.wheels.radius * 1.18
    low = cab.wheels.radius * 2 - 0.04
    bottom = [(cab.rear, low), (cab.axle - 0.2, low), (cab.axle, 0.36), (front, 0.36)]
    nose = [(0.3, front - 0.05), (0.6, front), (1.5, front - 0.03)]
    nose += [(high - 0.5, front - 0.08 - lean), (high, front - 0.2 - 1.6 * lean)]
    return Plan(
        nose=curve(nose, smooth=0.15),
        tail=curve([(0, cab.rear)]),
        width=curve([(0.3, half * 0.98), (0.6, half), (high - 1.0, half), (high, half * 0.95)], smooth=0.3),
        bottom=parts.arches(curve(bottom), axles, radius),
        top=curve([(cab.rear, high), (front - 0.6, high - 0.02), (front, high - 0.1)], smooth=0.3),
        ends=(0.3, 0.08),
        square=(3.2, 6.0),
        crown=0.05,
        fillet=0.14,
        columns=parts.columns(front - 0.4, cab.rear + 0.12, axles, radius),
        levels=22,
    )


def _windows(cab: Cab, low: float, high: float) -> list[Window]:
    half, front, back = cab.half, cab.front - 0.52, cab.front - 1.36
    screen = [(-half * 0.9, low), (half * 0.9, low), (half * 0.87, high), (-half * 0.87, high)]
    door = [(front, low), (back, low), (back, high - 0.04), (front - 0.12, high - 0.04)]
    return [Window(where="front", corners=screen, pane=SCREEN), Window(where="side", corners=door)]


def _face(builder: Builder, hull: Hull, cab: Cab, low: float, rng: Rng) -> None:
    """Grille, lamps in or above the bumper, steps, plate, wipers."""
    half = cab.half
    wide, narrow = half * float(rng.uniform(0.5, 0.8)), float(rng.uniform(0.7, 1.0))
    top, foot = low - float(rng.uniform(0.1, 0.25)), float(rng.uniform(0.74, 0.9))
    mouth = [(-wide * narrow, foot), (wide * narrow, foot), (wide, top), (-wide, top)]
    style = parts.Grille(
        bars=int(rng.integers(3, 8)),
        slats=drawn(rng, (0, 0, 10)),
        frame=drawn(rng, ("chrome", "trim", "paint")),
    )
    parts.grille(builder, hull, mouth, style)
    at = float(rng.uniform(0.5, 0.62))
    slim = float(rng.uniform(0.14, 0.22))
    inner, outer = half * float(rng.uniform(0.56, 0.68)), half * float(rng.uniform(1.02, 1.14))
    lamp = [(inner, at), (outer, at), (outer, at + slim * float(rng.uniform(0.9, 1.5))), (inner, at + slim)]
    parts.head_lamp(builder, hull, lamp, parts.HeadLamp.random(rng))
    bumper = drawn(rng, ("trim", "paint", "chrome"))
    patch(builder, hull, "front_corner", rect(0, half * 1.22, 0.36, 0.49), bumper, lift=0.03, round_=0)
    patch(builder, hull, "front", rect(-half * 0.44, half * 0.44, 0.52, 0.7), "trim", lift=0.012)
    for y in (-0.62, 0.62):
        fog = rect(half * y - 0.1, half * y + 0.1, 0.385, 0.46)
        patch(builder, hull, "front", fog, "headlamp", lift=0.036, round_=0.6)
    line = rect(-half * 0.92, half * 0.92, low - 0.075, low - 0.063)
    patch(builder, hull, "front", line, "mesh", lift=0.004, cells=(12, 1), round_=0)
    parts.plate(builder, hull, 0.6, rng, rear=False)
    wipers(builder, hull, low, half * 0.86)


def sides(builder: Builder, hull: Hull, cab: Cab, window: Corner, door: Corner) -> None:
    """Door gaps, handles, grab rails, steps and side flashers of a cab."""
    (low, high), (ahead, behind) = window, door
    sill = 2.2 * cab.wheels.radius
    for x in door:
        gap(builder, hull, x, sill, high + 0.08)
    line = rect(behind, ahead, sill, sill + 0.014)
    patch(builder, hull, "side", line, "mesh", lift=0.003, cells=(8, 1), round_=0)
    parts.handle(builder, hull, behind + 0.17, low - 0.14, slot="trim")
    for z in (0.42, 0.7):
        top = (cab.front - 0.26, cab.half + 0.025, z + 0.05)
        block(builder, (cab.front - 0.66, cab.half - 0.06, z), top, "trim", mirror=True)
    x, y = behind - 0.07, beside(hull, behind - 0.07, low)
    rail = [
        (x, y - 0.01, low - 0.3),
        (x, y + 0.05, low - 0.24),
        (x, y + 0.05, high - 0.06),
        (x, y - 0.01, high),
    ]
    tube(builder, rail, 0.016, "trim", sides=6, mirror=True)
    flasher = rect(ahead - 0.14, ahead - 0.04, low - 0.24, low - 0.19)
    patch(builder, hull, "side", flasher, "amber", lift=0.015, cells=(2, 2))


def visor(builder: Builder, hull: Hull, half: float, z: float) -> None:
    """A sun visor over a windscreen whose upper edge is at `z`."""
    ys = np.linspace(-half, half, 9)
    back = hull.end(ys, np.full(9, z + 0.15))
    front = hull.end(ys, np.full(9, z - 0.01))
    front[:, 0] += 0.18
    back[:, 0] -= 0.02
    thick = np.array([0, 0, 0.02])
    builder.grid(np.stack([back, front, front + thick, back + thick]), "glass_dark")


def roof_lamps(builder: Builder, cab: Cab, hull: Hull) -> None:
    """Five amber lamps along the front edge of the roof."""
    x = float(hull.left[-1, :, 0].max()) - 0.2
    for fraction in (-0.76, -0.26, 0.0, 0.26, 0.76):
        y, z = fraction * cab.half, cab.height
        block(builder, (x - 0.07, y - 0.05, z - 0.08), (x + 0.05, y + 0.05, z + 0.06), "amber")


def fairing(builder: Builder, cab: Cab, top: float, *, front: float) -> None:
    """A wind deflector on the roof that rises from `front` backwards to `top`."""
    half, low = cab.half * 0.9, cab.height - 0.05
    outline = [(front, low), (cab.rear, low), (cab.rear, top), (cab.rear + 0.25, top)]
    outline += [(front - 0.25, low + 0.35 * (top - low)), (front - 0.06, low + 0.12)]
    prism(builder, outline, -half, half, "paint", bevel=0.08)


def room(builder: Builder, cab: Cab, front: float, belt: float) -> None:
    """Seats, dashboard and back wall inside of a cab whose windows start at `belt`."""
    rear, wall = cab.rear + 0.1, cab.half - 0.1
    floor = belt - 0.85
    last = max(rear + 0.35, front - 1.45)
    parts.interior(
        builder,
        parts.Cabin(
            front=front, rear=last, half=wall, floor=floor, belt=belt, roof=cab.height - 0.15, rows=1
        ),
    )
    builder.box((rear, -wall, floor), (rear + 0.03, wall, cab.height - 0.2), "interior")
    builder.box((rear, -wall, floor - 0.03), (front, wall, floor), "interior")
