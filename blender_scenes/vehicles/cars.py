"""Sedan, hatchback and SUV: a lower body with wheel arches, and a cabin that stands on it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.faces import car_front, car_rear
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.patches import arc, framed, patch

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
    cladding: bool = False
    rails: bool = False


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


def sedan(rng: Rng) -> Solid:
    """A saloon: three boxes, a flat boot behind the cabin."""
    return build(_varied(SEDAN, rng), rng)


def hatchback(rng: Rng) -> Solid:
    """A short car whose roof runs to a steep rear door."""
    return build(_varied(HATCHBACK, rng), rng)


def suv(rng: Rng) -> Solid:
    """A tall wagon on big wheels with dark cladding and roof rails."""
    return build(_varied(SUV, rng), rng)


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


def build(car: Car, rng: Rng) -> Solid:
    """The whole car from its measures; `rng` decides the details."""
    builder = Builder()
    body, cabin = Hull(_body_plan(car)), Hull(_cabin_plan(car))
    body.add_to(builder)
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
    return builder.finish()


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
    for x in (doors[1] + 0.16, doors[2] + 0.2):
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
    spokes = int(rng.integers(5, 11))
    for x, axle in _axles(car):
        parts.wheel(builder, x, car.width / 2 - 0.02, axle, 0.22, spokes)
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
