"""Wheels: a tyre with grooves and bulging sidewalls, a rim in several styles, a brake disc behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles.mesh import Builder, Points, slot_index

Rng = np.random.Generator

SEGMENTS = 44
_TREAD = (
    *((0.975, 0.09), (1.0, 0.17), (1.0, 0.34), (0.975, 0.355), (0.975, 0.40), (1.0, 0.415)),
    *((1.0, 0.60), (0.975, 0.615), (0.975, 0.66), (1.0, 0.675), (1.0, 0.85), (0.96, 0.95)),
)
"""(fraction of the radius, depth from the outer face as a fraction of the width); two grooves run around."""
_GROOVES = ((0.975, 0.355), (0.975, 0.615))
_STEEL = (
    *((-0.03, 0.10), (-0.06, 0.26), (-0.12, 0.30), (-0.24, 0.20), (-0.34, 0.14), (-0.36, 0.20)),
    *((-0.44, 0.22), (-0.455, 0.12), (-0.52, 0.10)),
)
_CAP = ((-0.02, 0.08), (-0.05, 0.05), (-0.20, 0.06), (-0.24, 0.02), (-0.45, 0.0), (-0.52, 0.02))
"""(radius less the rim's, depth) of pressed discs."""


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """A wheel on the left side, metres; `wheel` adds its mirror image on the right too."""

    x: float
    y: float
    """Its outer face."""
    radius: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Rim:
    """What a tyre sits on."""

    style: str
    """One of `RIMS`."""
    count: int = 5
    """Spokes, pairs of spokes, holes or slits."""
    fraction: float = 0.66
    """Radius, as a fraction of the wheel's."""
    slot: str = "rim"


def random_rim(rng: Rng, *, styles: tuple[str, ...] | None = None, fraction: float = 0.66) -> Rim:
    """Any rim of the given styles (None: all); alloy ones are dark now and then."""
    names = styles or tuple(RIMS)
    style = names[int(rng.integers(len(names)))]
    low, high = _COUNTS[style]
    count, dark = int(rng.integers(low, high + 1)), bool(rng.random() < 0.25)
    plain = style in ("steel", "cap")
    return Rim(style=style, count=count, fraction=fraction, slot="rim_dark" if dark and not plain else "rim")


def wheel(builder: Builder, at: Wheel, rim: Rim) -> None:
    """Add a wheel and its mirror image: under 1,500 faces each."""
    _tyre(builder, at, rim.fraction)
    lip = [(rim.fraction + 0.01, 0.06), (rim.fraction - 0.01, 0.05), (rim.fraction - 0.03, 0.09)]
    _turn(builder, at, lip, rim.slot)
    _turn(builder, at, [(rim.fraction - 0.03, 0.09), (rim.fraction - 0.05, 0.62), (0.02, 0.62)], "well")
    RIMS[rim.style](builder, at, rim)


def _tyre(builder: Builder, at: Wheel, rim: float) -> None:
    middle = (rim + 1) / 2
    outer = [(rim, 0.08), (rim + 0.03, 0.03), (middle - 0.03, 0.0), (middle + 0.04, 0.0), (0.94, 0.035)]
    profile = [*outer, *_TREAD, (middle, 1.0), (rim, 0.96)]
    slots = np.full((len(profile) - 1, SEGMENTS), slot_index("tyre"), np.int32)
    for groove in _GROOVES:
        slots[profile.index(groove)] = slot_index("well")
    slots[2] = slot_index("wall")
    _turn(builder, at, profile, slots.ravel())


def _turn(builder: Builder, at: Wheel, profile: list[tuple[float, float]], slot: str | np.ndarray) -> None:
    """Turn (fraction of the radius, fraction of the width) about the axle; one point lies on the ground."""
    angle = np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False) - np.pi / 2
    reach, depth = np.array(profile).T[..., None]
    builder.grid(
        _polar(at, np.broadcast_to(angle, (len(profile), SEGMENTS)), reach, depth),
        slot,
        wrap=True,
        mirror=True,
    )


def _polar(at: Wheel, angle: Points, reach: Points | float, depth: Points | float) -> Points:
    """Points at an angle, a fraction of the radius from the axle and a fraction of the width from outside."""
    radius = at.radius * np.broadcast_to(reach, angle.shape)
    across = at.y - at.width * np.broadcast_to(depth, angle.shape)
    return np.stack([at.x + radius * np.cos(angle), across, at.radius + radius * np.sin(angle)], -1)


def _bars(builder: Builder, at: Wheel, rim: Rim, angles: Points, widths: tuple[float, float]) -> None:
    """Spokes from the hub to the rim, a brake disc behind, a cap before; `widths` at hub and rim."""
    reach = np.linspace(0.1, rim.fraction - 0.02, 4)
    half = np.linspace(*widths, 4) / 2
    front = np.array([0.03, 0.02, 0.05, 0.10])
    aside = np.stack([-half, -0.8 * half, 0.8 * half, half])
    depth = front + np.array([0.16, 0, 0, 0.16])[:, None]
    for angle in angles:
        around, radius = angle + np.arctan2(aside, reach), np.hypot(aside, reach)
        builder.grid(_polar(at, around, radius, depth), rim.slot, mirror=True)
    _turn(builder, at, [(rim.fraction * 0.74, 0.46), (0.24, 0.46)], "disc")
    _turn(builder, at, [(0.17, 0.2), (0.16, 0.03), (0.10, 0.0), (0.02, 0.0)], rim.slot)


def _spokes(builder: Builder, at: Wheel, rim: Rim) -> None:
    angles = np.linspace(0, 2 * np.pi, rim.count, endpoint=False)
    _bars(builder, at, rim, angles, (1.0 / rim.count, 0.75 / rim.count))


def _twin_spokes(builder: Builder, at: Wheel, rim: Rim) -> None:
    angles = np.linspace(0, 2 * np.pi, rim.count, endpoint=False)
    _bars(builder, at, rim, np.concatenate([angles - 0.16, angles + 0.16]), (0.08, 0.07))


def _fine_spokes(builder: Builder, at: Wheel, rim: Rim) -> None:
    angles = np.linspace(0, 2 * np.pi, rim.count, endpoint=False)
    _bars(builder, at, rim, angles, (0.055, 0.06))


def _pressed(
    builder: Builder,
    at: Wheel,
    rim: Rim,
    disc: tuple[tuple[float, float], ...],
    opening: tuple[Points, Points],
) -> None:
    """A pressed disc with dark openings: `opening` gives (angle, fraction of the radius) of one of them."""
    profile = [(max(rim.fraction + less, 0.02), depth) for less, depth in disc]
    _turn(builder, at, [*profile, (0.02, profile[-1][1])], rim.slot)
    radii, depths = np.array(profile)[::-1].T
    angle, reach = opening
    depth = np.interp(reach, radii, depths) - 0.012
    for turn in np.linspace(0, 2 * np.pi, rim.count, endpoint=False):
        builder.grid(_polar(at, angle + turn, reach, depth), "well", mirror=True)


def _steel(builder: Builder, at: Wheel, rim: Rim) -> None:
    around = np.linspace(0, 2 * np.pi, 9)
    ring = np.linspace(0.01, 0.055, 2)[:, None]
    middle = rim.fraction - 0.19
    opening = (ring * np.cos(around) / middle, middle + ring * np.sin(around))
    _pressed(builder, at, rim, _STEEL, opening)


def _cap(builder: Builder, at: Wheel, rim: Rim) -> None:
    half = np.linspace(-1, 1, 3) * 0.9 / rim.count
    reach = rim.fraction + np.array([-0.18, -0.07])[:, None]
    _pressed(builder, at, rim, _CAP, (np.broadcast_to(half, (2, 3)), np.broadcast_to(reach, (2, 3))))


RIMS: dict[str, Callable[[Builder, Wheel, Rim], None]] = {
    "spokes": _spokes,
    "twin": _twin_spokes,
    "fine": _fine_spokes,
    "steel": _steel,
    "cap": _cap,
}
"""Style of a rim -> what fills it."""

_COUNTS = {"spokes": (5, 7), "twin": (5, 6), "fine": (10, 16), "steel": (8, 12), "cap": (7, 12)}
