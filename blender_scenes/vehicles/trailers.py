"""Semi-trailers: box, curtain sider or tank on a frame with two or three axles at the rear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from blender_scenes.vehicles import chassis, loads
from blender_scenes.vehicles.forms import block, drum, tube
from blender_scenes.vehicles.gear import Wheels, axle, fender, flaps
from blender_scenes.vehicles.mesh import Builder

Rng = np.random.Generator

_HALF, _FLOOR = 1.26, 1.22
_FRAME = 0.92
"""Height of the frame's lower edge."""


@dataclass(frozen=True)
class Trailer:
    """Measures in metres."""

    kind: Literal["box", "curtain", "tank"]
    length: float
    high: float
    """Height of its top."""
    axles: int


def trailer(builder: Builder, load: Trailer, wheels: Wheels, front: float, coupling: float, rng: Rng) -> None:
    """Add a trailer whose front is at x = `front` and which rests on the tractor at x = `coupling`."""
    rear = front - load.length
    wide = _HALF - 0.06 if load.kind == "tank" else _HALF
    bay = loads.Bay(front, rear, wide, _FLOOR, load.high)
    {"box": loads.box, "curtain": loads.curtain, "tank": loads.tank}[load.kind](builder, bay, rng)
    chassis.rails(builder, coupling - 0.8, rear + 0.05, _FRAME, _FLOOR + 0.02)
    block(builder, (coupling - 0.9, -0.6, 1.11), (front - 0.1, 0.6, _FLOOR + 0.03), "trim")
    places = [rear + 0.95 + 1.22 * i for i in range(load.axles)]
    for x in places:
        axle(builder, x, _HALF - 0.02, wheels, frame=_FRAME, double=True)
        if load.kind == "tank":
            fender(builder, x, _HALF - 0.01, wheels, width=0.6, reach=(0.3, np.pi - 0.3))
            stay = ((x - 0.04, 0.4, 2.14 * wheels.radius), (x + 0.04, _HALF, 2.2 * wheels.radius))
            block(builder, *stay, "trim", mirror=True)
    flaps(builder, rear + 0.28, _HALF - 0.02, 1.1, width=_HALF - 0.44)
    legs = min(front - 2.4, coupling - 1.4)
    _landing_gear(builder, legs)
    chassis.underride(builder, rear, _HALF, _FLOOR)
    chassis.tail_lamps(builder, rear - 0.02, _HALF - 0.08, 1.02, rng)
    if load.kind != "tank":  # whose frame is too narrow to hang them on
        chassis.side_guard(builder, legs - 0.35, places[-1] + 0.75, _HALF - 0.02, _FLOOR)
        chassis.markers(builder, front - 0.4, rear + 0.3, _HALF + 0.01, _FLOOR + 0.04, 6)


def _landing_gear(builder: Builder, x: float) -> None:
    """The two legs that a trailer stands on without its tractor."""
    low, high = _HALF - 0.42, _HALF - 0.28
    block(builder, (x - 0.07, low, 0.35), (x + 0.07, high, _FLOOR), "trim", mirror=True)
    block(builder, (x - 0.14, low - 0.06, 0.3), (x + 0.14, high + 0.06, 0.36), "chrome", mirror=True)
    drum(builder, (x, -low - 0.02, 0.8), (x, low + 0.02, 0.8), 0.03, "trim", segments=8)
    tube(builder, [(x, low + 0.04, 0.45), (x - 0.6, 0.42, 1.0)], 0.03, "trim", sides=6, mirror=True)
