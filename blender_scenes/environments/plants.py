"""Trees, hedges and tufts as quads. No Blender in here."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from blender_scenes.scenery import Quads, Rng, Srgb, bars, boxes, mix, shade, tint
from blender_scenes.vehicles.mesh import Points

LEAVES: list[Srgb] = [(0.33, 0.41, 0.24), (0.38, 0.45, 0.25), (0.29, 0.37, 0.24), (0.44, 0.47, 0.28)]
BARK: Srgb = (0.31, 0.26, 0.21)
SNOW: Srgb = (0.90, 0.92, 0.95)


def cards(rng: Rng, centres: Points, size: ArrayLike, outwards: Points) -> Points:
    """(n, 4, 3): leaf clusters, uneven quads that face roughly outwards."""
    facing = outwards + 0.7 * rng.normal(size=outwards.shape)
    facing /= np.linalg.norm(facing, axis=1, keepdims=True) + 1e-9
    one = np.cross(facing, rng.normal(size=facing.shape))
    one /= np.linalg.norm(one, axis=1, keepdims=True) + 1e-9
    other = np.cross(facing, one)
    half = np.broadcast_to(np.asarray(size, float), len(centres))[:, None, None] / 2
    corner = rng.uniform(0.45, 1.25, (len(centres), 4, 1)) * half
    sides = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    shape = sides[:, :1] * one[:, None] + sides[:, 1:] * other[:, None]
    return centres[:, None] + corner * shape


def _sphere(rng: Rng, count: int) -> Points:
    points = rng.normal(size=(count, 3))
    result: Points = points / np.linalg.norm(points, axis=1, keepdims=True)
    return result


def _limb(foot: ArrayLike, top: ArrayLike, width: float, color: Srgb) -> Quads:
    """A tapering trunk of six sides."""
    low, high = np.asarray(foot, float), np.asarray(top, float)
    angle = np.arange(7) * np.pi / 3
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(7)], -1) * width / 2
    lower, upper = low + ring, high + 0.55 * ring
    quads = Quads()
    quads.add(np.stack([lower[:-1], lower[1:], upper[1:], upper[:-1]], 1), color)
    return quads


def leafy(rng: Rng, height: float, count: int = 560, *, slim: float = 1.0, leaf: Srgb | None = None) -> Quads:
    """A broad-leaved tree at the origin; `slim` below 1 makes a poplar."""
    color = tint(rng, leaf or LEAVES[int(rng.integers(len(LEAVES)))], 0.03)
    quads = _limb((0, 0, 0), (0, 0, 0.62 * height), 0.055 * height, shade(rng, BARK, 0.2))
    clumps = int(rng.integers(6, 10))
    radius = 0.3 * height * slim
    angle, lift = rng.uniform(0, 2 * np.pi, clumps), rng.uniform(0.42, 0.84, clumps) * height
    spread = rng.uniform(0.2, 0.7, clumps) * radius * (1.25 - 0.75 * lift / height)
    centres = np.stack([spread * np.cos(angle), spread * np.sin(angle), lift], -1)
    centres[0] = (0, 0, 0.8 * height)
    sizes = rng.uniform(0.5, 0.75, clumps) * radius
    which = rng.integers(clumps, size=count)
    out = _sphere(rng, count)
    stretch = (1.0, 1.0, 0.9 / max(slim, 0.45))
    points = centres[which] + out * stretch * sizes[which, None] * rng.uniform(0.75, 1.0, (count, 1))
    light = 0.72 + 0.25 * out[:, 2] + 0.25 * (points[:, 2] / height - 0.5) + rng.uniform(-0.12, 0.12, count)
    size = 0.1 * height * slim**0.5 * rng.uniform(0.6, 1.15, count) * (560 / count) ** 0.5
    quads.add(cards(rng, points, size, out), np.asarray(color) * light[:, None], "leaf")
    return quads


def conifer(rng: Rng, height: float, *, snow: float = 0.0) -> Quads:
    """A fir; `snow` is the fraction of its branches that carry snow."""
    color = tint(rng, (0.21, 0.30, 0.22), 0.025)
    quads = _limb((0, 0, 0), (0, 0, 0.9 * height), 0.04 * height, shade(rng, BARK, 0.2))
    tiers, around = 9, 11
    tier = np.repeat(np.arange(tiers), around)
    angle = rng.uniform(0, 2 * np.pi, tiers)[tier] + np.tile(np.arange(around), tiers) * 2 * np.pi / around
    low = height * (0.1 + 0.86 * tier / tiers)
    reach = 0.24 * height * (1.06 - tier / tiers) * rng.uniform(0.8, 1.15, len(tier))
    out = np.stack([np.cos(angle), np.sin(angle), np.zeros(len(tier))], -1)
    side = np.stack([-np.sin(angle), np.cos(angle), np.zeros(len(tier))], -1)
    up = np.array([0, 0, 1.0])
    inner = up * (low + 0.2 * height)[:, None]
    tip = out * reach[:, None] + up * low[:, None]
    middle = 0.55 * tip + 0.45 * inner
    wide = side * (0.34 * reach)[:, None]
    needles = np.stack([inner, middle - wide, tip, middle + wide], 1)
    shades = np.asarray(color) * rng.uniform(0.7, 1.2, (len(tier), 1))
    white = rng.uniform(0, 1, (len(tier), 1)) < snow
    quads.add(needles, np.where(white, SNOW, shades), "leaf")
    return quads


def bare(rng: Rng, height: float, *, snow: bool = False) -> Quads:
    """A tree without leaves; snow lies on its branches."""
    color = shade(rng, (0.27, 0.23, 0.20), 0.2)
    trunk = np.array([0, 0, 0.38 * height])
    quads = _limb((0, 0, 0), trunk, 0.06 * height, color)
    starts, ways, length = np.stack([trunk] * 5), _sphere(rng, 5) * (1, 1, 0.3) + (0, 0, 0.8), 0.27 * height
    width = 0.028 * height
    for level in range(4):
        ends = starts + ways * (length * rng.uniform(0.7, 1.1, (len(ways), 1)))
        shown = bars(starts, ends, width)
        quads.add(shown, color)
        if snow and level < 3:
            quads.add(shown[:, :1] + (0, 0, 0.6 * width), SNOW)
        branches = 3 if level < 3 else 0
        starts = np.repeat(ends, branches, 0)
        ways = np.repeat(ways, branches, 0) + 0.62 * _sphere(rng, len(starts)) if branches else ways
        ways = ways / (np.linalg.norm(ways, axis=1, keepdims=True) + 1e-9)
        length, width = 0.68 * length, 0.6 * width
    return quads


def bush(rng: Rng, size: float, color: Srgb, count: int = 40) -> Quads:
    """A round bush at the origin."""
    out = _sphere(rng, count)
    points = out * (0.5, 0.5, 0.42) * size + (0, 0, 0.4 * size)
    light = 0.8 + 0.28 * out[:, 2] + rng.uniform(-0.1, 0.1, count)
    quads = Quads()
    quads.add(cards(rng, points, 0.42 * size, out), np.asarray(color) * light[:, None], "leaf")
    return quads


def hedge(
    rng: Rng, x: tuple[float, float], y: float, height: float, color: Srgb, *, top: Srgb | None = None
) -> Quads:
    """A clipped hedge along x at y; `top` is the colour of what lies on it."""
    quads = Quads()
    half = 0.3
    quads.add(boxes((x[0], y - half, 0), (x[1], y + half, height - 0.05)), mix(color, (0, 0, 0), 0.3))
    length = x[1] - x[0]
    count = int(min(30 * length, 420))
    out = np.concatenate([np.tile((0, 1.0, 0), (count // 3, 1)), np.tile((0, -1.0, 0), (count // 3, 1))])
    out = np.concatenate([out, np.tile((0, 0, 1.0), (count - len(out), 1))])
    points = np.stack([rng.uniform(*x, count), y + half * out[:, 1], rng.uniform(0.1, height, count)], -1)
    above = out[:, 2] > 0
    points[above, 1] += rng.uniform(-half, half, int(above.sum()))
    points[above, 2] = height
    light = 0.85 + 0.2 * points[:, 2] / height + rng.uniform(-0.15, 0.15, count)
    colors = np.where(above[:, None] & (top is not None), top or color, np.asarray(color)) * light[:, None]
    quads.add(cards(rng, points, 0.3 * (30 * length / count) ** 0.4, out), colors, "leaf")
    return quads


def ring(count: int, low: float, high: float, rng: Rng, sector: int, sectors: int = 8) -> Points:
    """(count, 3): feet of things at random in one sector of a ring around the vehicle."""
    angle = (sector + rng.uniform(0, 1, count)) * 2 * np.pi / sectors
    reach = np.sqrt(rng.uniform(low**2, high**2, count))
    return np.stack([reach * np.cos(angle), reach * np.sin(angle), np.zeros(count)], -1)


def wood(rng: Rng, distance: float, height: float, color: Srgb, sector: int, sectors: int = 8) -> Quads:
    """The edge of a far wood: a band of cards in one sector of a ring."""
    width = 2 * np.pi / sectors
    count = int(np.clip(distance * width * 5.0, 250, 480))
    angle = (sector + rng.uniform(-0.02, 1.02, count)) * width
    crest = height * (0.75 + 0.25 * np.sin(9 * angle + distance) * np.cos(23 * angle))
    lift = np.sqrt(rng.uniform(0.0, 1.0, count)) * crest
    points = np.stack([distance * np.cos(angle), distance * np.sin(angle), lift], -1)
    points[:, :2] *= 1 + 0.04 * rng.uniform(0, 1, (count, 1))
    out = -points / np.linalg.norm(points, axis=1, keepdims=True) * (1, 1, 0) + (0, 0, 0.4)
    light = 0.55 + 0.5 * lift / height + rng.uniform(-0.1, 0.1, count)
    quads = Quads()
    quads.add(cards(rng, points, 0.2 * height, out), np.asarray(color) * light[:, None], "leaf")
    edge = (sector + np.linspace(0, 1, 9)) * width
    foot = np.stack([np.cos(edge), np.sin(edge), np.zeros(9)], -1) * 1.03 * distance
    crown = foot + np.array((0, 0, 0.55 * height))
    inside = np.stack([foot[:-1], foot[1:], crown[1:], crown[:-1]], 1)
    quads.add(inside, np.asarray(color) * 0.6)
    return quads


def hills(rng: Rng, distance: float, height: float, color: Srgb, sector: int, sectors: int = 8) -> Quads:
    """One sector of a ring of hills; neighbouring sectors drawn with equal generators meet."""
    waves = rng.uniform(0, 2 * np.pi, 4)
    angle = (sector + np.linspace(0, 1, 13)) * 2 * np.pi / sectors
    crest_height = height * (
        1 + sum(0.28 * np.sin((3 + 2 * k) * angle + wave) for k, wave in enumerate(waves))
    )
    foot = np.stack([distance * np.cos(angle), distance * np.sin(angle), np.zeros(13)], -1)
    crest = foot * 1.35 + np.stack([np.zeros(13), np.zeros(13), crest_height], -1)
    quads = Quads()
    quads.add(np.stack([foot[:-1], foot[1:], crest[1:], crest[:-1]], 1), color)
    return quads
