"""Fronts and rears of cars: lamps, grilles, intakes, plates, bumper details."""

from __future__ import annotations

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.car_body import INTAKE, LOW_INTAKE, PLATE, STEP, Body
from blender_scenes.vehicles.hull import Corner
from blender_scenes.vehicles.mesh import Builder
from blender_scenes.vehicles.patches import patch, rect

Rng = np.random.Generator
Shape = list[Corner]

HEADLAMP: dict[str, Shape] = {
    "slim": [(0.5, 0.62), (1.16, 0.7), (1.22, 0.93), (0.48, 0.84)],
    "block": [(0.58, 0.52), (1.06, 0.54), (1.08, 0.93), (0.56, 0.93)],
    "swept": [(0.52, 0.56), (1.12, 0.66), (1.4, 0.97), (0.5, 0.82)],
    "round": [(0.62, 0.52), (1.0, 0.54), (1.0, 0.95), (0.62, 0.93)],
    "drop": [(0.6, 0.5), (1.04, 0.58), (1.26, 0.97), (0.56, 0.86)],
}
"""Corners of the left headlamp: along the nose in half widths, fractions of the wall's height."""

GRILLE: dict[str, Shape] = {
    "bars": [(-0.42, 0.52), (0.42, 0.52), (0.48, 0.9), (-0.48, 0.9)],
    "mesh": [(-0.36, 0.48), (0.36, 0.48), (0.46, 0.88), (-0.46, 0.88)],
    "slats": [(-0.3, 0.48), (0.3, 0.48), (0.32, 0.93), (-0.32, 0.93)],
    "shield": [(-0.26, 0.14), (0.26, 0.14), (0.42, 0.9), (-0.42, 0.9)],
    "slim": [(-0.44, 0.66), (0.44, 0.66), (0.46, 0.84), (-0.46, 0.84)],
    "split": [(0.035, 0.5), (0.36, 0.52), (0.38, 0.84), (0.035, 0.88)],
}
"""Corners of the grille; of its left half where it is split."""

TAILLAMP: dict[str, Shape] = {
    "block": [(0.62, 0.52), (1.06, 0.52), (1.1, 0.9), (0.62, 0.9)],
    "slim": [(0.5, 0.64), (1.16, 0.6), (1.22, 0.86), (0.5, 0.84)],
    "tall": [(0.8, 0.5), (1.06, 0.5), (1.1, 0.97), (0.86, 0.97)],
    "round": [(0.6, 0.52), (0.98, 0.52), (0.98, 0.9), (0.6, 0.9)],
    "band": [(0.4, 0.68), (1.1, 0.6), (1.14, 0.88), (0.4, 0.86)],
}
"""Corners of the left tail lamp."""


def front(builder: Builder, body: Body, rng: Rng) -> None:
    """Headlamps, grille, bars in the lower intake, fog lamps, plate."""
    style = body.style
    corners = _placed(body, HEADLAMP[style.headlamp], body.car.nose_x, rng)
    parts.head_lamp(builder, body, corners, parts.HeadLamp.random(rng))
    grille = parts.Grille.random(rng)
    shape = _placed(body, GRILLE[style.grille], body.car.nose_x, rng)
    for corners in (shape, _mirrored(shape))[: 2 if style.grille == "split" else 1]:
        parts.grille(builder, body, corners, grille)
    _intake(builder, body)
    at = body.car.nose_x
    if style.fog:
        low, high = body.height(at, 0.17), body.height(at, 0.3)
        area = rect(body.half * 0.7, body.half * 0.88, low, high)
        patch(builder, body, "front_corner", area, "mesh", lift=0.004)
        middle = body.half * 0.79
        lamp = rect(middle - 0.035, middle + 0.035, (low + high) / 2 - 0.035, (low + high) / 2 + 0.035)
        patch(builder, body, "front_corner", lamp, "headlamp", lift=0.012, round_=1.0, cells=(4, 4))
    if style.grille != "shield":
        parts.plate(builder, body, body.height(at, sum(STEP) / 2 - 0.06), rng, rear=False)
    else:
        parts.plate(builder, body, body.height(at, 0.2), rng, rear=False)


def rear(builder: Builder, body: Body, rng: Rng) -> None:
    """Tail lamps, plate in its recess, a bar above it, reflectors in the bumper."""
    style, at = body.style, body.car.tail_x
    corners = _placed(body, TAILLAMP[style.taillamp], at, rng)
    parts.tail_lamp(builder, body, corners, parts.TailLamp.random(rng))
    low, high = body.plate_rows
    parts.plate(builder, body, body.height(at, (low + high) / 2), rng, rear=True, width=0.5)
    bar = rect(
        -PLATE * body.half, PLATE * body.half, body.height(at, high + 0.015), body.height(at, high + 0.06)
    )
    patch(builder, body, "rear", bar, "chrome" if style.frame == "chrome" else "trim", lift=0.012)
    if style.taillamp == "band":
        inner = corners[0][0] - 0.02
        band = rect(-inner, inner, corners[0][1] + 0.03, corners[3][1] - 0.03)
        patch(builder, body, "rear", band, "taillamp", lift=0.014, cells=(16, 3))
    reflector = rect(body.half * 0.72, body.half * 0.95, body.height(at, 0.2), body.height(at, 0.26))
    patch(builder, body, "rear_corner", reflector, "taillamp", lift=0.006)
    diffuser = rect(-body.half * 0.6, body.half * 0.6, body.height(at, 0.03), body.height(at, 0.13))
    patch(builder, body, "rear", diffuser, "trim", lift=0.012, round_=0.05)


def _intake(builder: Builder, body: Body) -> None:
    """Bars across the lower intake, which is a hollow of the body."""
    at, half = body.car.nose_x, (INTAKE - 0.02) * body.half
    for fraction in np.linspace(*LOW_INTAKE, 5)[1:-1]:
        z = body.height(at, float(fraction))
        bar = rect(-half, half, z - 0.007, z + 0.007)
        patch(builder, body, "front", bar, "trim", lift=0.012, cells=(12, 1), round_=0.0)


def _placed(body: Body, shape: Shape, x: float, rng: Rng) -> Shape:
    """Corners in metres, each moved a little, the same for every corner of an edge."""
    across, up = rng.uniform(-0.025, 0.025, 2)
    inner = min(abs(shape[0][0]), abs(shape[3][0])) > 0.3 and shape[0][0] > 0
    return [
        (body.half * (u + (across if inner else 0.0)), body.height(x, s + (up if s > 0.55 else 0.0)))
        for u, s in shape
    ]


def _mirrored(shape: Shape) -> Shape:
    return [(-shape[i][0], shape[i][1]) for i in (1, 0, 3, 2)]
