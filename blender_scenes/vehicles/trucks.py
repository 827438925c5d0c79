"""Box trucks: a van's nose or a forward-control cab before a tall cargo box on a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import cabs, chassis, loads, parts
from blender_scenes.vehicles.fixtures import arm_mirrors, gap
from blender_scenes.vehicles.forms import block
from blender_scenes.vehicles.gear import Wheels, axle, flaps
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.noses import Nose, van_face
from blender_scenes.vehicles.openings import Window, open_hull
from blender_scenes.vehicles.patches import arc
from blender_scenes.vehicles.variation import drawn, happens, varied
from generator.families import draw_family

Rng = np.random.Generator


@dataclass(frozen=True)
class BoxTruck:
    """Measures in metres."""

    cab: float
    """Length of the cab."""
    cab_height: float
    half: float
    """Half the cab's width."""
    wheel: float
    axle: float
    """From the bumper to the front axle."""
    box: float
    """Length of the box."""
    height: float
    """Of the box's roof."""
    low: float
    """Of the box's floor."""
    upright: bool
    """Forward control, or else a van's nose."""


BOX_TRUCKS = {
    "light-boxtruck": BoxTruck(2.05, 2.15, 1.0, 0.38, 0.85, 3.6, 2.85, 0.86, False),
    "medium-boxtruck": BoxTruck(1.75, 2.45, 1.08, 0.42, 1.12, 4.6, 3.2, 0.98, True),
    "large-boxtruck": BoxTruck(1.9, 2.75, 1.2, 0.48, 1.32, 5.6, 3.5, 1.12, True),
}
_SPREAD = {
    "cab": 0.03,
    "cab_height": 0.03,
    "half": 0.015,
    "wheel": 0.03,
    "box": 0.1,
    "height": 0.04,
    "low": 0.03,
}


def boxtruck(rng: Rng) -> Solid:
    """A light, medium or large truck with a rigid box or a curtain sider's walls."""
    truck = varied(BOX_TRUCKS[draw_family("boxtruck", rng)], rng, _SPREAD)
    front = (truck.cab + 0.12 + truck.box) / 2
    wheels = Wheels(truck.wheel, truck.wheel * 0.56, int(rng.integers(6, 11)))
    cab = cabs.Cab(front, front - truck.cab, truck.half, truck.cab_height, front - truck.axle, wheels)
    builder = Builder()
    if truck.upright:
        cabs.cabover(builder, cab, rng)
    else:
        _nosed(builder, cab, rng)
    bay = loads.Bay(cab.rear - 0.12, -front, truck.half + 0.1, truck.low, truck.height)
    drawn(rng, (loads.box, loads.curtain), (0.8, 0.2))(builder, bay, rng)
    if happens(rng, 0.35):
        _berth(builder, cab, bay, rng)
    _frame(builder, truck, cab, bay, rng)
    return builder.finish()


def _nosed(builder: Builder, cab: cabs.Cab, rng: Rng) -> None:
    """The front of a van, cut off behind its doors."""
    nose = Nose(float(rng.uniform(0.66, 0.86)), 0.96, 1.24, float(rng.uniform(0.6, 0.76)))
    hull = Hull(_nosed_plan(cab, nose))
    low, ahead = nose.cowl + 0.06, nose.screen_foot(cab.front) - 0.27
    high = min(cab.height - 0.2, low + 0.62)
    back = cab.rear + 0.2
    top = ahead - nose.lean(cab.front, cab.height) * (high - low)
    door = [(ahead, low), (back, low), (back, high), (max(top, back + 0.2), high)]
    screen = nose.windscreen(cab.front, cab.half, cab.height)
    open_hull(builder, hull, [screen, Window(where="side", corners=door)])
    van_face(builder, hull, cab.front, cab.half, nose, rng)
    for x in (ahead + 0.02, cab.rear + 0.12):
        gap(builder, hull, x, 0.42, high + 0.06)
    parts.handle(builder, hull, cab.rear + 0.3, low - 0.14, slot="trim")
    arm_mirrors(builder, hull, ahead - 0.1, (low + 0.02, low + 0.46), ahead=0.1)
    reach = cab.wheels.radius * 1.16
    arc(builder, hull, (cab.axle, cab.wheels.radius), (reach, reach + 0.04), "trim", lift=0.01)
    cabs.room(builder, cab, ahead + 0.05, low)


def _nosed_plan(cab: cabs.Cab, nose: Nose) -> Plan:
    radius, half, high = cab.wheels.radius * 1.16, cab.half, cab.height
    axles = [(cab.axle, cab.wheels.radius)]
    return Plan(
        nose=curve(nose.profile(cab.front, high), smooth=0.1),
        tail=curve([(0, cab.rear)]),
        width=curve([(0.2, half * 0.95), (0.5, half), (1.1, half), (high, half * 0.87)], smooth=0.3),
        bottom=parts.arches(curve([(0, 0.32)]), axles, radius),
        top=curve([(cab.rear, high), (nose.screen_head(cab.front, high), high - 0.04)]),
        ends=(0.34, 0.1),
        square=(2.9, 5.0),
        crown=0.04,
        fillet=0.12,
        columns=parts.columns(cab.front - 0.45, cab.rear + 0.12, axles, radius),
        levels=24,
    )


def _berth(builder: Builder, cab: cabs.Cab, bay: loads.Bay, rng: Rng) -> None:
    """A wind deflector over the cab, or a part of the box that reaches over it."""
    if happens(rng, 0.5):
        cabs.fairing(builder, cab, bay.high - 0.1, front=cab.rear + 0.95)
        return
    low = max(cab.height + 0.08, bay.high - 0.75)
    if bay.high - low > 0.25:
        top = (bay.front + 0.9, bay.half - 0.02, bay.high)
        block(builder, (bay.front - 0.05, -bay.half + 0.02, low), top, "paint", bevel=0.08)


def _frame(builder: Builder, truck: BoxTruck, cab: cabs.Cab, bay: loads.Bay, rng: Rng) -> None:
    """Rails, axles, tanks, guards, flaps, lamps."""
    rear, half, low = bay.rear, truck.half, truck.low
    chassis.rails(builder, cab.axle + 0.55, rear + 0.1, low - 0.32, low)
    last = rear + float(rng.uniform(0.24, 0.3)) * truck.box
    axle(builder, cab.axle, half - 0.02, cab.wheels, frame=low - 0.32)
    axle(builder, last, half + 0.06, cab.wheels, frame=low - 0.32, double=True)
    flaps(builder, last - cab.wheels.radius - 0.14, half + 0.06, low - 0.05, width=0.52)
    reach = cab.wheels.radius * 1.3
    chassis.tanks(
        builder,
        cab.rear - 0.1,
        cab.rear - 0.95,
        half,
        round_=happens(rng, 0.3),
        scale=cab.wheels.radius / 0.5,
    )
    chassis.side_guard(builder, cab.rear - 1.05, last + reach, half + 0.06, low)
    chassis.underride(builder, rear, half, low)
    chassis.tail_lamps(builder, rear - 0.01, half, low - 0.14, rng, size=0.11)
    chassis.markers(builder, bay.front - 0.4, rear + 0.4, bay.half + 0.006, low + 0.04, 4)
    if happens(rng, 0.3):
        for y in (0.45, -0.45):
            builder.box((rear - 0.07, y - 0.04, low - 0.4), (rear - 0.02, y + 0.04, low), "chrome")
        block(
            builder, (rear - 0.09, -half, low + 0.05), (rear - 0.045, half, low + 1.3), "chrome", bevel=0.01
        )
