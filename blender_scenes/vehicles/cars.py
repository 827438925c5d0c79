"""Sedan, hatchback and SUV: a lower body with wheel arches, and a cabin that stands on it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.faces import car_front, car_rear
from blender_scenes.vehicles.hull import Corner, Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.patches import arc, framed, patch, rect

Rng = np.random.Generator


@dataclass(frozen=True)
class Car:
    """Measures in metres. x runs forwards from the middle of the wheelbase."""

    wheelbase: float
    front: float
    """Overhang before the front axle."""
    rear: float
    width: float
    height: float
    wheel: float
    """Radius of the wheels."""
    sill: float
    nose: float
    """Height of the bonnet's front edge."""
    belt: float
    """Height of the window sills amidships."""
    deck: float
    """Height of the boot's rear edge, or of the rear window's."""
    screen: tuple[float, float]
    """Windscreen: x of its foot and of its head, from the front axle."""
    back: tuple[float, float]
    """Rear window: x of its foot and of its head, from the rear axle."""
    windows: int
    doors: int = 2
    """On each side."""
    cladding: bool = False
    rails: bool = False
    open: bool = False
    """No roof: seats in a tub behind a windscreen."""


Dress = Callable[[Builder, Hull, Car, Rng], None]

SEDAN = Car(2.75, 0.88, 1.02, 1.82, 1.45, 0.33, 0.26, 0.72, 0.93, 1.02, (-0.42, -1.22), (-0.45, 0.42), 2)
HATCHBACK = Car(2.55, 0.82, 0.72, 1.76, 1.49, 0.32, 0.26, 0.74, 0.95, 1.0, (-0.32, -1.1), (-0.62, -0.28), 2)
SUV = Car(
    2.72,
    0.86,
    0.88,
    1.9,
    1.76,
    0.38,
    0.38,
    0.98,
    1.14,
    1.16,
    (-0.42, -1.02),
    (-0.8, -0.55),
    3,
    cladding=True,
    rails=True,
)


WAGON = replace(SEDAN, rear=1.0, height=1.49, deck=1.0, belt=0.95, back=(-0.86, -0.5), windows=3, rails=True)
COUPE = Car(2.62, 0.9, 0.92, 1.86, 1.3, 0.34, 0.2, 0.66, 0.88, 0.98, (-0.5, -1.32), (-0.62, 0.4), 1, doors=1)
CONVERTIBLE = replace(COUPE, wheelbase=2.55, height=1.27, belt=0.9, deck=0.94, open=True)
MINIVAN = Car(2.95, 0.85, 0.95, 1.94, 1.74, 0.35, 0.24, 0.92, 1.04, 1.08, (0.05, -1.05), (-0.85, -0.66), 3)


def sedan(rng: Rng) -> Solid:
    """A saloon: three boxes, a flat boot behind the cabin."""
    return build(_varied(SEDAN, rng), rng)


def hatchback(rng: Rng) -> Solid:
    """A short car whose roof runs to a steep rear door."""
    return build(_varied(HATCHBACK, rng), rng)


def suv(rng: Rng) -> Solid:
    """A tall wagon on big wheels with dark cladding and roof rails."""
    return build(_varied(SUV, rng), rng)


def wagon(rng: Rng) -> Solid:
    """An estate: a sedan whose roof runs on over the load bay."""
    return build(_varied(WAGON, rng), rng)


def coupe(rng: Rng) -> Solid:
    """A low sports car with two doors and a fast roof line."""
    return build(_varied(COUPE, rng), rng)


def convertible(rng: Rng) -> Solid:
    """A coupe without a roof."""
    return build(_varied(CONVERTIBLE, rng), rng)


def minivan(rng: Rng) -> Solid:
    """A family car of one box: the bonnet runs into a flat windscreen."""
    return build(_varied(MINIVAN, rng), rng)


def taxi(rng: Rng) -> Solid:
    """A sedan or wagon with a lit sign on the roof and a chequered band."""
    car = _varied(WAGON if rng.random() < 0.3 else SEDAN, rng)
    return build(replace(car, rails=False), rng, dress=chequers)


def police(rng: Rng) -> Solid:
    """A sedan or SUV with a light bar and a white band."""
    car = _varied(SUV if rng.random() < 0.4 else SEDAN, rng)
    return build(replace(car, rails=False), rng, dress=light_bar)


def _varied(base: Car, rng: Rng) -> Car:
    scale = rng.uniform(-1, 1, 8)
    return replace(
        base,
        wheelbase=base.wheelbase * (1 + 0.04 * scale[0]),
        front=base.front * (1 + 0.06 * scale[1]),
        rear=base.rear * (1 + 0.08 * scale[2]),
        width=base.width * (1 + 0.02 * scale[3]),
        height=base.height * (1 + 0.025 * scale[4]),
        wheel=base.wheel * (1 + 0.06 * scale[5]),
        nose=base.nose + 0.03 * scale[6],
        belt=base.belt + 0.02 * scale[7],
    )


def build(car: Car, rng: Rng, *, dress: Dress | None = None) -> Solid:
    """The whole car from its measures; `rng` decides the details, `dress` adds what a service car wears."""
    builder = Builder()
    body, cabin = Hull(_body_plan(car)), Hull(_cabin_plan(car))
    body.add_to(builder, hole=_cockpit(car) if car.open else None)
    if car.open:
        _tub(builder, cabin, car)
    else:
        cabin.add_to(builder, lip=0)
        _glass(builder, cabin, car)
    _sides(builder, body, car)
    car_front(builder, body, car.nose, car.sill, rng)
    car_rear(builder, body, car.deck, car.sill, rng, tall=car.back[1] < 0)
    _running_gear(builder, car, rng)
    front = car.wheelbase / 2
    parts.mirrors(builder, front + car.screen[0] - 0.28, 0.46 * car.width, car.belt + 0.06)
    if car.rails:
        _rails(builder, cabin, car)
    if dress:
        dress(builder, body, car, rng)
    return builder.finish()


def _cockpit(car: Car) -> tuple[Corner, Corner]:
    """Opposite corners (x, y) of the opening of a car without a roof."""
    half = 0.4 * car.width
    return (car.wheelbase / 2 + car.screen[0] - 0.1, half), (-car.wheelbase / 2 + 0.15, -half)


def _tub(builder: Builder, cabin: Hull, car: Car) -> None:
    """Floor, seats and dashboard in the opening, and the windscreen's frame."""
    (front, half), (rear, _) = _cockpit(car)
    half, low = half + 0.06, car.sill + 0.1
    builder.box((rear - 0.1, -half, low - 0.05), (front + 0.1, half, low), "interior")
    for x in (rear - 0.12, front + 0.08):
        builder.box((x, -half, low), (x + 0.04, half, car.belt - 0.06), "interior")
    builder.box((rear, half, low), (front, half + 0.03, car.belt - 0.06), "interior", mirror=True)
    builder.box((front - 0.25, -half, car.belt - 0.25), (front + 0.1, half, car.belt - 0.03), "trim")
    for back, high in ((front - 1.15, car.belt + 0.16), (rear + 0.25, car.belt + 0.04)):
        builder.box((back, 0.12, low + 0.15), (back + 0.5, half - 0.12, low + 0.32), "interior", mirror=True)
        builder.box((back - 0.1, 0.14, low + 0.2), (back + 0.04, half - 0.14, high), "interior", mirror=True)
        builder.box((back - 0.08, 0.26, high), (back, half - 0.26, high + 0.16), "interior", mirror=True)
    width, top = car.width / 2, car.height - 0.02
    edge = [(-width * 0.84, car.belt - 0.03), (width * 0.84, car.belt - 0.03)]
    edge += [(width * 0.66, top), (-width * 0.66, top)]
    inner = [(-width * 0.8, car.belt), (width * 0.8, car.belt), (width * 0.62, top - 0.05)]
    inner.append((-width * 0.62, top - 0.05))
    patch(builder, cabin, "front", edge, "trim", lift=-0.01)
    patch(builder, cabin, "front", inner, "glass", lift=0.012)
    patch(builder, cabin, "front", inner, "glass", lift=-0.022)


def chequers(builder: Builder, body: Hull, car: Car, rng: Rng) -> None:
    """A taxi's roof sign, and a band of squares along its doors."""
    x, z = 0.1 * float(rng.uniform(-1, 1)) - 0.1, car.height
    builder.box((x - 0.1, -0.16, z - 0.03), (x + 0.1, 0.16, z + 0.03), "trim")
    builder.box((x - 0.09, -0.32, z + 0.02), (x + 0.09, 0.32, z + 0.2), "lightbox")
    reach, side = car.wheelbase / 2 - car.wheel * 1.35, 0.055
    base = car.belt - float(rng.uniform(0.26, 0.34))
    for i in range(int(2 * reach / side)):
        low, left = base + side * (i % 2), -reach + i * side
        patch(builder, body, "side", rect(left, left + side, low, low + side), "trim", lift=0.006, round_=0)


def light_bar(builder: Builder, body: Hull, car: Car, rng: Rng) -> None:
    """A police car's beacons, and a white band along its doors."""
    x, z = 0.15 * float(rng.uniform(-1, 1)) - 0.05, car.height
    half = float(rng.uniform(0.5, 0.6))
    builder.box((x - 0.12, -half, z - 0.03), (x + 0.12, half, z + 0.04), "trim")
    builder.box((x - 0.13, 0.14, z + 0.04), (x + 0.13, half, z + 0.15), "beacon_blue")
    builder.box((x - 0.13, -half, z + 0.04), (x + 0.13, -0.14, z + 0.15), "beacon_red")
    builder.box((x - 0.11, -0.14, z + 0.04), (x + 0.11, 0.14, z + 0.13), "chrome")
    reach, low = car.wheelbase / 2 - car.wheel * 1.3, car.belt - float(rng.uniform(0.3, 0.36))
    band = rect(-reach, reach, low, low + 0.16)
    patch(builder, body, "side", band, "panel", lift=0.004, cells=(24, 3), round_=0)
    band = rect(-reach, reach, low - 0.05, low - 0.02)
    patch(builder, body, "side", band, "beacon_blue", lift=0.004, cells=(24, 2), round_=0)


def _axles(car: Car) -> list[tuple[float, float]]:
    return [(car.wheelbase / 2, car.wheel), (-car.wheelbase / 2, car.wheel)]


def _belt_line(car: Car) -> list[tuple[float, float]]:
    """Upper edge of the lower body, from tail to nose."""
    front, rear = car.wheelbase / 2, -car.wheelbase / 2
    return [
        (rear - car.rear, car.deck - 0.03),
        (rear + car.back[0] + 0.1, car.deck + 0.02),
        (rear + 0.8, car.belt + 0.03),
        (front + car.screen[0] - 0.4, car.belt),
        (front + car.screen[0] + 0.1, car.belt),
        (front + 0.3, car.nose + 0.6 * (car.belt - car.nose)),
        (front + car.front - 0.12, car.nose),
        (front + car.front, car.nose - 0.06),
    ]


def _body_plan(car: Car) -> Plan:
    axles = _axles(car)
    radius = car.wheel * 1.16
    front, rear = car.wheelbase / 2 + car.front, -car.wheelbase / 2 - car.rear
    half = car.width / 2
    low, high = car.sill, car.belt
    bumper = low + 0.3 * (high - low)
    sill = curve([(rear, low + 0.1), (rear + 0.45, low), (front - 0.4, low), (front, low - 0.04)], smooth=0.2)
    return Plan(
        nose=curve(
            [
                (low - 0.05, front - 0.1),
                (bumper, front),
                (car.nose - 0.1, front - 0.05),
                (high, front - 0.16),
            ],
            smooth=0.12,
        ),
        tail=curve(
            [(low, rear + 0.1), (bumper, rear), (bumper + 0.15, rear + 0.01), (car.deck, rear + 0.1)],
            smooth=0.12,
        ),
        width=curve(
            [
                (low - 0.05, half * 0.92),
                (bumper, half),
                (bumper + 0.2, half),
                (high, half * 0.95),
                (high + 0.2, half * 0.86),
            ],
            smooth=0.15,
        ),
        bottom=parts.arches(sill, axles, radius),
        top=curve(_belt_line(car), smooth=0.3),
        ends=(0.62, 0.5),
        square=(2.7, 3.2),
        crown=0.045,
        fillet=0.07,
        columns=parts.columns(front - 0.72, rear + 0.62, axles, radius),
        levels=12,
    )


def _cabin_plan(car: Car) -> Plan:
    front, rear = car.wheelbase / 2, -car.wheelbase / 2
    foot, head = front + car.screen[0], front + car.screen[1]
    tail_foot, tail_head = rear + car.back[0], rear + car.back[1]
    base, roof = car.belt - 0.06, car.height - 0.02
    half = car.width / 2
    columns = np.linspace(foot - 0.3, tail_foot + 0.24, 26)
    middle = (head + tail_head) / 2
    return Plan(
        nose=curve([(base, foot + 0.06), (roof, head)], smooth=0.05),
        tail=curve([(base, tail_foot - 0.03), (roof, tail_head)], smooth=0.05),
        width=curve([(base, half * 0.93), (base + 0.1, half * 0.92), (roof, half * 0.7)], smooth=0.15),
        bottom=curve([(0, base)]),
        top=curve([(tail_head - 0.2, roof - 0.05), (middle, roof), (head + 0.2, roof - 0.03)], smooth=0.5),
        ends=(0.26, 0.2),
        square=(2.6, 2.8),
        crown=0.03,
        fillet=0.1,
        columns=columns,
        levels=9,
    )


def _glass(builder: Builder, cabin: Hull, car: Car) -> None:
    """Windscreen, rear window and the side windows between their pillars."""
    plan = cabin.plan
    half = car.width / 2
    low, high = car.belt + 0.06, car.height - 0.15
    framed(
        builder,
        cabin,
        "front",
        [
            (-half * 0.8, low - 0.02),
            (half * 0.8, low - 0.02),
            (half * 0.6, high + 0.03),
            (-half * 0.6, high + 0.03),
        ],
    )
    rear_low = max(low, car.deck + 0.05)
    framed(
        builder,
        cabin,
        "rear",
        [
            (-half * 0.74, rear_low),
            (half * 0.74, rear_low),
            (half * 0.58, high + 0.02),
            (-half * 0.58, high + 0.02),
        ],
    )
    z = np.array([low, high])
    ahead, behind = plan.nose(z) - 0.3, plan.tail(z) + (0.22 if car.back[1] < 0 else 0.3)
    cuts = np.linspace(0, 1, car.windows + 1)
    if car.windows == 3:
        cuts = np.array([0, 0.38, 0.72, 1.0])
    for left, right in itertools.pairwise(cuts):
        lower = ahead[0] + (behind[0] - ahead[0]) * np.array([left, right])
        upper = ahead[1] + (behind[1] - ahead[1]) * np.array([left, right])
        gap = 0.045
        framed(
            builder,
            cabin,
            "side",
            [(lower[0] - gap, low), (lower[1] + gap, low), (upper[1] + gap, high), (upper[0] - gap, high)],
        )


def _sides(builder: Builder, body: Hull, car: Car) -> None:
    """Door gaps, handles, sills and, on an SUV, cladding."""
    front, rear = car.wheelbase / 2, -car.wheelbase / 2
    doors = [front + car.screen[0] - 0.22, (front + rear) / 2 - 0.12, rear + 0.42]
    if car.doors == 1:
        doors = [doors[0], rear + 0.75]
    for x in doors:
        patch(
            builder,
            body,
            "side",
            [
                (x + 0.008, car.sill + 0.12),
                (x - 0.008, car.sill + 0.12),
                (x - 0.008, car.belt - 0.06),
                (x + 0.008, car.belt - 0.06),
            ],
            "trim",
            lift=0.004,
        )
    for x in [x + 0.18 for x in doors[1:]]:
        patch(
            builder,
            body,
            "side",
            [
                (x + 0.1, car.belt - 0.17),
                (x - 0.08, car.belt - 0.17),
                (x - 0.08, car.belt - 0.13),
                (x + 0.1, car.belt - 0.13),
            ],
            "chrome",
            lift=0.03,
        )
    reach = car.wheel * 1.16
    patch(
        builder,
        body,
        "side",
        [
            (front - reach, car.sill + 0.01),
            (rear + reach, car.sill + 0.01),
            (rear + reach, car.sill + 0.1),
            (front - reach, car.sill + 0.1),
        ],
        "trim",
        round_=0.0,
    )
    if car.cladding:
        for x, axle in _axles(car):
            arc(builder, body, (x, axle), (reach, reach + 0.07), "trim")


def _running_gear(builder: Builder, car: Car, rng: Rng) -> None:
    rim = parts.random_rim(rng)
    for x, axle in _axles(car):
        at = parts.Wheel(x=x, y=car.width / 2 - 0.02, radius=axle, width=0.22)
        parts.wheel(builder, at, rim)
    front, rear = car.wheelbase / 2 + car.front, -car.wheelbase / 2 - car.rear
    parts.floor(builder, front - 0.35, rear + 0.3, car.width / 2 - 0.28, car.sill - 0.06, car.belt - 0.2)
    parts.exhaust(builder, rear + 0.02, 0.45 * car.width - 0.25, car.sill + 0.02, rng)


def _rails(builder: Builder, cabin: Hull, car: Car) -> None:
    """Two bars along the roof, standing on its edge."""
    top = cabin.left[-1]
    x = np.linspace(top[:, 0].max() - 0.35, top[:, 0].min() + 0.3, 14)
    y = np.interp(-x, -top[:, 0], top[:, 1]) - 0.02
    z = np.interp(-x, -top[:, 0], top[:, 2]) + 0.045 * np.sin(np.linspace(0.3, np.pi - 0.3, 14)) ** 0.3
    angle = np.linspace(0, 2 * np.pi, 7)[:-1]
    ring = np.stack([np.stack([x, y + 0.022 * np.cos(a), z + 0.022 * np.sin(a)], -1) for a in angle], 1)
    builder.grid(ring, "chrome", wrap=True, mirror=True)
