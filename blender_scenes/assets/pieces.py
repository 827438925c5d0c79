"""From a scene's objects to plain arrays: modifiers, parents and instances applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from generator.assets.card import MAX_FACES
from generator.errors import UserError

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Piece:
    """What one object, or one instance of it, looks like; n points, f faces, c corners of faces."""

    name: str
    points: Floats
    """(n, 3), those of faces alone, metres of the imported scene, z up."""
    corners: Ints
    """(c,) index of the point."""
    counts: Ints
    """(f,) corners of each face."""
    slots: Ints
    """(f,) index into `materials`."""
    normals: Floats
    """(c, 3), unit length, or zero where a face has no area."""
    materials: tuple[Any, ...]
    """None stands for a slot without a material."""
    uvs: dict[str, NDArray[np.float32]]
    """Map's name -> (c, 2); "" is the one that is used where none is named."""
    colors: dict[str, NDArray[np.float32]]
    """Colour attribute's name -> (c, 4), linear."""


def pieces(place: str) -> list[Piece]:
    """Every mesh that the current scene shows; `place` is what messages begin with.

    Raises:
        UserError: there is none, or they have too many faces.
    """
    graph, found, total = bpy.context.evaluated_depsgraph_get(), list[Piece](), 0
    for one in graph.object_instances:  # each is gone with the next
        faces = len(one.object.data.polygons) if one.object.type == "MESH" and one.show_self else 0
        total += faces
        if total > MAX_FACES:
            raise UserError(f"{place} has more than {MAX_FACES:,} faces; decimate it")
        if faces:
            found.append(_piece(one.object, np.array(one.matrix_world)))
    if not found:
        raise UserError(f"{place} holds no visible mesh with faces; unhide or export the vehicle's meshes")
    if not all(np.isfinite(piece.points).all() for piece in found):
        raise UserError(f"{place} has points at infinity; repair it and export again")
    return found


def _piece(thing: Any, matrix: Floats) -> Piece:
    mesh = thing.data
    counts = _read(mesh.polygons, "loop_total", np.int32)
    corners = _read(mesh.loops, "vertex_index", np.int32)
    normals = _read(mesh.corner_normals, "vector", np.float32, 3) @ np.linalg.pinv(matrix[:3, :3])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(length > 1e-12, normals / np.maximum(length, 1e-12), 0.0)
    used, index = np.unique(corners, return_inverse=True)  # points without a face would count as vehicle
    order = _mirrored(counts) if np.linalg.det(matrix[:3, :3]) < 0 else np.arange(len(corners))
    materials = tuple(slot.material.original if slot.material else None for slot in thing.material_slots)
    slots = _read(mesh.polygons, "material_index", np.int32)
    return Piece(
        thing.name,
        _read(mesh.vertices, "co", np.float32, 3)[used] @ matrix[:3, :3].T + matrix[:3, 3],
        index.astype(np.int32)[order],
        counts,
        np.clip(slots, 0, max(0, len(materials) - 1)),
        normals[order],
        materials or (None,),
        {name: uv[order] for name, uv in _uvs(mesh).items()},
        {name: color[order] for name, color in _colors(mesh, corners).items()},
    )


def _mirrored(counts: Ints) -> NDArray[np.int64]:
    """The order of corners that turns every face round."""
    ends = np.cumsum(counts)
    first = np.repeat(ends - counts, counts)
    return first + np.repeat(ends, counts) - 1 - np.arange(int(counts.sum()))


def _uvs(mesh: Any) -> dict[str, NDArray[np.float32]]:
    found = {layer.name: _read(layer.uv, "vector", np.float32, 2) for layer in mesh.uv_layers}
    shown = [layer.name for layer in mesh.uv_layers if layer.active_render]
    return found | ({"": found[shown[0]]} if shown else {})


def _colors(mesh: Any, corners: Ints) -> dict[str, NDArray[np.float32]]:
    found = {}
    for layer in mesh.color_attributes:
        values = _read(layer.data, "color", np.float32, 4)
        found[layer.name] = values[corners] if layer.domain == "POINT" else values
    return found


def _read(collection: Any, what: str, kind: Any, width: int = 1) -> NDArray[Any]:
    values = np.empty(len(collection) * width, kind)
    collection.foreach_get(what, values)
    return values.reshape(-1, width) if width > 1 else values
