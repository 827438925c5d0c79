"""From arrays to Blender objects."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_scenes.vehicles.mesh import Faces, Points

SHARP = 0.6
"""Edges that turn by more than this many radians stay sharp."""


TINT = "tint"
"""Attribute of scenery's faces: their colour."""


def tint_faces(mesh: Any, colors: NDArray[np.float64]) -> None:
    """Give each face its colour, (n, 3) sRGB."""
    tint = mesh.attributes.new(TINT, "FLOAT_COLOR", "FACE")
    opaque = np.column_stack([colors, np.ones(len(colors))])
    tint.data.foreach_set("color_srgb", opaque.astype(np.float32).ravel())


def new_object(
    name: str,
    points: Points,
    faces: Faces,
    slots: NDArray[np.int32],
    materials: list[Any],
    *,
    smooth: bool = True,
) -> Any:
    """An object, not yet linked to a scene. A row of `faces` that ends in -1 is a triangle."""
    mesh = bpy.data.meshes.new(name)
    counts = (faces >= 0).sum(1).astype(np.int32)
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
    mesh.loops.add(int(counts.sum()))
    mesh.loops.foreach_set("vertex_index", faces[faces >= 0].astype(np.int32))
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.cumsum(counts, dtype=np.int32) - counts)
    mesh.polygons.foreach_set("material_index", slots.astype(np.int32))
    for material in materials:
        mesh.materials.append(material)
    mesh.update(calc_edges=True)
    mesh.polygons.foreach_set("use_smooth", np.full(len(faces), smooth))
    if smooth:
        mesh.set_sharp_from_angle(angle=SHARP)
    return bpy.data.objects.new(name, mesh)
