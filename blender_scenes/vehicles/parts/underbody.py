"""Below the body: wheel arches, floors, exhausts."""

from __future__ import annotations

import numpy as np

from blender_scenes.vehicles.forms import tube
from blender_scenes.vehicles.hull import Corner, Curve
from blender_scenes.vehicles.mesh import Builder, Points

Rng = np.random.Generator


def arches(sill: Curve, wheels: list[Corner], radius: float) -> Curve:
    """The lower edge of a body: the sill, lifted over each wheel; `wheels` are (x, axle height)."""

    def edge(x: Points) -> Points:
        height = sill(x)
        for centre, axle in wheels:
            inside = np.clip(radius**2 - (x - centre) ** 2, 0, None)
            height = np.where(inside > 0, np.maximum(height, axle + np.sqrt(inside)), height)
        return height

    return edge


def columns(front: float, rear: float, wheels: list[Corner], radius: float, step: float = 0.16) -> Points:
    """x along a side, from front to rear, dense where wheel arches curve."""
    plain = np.arange(front, rear, -step)
    dense = [x - radius * np.cos(np.linspace(0, np.pi, 17)) for x, _ in wheels]
    keep = [x for x in plain if all(abs(x - wheel) > radius * 1.05 for wheel, _ in wheels)]
    edges = [x + side * (radius + 0.004) for x, _ in wheels for side in (-1, 1)]
    every = np.concatenate([keep, edges, *dense])
    return np.sort(every[(every < front) & (every > rear)])[::-1]


def floor(builder: Builder, front: float, rear: float, half: float, low: float, high: float) -> None:
    """The dark undercarriage, narrow enough to stay inside of the wheels."""
    builder.box((rear, -half, low), (front, half, high), "trim")


def exhaust(builder: Builder, x: float, y: float, z: float, rng: Rng) -> None:
    """One or two round pipes below the tail, open at their ends; `x` is where they end."""
    both = bool(rng.random() < 0.5)
    tube(builder, [(x + 0.3, y, z), (x, y, z)], 0.036, "chrome", sides=12, mirror=both)
    tube(builder, [(x + 0.02, y, z), (x - 0.002, y, z)], 0.028, "well", sides=12, mirror=both)
