"""Roads through open land: highway and country road."""

from __future__ import annotations

import numpy as np

from blender_scenes.environments import furniture, plants
from blender_scenes.environments.place import Environment
from blender_scenes.environments.surfaces import Ground, ground_material
from blender_scenes.environments.town import asphalt, lawn
from blender_scenes.scenery import Quads, Rng, Srgb, flat, flats, mix, scaled, shade, tint

SECTORS = 8
REACH = 220.0
"""Metres, how far a road runs either way."""
FIELDS: list[Srgb] = [
    (0.66, 0.58, 0.32),
    (0.42, 0.47, 0.20),
    (0.46, 0.36, 0.26),
    (0.34, 0.42, 0.18),
    (0.72, 0.66, 0.28),
]


def highway(rng: Rng, into: Environment) -> None:
    """Two carriageways of two or three lanes with guard rails, embankments and a gantry far off."""
    into.turn = float(np.radians(rng.normal(0, 2.5)) + (np.pi if rng.uniform() < 0.5 else 0.0))
    lanes, width = int(rng.integers(2, 4)), float(rng.uniform(3.5, 3.8))
    lane = int(rng.integers(lanes))
    right = -(lane + 0.5) * width + float(rng.uniform(-0.25, 0.25))
    left = right + lanes * width
    into.ground(lawn(rng), rng)
    road, marks = asphalt(rng, 1.05), Quads()
    away = left + 4.5
    pieces = [(right - 2.8, left + 1.0), (away - 1.0, away + lanes * width + 2.8)]
    into.lay(
        np.stack([flat((-REACH, low), (REACH, high), 0.004) for low, high in pieces]),
        ground_material(road, rng),
    )
    for low in (right, away):
        for k in range(lanes + 1):
            edge = k in (0, lanes)
            y = low + k * width
            marks.join(
                furniture.line((-REACH, REACH), y, 0.2)
                if edge
                else furniture.dashes((-120, 120), y, 12.0, 5.0, 0.15),
                at=(float(rng.uniform(0, 6)), 0, 0),
            )
    into.mark(marks)
    for y in (left + 2.2, right - 3.4, away + lanes * width + 3.4):
        for x in np.arange(-120, 120, 20.0):
            into.screen(furniture.guard_rail((float(x), float(x) + 20), y))
    _banks(rng, into, right - 6.0, away + lanes * width + 6.0)
    sign = tint(rng, (0.10, 0.25, 0.52) if rng.uniform() < 0.5 else (0.08, 0.36, 0.22), 0.02)
    into.screen(furniture.gantry(rng, float(rng.uniform(55, 95)), (right - 3.8, left + 2.2), sign))
    _wooded(rng, into, 140.0)


def _banks(rng: Rng, into: Environment, right: float, left: float) -> None:
    """Slopes beside the road, with bushes and trees upon them."""
    green = tint(rng, (0.42, 0.46, 0.28), 0.03)
    for side, sign in ((right, -1.0), (left, 1.0)):
        rise = float(rng.uniform(1.0, 4.0))
        far = side + sign * 3 * rise
        quads, edges = Quads(), np.linspace(-REACH, REACH, 23)
        near_row = np.stack([edges, np.full(23, side), np.zeros(23)], -1)
        top_row = np.stack([edges, np.full(23, far), rise * rng.uniform(0.8, 1.15, 23)], -1)
        back_row = top_row + np.array((0, sign * 12, 0))
        low_row = back_row * (1, 1, 0) + (0, sign * 6, 0)
        for one, other in ((near_row, top_row), (top_row, back_row), (back_row, low_row)):
            quads.add(np.stack([one[:-1], one[1:], other[1:], other[:-1]], 1), green)
        for x in rng.uniform(-110, 110, 16):
            spot = (float(x), far + sign * float(rng.uniform(0, 8)), 0.8 * rise)
            plant = (
                plants.leafy(rng, float(rng.uniform(4, 8)), 160)
                if rng.uniform() < 0.5
                else plants.bush(rng, 1.8, shade(rng, plants.LEAVES[0], 0.2), 26)
            )
            quads.join(plant, at=spot)
        into.screen(quads)


def _wooded(rng: Rng, into: Environment, distance: float) -> None:
    seed, tone = int(rng.integers(2**31)), tint(rng, (0.43, 0.51, 0.46), 0.03)
    height = float(rng.uniform(10, 30))
    for sector in range(SECTORS):
        into.screen(plants.wood(rng, distance, 12.0, shade(rng, (0.36, 0.43, 0.31), 0.12), sector))
        into.screen(plants.hills(np.random.default_rng(seed), 300.0, height, tone, sector))


def country(rng: Rng, into: Environment) -> None:
    """A narrow road between ditches, fields and trees."""
    into.turn = float(np.radians(rng.normal(0, 4)) + (np.pi if rng.uniform() < 0.5 else 0.0))
    right = float(rng.uniform(1.6, 2.3))
    left = right + float(rng.uniform(0.6, 2.6))
    into.ground(lawn(rng), rng)
    into.lay(flat((-REACH, -right), (REACH, left), 0.006), ground_material(asphalt(rng, 0.98), rng))
    earth = tint(rng, (0.50, 0.45, 0.34), 0.03)
    verge = ground_material(
        Ground((scaled(earth, 0.6), mix(earth, (0.35, 0.42, 0.2), 0.4), earth), patch=1.4, grain=0.05), rng
    )
    into.lay(
        np.stack([flat((-REACH, low), (REACH, low + 0.6), 0.003) for low in (-right - 0.55, left - 0.05)]),
        verge,
    )
    marks = Quads()
    for y in (-right + 0.2, left - 0.2):
        marks.join(furniture.line((-REACH, REACH), y, 0.1))
    into.mark(marks)
    _fields(rng, into, right, left)
    _avenue(rng, into, right + 2.5, left + 2.5)
    _wooded(rng, into, 150.0)


def _fields(rng: Rng, into: Environment, right: float, left: float) -> None:
    """Patches of crops and ploughed earth, furrows in some, and ditches."""
    furrows, tones = Quads(), [tint(rng, FIELDS[k], 0.03) for k in rng.permutation(len(FIELDS))[:3]]
    crops = [
        ground_material(Ground((scaled(tone, 0.65), tone, scaled(tone, 1.2)), 3.0, 0.07, 0.35), rng)
        for tone in tones
    ]
    for sign, edge in ((1.0, left + 4.5), (-1.0, right + 4.5)):
        x, k = -REACH, int(rng.integers(3))
        while x < REACH:
            wide, deep = float(rng.uniform(50, 110)), float(rng.uniform(45, 85))
            low, high = sorted((sign * edge, sign * (edge + deep)))
            into.lay(flat((x, low), (x + wide - 1, high), 0.004), crops[k])
            at = np.arange(low, high, 0.8)
            furrows.add(flats((x, x + wide - 1), (at, at + 0.25), 0.007), scaled(tones[k], 0.78))
            x, k = x + wide, (k + 1) % 3
    into.mark(furrows)
    ditch = Quads()
    for y in (left + 3.2, -right - 4.2):
        ditch.add(flats((-REACH, REACH), (y, y + 1.0), 0.005), (0.28, 0.31, 0.19))
    into.mark(ditch)


def _avenue(rng: Rng, into: Environment, right: float, left: float) -> None:
    """Trees and posts beside the road."""
    for sign, y in ((1, left), (-1, right)):
        pitch, slim = float(rng.uniform(9, 16)), float(rng.choice([0.45, 1.0, 1.0]))
        for k in range(-5, 6):
            quads, x = Quads(), k * pitch + float(rng.uniform(-2, 2))
            if rng.uniform() < 0.55:
                quads.join(
                    plants.leafy(rng, float(rng.uniform(5, 10)), 340, slim=slim), at=(x, sign * (y + 0.8), 0)
                )
            else:
                quads.join(furniture.post(), at=(x, sign * (y - 1.8), 0))
            into.screen(quads)
    if rng.uniform() < 0.6:
        sign_post = Quads()
        sign_post.join(furniture.road_sign(rng), at=(float(rng.uniform(9, 25)), -right + 0.6, 0))
        into.screen(sign_post)
