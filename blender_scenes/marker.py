"""Where a marker is painted on the ground: close beside the vehicle, where the picture shows it.

For an environment and a vehicle there is one list of places, the same from every camera; the first that the
picture shows whole is taken, or else the one of which it shows most.
"""

from __future__ import annotations

import numpy as np

from blender_scenes.camera import Array, Pose
from blender_scenes.props import Stand, Store
from blender_scenes.rays import Target
from blender_scenes.sightline import stops
from generator.families import generator_of
from generator.spec import RenderSpec

RADIUS = 0.12
"""Of a marker, as a fraction of the footprint's diagonal: large vehicles are seen from farther away."""
GAP = 0.1
"""Metres between marker and footprint."""
PLACES = 32
"""Places around the vehicle."""
RINGS = np.array(
    [(0.0, 0.0), *((r * np.cos(a), r * np.sin(a)) for r in (0.5, 0.95) for a in np.arange(8) * np.pi / 4)]
)
"""(17, 2), points of a marker of radius 1 by which it is found how much of it is seen."""


def marker(
    spec: RenderSpec, pose: Pose, points: Array, target: Target, store: Store, before: Stand | None = None
) -> Stand | None:
    """The marker in its place; None where the picture shows none of it, wherever it is.

    Args:
        points: (n, 3), of the vehicle's hull.
        before: what stands before the vehicle. Distractors, which stand apart from it, may cover the marker.
    """
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    radius = RADIUS * float(np.linalg.norm(high - low))
    words = (spec.environment, spec.environment_seed, spec.asset, spec.shape, spec.variant)
    rng = generator_of("marker", *words)
    around = rng.permutation(_around(low - GAP - radius, high + GAP + radius))
    shown = [_shown(pose, place + radius * RINGS, target, before) for place in around]
    best = int(np.argmax(shown))
    if shown[best] == 0:
        return None
    x, y = (float(at) for at in around[best])
    return Stand(store.thing(spec.marker, 0), (x, y), float(rng.uniform(0, np.pi)), (radius, radius, 1.0))


def _around(low: Array, high: Array) -> Array:
    """(PLACES, 2), spread evenly by angle over the sides of a rectangle."""
    angle = np.arange(PLACES) * 2 * np.pi / PLACES
    out = np.stack([np.cos(angle), np.sin(angle)], -1)
    out /= np.abs(out).max(1, keepdims=True)
    result: Array = (low + high) / 2 + out * (high - low) / 2
    return result


def _shown(pose: Pose, places: Array, target: Target, before: Stand | None) -> float:
    """Fraction of places (n, 2) on the ground that lie in the picture, neither behind the vehicle nor behind
    what stands before it."""
    ground = np.column_stack([places, np.zeros(len(places))])
    seen = pose.project(ground)
    inside = (pose.depth(ground) > 0) & (np.abs(seen - 0.5) < 0.5).all(1)
    ground, seen = ground[inside], seen[inside]
    free = ~target.met(pose, *seen.T)
    if before:
        far = np.linalg.norm(ground - pose.location, axis=1)
        free &= ~stops(before, pose.location, pose.ray(*seen.T), far)
    return float(np.count_nonzero(free)) / len(places)
