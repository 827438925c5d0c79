"""Articulated trucks: a tractor unit and a trailer of one of several kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import bonnets, cabs, chassis, loads
from blender_scenes.vehicles.forms import block, drum, prism, tube
from blender_scenes.vehicles.gear import Wheels, axle, fender, flaps
from blender_scenes.vehicles.mesh import Builder, Solid

Rng = np.random.Generator


@dataclass(frozen=True)
class Semi:
    """Measures in metres; x runs forwards from the middle of the whole."""

    bonneted: bool
    cab_height: float
    cab_length: float
    """From the bumper to the back wall."""
    tandem: bool
    """Two driven axles, not one."""
    trailer: float
    """Length of the trailer."""
    high: float
    """Height of the trailer's roof."""
    trailer_axles: int
    half: float = 1.22


def semi(rng: Rng) -> Solid:
    """A tractor with a sleeper, bonneted or not, before a box, curtain or tank trailer."""
    truck = _drawn(rng)
    wheels = Wheels(
        float(rng.uniform(0.48, 0.52)),
        0.29,
        int(rng.integers(6, 11)),
        ("rim", "chrome")[int(rng.integers(2))],
    )
    gap = float(rng.uniform(0.35, 0.6))
    length = truck.cab_length + gap + truck.trailer
    front = length / 2
    builder = Builder()
    cab = cabs.Cab(
        front=front,
        rear=front - truck.cab_length,
        half=truck.half,
        height=truck.cab_height,
        axle=front - (1.05 if truck.bonneted else 1.38),
        wheels=wheels,
    )
    _tractor(builder, cab, truck, rng)
    _trailer(builder, truck, wheels, cab.rear - gap, rng)
    return builder.finish()


def _drawn(rng: Rng) -> Semi:
    bonneted = bool(rng.random() < 0.5)
    sleeper = bool(rng.random() < 0.75)
    if bonneted:
        height, length = float(rng.uniform(2.85, 3.1)), float(rng.uniform(3.3, 3.6)) + 1.3 * sleeper
    else:
        height, length = float(rng.uniform(2.8, 3.0)) + 0.55 * sleeper, float(rng.uniform(1.95, 2.25))
    return Semi(
        bonneted=bonneted,
        cab_height=height,
        cab_length=length,
        tandem=bool(rng.random() < (0.8 if bonneted else 0.4)),
        trailer=float(rng.uniform(7.0, 9.5)),
        high=float(rng.uniform(3.7, 4.0)),
        trailer_axles=int(rng.integers(2, 4)),
    )


def _tractor(builder: Builder, cab: cabs.Cab, truck: Semi, rng: Rng) -> None:
    if truck.bonneted:
        sleeper = truck.cab_length > 4.2
        back = cab.rear + 1.35 if sleeper else cab.rear
        day = cabs.Cab(cab.front, back, cab.half, cab.height, cab.axle, cab.wheels)
        bonnet = bonnets.Bonnet(
            float(rng.uniform(1.75, 2.0)), float(rng.uniform(1.5, 1.7)), float(rng.uniform(1.8, 1.95))
        )
        bonnets.bonneted(builder, day, bonnet, rng)
        if sleeper:
            _sleeper(builder, cab, back, truck.high - 0.35)
        chassis.stack_pipe(builder, cab.rear - 0.16, cab.half - 0.16, 1.1, truck.high - 0.05, mirror=True)
    else:
        cabs.cabover(builder, cab, rng)
        if rng.random() < 0.6:
            cabs.fairing(builder, cab, truck.high - 0.1, front=cab.front - 0.75)
    drive = _drive_axles(cab, truck)
    rear = drive[-1] - 0.75
    chassis.rails(builder, cab.front - 0.7, rear, 0.72, 0.98)
    axle(builder, cab.axle, cab.half, cab.wheels)
    for x in drive:
        axle(builder, x, cab.half, cab.wheels, double=True)
        fender(builder, x, cab.half + 0.01, cab.wheels, width=0.62, reach=(0.35, np.pi - 0.35))
    flaps(builder, rear + 0.12, cab.half, 0.9, width=0.6)
    round_ = truck.bonneted or bool(rng.random() < 0.3)
    ahead = cab.rear + 1.3 if truck.bonneted else cab.rear
    chassis.tanks(builder, ahead - 0.1, drive[0] + 0.68, cab.half, round_=round_)
    block(builder, (drive[-1] - 0.5, -0.45, 0.98), (drive[0] + 0.5, 0.45, 1.12), "trim")
    chassis.tail_lamps(builder, rear, cab.half - 0.1, 0.82, rng)


def _drive_axles(cab: cabs.Cab, truck: Semi) -> list[float]:
    first = cab.rear - (0.65 if truck.bonneted else 1.35)
    return [first, first - 1.28] if truck.tandem else [first - 0.35]


def _sleeper(builder: Builder, cab: cabs.Cab, front: float, high: float) -> None:
    """The berth behind a bonneted cab, its roof sloping up to the trailer's height."""
    outline = [
        (front + 0.02, 0.7),
        (cab.rear, 0.7),
        (cab.rear, high),
        (cab.rear + 0.5, high),
        (front + 0.25, cab.height + 0.12),
        (front + 0.25, cab.height - 0.15),
    ]
    prism(builder, outline, -cab.half, cab.half, "paint", bevel=0.07)
    block(
        builder,
        (front - 0.75, cab.half - 0.02, 1.95),
        (front - 0.3, cab.half + 0.012, 2.35),
        "trim",
        bevel=0.01,
        mirror=True,
    )
    block(
        builder,
        (front - 0.71, cab.half, 1.99),
        (front - 0.34, cab.half + 0.018, 2.31),
        "glass",
        bevel=0.01,
        mirror=True,
    )


def _trailer(builder: Builder, truck: Semi, wheels: Wheels, front: float, rng: Rng) -> None:
    rear, half = front - truck.trailer, 1.26
    kind = int(rng.choice(3, p=(0.5, 0.25, 0.25)))
    bay = loads.Bay(front, rear, half, 1.2, truck.high)
    if kind == 2:
        bay = loads.Bay(front, rear, half - 0.06, 1.25, truck.high - 0.35)
    (loads.box, loads.curtain, loads.tank)[kind](builder, bay, rng)
    chassis.rails(builder, front - 2.2, rear + 0.05, 0.92, 1.22)
    first = rear + 0.95
    places = [first + 1.22 * i for i in range(truck.trailer_axles)]
    for x in places:
        axle(builder, x, half - 0.02, wheels, double=True)
    if kind == 2:
        for x in places:
            fender(builder, x, half - 0.01, wheels, width=0.6, reach=(0.3, np.pi - 0.3))
    flaps(builder, rear + 0.28, half - 0.02, 1.1, width=0.6)
    _landing_gear(builder, front - 2.3, half)
    chassis.side_guard(builder, front - 2.6, places[-1] + 0.75, half - 0.02, 1.2)
    chassis.underride(builder, rear, half, 1.15)
    chassis.tail_lamps(builder, rear - 0.02, half - 0.08, 1.02, rng)
    chassis.markers(builder, front - 0.4, rear + 0.3, half + 0.01, bay.low + 0.04, 6)


def _landing_gear(builder: Builder, x: float, half: float) -> None:
    block(builder, (x - 0.07, half - 0.42, 0.35), (x + 0.07, half - 0.28, 1.2), "trim", mirror=True)
    block(builder, (x - 0.14, half - 0.48, 0.3), (x + 0.14, half - 0.22, 0.35), "chrome", mirror=True)
    drum(builder, (x, -half + 0.3, 0.8), (x, half - 0.3, 0.8), 0.03, "trim", segments=8)
    tube(builder, [(x, half - 0.3, 0.4), (x - 0.7, half - 0.5, 1.15)], 0.03, "trim", sides=6, mirror=True)
