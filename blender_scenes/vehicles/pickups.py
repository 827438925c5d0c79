"""Pickups: a cab before an open bed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.fixtures import beside, gap, strip
from blender_scenes.vehicles.forms import block, tube
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.openings import Window, open_hull
from blender_scenes.vehicles.panes import Pane
from blender_scenes.vehicles.patches import arc, patch, rect
from blender_scenes.vehicles.variation import drawn, happens, varied
from generator.families import draw_family

Rng = np.random.Generator
Axles = list[tuple[float, float]]


@dataclass(frozen=True)
class Pickup:
    """Measures in metres; x runs forwards from the middle of the wheelbase."""

    wheelbase: float
    front: float
    """Overhang before the front axle."""
    rear: float
    half: float
    height: float
    wheel: float
    belt: float
    """Height of the bed's upper edge and of the cab's window sills."""
    cab: float
    """From the windscreen's foot to the cab's back wall."""
    double: bool
    """A second row of seats."""

    @property
    def foot(self) -> float:
        """x of the windscreen's foot."""
        return self.wheelbase / 2 - 0.42

    @property
    def cab_rear(self) -> float:
        """x of the cab's back wall."""
        return self.foot - self.cab

    @property
    def ends(self) -> tuple[float, float]:
        """x of the front and of the rear."""
        return self.wheelbase / 2 + self.front, -self.wheelbase / 2 - self.rear


PICKUPS = {
    "compact-double-cab": Pickup(3.05, 0.88, 1.08, 0.92, 1.74, 0.37, 1.08, 1.95, True),
    "compact-single-cab": Pickup(2.95, 0.86, 1.1, 0.91, 1.7, 0.36, 1.06, 1.25, False),
    "large-double-cab": Pickup(3.5, 0.95, 1.2, 1.0, 1.9, 0.41, 1.2, 2.15, True),
    "large-single-cab": Pickup(3.3, 0.95, 1.2, 1.0, 1.88, 0.4, 1.18, 1.35, False),
}
_SPREAD = {
    **{"wheelbase": 0.03, "front": 0.05, "rear": 0.06, "half": 0.015, "height": 0.02},
    **{"wheel": 0.05, "belt": 0.015, "cab": 0.04},
}


def pickup(rng: Rng) -> Solid:
    """A compact or large pickup with one or two rows of seats."""
    truck = varied(PICKUPS[draw_family("pickup", rng)], rng, _SPREAD)
    axles = [(truck.wheelbase / 2, truck.wheel), (-truck.wheelbase / 2, truck.wheel)]
    body, cabin = Hull(_body_plan(truck, axles)), Hull(_cabin_plan(truck))
    builder = Builder()
    body.add_to(builder, lid=False)
    _top(builder, body, truck)
    _bed(builder, body, truck)
    open_hull(builder, cabin, _windows(truck, cabin), lip=0)
    _front(builder, body, truck, rng)
    _tail(builder, body, truck, rng)
    _sides(builder, body, truck, axles, rng)
    _fittings(builder, body, cabin, truck, rng)
    _inside(builder, truck)
    rim = parts.random_rim(rng)
    for x, axle in axles:
        parts.wheel(builder, parts.Wheel(x=x, y=truck.half - 0.02, radius=axle, width=0.27), rim)
    parts.floor(builder, truck.ends[0] - 0.35, truck.ends[1] + 0.3, truck.half - 0.32, 0.3, 0.6)
    parts.exhaust(builder, truck.ends[1] + 0.12, 0.5, 0.38, rng)
    return builder.finish()


def _body_plan(truck: Pickup, axles: Axles) -> Plan:
    radius, belt, half = truck.wheel * 1.18, truck.belt, truck.half
    front, rear = truck.ends
    bonnet = [(rear, belt), (truck.foot, belt), (front - 0.15, belt - 0.07), (front, belt - 0.13)]
    return Plan(
        nose=curve(
            [(0.35, front - 0.06), (0.55, front), (belt - 0.18, front - 0.03), (belt, front - 0.12)],
            smooth=0.12,
        ),
        tail=curve([(0.35, rear + 0.03), (0.6, rear), (belt, rear + 0.02)], smooth=0.12),
        width=curve(
            [(0.35, half * 0.95), (0.6, half), (belt - 0.15, half), (belt, half * 0.965)], smooth=0.15
        ),
        bottom=parts.arches(curve([(0, 0.42)]), axles, radius),
        top=curve(bonnet, smooth=0.25),
        ends=(0.5, 0.1),
        square=(3.0, 4.4),
        crown=0.0,
        fillet=0.06,
        columns=parts.columns(front - 0.62, rear + 0.2, axles, radius),
        levels=14,
    )


def _cabin_plan(truck: Pickup) -> Plan:
    base, foot, rear, half, height = truck.belt - 0.06, truck.foot, truck.cab_rear, truck.half, truck.height
    roof = [(rear, height - 0.03), ((foot + rear) / 2 - 0.2, height), (foot - 0.5, height - 0.03)]
    return Plan(
        nose=curve([(base, foot + 0.08), (height, foot - 0.62)]),
        tail=curve([(base, rear - 0.02), (height, rear + 0.14)]),
        width=curve([(base, half * 0.95), (base + 0.12, half * 0.93), (height, half * 0.77)], smooth=0.1),
        bottom=curve([(0, base)]),
        top=curve(roof, smooth=0.4),
        ends=(0.24, 0.14),
        square=(2.6, 3.4),
        crown=0.03,
        fillet=0.1,
        columns=np.linspace(foot - 0.25, rear + 0.18, 18),
        levels=11,
    )


def _top(builder: Builder, body: Hull, truck: Pickup) -> None:
    """The bonnet across the whole width, and shoulders beside the cab, where the inside is open."""
    ring = body.left[-1, 1:-1]
    fraction = np.array([1, 0.98, 0.9, 0.7, 0.4, 0, -0.4, -0.7, -0.9, -0.98, -1])
    for low, high, cuts in (
        (truck.foot - 0.16, np.inf, [slice(None)]),
        (truck.cab_rear - 0.14, truck.foot, [slice(0, 3), slice(8, 11)]),
    ):
        rows = ring[(ring[:, 0] >= low) & (ring[:, 0] <= high)]
        across = rows[:, None] * (1, 0, 1) + rows[:, None] * np.array([0, 1, 0]) * fraction[:, None]
        rise = (rows[:, 1] / rows[:, 1].max()) ** 2
        if high == np.inf:
            across[..., 2] += 0.05 * rise[:, None] * (1 - fraction**2)
        for cut in cuts:
            builder.grid(across[:, cut], "paint")


def _bed(builder: Builder, body: Hull, truck: Pickup) -> None:
    """The open bed: rails, inner walls with wheel boxes, floor, tailgate and front wall."""
    ring = body.left[-1, 1:-1]
    cab = truck.cab_rear - 0.12
    rear = ring[ring[:, 0] <= cab + 0.1]
    inner = rear * (1, 0, 1)
    inner[:, 1] = np.maximum(rear[:, 1] - 0.07, 0)
    deep = inner - (0, 0, truck.belt - 0.72)
    builder.grid(np.stack([rear, inner]), "trim", mirror=True)
    builder.grid(np.stack([inner, deep]), "paint", mirror=True)
    builder.grid(np.stack([deep, deep * (1, -1, 1)]), "interior")
    tail, half = float(rear[:, 0].min()), float(inner[:, 1].max())
    top = float(rear[:, 2].min())
    builder.box((tail, -half, 0.7), (tail + 0.06, half, top), "paint")
    builder.box((cab - 0.02, -half, 0.66), (cab + 0.02, half, float(rear[:, 2].max()) - 0.01), "paint")
    x = -truck.wheelbase / 2
    box = ((x - 0.42, half - 0.2, 0.7), (x + 0.42, half, 0.92))
    block(builder, *box, "interior", bevel=0.06, mirror=True)
    for y in np.linspace(-half + 0.2, half - 0.2, 9):
        builder.box((tail + 0.06, float(y) - 0.03, 0.71), (cab - 0.03, float(y) + 0.03, 0.735), "interior")


def _windows(truck: Pickup, cabin: Hull) -> list[Window]:
    low, high, half = truck.belt + 0.05, truck.height - 0.15, truck.half
    screen = [(-half * 0.83, low), (half * 0.83, low), (half * 0.69, high), (-half * 0.69, high)]
    back = [(-half * 0.72, low), (half * 0.72, low), (half * 0.63, high), (-half * 0.63, high)]
    found = [Window(where="front", corners=screen, pane=Pane(frame="mesh", border=0.035, round_=0.1))]
    found.append(Window(where="rear", corners=back))
    z = np.array([low, high])
    ahead, behind = cabin.plan.nose(z) - 0.25, cabin.plan.tail(z) + 0.15
    cuts = [0.0, 0.52, 1.0] if truck.double else [0.0, 1.0]
    for left, right in itertools.pairwise(cuts):
        (a, c), (b, d) = (ahead + (behind - ahead) * fraction for fraction in (left, right))
        corners = [(a - 0.035, low), (b + 0.035, low), (d + 0.035, high), (c - 0.035, high)]
        found.append(Window(where="side", corners=[(float(x), float(y)) for x, y in corners]))
    return found


def _front(builder: Builder, body: Hull, truck: Pickup, rng: Rng) -> None:
    """Upright grille between the lamps, bumper, fog lamps, plate, now and then a bull bar."""
    half, top, front = truck.half, truck.belt - 0.16, truck.ends[0]
    inner, deep = half * float(rng.uniform(0.52, 0.62)), float(rng.uniform(0.14, 0.24))
    outer = half + float(rng.uniform(0.04, 0.2))
    lamp = [(inner, top - deep), (outer, top - deep * 0.85), (outer, top + 0.01), (inner, top)]
    parts.head_lamp(builder, body, lamp, parts.HeadLamp.random(rng))
    wide, low = inner - 0.04, top - deep * float(rng.uniform(1.0, 1.7))
    mouth = [(-wide * 0.94, low), (wide * 0.94, low), (wide, top + 0.01), (-wide, top + 0.01)]
    parts.grille(builder, body, mouth, parts.Grille.random(rng))
    bumper = drawn(rng, ("chrome", "paint", "trim"))
    patch(builder, body, "front_corner", rect(0, half + 0.25, 0.42, 0.58), bumper, lift=0.04, round_=0)
    patch(builder, body, "front", rect(-half * 0.5, half * 0.5, 0.44, 0.52), "mesh", lift=0.05)
    fog = rect(half * 0.68, half * 0.8, 0.46, 0.54)
    patch(builder, body, "front_corner", fog, "headlamp", lift=0.05, round_=0.8)
    parts.plate_at(builder, (front + 0.05, 0.0, 0.56), rng, rear=False)
    if happens(rng, 0.2):
        x = front + 0.12
        hoop = [(x - 0.1, 0.42, 0.42), (x, 0.42, 0.55), (x, 0.34, 0.98), (x, -0.34, 0.98)]
        hoop += [(x, -0.42, 0.55), (x - 0.1, -0.42, 0.42)]
        tube(builder, hoop, 0.035, "chrome")
        tube(builder, [(x, 0.4, 0.74), (x, -0.4, 0.74)], 0.025, "chrome")


def _tail(builder: Builder, body: Hull, truck: Pickup, rng: Rng) -> None:
    half, belt = truck.half, truck.belt
    lamp = rect(half * 0.84, half * 1.06, belt - float(rng.uniform(0.36, 0.46)), belt - 0.08)
    parts.tail_lamp(builder, body, lamp, parts.TailLamp.random(rng))
    for y in (half * 0.8, -half * 0.8):
        joint = rect(y - 0.007, y + 0.007, 0.68, belt - 0.02)
        patch(builder, body, "rear", joint, "mesh", lift=0.004, cells=(1, 6), round_=0)
    patch(builder, body, "rear", rect(-0.12, 0.12, belt - 0.16, belt - 0.1), "trim", lift=0.012)
    press = rect(-half * 0.6, half * 0.6, 0.8, belt - 0.24)
    patch(builder, body, "rear", press, "paint", lift=-0.008 if happens(rng, 0.5) else 0.012, round_=0.05)
    bumper = drawn(rng, ("chrome", "trim", "paint"))
    patch(builder, body, "rear_corner", rect(0, half + 0.05, 0.44, 0.6), bumper, lift=0.06, round_=0)
    parts.plate(builder, body, 0.69, rng, rear=True)


def _sides(builder: Builder, body: Hull, truck: Pickup, axles: Axles, rng: Rng) -> None:
    rear, foot, belt = truck.cab_rear, truck.foot, truck.belt
    gap(builder, body, rear - 0.1, 0.46, belt - 0.02)
    doors = [foot + 0.02, foot - 1.02, rear + 0.06] if truck.double else [foot + 0.02, rear + 0.06]
    for x in doors:
        gap(builder, body, x, 0.56, belt - 0.04)
    strip(builder, body, (doors[-1], doors[0]), (0.55, 0.562), "mesh", lift=0.003)
    slot = drawn(rng, ("chrome", "trim", "paint"))
    for x in doors[1:]:
        parts.handle(builder, body, x + 0.17, belt - 0.13, slot=slot)
    flare = happens(rng, 0.6)
    for x, axle in axles:
        reach = truck.wheel * 1.18
        width, lift = (0.075, 0.02) if flare else (0.03, 0.008)
        arc(builder, body, (x, axle), (reach - 0.01, reach + width), "trim" if flare else "paint", lift=lift)
    flap = rect(-truck.wheelbase / 2 + 0.5, -truck.wheelbase / 2 + 0.66, belt - 0.3, belt - 0.14)
    patch(builder, body, "side", flap, "paint", lift=0.006, round_=0.3)
    if happens(rng, 0.4):
        ends = [
            (-truck.wheelbase / 2 + 0.6, truck.half - 0.02, 0.4),
            (truck.wheelbase / 2 - 0.6, truck.half - 0.02, 0.4),
        ]
        tube(builder, ends, 0.04, drawn(rng, ("chrome", "trim")), mirror=True)


def _fittings(builder: Builder, body: Hull, cabin: Hull, truck: Pickup, rng: Rng) -> None:
    """Mirrors, wipers, and what the bed carries: a roll bar, a cover, a hard top or nothing."""
    x, z = truck.foot - 0.3, truck.belt + 0.09
    y = beside(cabin, x, z) + 0.03
    parts.mirrors(builder, x, y, z, size=0.21, slot=drawn(rng, ("paint", "trim", "chrome")))
    parts.wipers(builder, cabin, truck.belt + 0.04, truck.half * 0.8)
    kind = drawn(rng, ("open", "bar", "cover", "rack"), (0.42, 0.25, 0.25, 0.08))
    tail, front, half = truck.ends[1] + 0.12, truck.cab_rear - 0.16, truck.half - 0.1
    if kind == "bar":
        top = truck.height - 0.04
        for x in (front - 0.1, front - 0.3):
            hoop = [(x, half, truck.belt - 0.05), (x, half - 0.1, top), (x, -half + 0.1, top)]
            tube(
                builder,
                [*hoop, (x, -half, truck.belt - 0.05)],
                0.035,
                "chrome" if happens(rng, 0.5) else "trim",
            )
        for y in (half - 0.02, -half + 0.02):
            tube(builder, [(front - 0.2, y, top - 0.1), (tail + 0.5, y, truck.belt)], 0.028, "trim")
    elif kind == "cover":
        block(
            builder, (tail, -half - 0.05, truck.belt - 0.03), (front, half + 0.05, truck.belt + 0.03), "trim"
        )
    elif kind == "rack":
        for x in (front - 0.1, (front + tail) / 2, tail + 0.2):
            hoop = [(x, half, truck.belt - 0.05), (x, half, truck.height), (x, -half, truck.height)]
            tube(builder, [*hoop, (x, -half, truck.belt - 0.05)], 0.025, "trim", sides=6)
        for y in (-half, 0.0, half):
            tube(
                builder,
                [(tail + 0.1, y, truck.height), (front + 0.9, y, truck.height)],
                0.022,
                "trim",
                sides=6,
            )


def _inside(builder: Builder, truck: Pickup) -> None:
    room = parts.Cabin(
        front=truck.foot - 0.12,
        rear=truck.cab_rear + 0.3,
        half=truck.half * 0.88,
        floor=0.5,
        belt=truck.belt,
        roof=truck.height - 0.08,
        rows=2 if truck.double else 1,
    )
    parts.interior(builder, room)
    wall = truck.half * 0.8
    builder.box(
        (truck.cab_rear + 0.05, -wall, 0.5), (truck.cab_rear + 0.08, wall, truck.belt + 0.02), "interior"
    )
