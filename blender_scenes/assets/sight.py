"""How much of what is seen of a vehicle from outside is of which material, by casting rays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

from blender_scenes.assets.pieces import Floats

GRID = 40
"""Rays along each side of a view."""
VIEWS = [
    *((azimuth, 15.0) for azimuth in range(0, 360, 45)),
    *((azimuth, 50.0) for azimuth in range(45, 360, 90)),
    (0, 90.0),
]
"""Azimuth and elevation of the directions from which a vehicle is looked at, degrees."""


def visible_faces(points: Floats, faces: list[list[int]]) -> NDArray[np.int64]:
    """The faces that parallel rays from `VIEWS` meet first, one entry a ray that meets any."""
    tree = BVHTree.FromPolygons(points.tolist(), faces)
    met = [tree.ray_cast(*ray)[2] for ray in _rays(points)]
    return np.array([face for face in met if face is not None], np.int64)


def _rays(points: Floats) -> Iterator[tuple[Vector, Vector]]:
    centre, reach = (points.min(0) + points.max(0)) / 2, float(np.linalg.norm(np.ptp(points, axis=0)))
    spread = (np.arange(GRID) + 0.5) / GRID * 2 - 1
    for azimuth, elevation in np.radians(VIEWS):
        flat = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
        back = flat * np.cos(elevation) + np.array([0, 0, np.sin(elevation)])
        right = np.array([-flat[1], flat[0], 0.0])
        up = np.cross(back, right)
        wide, high = (float(np.abs((points - centre) @ axis).max()) for axis in (right, up))
        aim = Vector(-back)
        for i in spread:
            for j in spread:
                yield Vector(centre + reach * back + i * wide * right + j * high * up), aim
