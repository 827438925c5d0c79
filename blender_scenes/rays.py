"""Rays against a vehicle alone, whatever else stands in the scene."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

from blender_scenes.camera import Array, Pose


class Target:
    """A mesh to be met by rays; its search tree is built when the first ray is cast."""

    def __init__(self, thing: Any) -> None:
        """Take an object that is linked to the scene."""
        self._thing = thing
        self._tree: Any = None

    def met(self, pose: Pose, right: Array, down: Array) -> NDArray[np.bool_]:
        """Which rays through picture coordinates (fractions of the side) meet it."""
        return np.isfinite(self.distances(pose, right, down))

    def distances(self, pose: Pose, right: Array, down: Array) -> Array:
        """How far from the camera the rays meet it; infinite where they do not."""
        if self._tree is None:
            self._tree = BVHTree.FromObject(self._thing, bpy.context.evaluated_depsgraph_get())
        home = self._thing.matrix_world.inverted()
        origin, turn = home @ Vector(pose.location), home.to_3x3()
        rays = pose.ray(right, down) @ np.array(turn).T
        found = [self._tree.ray_cast(origin, Vector(ray))[3] for ray in rays]
        far = np.array([np.inf if length is None else length for length in found], float)
        result: Array = far / np.linalg.norm(rays, axis=-1)
        return result
