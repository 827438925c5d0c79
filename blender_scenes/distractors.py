"""Things and vehicles around that are not the subject and never come before it.

For an environment and a vehicle there is one list of places, the same from every camera; of these the
first that the picture shows beside or behind the vehicle are taken, so that things stay where they are
while the camera moves, unless they would come before the vehicle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from blender_scenes.camera import Array, Pose
from blender_scenes.environments.place import Environment
from blender_scenes.props import Prop, Stand, Store
from blender_scenes.scenery import Rng
from generator.families import generator_of
from generator.spec import COLORS, RenderSpec

PLACES = 500
"""Places in the list."""
VEHICLES = ("sedan", "hatchback", "wagon", "suv", "minivan", "van", "pickup", "boxtruck")
FLEET = 3
"""Different vehicles that an environment shows, each in any colour and number."""
THINGS = ("cone", "sign", "lamp", "bin", "tree")
INDOORS = ("cone", "sign", "bin")
"""Things that may stand in a studio."""
COMMON = "wwksssbrgynov"
"""Colours of other vehicles, by how often they are seen."""
STYLES = 4
"""Of each thing."""
LANES = (-6.6, -3.3, 0.0, 3.3, 6.6)
"""Metres beside the subject where other vehicles drive or park, along the street."""
SPACE = 0.6
"""Metres that things keep from each other."""
NEAREST = 0.4
"""Nothing stands nearer than this fraction of the subject's distance."""
DIRECTIONS = np.stack([np.cos(np.arange(32) * np.pi / 16), np.sin(np.arange(32) * np.pi / 16)])
"""(2, 32), in which two things may be parted by a line on the ground."""


def distractors(
    spec: RenderSpec,
    pose: Pose,
    points: Array,
    taken: Sequence[Array],
    store: Store,
    environment: Environment,
) -> list[Stand]:
    """Where the distractors of a picture stand: at most as many as the spec requests, fewer without room.

    Args:
        points: (n, 3), of the vehicle's hull.
        taken: points (m, 3) of what stands already.
    """
    found: list[Stand] = []
    extents = [_reach(some) for some in (points, *taken)]
    for stand in _places(spec, store, environment):
        if len(found) == spec.distractors:
            break
        if not _shown(pose, np.array([(*stand.place, 0.5)])):
            continue
        corners = stand.box
        reach = _reach(corners)
        if (
            _beside(pose, corners, points)
            and all(_apart(reach, other, SPACE) for other in extents)
            and environment.leaves_room(corners)
        ):
            found.append(stand)
            extents.append(reach)
    return found


def _places(spec: RenderSpec, store: Store, environment: Environment) -> Iterator[Stand]:
    words = (spec.environment, spec.environment_seed, spec.asset, spec.shape, spec.variant)
    rng = generator_of("distractors", *words)
    fleet = [store.vehicle(VEHICLES[int(rng.integers(len(VEHICLES)))], 0) for _ in range(FLEET)]
    kinds = INDOORS if spec.environment == "studio" else THINGS
    for _ in range(PLACES):
        if rng.uniform() < 0.45:
            yield _parked(rng, fleet[int(rng.integers(FLEET))], environment.turn)
        else:
            prop = store.thing(kinds[int(rng.integers(len(kinds)))], int(rng.integers(STYLES)))
            yield _standing(rng, prop)


def _parked(rng: Rng, prop: Prop, turn: float) -> Stand:
    """A vehicle that drives or parks along the street, on either side, before or behind."""
    lane = LANES[int(rng.integers(len(LANES)))] + float(rng.normal(0, 0.15))
    along = float(rng.uniform(-32, 32))
    cos, sin = np.cos(turn), np.sin(turn)
    way = turn + float(rng.normal(0, 0.02)) + (np.pi if rng.uniform() < 0.5 else 0.0)
    color = COLORS[COMMON[int(rng.integers(len(COMMON)))]].srgb
    place = float(along * cos - lane * sin), float(along * sin + lane * cos)
    return Stand(prop, place, way, color=color)


def _standing(rng: Rng, prop: Prop) -> Stand:
    """A thing anywhere around, more often near than far."""
    reach, angle = 2.5 + 22 * float(rng.uniform()) ** 1.5, float(rng.uniform(0, 2 * np.pi))
    size = float(rng.uniform(0.9, 1.15))
    place = float(reach * np.cos(angle)), float(reach * np.sin(angle))
    return Stand(prop, place, float(rng.uniform(0, 2 * np.pi)), (size, size, size))


def _shown(pose: Pose, points: Array) -> bool:
    """Whether the middle of points lies before the camera and in the picture."""
    middle = points.mean(0, keepdims=True)
    if pose.depth(middle)[0] <= 0:
        return False
    seen = pose.project(middle)
    return bool((np.abs(seen - 0.5) < 0.5).all())


def _beside(pose: Pose, corners: Array, points: Array) -> bool:
    """Whether a box (8, 3) is seen beside the vehicle's box in the picture, or stands wholly behind it."""
    depth, subject = pose.depth(corners), pose.depth(points)
    if depth.min() > subject.max():
        return True
    if depth.min() < NEAREST * subject.mean():
        return False
    seen, box = pose.project(corners), pose.project(points)
    return bool((seen.max(0) < box.min(0)).any() or (seen.min(0) > box.max(0)).any())


def _reach(points: Array) -> Array:
    """(32,): how far points reach along each direction."""
    result: Array = (points[:, :2] @ DIRECTIONS).max(0)
    return result


def _apart(one: Array, other: Array, space: float) -> bool:
    """Whether a line parts two reaches, with so much space between them."""
    return bool((one + np.roll(other, 16) < -space).any())
