"""Fronts and rears: lamps, grilles, bumpers, plates."""

from __future__ import annotations

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.hull import Hull
from blender_scenes.vehicles.mesh import Builder
from blender_scenes.vehicles.patches import patch, rect

Rng = np.random.Generator


def car_front(builder: Builder, body: Hull, nose: float, sill: float, rng: Rng) -> None:
    """Headlamps around the corners, a grille between them, an intake and fog lamps below."""
    half = float(body.left[..., 1].max())
    top = nose - 0.05
    slim = float(rng.uniform(0.1, 0.16))
    inner = half * float(rng.uniform(0.5, 0.58))
    outer = half + float(rng.uniform(0.05, 0.25))
    lamp = [(inner, top - slim), (outer, top - slim * 0.75), (outer, top + 0.01), (inner, top - 0.01)]
    parts.head_lamp(builder, body, lamp, parts.HeadLamp.random(rng))
    _grille(builder, body, inner - 0.05, top, slim, rng)
    lower = rect(-half * 0.62, half * 0.62, sill + 0.06, sill + 0.17)
    patch(builder, body, "front", lower, "trim", lift=0.01)
    patch(
        builder,
        body,
        "front_corner",
        rect(half * 0.78, half * 0.92, sill + 0.09, sill + 0.15),
        "headlamp",
        lift=0.015,
    )
    parts.plate(builder, body, sill + 0.25, rng, rear=False)


def _grille(builder: Builder, body: Hull, half: float, top: float, slim: float, rng: Rng) -> None:
    depth = slim * float(rng.uniform(0.9, 1.7))
    narrow = float(rng.uniform(0.75, 1.0))
    shape = [
        (-half * narrow, top - depth),
        (half * narrow, top - depth),
        (half, top - 0.01),
        (-half, top - 0.01),
    ]
    parts.grille(builder, body, shape, parts.Grille.random(rng))


def car_rear(builder: Builder, body: Hull, deck: float, sill: float, rng: Rng, *, tall: bool) -> None:
    """Tail-lamps around the corners, plate, bumper strip."""
    half = float(body.left[..., 1].max())
    top = deck - (0.06 if tall else 0.1)
    depth = float(rng.uniform(0.2, 0.28)) if tall else float(rng.uniform(0.14, 0.2))
    inner = half * float(rng.uniform(0.6, 0.68))
    outer = half + float(rng.uniform(0.05, 0.2))
    lamp = [(inner, top - depth), (outer, top - depth * 0.8), (outer, top), (inner, top)]
    parts.tail_lamp(builder, body, lamp, parts.TailLamp.random(rng))
    strip = rect(-half * 0.9, half * 0.9, sill + 0.02, sill + 0.14)
    patch(builder, body, "rear", strip, "trim", lift=0.012)
    patch(
        builder,
        body,
        "rear_corner",
        rect(half * 0.7, half * 0.95, sill + 0.17, sill + 0.21),
        "taillamp",
        lift=0.014,
    )
    patch(
        builder,
        body,
        "rear",
        rect(-half * 0.42, half * 0.42, top - depth + 0.01, top - depth + 0.04),
        "chrome",
        lift=0.016,
    )
    parts.plate(builder, body, top - depth - 0.06, rng, rear=True)
