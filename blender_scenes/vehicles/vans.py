"""Vans: one tall hull whose short bonnet runs into the windscreen."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.fixtures import beside, gap, strip
from blender_scenes.vehicles.forms import block, tube
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.noses import Nose, van_face
from blender_scenes.vehicles.openings import Window, open_hull
from blender_scenes.vehicles.patches import arc, patch, rect
from blender_scenes.vehicles.variation import drawn, happens, varied
from generator.families import draw_family

Rng = np.random.Generator


@dataclass(frozen=True)
class Van:
    """Measures in metres; x runs forwards from the middle of the whole length."""

    length: float
    height: float
    half: float
    wheel: float
    overhang: float
    """From the bumper to the front axle; the rear one is nearly as long."""
    nose: Nose
    rows: int
    """Rows of seats; windows reach along the sides where there are more than one."""


VANS = {
    "compact-van": Van(4.45, 1.86, 0.91, 0.32, 0.86, Nose(0.98, 0.86, 1.1, 0.8), 1),
    "panel-van": Van(5.2, 2.05, 0.99, 0.34, 0.92, Nose(0.86, 0.94, 1.22, 0.86), 1),
    "high-van": Van(5.8, 2.62, 1.0, 0.35, 0.96, Nose(0.88, 0.98, 1.28, 0.86), 1),
    "minibus": Van(5.1, 2.0, 0.97, 0.34, 0.92, Nose(0.86, 0.92, 1.2, 0.86), 3),
}
_SPREAD = {"length": 0.06, "height": 0.025, "half": 0.015, "wheel": 0.04, "overhang": 0.04}


def van(rng: Rng) -> Solid:
    """A compact, delivery or high-roofed panel van, or a minibus."""
    base = varied(VANS[draw_family("van", rng)], rng, _SPREAD)
    front, rear = base.length / 2, -base.length / 2
    axles = [(front - base.overhang, base.wheel), (rear + base.overhang * 1.06, base.wheel)]
    hull = Hull(_plan(base, axles))
    builder = Builder()
    windows = _windows(base, rng, glazed=base.rows > 1 or happens(rng, 0.15))
    open_hull(builder, hull, windows)
    van_face(builder, hull, front, base.half, base.nose, rng)
    _sides(builder, hull, base, axles, rng)
    _tail(builder, hull, base, rng)
    _inside(builder, base)
    rim = parts.random_rim(rng)
    for x, axle in axles:
        parts.wheel(builder, parts.Wheel(x=x, y=base.half - 0.02, radius=axle, width=0.22), rim)
    if happens(rng, 0.35):
        _rack(builder, hull, base, ladders=happens(rng, 0.5))
    parts.floor(builder, front - 0.5, rear + 0.25, base.half - 0.3, 0.2, 0.5)
    parts.exhaust(builder, rear + 0.04, 0.45, 0.27, rng)
    return builder.finish()


def _plan(van: Van, axles: list[tuple[float, float]]) -> Plan:
    radius, front, rear, roof = van.wheel * 1.16, van.length / 2, -van.length / 2, van.height
    screen = van.nose.screen_foot(front), van.nose.screen_head(front, roof)
    return Plan(
        nose=curve(van.nose.profile(front, roof), smooth=0.1),
        tail=curve([(0.2, rear + 0.06), (0.5, rear), (1.0, rear + 0.02), (roof, rear + 0.08)], smooth=0.2),
        width=curve(
            [(0.2, van.half * 0.95), (0.5, van.half), (1.1, van.half), (roof, van.half * 0.88)], smooth=0.3
        ),
        bottom=parts.arches(curve([(0, 0.28)]), axles, radius),
        top=curve([(rear, roof - 0.04), (0, roof), (screen[1], roof - 0.03)], smooth=0.8),
        ends=(0.36, 0.16),
        square=(2.8, 3.6),
        crown=0.05,
        fillet=0.12,
        columns=parts.columns(front - 0.5, rear + 0.3, axles, radius),
        levels=26,
    )


def _doors(van: Van) -> tuple[float, float, float]:
    """x of the front door's front and rear edges and of the sliding door's rear edge."""
    ahead = van.nose.screen_foot(van.length / 2) - 0.28
    behind = ahead - 1.05
    return ahead, behind, max(behind - 1.15, -van.length / 2 + van.overhang + 0.45)


def _windows(van: Van, rng: Rng, *, glazed: bool) -> list[Window]:
    low, rear = van.nose.cowl + 0.06, -van.length / 2
    high = min(van.height - 0.2, low + 0.8)
    ahead, behind, slide = _doors(van)
    lean = van.nose.lean(van.length / 2, van.height)
    found = [van.nose.windscreen(van.length / 2, van.half, van.height)]
    top = min(high, low + 0.66)
    foot = ahead - 0.02
    door = [(foot, low), (behind + 0.09, low), (behind + 0.09, top), (foot - lean * (top - low), top)]
    found.append(Window(where="side", corners=door))
    if glazed:
        for a, b in itertools.pairwise((behind - 0.02, slide, rear + 0.28)):
            found.append(Window(where="side", corners=rect(a - 0.08, b + 0.06, low, top)))
    elif happens(rng, 0.3):
        found.append(Window(where="side", corners=rect(behind - 0.1, slide + 0.1, low, top), sides="right"))
    if happens(rng, 0.8):
        found.append(Window(where="rear", corners=rect(0.06, van.half * 0.74, low + 0.02, top)))
    return found


def _sides(builder: Builder, hull: Hull, van: Van, axles: list[tuple[float, float]], rng: Rng) -> None:
    ahead, behind, slide = _doors(van)
    top = min(van.height - 0.12, van.nose.cowl + 0.86)
    for x, low in ((ahead, van.nose.cowl - 0.2), (behind, 0.36), (slide, 0.36)):
        gap(builder, hull, x, low, top)
    sill, belt = 0.36, van.nose.cowl - 0.1
    strip(builder, hull, (ahead, slide), (sill, sill + 0.014), "mesh", lift=0.003)
    parts.handle(builder, hull, behind + 0.17, belt, slot=drawn(rng, ("trim", "paint", "chrome")))
    parts.handle(builder, hull, behind - 0.17, belt, slot="trim")
    strip(builder, hull, (slide + 0.02, -van.length / 2 + 0.35), (belt + 0.03, belt + 0.055), "mesh")
    if happens(rng, 0.6):
        for start, end in _between(axles, van):
            strip(builder, hull, (start, end), (0.56, 0.7), lift=0.016)
    clad = drawn(rng, ("trim", "paint"))
    for x, axle in axles:
        arc(builder, hull, (x, axle), (van.wheel * 1.16, van.wheel * 1.16 + 0.05), clad, lift=0.012)
    z = van.nose.cowl + 0.1
    x = ahead - 0.06
    parts.mirrors(builder, x, beside(hull, x, z) + 0.02, z, size=0.22, slot=drawn(rng, ("trim", "paint")))
    flap = rect(behind + 0.25, behind + 0.42, 0.72, 0.9)
    patch(builder, hull, "side", flap, "paint", lift=0.006, round_=0.2)


def _between(axles: list[tuple[float, float]], van: Van) -> list[tuple[float, float]]:
    reach = van.wheel * 1.26
    (first, _), (last, _) = axles
    return [(first - reach, last + reach), (last - reach, -van.length / 2 + 0.25)]


def _tail(builder: Builder, hull: Hull, van: Van, rng: Rng) -> None:
    half, rear = van.half, -van.length / 2
    low = float(rng.uniform(0.72, 0.85))
    inner, outer = half * 0.88, half * 1.04
    lamp = rect(inner, outer, low, low + float(rng.uniform(0.38, 0.55)))
    parts.tail_lamp(builder, hull, lamp, parts.TailLamp.random(rng))
    barn = happens(rng, 0.7)
    high = van.height - 0.16
    gaps = (0.0,) if barn else ()
    for y in (*gaps, half * 0.85):
        patch(builder, hull, "rear", rect(y - 0.007, y + 0.007, 0.5, high), "mesh", lift=0.004, cells=(1, 12))
    for z in (0.7, 1.1, van.height - 0.5) if barn else ():
        patch(builder, hull, "rear_corner", rect(half * 0.84, half * 0.93, z, z + 0.06), "trim", lift=0.02)
    y = 0.06 if barn else -0.14
    patch(builder, hull, "rear", rect(y, y + (0.16 if barn else 0.28), 1.0, 1.04), "trim", lift=0.025)
    patch(builder, hull, "rear_corner", rect(0, half + 0.2, 0.27, 0.46), "trim", lift=0.03, round_=0)
    stop = rect(-0.18, 0.18, van.height - 0.11, van.height - 0.08)
    patch(builder, hull, "rear", stop, "brake", lift=0.015)
    parts.plate(builder, hull, 0.72, rng, rear=True, y=-0.34 if barn else 0.0)
    block(builder, (rear - 0.03, -half * 0.8, 0.28), (rear + 0.1, half * 0.8, 0.4), "trim")


def _inside(builder: Builder, van: Van) -> None:
    """Seats behind the windows; a bulkhead behind the first row where there is one row only."""
    ahead, behind, _ = _doors(van)
    rear = -van.length / 2 + 0.4
    belt, roof = van.nose.cowl + 0.02, van.height - 0.1
    room = parts.Cabin(
        front=ahead + 0.1,
        rear=(behind - 0.05) if van.rows == 1 else rear + 0.2,
        half=van.half - 0.1,
        floor=0.45,
        belt=belt,
        roof=roof,
        rows=van.rows,
        across=2 if van.rows == 1 else 3,
    )
    parts.interior(builder, room)
    if van.rows == 1:
        wall = van.half * 0.86
        builder.box((behind - 0.16, -wall, 0.45), (behind - 0.12, wall, roof), "interior")


def _rack(builder: Builder, hull: Hull, van: Van, *, ladders: bool) -> None:
    """Bars across the roof on feet, with rails along them, and now and then a ladder on top."""
    rear, ahead = -van.length / 2 + 0.4, van.nose.screen_head(van.length / 2, van.height) - 0.35
    half = float(hull.left[-1, :, 1].max()) - 0.05
    z = van.height + 0.07
    for x in np.linspace(rear, ahead, 4):
        builder.box((float(x) - 0.02, -half, z), (float(x) + 0.02, half, z + 0.035), "chrome")
        builder.box(
            (float(x) - 0.03, half - 0.06, van.height - 0.12),
            (float(x) + 0.03, half - 0.01, z),
            "trim",
            mirror=True,
        )
    for y in (half - 0.03, 0.5 * half):
        tube(builder, [(rear, y, z + 0.04), (ahead, y, z + 0.04)], 0.016, "chrome", sides=6, mirror=True)
    if ladders:
        for y in (0.1 * half, 0.55 * half):
            builder.box((rear - 0.2, y - 0.02, z + 0.05), (ahead, y + 0.02, z + 0.11), "chrome")
        for x in np.arange(rear, ahead - 0.1, 0.3):
            builder.box(
                (float(x) - 0.015, 0.1 * half, z + 0.06), (float(x) + 0.015, 0.55 * half, z + 0.09), "chrome"
            )
