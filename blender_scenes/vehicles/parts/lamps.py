"""Head and tail lamps laid on a hull: housing, reflector, light sources and a clear lens, in layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles.hull import Corner, Skin
from blender_scenes.vehicles.mesh import Builder
from blender_scenes.vehicles.patches import Where, grown, patch

Rng = np.random.Generator
Corners = Sequence[Corner]
Fraction = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class HeadLamp:
    """How a headlamp looks."""

    units: int = 1
    """Round projectors side by side in the bowl; 0: the whole bowl shines."""
    strip: str = ""
    """Edge along which a thin daytime light runs: "low", "high" or "" for none."""
    turn: bool = True
    """Whether its outer end is amber."""

    @classmethod
    def random(cls, rng: Rng) -> HeadLamp:
        """Any style."""
        strip = ("", "low", "high")[int(rng.integers(3))]
        return cls(units=int(rng.integers(3)), strip=strip, turn=bool(rng.random() < 0.6))


@dataclass(frozen=True, kw_only=True)
class TailLamp:
    """How a tail lamp is divided into red, amber and white."""

    layout: str = "rows"
    """One of `LAYOUTS`."""
    strip: bool = False
    """Whether a brighter line runs through the red."""

    @classmethod
    def random(cls, rng: Rng) -> TailLamp:
        """Any style."""
        names = tuple(LAYOUTS)
        return cls(layout=names[int(rng.integers(len(names)))], strip=bool(rng.random() < 0.5))


LAYOUTS: dict[str, tuple[tuple[str, Fraction, Fraction], ...]] = {
    "rows": (
        ("taillamp", (0.0, 1.0), (0.5, 1.0)),
        ("amber", (0.0, 1.0), (0.26, 0.5)),
        ("taillamp", (0.4, 1.0), (0.0, 0.26)),
        ("reverse", (0.0, 0.4), (0.0, 0.26)),
    ),
    "columns": (
        ("taillamp", (0.45, 1.0), (0.0, 1.0)),
        ("amber", (0.22, 0.45), (0.0, 1.0)),
        ("reverse", (0.0, 0.22), (0.0, 1.0)),
    ),
    "inner": (
        ("taillamp", (0.0, 1.0), (0.42, 1.0)),
        ("taillamp", (0.66, 1.0), (0.0, 0.42)),
        ("amber", (0.33, 0.66), (0.0, 0.42)),
        ("reverse", (0.0, 0.33), (0.0, 0.42)),
    ),
    "red": (
        ("taillamp", (0.0, 1.0), (0.3, 1.0)),
        ("taillamp", (0.3, 1.0), (0.0, 0.3)),
        ("reverse", (0.0, 0.3), (0.0, 0.3)),
    ),
}
"""Name -> areas: slot, fractions across from the inner edge, fractions up from the lower one."""


def head_lamp(
    builder: Builder, hull: Skin, corners: Corners, style: HeadLamp, *, where: Where = "front_corner"
) -> None:
    """Add headlamps to both sides; `corners` and `where` are those of `patch`."""
    patch(builder, hull, where, grown(corners, 0.014), "trim", lift=0.006, round_=0.3)
    patch(builder, hull, where, corners, "reflector" if style.units else "headlamp", lift=0.01, round_=0.3)
    reach = 0.76 if style.turn else 1.0
    if style.turn:
        patch(builder, hull, where, within(corners, (0.8, 0.98), (0.1, 0.9)), "amber", lift=0.014)
    for i in range(style.units):
        middle = (reach * (i + 0.5) / style.units, 0.5)
        _projector(builder, hull, where, corners, middle)
    if style.strip:
        up = (0.03, 0.15) if style.strip == "low" else (0.85, 0.97)
        patch(builder, hull, where, within(corners, (0.03, reach), up), "daylight", lift=0.02)
    patch(builder, hull, where, corners, "lens", lift=0.03, round_=0.3)


def _projector(builder: Builder, hull: Skin, where: Where, corners: Corners, middle: Fraction) -> None:
    """A round light in a dark ring, as large as the lamp is high."""
    (across, up), span = middle, np.ptp(np.array(corners), axis=0)
    radius = min(0.42 * span[1], 0.22 * span[0])
    for size, slot, lift in ((1.0, "trim", 0.014), (0.78, "headlamp", 0.019)):
        reach = (size * radius / span[0], size * radius / span[1])
        area = within(corners, (across - reach[0], across + reach[0]), (up - reach[1], up + reach[1]))
        patch(builder, hull, where, area, slot, lift=lift, round_=1.0, cells=(4, 4))


def tail_lamp(
    builder: Builder, hull: Skin, corners: Corners, style: TailLamp, *, where: Where = "rear_corner"
) -> None:
    """Add tail lamps to both sides; `corners` and `where` are those of `patch`."""
    patch(builder, hull, where, grown(corners, 0.012), "trim", lift=0.008, round_=0.25)
    for slot, across, up in LAYOUTS[style.layout]:
        area = within(corners, _shrunk(across, 0.02), _shrunk(up, 0.025))
        patch(builder, hull, where, area, slot, lift=0.018, round_=0.1)
    if style.strip:
        _, across, up = LAYOUTS[style.layout][0]
        middle = (up[0] + up[1]) / 2
        area = within(corners, _shrunk(across, 0.08), (middle - 0.06, middle + 0.06))
        patch(builder, hull, where, area, "brake", lift=0.024)


def _shrunk(fraction: Fraction, margin: float) -> Fraction:
    return fraction[0] + margin, fraction[1] - margin


def within(corners: Corners, across: Fraction, up: Fraction) -> list[Corner]:
    """The part of a four-cornered shape between fractions of its width and of its height."""
    a, b, c, d = np.array(corners, float)

    def at(s: float, t: float) -> Corner:
        x, y = (a * (1 - s) + b * s) * (1 - t) + (d * (1 - s) + c * s) * t
        return float(x), float(y)

    (left, right), (low, high) = across, up
    return [at(left, low), at(right, low), at(right, high), at(left, high)]
