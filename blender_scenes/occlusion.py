"""Where something has to stand so that it hides a given fraction of the vehicle from the camera.

An occluder either slides in from a side or grows; either way what it hides rises with one number, its
`amount`, so that bisection finds the amount that hides the fraction. Its foot stands beyond a line across the
camera's view that the vehicle does not reach, so the two never meet; a crown may reach over the vehicle.
"""

from __future__ import annotations

from collections.abc import Iterator

from blender_scenes.camera import Array, Pose
from blender_scenes.occluders import KINDS
from blender_scenes.props import Stand, Store
from blender_scenes.rays import Target
from blender_scenes.sightline import Draft, View
from generator.families import generator_of
from generator.spec import RenderSpec

ATTEMPTS = 8
"""Drafts tried; the nearest to the wish is taken."""
NEAR = 0.02
"""A draft that comes so near to the wished fraction ends the search."""
CLEAR = 0.5
"""Metres around the camera that stay free."""


def occluder(spec: RenderSpec, pose: Pose, points: Array, target: Target, store: Store) -> Stand | None:
    """What hides about `spec.occlusion` of the vehicle; None if it finds no place at all.

    Args:
        points: of the vehicle's hull.
    """
    view = View(pose, points, target, spec.azimuth)
    found: tuple[float, Stand] | None = None
    for draft in _drafts(spec, view, store):
        fraction, stand = _bisect(draft, view, spec.occlusion)
        if not _free(stand, pose.location):
            continue
        error = abs(fraction - spec.occlusion)
        if found is None or error < found[0]:
            found = error, stand
        if error <= NEAR:
            break
    return found[1] if found else None


def _bisect(draft: Draft, view: View, wanted: float) -> tuple[float, Stand]:
    """The amount that hides the wished fraction, or amount 1 if that does not suffice."""
    best = draft.at(1.0)
    fraction, low, high = view.hidden(best), 0.0, 1.0
    if fraction <= wanted:
        return fraction, best
    for _ in range(9):
        middle = (low + high) / 2
        stand = draft.at(middle)
        now = view.hidden(stand)
        if abs(now - wanted) < abs(fraction - wanted):
            fraction, best = now, stand
        if abs(fraction - wanted) <= NEAR / 2:
            break
        low, high = (middle, high) if now < wanted else (low, middle)
    return fraction, best


def _free(stand: Stand, location: Array) -> bool:
    """Whether the camera does not stand in it."""
    low, high = stand.points.min(0) - CLEAR, stand.points.max(0) + CLEAR
    return bool(((location < low) | (location > high)).any())


def _drafts(spec: RenderSpec, view: View, store: Store) -> Iterator[Draft]:
    place = f"{spec.elevation:.4f} {spec.azimuth:.4f}"
    words = (spec.environment, spec.environment_seed, spec.asset, spec.shape, spec.variant, place)
    rng = generator_of("occluder", spec.occluder, *words)
    for attempt in range(ATTEMPTS):
        yield KINDS[spec.occluder](rng, view, store, attempt)
