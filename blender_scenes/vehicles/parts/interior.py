"""What one sees through the windows: seats with headrests, dashboard, steering wheel, a dark tub."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles.forms import block, prism, tube
from blender_scenes.vehicles.mesh import Builder


@dataclass(frozen=True, kw_only=True)
class Shell:
    """The room inside, metres."""

    front: float
    """x of the windscreen's foot, where the dashboard ends."""
    rear: float
    """x that the last seats' backs reach to."""
    half: float
    """Half the width inside of the doors."""
    floor: float
    belt: float
    """Height of the window sills."""
    roof: float


@dataclass(frozen=True, kw_only=True)
class Cabin(Shell):
    """The room of a car or truck, with its seats."""

    rows: int = 2
    across: int = 2
    """Seats in each row but a last bench."""
    benched: bool = True
    """Whether the last of several rows is one bench."""


def interior(builder: Builder, cabin: Cabin) -> None:
    """Fill the cabin: tub, dashboard, steering wheel on the left, and rows of seats."""
    _tub(builder, cabin)
    dashboard(builder, cabin)
    first = cabin.front - 1.3
    for row in range(cabin.rows):
        x = first if cabin.rows == 1 else first + (cabin.rear + 0.2 - first) * row / (cabin.rows - 1)
        if cabin.benched and 0 < row == cabin.rows - 1:
            bench(builder, cabin, x)
        else:
            pitch = 2 * cabin.half / cabin.across
            for y in (np.arange(cabin.across) + 0.5) * pitch - cabin.half:
                seat(builder, cabin, (x, float(y)), min(0.5, 0.8 * pitch))


def _tub(builder: Builder, cabin: Cabin) -> None:
    """Floor and walls up to the sills, open above."""
    corners = [(1, 1), (1, -1), (-1, -1), (-1, 1)]
    middle, reach = (cabin.front + cabin.rear) / 2, (cabin.front - cabin.rear) / 2
    foot = [(middle + reach * a, cabin.half * b, cabin.floor) for a, b in corners]
    rim = [(x, y, cabin.belt - 0.04) for x, y, _ in foot]
    builder.grid(np.array([rim, foot]), "interior", wrap=True)
    builder.grid(np.array([[foot[0], foot[1]], [foot[3], foot[2]]]), "interior")


def dashboard(builder: Builder, cabin: Shell) -> None:
    """The dashboard across, its hood over the instruments, and a tilted steering wheel before the driver."""
    x, top, half = cabin.front, cabin.belt, cabin.half
    shape = [(x, top - 0.03), (x - 0.3, top), (x - 0.42, top - 0.08), (x - 0.38, top - 0.3)]
    shape += [(x - 0.15, top - 0.45), (x, top - 0.45)]
    prism(builder, shape, -half + 0.03, half - 0.03, "interior")
    driver = 0.5 * half
    hood = [(x - 0.2, top), (x - 0.28, top + 0.055), (x - 0.4, top + 0.045), (x - 0.4, top - 0.05)]
    prism(builder, hood, driver - 0.2, driver + 0.2, "interior", bevel=0.03)
    _steering_wheel(builder, (x - 0.55, driver, top - 0.01))


def _steering_wheel(builder: Builder, hub: tuple[float, float, float]) -> None:
    radius, tilt = 0.185, 0.45
    angle = np.linspace(0, 2 * np.pi, 17)
    ring = np.stack([radius * np.sin(tilt) * np.sin(angle), radius * np.cos(angle)], -1)
    up = radius * np.cos(tilt) * np.sin(angle)
    path = [
        (hub[0] + float(a), hub[1] + float(b), hub[2] + float(c)) for (a, b), c in zip(ring, up, strict=True)
    ]
    tube(builder, path, 0.017, "trim", sides=6)
    for i in (0, 8, 12):
        tube(builder, [hub, path[i]], 0.015, "trim", sides=4)
    tube(builder, [hub, (hub[0] + 0.2, hub[1], hub[2] - 0.1)], 0.03, "trim", sides=6)


def seat(builder: Builder, cabin: Cabin, at: tuple[float, float], width: float) -> None:
    """One seat: `at` is (x of its back's foot, y of its middle)."""
    x, y = at
    low = cabin.floor + 0.18
    base = min(low + 0.2, cabin.belt - 0.25)
    builder.box((x + 0.05, y - 0.15, cabin.floor), (x + 0.4, y + 0.15, low), "trim")
    _cushion(builder, (x, y), (low, base), width)
    shoulder = min(base + 0.56, cabin.roof - 0.3)
    _back(builder, (x, base - 0.05), shoulder, (y - width / 2, y + width / 2))
    _headrest(builder, (x - 0.2, y, shoulder), cabin.roof)


def bench(builder: Builder, cabin: Cabin, x: float) -> None:
    """A rear bench across the cabin with three headrests."""
    low = cabin.floor + 0.18
    base = min(low + 0.2, cabin.belt - 0.25)
    reach = cabin.half - 0.06
    _cushion(builder, (x, 0.0), (low, base), 2 * reach)
    shoulder = min(base + 0.52, cabin.roof - 0.3)
    _back(builder, (x, base - 0.05), shoulder, (-reach, reach))
    for y in (-0.62 * reach, 0.0, 0.62 * reach):
        _headrest(builder, (x - 0.19, y, shoulder), cabin.roof)


def _cushion(builder: Builder, at: tuple[float, float], heights: tuple[float, float], width: float) -> None:
    (x, y), (low, high) = at, heights
    block(builder, (x - 0.02, y - width / 2, low), (x + 0.48, y + width / 2, high), "seat", bevel=0.05)


def _back(builder: Builder, foot: tuple[float, float], top: float, sides: tuple[float, float]) -> None:
    """A back that leans rearwards, thinner above."""
    x, z = foot
    outline = [(x + 0.09, z), (x - 0.08, top - 0.04), (x - 0.12, top), (x - 0.2, top), (x - 0.23, top - 0.05)]
    prism(builder, [*outline, (x - 0.07, z)], *sides, "seat", bevel=0.045)


def _headrest(builder: Builder, at: tuple[float, float, float], roof: float) -> None:
    x, y, z = at
    top = min(z + 0.23, roof - 0.05)
    shape = [(x + 0.09, z + 0.05), (x + 0.07, top), (x - 0.01, top), (x - 0.02, z + 0.05)]
    prism(builder, shape, y - 0.13, y + 0.13, "seat", bevel=0.03)
    for side in (-0.05, 0.05):
        builder.box((x + 0.02, y + side - 0.008, z - 0.02), (x + 0.04, y + side + 0.008, z + 0.07), "chrome")
