"""What stands about the vehicle on demand: the occluder before it and the distractors around it."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from blender_scenes.camera import Array, Pose
from blender_scenes.distractors import distractors
from blender_scenes.environments.place import Environment
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
        self._before: list[Array] = []

    def arrange(
        self, spec: RenderSpec, pose: Pose, points: Array, target: Target, environment: Environment
    ) -> list[Array]:
        """Put up what the spec asks for; the points (n, 3) of what stands before the vehicle.

        Args:
            points: of the vehicle's hull.
        """
        if spec.occluder == "none" and spec.distractors == 0:
            self._clear()
            return self._before
        view = pose.location.tobytes(), pose.rotation.tobytes(), pose.focal, pose.shift
        place = spec.environment, spec.environment_seed, spec.asset, spec.shape, spec.variant
        now = spec.occluder, spec.occlusion, spec.distractors, place, view
        if now != self._now:
            self._clear()
            self._fill(spec, pose, points, target, environment)
            self._now = now
        return self._before

    def _fill(
        self, spec: RenderSpec, pose: Pose, points: Array, target: Target, environment: Environment
    ) -> None:
        store = self._store = self._store or Store()
        before = None
        if spec.occluder != "none":
            before = occluder(spec, pose, points, target, store)
        if before is not None:
            self._before = [before.points]
            self._put(before, OCCLUDER)
        environment.clear_view(pose.location, np.concatenate([points, *self._before]))
        if spec.distractors:
            for stand in distractors(spec, pose, points, self._before, store, environment):
                self._put(stand, 0)

    def _put(self, stand: Stand, index: int) -> None:
        thing = bpy.data.objects.new("prop", stand.prop.mesh)
        thing.matrix_world = Matrix(stand.matrix.tolist())
        thing.color, thing.pass_index = linear_color(stand.color), index
        self._collection.objects.link(thing)

    def _clear(self) -> None:
        for thing in list(self._collection.objects):
            bpy.data.objects.remove(thing)
        self._now, self._before = (), []
