"""City buses: a flat-fronted hull with large windows, low floor, doors on the right."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.chassis import markers
from blender_scenes.vehicles.coach import Room, door_gaps, door_windows, furnish, sign
from blender_scenes.vehicles.fixtures import Side, arm_mirrors, free_stretches, strip, wipers
from blender_scenes.vehicles.forms import block
from blender_scenes.vehicles.gear import Wheels, axle
from blender_scenes.vehicles.hull import Corner, Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.openings import Window, open_hull
from blender_scenes.vehicles.panes import Pane
from blender_scenes.vehicles.patches import arc, patch, rect
from blender_scenes.vehicles.variation import drawn, happens, varied
from generator.families import draw_family

Rng = np.random.Generator


@dataclass(frozen=True)
class Bus:
    """Measures in metres; x runs forwards from the middle of the whole length."""

    length: float
    height: float
    half: float
    wheel: float
    overhang: float
    """From the front to the front axle."""
    back: float
    """From the rear axle to the rear."""
    sill: float
    """Height of the windows' lower edges."""
    rake: float
    """How far the windscreen's head lies behind its foot."""
    doors: int
    pitch: float
    """Length of a side window."""


BUSES = {
    "short-bus": Bus(6.6, 2.8, 1.14, 0.46, 1.95, 2.2, 1.2, 0.35, 2, 1.25),
    "midi-bus": Bus(7.4, 2.95, 1.2, 0.47, 1.95, 2.2, 1.15, 0.2, 2, 1.4),
    "city-bus": Bus(8.4, 3.05, 1.25, 0.49, 2.3, 2.6, 1.15, 0.12, 2, 1.5),
}
_SPREAD = {
    **{"length": 0.06, "height": 0.025, "half": 0.015, "wheel": 0.03, "overhang": 0.05},
    **{"back": 0.06, "sill": 0.06, "rake": 0.6, "pitch": 0.1},
}


def bus(rng: Rng) -> Solid:
    """A midi, standard or long city bus."""
    base = varied(BUSES[draw_family("bus", rng)], rng, _SPREAD)
    front, rear = base.length / 2, -base.length / 2
    wheels = Wheels(base.wheel, 0.28, int(rng.integers(6, 11)))
    axles = [(front - base.overhang, base.wheel), (rear + base.back, base.wheel)]
    hull = Hull(_plan(base, axles))
    builder = Builder()
    doors = _doors(base, axles)
    dark = happens(rng, 0.5)
    open_hull(builder, hull, _windows(base, doors, rng), lip=0.25)
    _sides(builder, hull, base, axles, doors, rng, dark=dark)
    _face(builder, hull, base, rng)
    _rear(builder, hull, base, rng)
    _roof(builder, base, rng)
    axle(builder, axles[0][0], base.half - 0.02, wheels)
    axle(builder, axles[1][0], base.half - 0.02, wheels, double=True)
    parts.floor(builder, front - 0.4, rear + 0.4, base.half - 0.7, 0.26, 0.52)
    _inside(builder, base, doors)
    span = (base.sill + 0.35, min(base.height - 0.35, base.sill + 1.0))
    arm_mirrors(builder, hull, front - 0.32, span, ahead=0.22)
    return builder.finish()


def _plan(bus: Bus, axles: list[tuple[float, float]]) -> Plan:
    radius, front, rear, high = bus.wheel * 1.14, bus.length / 2, -bus.length / 2, bus.height
    return Plan(
        nose=curve(
            [
                (0.3, front - 0.05),
                (0.55, front),
                (bus.sill - 0.1, front - 0.03),
                (high, front - 0.05 - bus.rake),
            ],
            smooth=0.4,
        ),
        tail=curve([(0.3, rear + 0.03), (1.0, rear), (high, rear + 0.08)], smooth=0.4),
        width=curve(
            [(0.3, bus.half * 0.985), (0.6, bus.half), (1.5, bus.half), (high, bus.half * 0.95)], smooth=0.3
        ),
        bottom=parts.arches(curve([(0, 0.33)]), axles, radius),
        top=curve([(rear, high - 0.02), (0, high), (front, high - 0.03)], smooth=1.0),
        ends=(0.3, 0.2),
        square=(3.4, 4.2),
        crown=0.05,
        fillet=0.13,
        columns=parts.columns(front - 0.45, rear + 0.34, axles, radius, step=0.4),
        levels=18,
    )


def _doors(bus: Bus, axles: list[tuple[float, float]]) -> list[float]:
    """x of the middle of each door."""
    front = bus.length / 2
    first = front - min(1.0, bus.overhang - bus.wheel * 1.2 - 0.62)
    found = [first, (axles[0][0] + axles[1][0]) / 2 + 0.1]
    if bus.doors == 3:
        found.append(axles[1][0] - bus.wheel * 1.25 - 0.66)
    return found


def _top(bus: Bus) -> float:
    """Height of the upper edge of the side windows."""
    return bus.height - 0.45


def _windows(bus: Bus, doors: list[float], rng: Rng) -> list[Window]:
    low, high, half = bus.sill, _top(bus), bus.half
    edge = bus.length / 2 - 0.45
    screen = rect(-half * 0.9, half * 0.9, low - 0.12, bus.height - 0.5)
    split = Pane(frame="mesh", border=0.04, round_=0.06)
    found = [Window(where="front", corners=screen, pane=split)]
    found += [Window(where="rear", corners=rect(-half * 0.76, half * 0.76, low + 0.35, high))]
    edges = np.linspace(edge, -bus.length / 2 + 0.34, round((bus.length - 0.8) / bus.pitch) + 1)
    gap = float(rng.uniform(0.03, 0.08))
    for ahead, behind in itertools.pairwise(edges):
        at = rect(float(behind) + gap, float(ahead) - gap, low, high)
        clear = not any(behind - 0.1 < x + 0.6 and x - 0.6 < ahead + 0.1 for x in doors)
        found.append(Window(where="side", corners=at, sides="both" if clear else "left", pane=split))
    for middle in doors:
        found += door_windows(middle, 0.56, (0.5, high))
    found += _beside_doors(bus, edges, doors, gap, split)
    return found


def _beside_doors(bus: Bus, edges: np.ndarray, doors: list[float], gap: float, how: Pane) -> list[Window]:
    """On the right, what windows leave room for between the doors and the next pillars."""
    found = []
    for ahead, behind in itertools.pairwise(float(x) for x in edges):
        near = [(x - 0.66, x + 0.66) for x in doors if behind - 0.7 < x < ahead + 0.7]
        for low, high in free_stretches((behind + gap, ahead - gap), near) if near else ():
            if high - low > 0.3:
                at = rect(low, high, bus.sill, _top(bus))
                found.append(Window(where="side", corners=at, sides="right", pane=how))
    return found


def _sides(
    builder: Builder,
    hull: Hull,
    bus: Bus,
    axles: list[tuple[float, float]],
    doors: list[float],
    rng: Rng,
    *,
    dark: bool,
) -> None:
    """Bands, joints of the skirt, arches, doors and markers."""
    front, rear, high = bus.length / 2, -bus.length / 2, _top(bus)
    if dark:
        strip(builder, hull, (front - 0.42, rear + 0.32), (high + 0.012, high + 0.1), "mesh", lift=0.004)
    if happens(rng, 0.6):
        slot = drawn(rng, ("panel", "chrome", "trim"))
        base = float(rng.uniform(0.72, bus.sill - 0.25))
        _banded(
            builder,
            hull,
            (rear + 0.3, front - 0.4),
            [x for x, _ in axles],
            doors,
            (base, base + float(rng.uniform(0.06, 0.16))),
            slot,
        )
    reach = bus.wheel * 1.2
    for x, wheel in axles:
        arc(builder, hull, (x, wheel), (bus.wheel * 1.14, bus.wheel * 1.14 + 0.05), "trim", lift=0.01)
    for start, end in ((axles[0][0] - reach, axles[1][0] + reach), (axles[1][0] - reach, rear + 0.3)):
        for x in np.arange(end + 0.5, start - 0.3, 0.95):
            at = rect(float(x) - 0.006, float(x) + 0.006, 0.36, bus.sill - 0.1)
            patch(builder, hull, "side", at, "mesh", lift=0.003, cells=(1, 6), round_=0)
    for middle in doors:
        door_gaps(builder, hull, middle, 0.56, (0.4, high + 0.08))
    markers(builder, front - 0.9, rear + 0.5, bus.half - 0.004, 0.62, 5)
    sign(
        builder,
        hull,
        "side",
        (front - 2.6, front - 1.7),
        (high - 0.24, high - 0.02),
        "amber",
        rng,
        only="right",
    )


def _banded(
    builder: Builder,
    hull: Hull,
    ends: Corner,
    axles: list[float],
    doors: list[float],
    span: Corner,
    slot: str,
) -> None:
    """A band along both sides but for the wheels and, on the right, the doors."""
    sides: tuple[tuple[Side, list[float]], ...] = (("left", axles), ("right", [*axles, *doors]))
    for only, holes in sides:
        for stretch in free_stretches(ends, [(x - 0.64, x + 0.64) for x in holes]):
            strip(builder, hull, stretch, span, slot, lift=0.006, only=only)


def _face(builder: Builder, hull: Hull, bus: Bus, rng: Rng) -> None:
    """Destination sign, lamps, bumper, wipers, plate."""
    half = bus.half
    high = bus.height - 0.47
    sign(builder, hull, "front", (-half * 0.78, half * 0.78), (high + 0.02, high + 0.27), "amber", rng)
    low = float(rng.uniform(0.56, 0.72))
    inner, outer = half * float(rng.uniform(0.5, 0.66)), half * float(rng.uniform(0.98, 1.1))
    lamp = [(inner, low), (outer, low + 0.02), (outer, low + 0.22), (inner, low + 0.17)]
    parts.head_lamp(builder, hull, lamp, parts.HeadLamp.random(rng))
    if happens(rng, 0.5):
        mouth = rect(-half * 0.5, half * 0.5, low - 0.04, low + float(rng.uniform(0.1, 0.2)))
        parts.grille(builder, hull, mouth, parts.Grille.random(rng))
    else:
        patch(
            builder,
            hull,
            "front",
            rect(-0.12, 0.12, low + 0.06, low + 0.16),
            "chrome",
            lift=0.012,
            round_=0.5,
        )
    slot = drawn(rng, ("trim", "paint"))
    patch(builder, hull, "front_corner", rect(0, half + 0.2, 0.33, 0.5), slot, lift=0.03, round_=0)
    for z in (bus.sill - 0.17,):
        seam_ = rect(-half * 0.95, half * 0.95, z - 0.006, z + 0.006)
        patch(builder, hull, "front", seam_, "mesh", lift=0.003, cells=(12, 1), round_=0)
    wipers(builder, hull, bus.sill - 0.12, half * 0.85)
    parts.plate(builder, hull, 0.42, rng, rear=False)
    for y in (0.5, 0.8):
        at = rect(half * y - 0.07, half * y + 0.07, bus.height - 0.17, bus.height - 0.12)
        patch(builder, hull, "front_corner", at, "amber", lift=0.02)


def _rear(builder: Builder, hull: Hull, bus: Bus, rng: Rng) -> None:
    """Engine hatch with louvres, lamps, sign, bumper, plate."""
    half, top = bus.half, bus.sill + 0.25
    patch(builder, hull, "rear", rect(-half * 0.6, half * 0.6, 0.95, top - 0.06), "trim", lift=0.008)
    for z in np.linspace(1.0, top - 0.12, int(rng.integers(4, 8))):
        at = rect(-half * 0.55, half * 0.55, float(z) - 0.014, float(z) + 0.014)
        patch(builder, hull, "rear", at, "paint", lift=0.02, cells=(6, 1), round_=0)
    for height in (0.62, top):
        at = rect(-half * 0.68, half * 0.68, height - 0.006, height + 0.006)
        patch(builder, hull, "rear", at, "mesh", lift=0.003, cells=(8, 1), round_=0)
    low = float(rng.uniform(0.78, 0.95))
    lamp = rect(half * 0.76, half * 0.96, low, low + float(rng.uniform(0.42, 0.7)))
    parts.tail_lamp(builder, hull, lamp, parts.TailLamp.random(rng))
    for y in (0.3, 0.75):
        at = rect(half * y - 0.09, half * y + 0.09, bus.height - 0.24, bus.height - 0.19)
        patch(builder, hull, "rear_corner", at, "taillamp", lift=0.018)
    sign(builder, hull, "rear", (-0.32, 0.32), (bus.height - 0.42, bus.height - 0.2), "amber", rng)
    patch(builder, hull, "rear_corner", rect(0, half + 0.1, 0.33, 0.55), "trim", lift=0.03, round_=0)
    parts.plate(builder, hull, 0.74, rng, rear=True)


def _roof(builder: Builder, bus: Bus, rng: Rng) -> None:
    """Air conditioning, hatches, or a long housing for batteries or gas."""
    z, half = bus.height, bus.half * 0.72
    if happens(rng, 0.45):
        length = bus.length * float(rng.uniform(0.45, 0.7))
        start = -bus.length * 0.36
        slot = drawn(rng, ("paint", "sheet"))
        block(builder, (start, -half, z - 0.06), (start + length, half, z + 0.24), slot, bevel=0.08)
        for x in np.arange(start + 0.4, start + length - 0.3, 0.8):
            for y in (half - 0.004,):
                vent = ((float(x), y, z + 0.04), (float(x) + 0.4, y + 0.012, z + 0.14))
                builder.box(*vent, "mesh", mirror=True)
        return
    for fraction in sorted(rng.uniform(-0.36, 0.3, int(rng.integers(1, 3)))):
        x = float(fraction) * bus.length
        block(builder, (x, -half * 0.9, z - 0.06), (x + 1.5, half * 0.9, z + 0.18), "sheet", bevel=0.05)
        for y in (-0.4, 0.4):
            at = (x + 0.45, y * half)
            block(builder, (at[0], at[1] - 0.22, z + 0.17), (at[0] + 0.5, at[1] + 0.22, z + 0.2), "mesh")


def _inside(builder: Builder, bus: Bus, doors: list[float]) -> None:
    room = Room(
        front=bus.length / 2 - 0.4,
        rear=-bus.length / 2 + 0.35,
        half=bus.half - 0.1,
        floor=0.4,
        belt=bus.sill - 0.02,
        roof=bus.height - 0.14,
        pitch=0.8,
    )
    furnish(builder, room, free=[(x - 0.7, x + 0.7) for x in doors])
