"""Lamps, fences, rails, signs and road markings as quads. No Blender in here."""

from __future__ import annotations

import numpy as np

from blender_scenes.scenery import Quads, Rng, Srgb, bars, boxes, flats, pick, scaled, shades, tint, uprights

PAINTED: Srgb = (0.80, 0.79, 0.74)
STEEL: Srgb = (0.55, 0.56, 0.57)


def street_lamp(height: float, arm: float, *, lit: bool = False) -> Quads:
    """A lamp post at the origin; its arm reaches along -x."""
    quads = Quads()
    quads.add(bars((0, 0, 0), (0, 0, height), 0.13), (0.30, 0.31, 0.32), "metal")
    quads.add(bars((0, 0, height), (-arm, 0, height + 0.25), 0.08), (0.30, 0.31, 0.32), "metal")
    quads.add(boxes((-arm - 0.5, -0.14, height + 0.2), (-arm + 0.1, 0.14, height + 0.33)), (0.34, 0.35, 0.36))
    face = flats((-arm - 0.45, -arm + 0.05), (-0.12, 0.12), height + 0.19)
    quads.add(face, (1.0, 0.93, 0.78) if lit else (0.75, 0.76, 0.76), "glow" if lit else "matte")
    return quads


def picket_fence(rng: Rng, x: tuple[float, float], y: float) -> Quads:
    """A low fence of upright boards along x at y."""
    color = pick(rng, [(0.86, 0.86, 0.84), (0.45, 0.33, 0.23), (0.36, 0.38, 0.36)])
    quads, at = Quads(), np.arange(x[0], x[1], 0.2)
    boards = uprights(0.0, (at, at + 0.11), (0.05, 0.95))[..., [1, 0, 2]] + (0, y, 0)
    quads.add(boards, shades(rng, color, len(at), 0.06))
    rails = uprights(0.0, x, (np.array([0.25, 0.7]), np.array([0.33, 0.78])))[..., [1, 0, 2]] + (
        0,
        y + 0.03,
        0,
    )
    quads.add(rails, scaled(color, 0.85))
    return quads


def wall(rng: Rng, x: tuple[float, float], y: float, height: float) -> Quads:
    """A low garden wall along x at y."""
    color = tint(rng, pick(rng, [(0.58, 0.42, 0.35), (0.66, 0.64, 0.60), (0.72, 0.70, 0.65)]), 0.03)
    quads = Quads()
    quads.add(boxes((x[0], y - 0.12, 0), (x[1], y + 0.12, height)), color)
    quads.add(boxes((x[0], y - 0.17, height), (x[1], y + 0.17, height + 0.06)), scaled(color, 1.15))
    return quads


def guard_rail(x: tuple[float, float], y: float) -> Quads:
    """A steel rail on posts along x at y."""
    quads, posts = Quads(), np.arange(x[0], x[1], 4.0)
    low = np.stack([posts, np.full(len(posts), y - 0.05), np.zeros(len(posts))], -1)
    quads.add(boxes(low, low + np.array((0.1, 0.1, 0.7))), scaled(STEEL, 0.8))
    profile = np.array(
        [(0.44, 0.0), (0.50, 0.07), (0.57, 0.07), (0.60, 0.0), (0.63, 0.07), (0.70, 0.07), (0.76, 0.0)]
    )
    tones = (0.75, 1.05, 0.8, 0.8, 1.2, 1.25)
    for (z0, out0), (z1, out1), tone in zip(profile, profile[1:], tones, strict=False):
        corners = [(x[0], y - out0, z0), (x[1], y - out0, z0), (x[1], y - out1, z1), (x[0], y - out1, z1)]
        quads.add(np.array(corners), scaled(STEEL, tone), "metal")
    return quads


def gantry(rng: Rng, x: float, y: tuple[float, float], color: Srgb) -> Quads:
    """A beam over the road that carries signs, facing -x."""
    quads = Quads()
    for side in y:
        quads.add(boxes((x - 0.2, side - 0.2, 0), (x + 0.2, side + 0.2, 7.6)), STEEL, "metal")
    quads.add(boxes((x - 0.2, y[0], 6.9), (x + 0.2, y[1], 7.6)), STEEL, "metal")
    wide = (y[1] - y[0]) / 3
    for k in (0, 1):
        low = y[0] + (0.35 + 1.45 * k) * wide
        quads.add(uprights(x - 0.3, (low, low + 1.2 * wide), (5.6, 8.6)), color)
        lines = np.array([6.1, 6.9, 7.7])
        length = rng.uniform(0.5, 0.95, 3) * wide
        quads.add(
            uprights(x - 0.32, (low + 0.12 * wide, low + 0.12 * wide + length), (lines, lines + 0.4)),
            (0.9, 0.9, 0.9),
        )
    return quads


def road_sign(rng: Rng) -> Quads:
    """A round or square sign on a post at the origin, facing -x."""
    quads = Quads()
    quads.add(bars((0, 0, 0), (0, 0, 2.7), 0.06), STEEL, "metal")
    angle = np.linspace(0, 2 * np.pi, 13)
    for size, color, ahead in ((0.33, (0.72, 0.10, 0.10), 0.04), (0.25, (0.90, 0.90, 0.89), 0.05)):
        rim = np.stack([np.full(13, -ahead), size * np.cos(angle), 2.4 + size * np.sin(angle)], -1)
        middle = np.broadcast_to((-ahead, 0, 2.4), (12, 3))
        quads.add(np.stack([rim[:-1], rim[1:], middle, middle], 1), color)
    digits = -0.1 + 0.12 * np.arange(2)
    quads.add(uprights(-0.06, (digits, digits + 0.08), (2.3, 2.5)), (0.1, 0.1, 0.1))
    return quads


def dashes(x: tuple[float, float], y: float, pitch: float, length: float, width: float = 0.12) -> Quads:
    """A broken line along x at y."""
    quads, at = Quads(), np.arange(x[0], x[1], pitch)
    quads.add(flats((at, at + length), (y - width / 2, y + width / 2), 0.008), PAINTED)
    return quads


def line(x: tuple[float, float], y: float, width: float = 0.12, color: Srgb = PAINTED) -> Quads:
    """A line along x at y."""
    quads = Quads()
    quads.add(flats(x, (y - width / 2, y + width / 2), 0.008), color)
    return quads


def pavement(rng: Rng, reach: float, kerb: float, far: float, color: Srgb) -> Quads:
    """Slabs between kerb and house fronts, along x; `far` lies beyond `kerb` on either side of the road."""
    quads, side = Quads(), 1.0 if far > kerb else -1.0
    stone = kerb + side * 0.16
    quads.add(flats((-reach, reach), (kerb, far), 0.006), color)
    quads.add(flats((-reach, reach), (kerb, stone), 0.012), scaled(color, 1.16))
    quads.add(flats((-reach, reach), (kerb - side * 0.1, kerb), 0.005), scaled(color, 0.55))
    slab, joint = float(rng.uniform(0.5, 0.9)), scaled(color, 0.74)
    at = np.arange(-28, 28, slab)
    quads.add(flats((at, at + 0.02), (stone, far), 0.009), joint)
    along = np.arange(stone, far, side * slab)
    quads.add(flats((-28, 28), (along, along + 0.02), 0.009), joint)
    quads.add(flats((at, at + 0.02), (kerb, stone), 0.014)[::2], joint)
    return quads


def post() -> Quads:
    """A white post with a dark band, as beside country roads."""
    quads = Quads()
    quads.add(boxes((-0.06, -0.05, 0), (0.06, 0.05, 1.0)), (0.86, 0.86, 0.84))
    quads.add(boxes((-0.065, -0.055, 0.72), (0.065, 0.055, 0.9)), (0.08, 0.08, 0.08))
    return quads
