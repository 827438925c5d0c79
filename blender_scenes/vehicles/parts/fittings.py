"""Fittings: mirrors, number plates, door handles, wipers, aerials, grilles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles.forms import block, prism, tube
from blender_scenes.vehicles.hull import Corner, Skin
from blender_scenes.vehicles.mesh import Builder
from blender_scenes.vehicles.parts.lamps import within
from blender_scenes.vehicles.patches import grown, patch, rect

Rng = np.random.Generator

_STROKES = {
    "top": ((0.0, 1.0), (0.88, 1.0)),
    "middle": ((0.0, 1.0), (0.44, 0.56)),
    "bottom": ((0.0, 1.0), (0.0, 0.12)),
    "left low": ((0.0, 0.22), (0.0, 0.5)),
    "left high": ((0.0, 0.22), (0.5, 1.0)),
    "right low": ((0.78, 1.0), (0.0, 0.5)),
    "right high": ((0.78, 1.0), (0.5, 1.0)),
}
"""Bars that a character is made of: fractions of its width, from the reader's left, and of its height."""
_CHARACTERS = 7


def mirrors(
    builder: Builder, x: float, y: float, z: float, *, size: float = 0.17, slot: str = "paint"
) -> None:
    """Rounded mirror housings on short arms, glass towards the rear."""
    u, v = np.meshgrid(np.linspace(0, np.pi / 2, 5), np.linspace(0, 2 * np.pi, 13)[:-1], indexing="ij")
    ring_y, ring_z = np.cos(v), np.sin(v)
    square = (np.abs(ring_y) ** 4 + np.abs(ring_z) ** 4) ** -0.25
    reach = np.sin(u) * square
    points = np.stack(
        [
            x + 0.6 * size * np.cos(u),
            y + size * (0.75 + 0.62 * reach * ring_y),
            z + size * 0.42 * reach * ring_z,
        ],
        -1,
    )
    builder.grid(points, slot, wrap=True, mirror=True)
    back = (
        points[-1] * np.linspace(1, 0, 3)[:, None, None]
        + points[-1].mean(0) * np.linspace(0, 1, 3)[:, None, None]
    )
    builder.grid(back - (0.004, 0, 0), "chrome", wrap=True, mirror=True)
    builder.box((x - 0.02, y - 0.12, z - 0.05), (x + 0.06, y + size * 0.4, z - 0.02), "trim", mirror=True)


def plate(
    builder: Builder, hull: Skin, z: float, rng: Rng, *, rear: bool, width: float = 0.5, y: float = 0.0
) -> None:
    """A number plate with random characters in a dark frame, upright, just proud of the body."""
    at = hull.end(np.array([y - width / 2, y, y + width / 2]), np.full(3, z), rear=rear)
    face = at[:, 0].min() - 0.02 if rear else at[:, 0].max() + 0.02
    plate_at(builder, (float(face), y, z), rng, rear=rear, width=width)


def plate_at(
    builder: Builder, middle: tuple[float, float, float], rng: Rng, *, rear: bool, width: float = 0.5
) -> None:
    """A number plate whose face is at `middle`, as on a bumper."""
    face, y, z = middle
    out = -1.0 if rear else 1.0
    half, high = width / 2, 0.056
    for margin, depth, slot in ((0.012, 0.0, "trim"), (0.0, 0.004, "plate")):
        ends = sorted((face - 0.03 * out, face + depth * out))
        low = (ends[0], y - half - margin, z - high - margin)
        builder.box(low, (ends[1], y + half + margin, z + high + margin), slot)
    pitch = 1.84 * half / _CHARACTERS
    for i in range(_CHARACTERS):
        left = y + out * (-0.92 * half + (i + 0.15) * pitch)
        _character(
            builder, (face + 0.006 * out, left, z - 0.62 * high), (out * 0.7 * pitch, 1.24 * high), rng
        )


def _character(
    builder: Builder, corner: tuple[float, float, float], size: tuple[float, float], rng: Rng
) -> None:
    """A random character of bars; `corner` is its lower left, `size` its signed width and its height."""
    x, y, z = corner
    for bar in rng.permutation(list(_STROKES))[: int(rng.integers(3, 7))]:
        across, up = _STROKES[str(bar)]
        ys, zs = y + size[0] * np.array(across), z + size[1] * np.array(up)
        builder.grid(np.array([[(x, a, b) for a in ys] for b in zs]), "ink")


def handle(builder: Builder, hull: Skin, x: float, z: float, *, slot: str = "chrome") -> None:
    """Door handles on both sides: a bar before a dark hollow; `x` is the middle."""
    patch(
        builder, hull, "side", rect(x - 0.07, x + 0.07, z - 0.025, z + 0.02), "trim", lift=0.003, round_=0.5
    )
    y = float(hull.side(np.array([x]), np.array([z]))[0, 1])
    block(
        builder,
        (x - 0.11, y - 0.01, z - 0.013),
        (x + 0.1, y + 0.035, z + 0.013),
        slot,
        bevel=0.01,
        mirror=True,
    )


def wipers(builder: Builder, hull: Skin, low: float, half: float, *, rear: bool = False) -> None:
    """Wipers parked at the lower edge of the windscreen, or one on the rear window.

    Args:
        hull: what the windscreen lies on.
        low: height of the glass's lower edge.
        half: half the glass's width there.
    """
    arms = [(0.0, 0.75)] if rear else [(0.78, -0.1), (0.05, -0.8)]
    for start, end in arms:
        across = np.linspace(start, end, 7) * half
        up = low + 0.02 + 0.1 * np.sin(np.linspace(0, 1, 7) * np.pi / 2)
        out = np.array([-0.03 if rear else 0.03, 0, 0.012])
        at = hull.end(across, up, rear=rear) + out
        path = [(float(x), float(y), float(z)) for x, y, z in at]
        tube(builder, path, 0.011, "trim", sides=4)


def antenna(builder: Builder, foot: tuple[float, float, float], *, fin: bool) -> None:
    """An aerial on the roof at `foot`: a fin in the body's colour, or a rod that leans back."""
    x, y, z = foot
    if fin:
        outline = [(x + 0.09, z - 0.02), (x - 0.05, z + 0.065), (x - 0.08, z + 0.065), (x - 0.09, z - 0.02)]
        prism(builder, outline, y - 0.025, y + 0.025, "paint", bevel=0.012)
    else:
        tube(builder, [(x, y, z - 0.02), (x - 0.16, y, z + 0.4)], 0.008, "trim", sides=4)


@dataclass(frozen=True, kw_only=True)
class Grille:
    """What fills the opening of a grille."""

    bars: int = 4
    """Across; 0: none."""
    slats: int = 0
    """Upright; 0: none."""
    frame: str = "chrome"
    """Slot of its edge and its bars."""
    badge: bool = True

    @classmethod
    def random(cls, rng: Rng) -> Grille:
        """Bars, slats, a mesh or an open mouth."""
        bars, slats = ((int(rng.integers(2, 6)), 0), (0, int(rng.integers(6, 13))), (5, 15), (0, 0))[
            int(rng.integers(4))
        ]
        frame = ("chrome", "paint", "trim")[int(rng.integers(3))]
        return cls(bars=bars, slats=slats, frame=frame, badge=bool(rng.random() < 0.8))


def grille(builder: Builder, hull: Skin, corners: Sequence[Corner], style: Grille) -> None:
    """A grille on the nose; `corners` are those of `patch` at "front", lower left one first."""
    patch(builder, hull, "front", grown(corners, 0.016), style.frame, lift=0.008)
    patch(builder, hull, "front", corners, "mesh", lift=0.014)
    slot = "chrome" if style.frame == "paint" else style.frame
    for i in range(style.bars):
        up = (i + 0.5) / style.bars
        area = within(corners, (0.02, 0.98), (up - 0.1 / style.bars, up + 0.1 / style.bars))
        patch(builder, hull, "front", area, slot, lift=0.02, cells=(8, 1))
    for i in range(style.slats):
        across = (i + 0.5) / style.slats
        area = within(corners, (across - 0.12 / style.slats, across + 0.12 / style.slats), (0.03, 0.97))
        patch(builder, hull, "front", area, slot, lift=0.018, cells=(1, 2), round_=0.0)
    if style.badge:
        height = float(np.ptp(np.array(corners)[:, 1]))
        middle = float(np.array(corners)[:, 1].mean())
        reach = min(0.07, max(0.035, 0.4 * height))
        disc = rect(-reach, reach, middle - reach, middle + reach)
        patch(builder, hull, "front", disc, "chrome", lift=0.03, round_=1.0, cells=(4, 4))
