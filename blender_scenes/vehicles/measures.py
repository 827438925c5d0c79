"""What tells one car from another in metres: the table of every shape's measures, and their spread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from blender_scenes.vehicles.hull import Corner

Rng = np.random.Generator


class Window(NamedTuple):
    """A side window: where it begins and ends, as fractions of the way from the first pillar to the last."""

    foot: Corner
    head: Corner


@dataclass(frozen=True, kw_only=True)
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
    """Height of the body's lower edge between the axles."""
    nose: float
    """Height of the bonnet's front edge."""
    belt: float
    """Height of the window sills at the windscreen."""
    deck: float
    """Height of the body at the rear window, and of the belt there."""
    boot: float
    """Height of the boot's rear edge."""
    screen: Corner
    """Windscreen: x of its foot and of its head, from the front axle."""
    back: Corner
    """Rear window: x of its foot and of its head, from the rear axle."""
    roof: float
    """Half width of the roof as a fraction of the body's."""
    windows: tuple[Window, ...]
    doors: int = 2
    """On each side."""
    cladding: float = 0.0
    """How often an individual wears dark plastic along its sills and wheel arches."""
    rails: float = 0.0
    """How often it has rails along its roof."""
    spoilers: tuple[str, ...] = ("none",)
    open: bool = False
    """No roof: a windscreen before seats under the sky."""

    @property
    def hatch(self) -> bool:
        """The rear window belongs to a door that reaches down to the bumper."""
        return self.back[1] < 0

    @property
    def nose_x(self) -> float:
        return self.wheelbase / 2 + self.front

    @property
    def tail_x(self) -> float:
        return -self.wheelbase / 2 - self.rear

    @property
    def axles(self) -> list[Corner]:
        """(x, height) of the front and of the rear axle."""
        return [(self.wheelbase / 2, self.wheel), (-self.wheelbase / 2, self.wheel)]

    @property
    def arch(self) -> float:
        """Radius of the wheel arches."""
        return self.wheel * 1.13 + 0.012


_TWO = (Window((0.0, 0.47), (0.0, 0.49)), Window((0.5, 0.9), (0.53, 0.93)))
_THREE = (
    Window((0.0, 0.36), (0.0, 0.38)),
    Window((0.385, 0.685), (0.41, 0.70)),
    Window((0.725, 0.985), (0.735, 0.985)),
)
_QUARTER = (
    Window((0.0, 0.13), (0.0, 0.04)),
    Window((0.165, 0.45), (0.075, 0.44)),
    Window((0.475, 0.735), (0.47, 0.735)),
    Window((0.765, 0.985), (0.765, 0.985)),
)

_SEDAN = Car(
    wheelbase=2.76,
    front=0.88,
    rear=1.08,
    width=1.83,
    height=1.45,
    wheel=0.34,
    sill=0.2,
    nose=0.75,
    belt=0.93,
    deck=1.0,
    boot=1.01,
    screen=(-0.36, -1.12),
    back=(-0.56, 0.16),
    roof=0.7,
    windows=_TWO,
    spoilers=("none", "none", "lip"),
)
_COUPE = replace(
    _SEDAN,
    wheelbase=2.6,
    front=0.88,
    rear=0.92,
    width=1.86,
    height=1.31,
    wheel=0.345,
    sill=0.16,
    nose=0.695,
    belt=0.87,
    deck=0.96,
    boot=0.95,
    screen=(-0.46, -1.3),
    back=(-0.6, 0.3),
    roof=0.66,
    windows=(Window((0.0, 0.66), (0.0, 0.7)), Window((0.69, 0.93), (0.735, 0.9))),
    doors=1,
    spoilers=("none", "lip", "wing"),
)
_SUV = replace(
    _SEDAN,
    wheelbase=2.72,
    front=0.88,
    rear=0.92,
    width=1.9,
    height=1.7,
    wheel=0.385,
    sill=0.3,
    nose=0.96,
    belt=1.1,
    deck=1.18,
    boot=1.16,
    screen=(-0.4, -1.02),
    back=(-0.8, -0.52),
    roof=0.74,
    windows=_THREE,
    cladding=0.75,
    rails=0.7,
    spoilers=("none", "roof"),
)

CARS: dict[str, Car] = {
    "sedan": _SEDAN,
    "hatchback": replace(
        _SEDAN,
        wheelbase=2.56,
        front=0.82,
        rear=0.74,
        width=1.77,
        height=1.49,
        wheel=0.326,
        nose=0.785,
        belt=0.95,
        deck=1.03,
        boot=1.01,
        screen=(-0.26, -1.02),
        back=(-0.62, -0.2),
        roof=0.72,
        windows=(Window((0.0, 0.5), (0.0, 0.5)), Window((0.53, 0.96), (0.54, 0.96))),
        spoilers=("none", "roof", "roof"),
    ),
    "wagon": replace(
        _SEDAN,
        rear=1.06,
        height=1.49,
        deck=1.02,
        boot=1.0,
        back=(-0.94, -0.5),
        roof=0.71,
        windows=_THREE,
        rails=0.75,
        spoilers=("none", "roof"),
        cladding=0.15,
    ),
    "coupe": _COUPE,
    "convertible": replace(
        _COUPE,
        wheelbase=2.54,
        height=1.29,
        belt=0.88,
        deck=0.92,
        boot=0.92,
        open=True,
        spoilers=("none", "lip"),
    ),
    "suv": _SUV,
    "minivan": replace(
        _SUV,
        wheelbase=2.95,
        front=0.92,
        rear=0.92,
        width=1.94,
        height=1.74,
        wheel=0.355,
        sill=0.21,
        nose=0.91,
        belt=1.04,
        deck=1.1,
        boot=1.08,
        screen=(0.16, -0.92),
        back=(-0.84, -0.6),
        windows=_QUARTER,
        cladding=0.0,
        rails=0.4,
    ),
}
"""The measures of a middling individual of each shape."""

SPREAD: dict[str, float] = {
    "wheelbase": 0.04,
    "front": 0.06,
    "rear": 0.07,
    "width": 0.025,
    "height": 0.025,
    "wheel": 0.06,
    "sill": 0.1,
    "nose": 0.035,
    "belt": 0.02,
    "deck": 0.015,
    "boot": 0.015,
    "roof": 0.025,
}
"""Half the width of the range from which a measure is drawn, as a fraction of the measure."""

_RAKE = 0.07
"""Half the width, metres, of the range by which feet and heads of windows move."""


def varied(base: Car, rng: Rng) -> Car:
    """An individual around the middling one."""
    drawn = {name: getattr(base, name) * (1 + spread * rng.uniform(-1, 1)) for name, spread in SPREAD.items()}
    moves = rng.uniform(-_RAKE, _RAKE, 4)
    moves[2] *= 0.2 if base.hatch else 1.0
    drawn["deck"] += drawn["belt"] - base.belt
    drawn["boot"] += drawn["belt"] - base.belt
    screen = (base.screen[0] + moves[0], base.screen[1] + moves[1])
    # The rear window's foot keeps its distance from the tail.
    stretch = base.rear - drawn["rear"] if base.hatch else 0.0
    back = (base.back[0] + moves[2] + stretch, base.back[1] + moves[3] + stretch)
    return replace(base, **drawn, screen=screen, back=back)
