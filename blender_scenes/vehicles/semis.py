"""Articulated trucks: a tractor unit, bonneted or not, with or without a sleeper, before a trailer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import bonnets, cabs, chassis
from blender_scenes.vehicles.forms import block, prism
from blender_scenes.vehicles.gear import Wheels, axle, fender, flaps
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.trailers import Trailer, trailer
from blender_scenes.vehicles.variation import drawn, happens, varied
from generator.families import draw_family

Rng = np.random.Generator

_FRAME = 0.72
"""Height of the lower edge of the tractor's frame."""


@dataclass(frozen=True)
class Tractor:
    """Measures in metres."""

    height: float
    """Of the cab's roof."""
    cab: float
    """From the bumper to the back of the cab, without a sleeper."""
    sleeper: float
    """Length of a berth of its own behind the cab; 0: none."""
    bonnet: float
    """From the bumper to the windscreen; 0: the driver sits over the axle."""
    axle: float
    """From the bumper to the steered axle."""
    driven: int
    """Driven axles."""
    half: float = 1.22


TRACTORS = {
    "long-nose-semi": Tractor(2.95, 3.45, 1.3, 1.9, 1.05, 2),
    "day-cab-semi": Tractor(2.95, 3.4, 0.0, 1.85, 1.05, 2),
    "high-roof-semi": Tractor(3.5, 2.2, 0.0, 0.0, 1.38, 1),
    "low-roof-semi": Tractor(2.9, 2.0, 0.0, 0.0, 1.36, 1),
    "heavy-semi": Tractor(3.4, 2.2, 0.0, 0.0, 1.38, 2),
}
_SPREAD = {"height": 0.04, "cab": 0.03, "sleeper": 0.12, "bonnet": 0.06, "half": 0.015}
_TRAILER_SPREAD = {"length": 0.12, "high": 0.04}
TRAILERS = {
    "box": Trailer("box", 6.4, 3.7, 2),
    "curtain": Trailer("curtain", 6.8, 3.7, 2),
    "tank": Trailer("tank", 6.4, 3.5, 2),
}


def semi(rng: Rng) -> Solid:
    """A tractor before a box, curtain or tank trailer."""
    tractor = varied(TRACTORS[draw_family("semi", rng)], rng, _SPREAD)
    load = varied(TRAILERS[drawn(rng, tuple(TRAILERS), (0.5, 0.25, 0.25))], rng, _TRAILER_SPREAD)
    disc = drawn(rng, ("rim", "chrome", "rim_dark"), (0.5, 0.35, 0.15))
    wheels = Wheels(float(rng.uniform(0.48, 0.53)), 0.29, int(rng.integers(6, 11)), disc)
    gap = float(rng.uniform(0.35, 0.6))
    front = (tractor.cab + tractor.sleeper + gap + load.length) / 2
    rear = front - tractor.cab - tractor.sleeper
    cab = cabs.Cab(front, front - tractor.cab, tractor.half, tractor.height, front - tractor.axle, wheels)
    builder = Builder()
    _cab(builder, cab, tractor, load.high, rng)
    coupling = _running_gear(builder, cab, tractor, rear, rng)
    trailer(builder, load, wheels, rear - gap, coupling, rng)
    return builder.finish()


def _cab(builder: Builder, cab: cabs.Cab, tractor: Tractor, high: float, rng: Rng) -> None:
    rear = cab.rear - tractor.sleeper
    if tractor.bonnet:
        front = bonnets.Bonnet(tractor.bonnet, float(rng.uniform(1.5, 1.7)), float(rng.uniform(1.8, 1.95)))
        bonnets.bonneted(builder, cab, front, rng)
        if tractor.sleeper:
            _sleeper(builder, cab, rear, high - float(rng.uniform(0.2, 0.8)))
        pipe = rear - 0.15
        chassis.stack_pipe(builder, pipe, cab.half - 0.16, 1.0, high - 0.05, mirror=happens(rng, 0.6))
        return
    cabs.cabover(builder, cab, rng)
    if high - tractor.height > 0.3 and happens(rng, 0.7):
        cabs.fairing(builder, cab, high - 0.1, front=cab.front - 0.75)
    if happens(rng, 0.5):
        low = (rear - 0.32, cab.half - 0.04, 1.0)
        block(builder, low, (rear + 0.02, cab.half, cab.height - 0.25), "paint", mirror=True)


def _sleeper(builder: Builder, cab: cabs.Cab, rear: float, high: float) -> None:
    """The berth behind a bonneted cab: its roof slopes up to a wind deflector; a small window."""
    front, half = cab.rear, cab.half
    high = max(high, cab.height + 0.2)
    outline = [(front + 0.02, 0.7), (rear, 0.7), (rear, high), (rear + 0.5, high)]
    outline += [(front + 0.25, cab.height + 0.12), (front + 0.25, cab.height - 0.15)]
    prism(builder, outline, -half, half, "paint", bevel=0.07)
    for margin, out, slot in ((0.0, 0.012, "trim"), (0.04, 0.018, "glass_dark")):
        low = (front - 0.75 + margin, half - 0.02, 1.95 + margin)
        block(builder, low, (front - 0.3 - margin, half + out, 2.35 - margin), slot, bevel=0.01, mirror=True)
    x = (front + rear) / 2
    block(
        builder, (x - 0.45, half - 0.02, 0.8), (x + 0.35, half + 0.01, 1.4), "paint", bevel=0.01, mirror=True
    )
    block(builder, (x - 0.1, half, 1.3), (x + 0.04, half + 0.02, 1.34), "chrome", bevel=0.005, mirror=True)


def _running_gear(builder: Builder, cab: cabs.Cab, tractor: Tractor, rear: float, rng: Rng) -> float:
    """Frame, axles, tanks, mudguards, the plate that the trailer rests on; returns the plate's x."""
    half, wheels = cab.half, cab.wheels
    first = rear - (0.65 if tractor.bonnet else 1.5)
    drive = [first - 1.28 * i for i in range(tractor.driven)]
    end = drive[-1] - 0.75
    chassis.rails(builder, cab.front - 0.5, end, _FRAME, _FRAME + 0.26)
    axle(builder, cab.axle, half, wheels, frame=_FRAME)
    for x in drive:
        axle(builder, x, half, wheels, frame=_FRAME, double=True)
        fender(builder, x, half + 0.01, wheels, width=0.62, reach=(0.35, np.pi - 0.35))
        block(
            builder,
            (x - 0.05, 0.4, wheels.radius * 2.1),
            (x + 0.05, half, wheels.radius * 2.16),
            "trim",
            mirror=True,
        )
    flaps(builder, end + 0.05, half, _FRAME + 0.2, width=half - 0.42)
    ahead = (cab.front - tractor.bonnet - 1.2) if tractor.bonnet else cab.rear
    round_ = bool(tractor.bonnet) or happens(rng, 0.3)
    chassis.tanks(builder, ahead, drive[0] + 0.7, half, round_=round_)
    middle = (drive[0] + drive[-1]) / 2
    block(builder, (middle - 0.5, -0.45, 0.96), (middle + 0.5, 0.45, 1.12), "trim")
    chassis.tail_lamps(builder, end, half - 0.1, 0.84, rng)
    return middle
