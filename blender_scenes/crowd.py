"""What is about the vehicle on demand: the occluder before it, distractors around it, a marker beside it."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from blender_scenes.camera import Array, Pose
from blender_scenes.distractors import distractors
from blender_scenes.environments.place import Environment
from blender_scenes.marker import marker
from blender_scenes.occlusion import occluder
from blender_scenes.passes import linear_color
from blender_scenes.props import Stand, Store
from blender_scenes.rays import Target
from blender_scenes.truth import OCCLUDER
from generator.spec import RenderSpec


class Crowd:
    """The props that stand in the scene; they are replaced only when they change."""

    def __init__(self, scene: Any) -> None:
        self._collection = bpy.data.collections.new("crowd")
        scene.collection.children.link(self._collection)
        self._store: Store | None = None
        self._now: tuple[Any, ...] = ()
        self._shown: list[tuple[Stand, int]] = []

    def arrange(
        self, spec: RenderSpec, pose: Pose, points: Array, target: Target, environment: Environment
    ) -> list[Array]:
        """Put up what the spec requests; the points (n, 3) of what stands before the vehicle.

        Args:
            points: of the vehicle's hull.
        """
        if spec.occluder == spec.marker == "none" and spec.distractors == 0:
            self._show([])
            self._now = ()
            return []
        view = pose.location.tobytes(), pose.rotation.tobytes(), pose.focal, pose.shift
        place = spec.environment, spec.environment_seed, spec.asset, spec.shape, spec.variant
        now = spec.occluder, spec.occlusion, spec.distractors, spec.marker, place, view
        if now != self._now:
            self._show(self._chosen(spec, pose, points, target, environment))
            self._now = now
        return [stand.points for stand, index in self._shown if index == OCCLUDER]

    def _chosen(
        self, spec: RenderSpec, pose: Pose, points: Array, target: Target, environment: Environment
    ) -> list[tuple[Stand, int]]:
        """What is to stand where, with its object index."""
        store = self._store = self._store or Store()
        before = occluder(spec, pose, points, target, store) if spec.occluder != "none" else None
        taken = [before.points] if before else []
        around: list[Stand] = []
        if spec.distractors:
            environment.clear_view(pose.location, np.concatenate([points, *taken]))
            around = distractors(spec, pose, points, taken, store, environment)
        hiding = [(before, OCCLUDER)] if before else []
        painted = marker(spec, pose, points, target, store, before) if spec.marker != "none" else None
        return [*((stand, 0) for stand in around), *hiding, *([(painted, 0)] if painted else [])]

    def _show(self, wanted: list[tuple[Stand, int]]) -> None:
        """Replace what stands there from the first difference on, so that the order is always the list's."""
        same = 0
        while same < min(len(wanted), len(self._shown)) and _like(wanted[same], self._shown[same]):
            same += 1
        for thing in list(self._collection.objects)[same:]:
            bpy.data.objects.remove(thing)
        for stand, index in wanted[same:]:
            thing = bpy.data.objects.new("prop", stand.prop.mesh)
            thing.matrix_world = Matrix(stand.matrix.tolist())
            thing.color, thing.pass_index = linear_color(stand.color), index
            self._collection.objects.link(thing)
        self._shown = wanted


def _like(one: tuple[Stand, int], other: tuple[Stand, int]) -> bool:
    (stand, index), (there, number) = one, other
    return (
        index == number
        and stand.prop is there.prop
        and stand.color == there.color
        and np.array_equal(stand.matrix, there.matrix)
    )
