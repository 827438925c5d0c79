"""School buses: a bonnet before a tall body with a row of small windows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.chassis import markers, rails
from blender_scenes.vehicles.coach import Room, door_gaps, door_windows, furnish, sign
from blender_scenes.vehicles.fixtures import arm_mirrors, beside, gap, strip, wipers
from blender_scenes.vehicles.forms import block, drum, tube
from blender_scenes.vehicles.gear import Wheels, axle, flaps
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.openings import Window, open_hull
from blender_scenes.vehicles.panes import Pane
from blender_scenes.vehicles.patches import Where, patch, rect
from blender_scenes.vehicles.variation import drawn, happens, varied
from generator.families import draw_family

Rng = np.random.Generator

_PANE = Pane(frame="trim", border=0.035, round_=0.06)


@dataclass(frozen=True)
class SchoolBus:
    """Measures in metres; x runs forwards from the middle of the whole length."""

    length: float
    height: float
    half: float
    bonnet: float
    """From the bumper to the windscreen."""
    wheel: float
    back: float
    """From the rear axle to the rear, as a fraction of the length."""
    pitch: float
    """Length of a side window."""


SCHOOL_BUSES = {
    "short-schoolbus": SchoolBus(6.6, 2.85, 1.12, 1.35, 0.45, 0.24, 0.7),
    "standard-schoolbus": SchoolBus(7.6, 2.98, 1.18, 1.5, 0.48, 0.26, 0.72),
    "long-schoolbus": SchoolBus(8.8, 3.02, 1.2, 1.5, 0.49, 0.28, 0.74),
}
_SPREAD = {
    "length": 0.06,
    "height": 0.03,
    "half": 0.015,
    "bonnet": 0.1,
    "wheel": 0.04,
    "back": 0.08,
    "pitch": 0.08,
}


def schoolbus(rng: Rng) -> Solid:
    """A bonneted bus with dark rub rails, warning lamps and a stop arm."""
    base = varied(SCHOOL_BUSES[draw_family("schoolbus", rng)], rng, _SPREAD)
    front, rear = base.length / 2, -base.length / 2
    wheels = Wheels(base.wheel, 0.26, int(rng.integers(6, 11)))
    axles = [front - 0.95, rear + base.back * base.length]
    cowl = front - base.bonnet
    hood, body = Hull(_hood_plan(base, axles[0])), Hull(_body_plan(base, axles[1]))
    builder = Builder()
    hood.add_to(builder)
    open_hull(builder, body, _windows(base), lip=0.2)
    _face(builder, hood, base, rng)
    _stripes(builder, body, base, axles, rng)
    _signs(builder, body, base, rng)
    _tail(builder, body, base, rng)
    _equipment(builder, body, base, rng)
    _inside(builder, base)
    rails(builder, front - 0.3, rear + 0.3, 0.62, 0.82)
    axle(builder, axles[0], base.half - 0.02, wheels, frame=0.62)
    axle(builder, axles[1], base.half - 0.02, wheels, frame=0.62, double=True)
    flaps(builder, axles[1] - base.wheel - 0.18, base.half - 0.04, 0.6)
    parts.floor(builder, cowl, rear + 0.4, base.half - 0.75, 0.5, 0.8)
    wipers(builder, body, 1.72, base.half * 0.84)
    return builder.finish()


def _hood_plan(bus: SchoolBus, axle: float) -> Plan:
    wide, radius = bus.half * 0.93, bus.wheel * 1.16
    x, cowl = bus.length / 2 - 0.12, bus.length / 2 - bus.bonnet
    return Plan(
        nose=curve([(0.4, x - 0.02), (0.8, x), (1.35, x - 0.06), (1.7, x - 0.3)], smooth=0.2),
        tail=curve([(0, cowl - 0.2)]),
        width=curve([(0.4, wide), (0.95, wide), (1.25, wide * 0.86), (1.7, wide * 0.66)], smooth=0.25),
        bottom=parts.arches(curve([(0, 0.5)]), [(axle, bus.wheel)], radius),
        top=curve([(cowl, 1.62), (x - 0.3, 1.45), (x, 1.36)], smooth=0.3),
        ends=(0.4, 0.05),
        square=(2.8, 6.0),
        crown=0.05,
        fillet=0.12,
        columns=parts.columns(x - 0.45, cowl - 0.12, [(axle, bus.wheel)], radius),
        levels=14,
    )


def _body_plan(bus: SchoolBus, axle: float) -> Plan:
    cowl, rear, half, height = bus.length / 2 - bus.bonnet, -bus.length / 2, bus.half, bus.height
    radius = bus.wheel * 1.16
    top = [(rear, height - 0.04), (rear + 0.5, height), (cowl - 0.6, height), (cowl, height - 0.12)]
    return Plan(
        nose=curve([(0.4, cowl), (1.6, cowl), (height - 0.3, cowl - 0.22), (height, cowl - 0.3)], smooth=0.2),
        tail=curve([(0.4, rear + 0.02), (1.5, rear), (height, rear + 0.06)], smooth=0.3),
        width=curve(
            [(0.4, half), (1.9, half), (height - 0.25, half * 0.95), (height, half * 0.85)], smooth=0.3
        ),
        bottom=parts.arches(curve([(0, 0.5)]), [(axle, bus.wheel)], radius),
        top=curve(top, smooth=0.4),
        ends=(0.24, 0.16),
        square=(3.4, 4.0),
        crown=0.1,
        fillet=0.2,
        columns=parts.columns(cowl - 0.45, rear + 0.3, [(axle, bus.wheel)], radius, step=0.4),
        levels=18,
    )


def _windows(bus: SchoolBus) -> list[Window]:
    """The windscreen in two panes, a row of small windows, the door on the right, the emergency door."""
    cowl, rear, half = bus.length / 2 - bus.bonnet, -bus.length / 2, bus.half
    low, high = 1.72, bus.height - 0.5
    found = [Window(where="front", corners=rect(0.03, half * 0.86, 1.72, high), pane=_PANE)]
    found.append(
        Window(where="side", corners=rect(cowl - 0.9, cowl - 0.36, 1.6, high), sides="left", pane=_PANE)
    )
    found += door_windows(_door(bus), 0.3, (0.66, high))
    start = cowl - 1.0
    edges = np.linspace(start, rear + 0.3, round((start - rear - 0.3) / bus.pitch) + 1)
    for ahead, behind in itertools.pairwise(float(x) for x in edges):
        at = rect(behind + 0.05, ahead - 0.05, low, high)
        found.append(Window(where="side", corners=at, pane=_PANE))
    found.append(Window(where="rear", corners=rect(-0.38, 0.38, 1.5, high), pane=_PANE))
    found.append(Window(where="rear", corners=rect(0.54, half * 0.84, 1.6, high), pane=_PANE))
    return found


def _door(bus: SchoolBus) -> float:
    """x of the middle of the door."""
    return bus.length / 2 - bus.bonnet - 0.62


def _face(builder: Builder, hood: Hull, bus: SchoolBus, rng: Rng) -> None:
    half, front = bus.half, bus.length / 2
    width, low = half * float(rng.uniform(0.36, 0.46)), float(rng.uniform(0.76, 0.88))
    style = parts.Grille(
        bars=int(rng.integers(3, 7)), slats=drawn(rng, (0, 8)), frame=drawn(rng, ("chrome", "paint"))
    )
    parts.grille(builder, hood, rect(-width, width, low, 1.24), style)
    lamp = rect(half * 0.54, half * 0.84, 0.88, 1.08)
    parts.head_lamp(builder, hood, lamp, parts.HeadLamp(units=int(rng.integers(1, 3))))
    block(builder, (front - 0.25, -half * 0.97, 0.4), (front, half * 0.97, 0.68), "trim", bevel=0.06)
    parts.plate_at(builder, (front + 0.012, 0.0, 0.54), rng, rear=False)
    if happens(rng, 0.5):
        tube(
            builder,
            [(front + 0.02, -half * 0.9, 0.56), (front + 0.03, half * 0.6, 0.56)],
            0.02,
            "amber",
            sides=6,
        )
    for y in (-0.3, 0.3):
        at = rect(y * half - 0.02, y * half + 0.02, 1.27, 1.32)
        patch(builder, hood, "front", at, "chrome", lift=0.02, cells=(1, 1))


def _stripes(builder: Builder, body: Hull, bus: SchoolBus, axles: list[float], rng: Rng) -> None:
    """Dark rub rails along the body, on the right behind the door."""
    behind, ahead, arch = -bus.length / 2 + 0.2, bus.length / 2 - bus.bonnet - 0.3, bus.wheel * 1.22
    width = float(rng.uniform(0.028, 0.04))
    door = _door(bus) - 0.36
    for z in (1.62, 1.32, float(rng.uniform(1.04, 1.12))):
        span = (z - width, z + width)
        strip(builder, body, (behind, ahead), span, lift=0.022, only="left")
        strip(builder, body, (behind, door), span, lift=0.022, only="right")
    for ends in ((door, axles[1] + arch), (axles[1] - arch, behind)):
        strip(builder, body, ends, (0.6, 0.67), lift=0.022)
    for x in (behind + 0.5, door - 0.4):
        gap(builder, body, x, 0.52, 1.6)
    middle = (1.72 + bus.height - 0.5) / 2
    strip(builder, body, (behind + 0.14, door - 0.02), (middle - 0.014, middle + 0.014), lift=0.004)
    markers(builder, ahead - 0.4, behind + 0.3, bus.half - 0.004, 0.8, 4)


def _signs(builder: Builder, body: Hull, bus: SchoolBus, rng: Rng) -> None:
    """The sign between warning lamps at both ends, above the windows."""
    z, half = bus.height - 0.29, bus.half
    ends: tuple[tuple[Where, Where], ...] = (("front", "front_corner"), ("rear", "rear_corner"))
    for where, corner in ends:
        sign(builder, body, where, (-half * 0.46, half * 0.46), (z - 0.1, z + 0.1), "panel", rng)
        for y, slot in zip((0.6, 0.8), ("amber", "amber" if where == "front" else "taillamp"), strict=True):
            at = half * y
            patch(builder, body, corner, rect(at - 0.11, at + 0.11, z - 0.11, z + 0.11), "trim", lift=0.015)
            lens = rect(at - 0.085, at + 0.085, z - 0.085, z + 0.085)
            patch(builder, body, corner, lens, slot, lift=0.03, round_=1.0)


def _tail(builder: Builder, body: Hull, bus: SchoolBus, rng: Rng) -> None:
    """The emergency door's joints and handle, lamps, bumper."""
    half, rear = bus.half, -bus.length / 2
    for y in (0.46, -0.46):
        at = rect(y - 0.008, y + 0.008, 0.62, bus.height - 0.45)
        patch(builder, body, "rear", at, "mesh", lift=0.004, cells=(1, 10), round_=0)
    patch(builder, body, "rear", rect(0.26, 0.4, 1.3, 1.35), "trim", lift=0.03)
    inner = half * 0.62
    for low, slot, size in ((1.22, "taillamp", 0.2), (0.98, "amber", 0.18), (0.78, "reverse", 0.14)):
        lamp = rect(inner, inner + size, low, low + size)
        patch(
            builder,
            body,
            "rear_corner",
            rect(inner - 0.02, inner + size + 0.02, low - 0.02, low + size + 0.02),
            "trim",
        )
        patch(builder, body, "rear_corner", lamp, slot, lift=0.02, round_=drawn(rng, (0.3, 1.0)))
    for z in (1.62, 1.06):
        patch(
            builder, body, "rear", rect(0.5, half * 0.93, z - 0.035, z + 0.035), "trim", lift=0.02, round_=0
        )
    block(builder, (rear - 0.06, -half, 0.42), (rear + 0.12, half, 0.64), "trim", bevel=0.04)
    parts.plate(builder, body, 0.85, rng, rear=True)


def _equipment(builder: Builder, body: Hull, bus: SchoolBus, rng: Rng) -> None:
    """Door, stop arm on the left, mirrors, hatches and a strobe on the roof."""
    cowl, high = bus.length / 2 - bus.bonnet, bus.height - 0.5
    door_gaps(builder, body, _door(bus), 0.3, (0.56, high + 0.06))
    x, z = cowl - float(rng.uniform(1.2, 1.5)), 1.47
    y = beside(body, x, z)
    builder.box((x - 0.04, y - 0.02, z - 0.05), (x + 0.04, y + 0.04, z + 0.05), "trim")
    for out, radius, slot in ((0.055, 0.22, "panel"), (0.059, 0.2, "taillamp"), (0.062, 0.09, "panel")):
        drum(builder, (x, y + 0.025, z), (x, y + out, z), radius, slot, segments=8)
    arm_mirrors(builder, body, cowl - 0.3, (1.75, high - 0.05), ahead=0.42)
    hatches = np.linspace(cowl - 1.6, -bus.length / 2 + 1.2, int(rng.integers(1, 4)))
    for at in hatches:
        low = (float(at) - 0.35, -0.35, bus.height)
        block(builder, low, (low[0] + 0.7, 0.35, bus.height + 0.16), "paint", bevel=0.04)
    if happens(rng, 0.6):
        drum(
            builder,
            (-bus.length / 2 + 0.9, 0, bus.height),
            (-bus.length / 2 + 0.9, 0, bus.height + 0.26),
            0.06,
            "panel",
        )


def _inside(builder: Builder, bus: SchoolBus) -> None:
    room = Room(
        front=bus.length / 2 - bus.bonnet - 0.1,
        rear=-bus.length / 2 + 0.3,
        half=bus.half - 0.1,
        floor=0.85,
        belt=1.68,
        roof=bus.height - 0.14,
        pitch=0.72,
    )
    door = _door(bus)
    furnish(builder, room, free=[(door - 0.4, door + 0.4)])
