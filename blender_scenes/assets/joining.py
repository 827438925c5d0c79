"""Pieces joined to one mesh in the vehicle's frame: facing +x, left +y, on z = 0, centred, to length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_scenes.assets.importing import tell
from blender_scenes.assets.pieces import Floats, Piece
from generator.assets.card import AssetCard
from generator.errors import UserError

AXES = {"x": np.array([1.0, 0, 0]), "y": np.array([0, 1.0, 0]), "z": np.array([0, 0, 1.0])}
FLAT = 1e-3
"""Fraction of its largest extent below which a model counts as flat."""
Y_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
"""What importers do to files of y up: the matrix from the file's axes to Blender's."""


@dataclass(frozen=True)
class Fitted:
    """Pieces in the vehicle's frame, and how they got there."""

    pieces: list[Piece]
    before: tuple[float, float, float]
    """Length, width and height in the units of the imported scene."""
    after: tuple[float, float, float]
    """The same in metres, scaled."""
    scale: float


def fit(pieces: Sequence[Piece], card: AssetCard, place: str) -> Fitted:
    """Turn, scale and move the pieces as the asset card states.

    Raises:
        UserError: the vehicle is flat.
    """
    turn = _turn(card)
    turned = [piece.points @ turn.T for piece in pieces]
    low = np.array([points.min(0) for points in turned]).min(0)
    high = np.array([points.max(0) for points in turned]).max(0)
    size: Floats = high - low
    if size.min() <= FLAT * size.max():
        raise UserError(
            f"{place} is flat: {size[0]:.3g} × {size[1]:.3g} × {size[2]:.3g}; export the whole vehicle"
        )
    scale = card.length / float(size[0])
    foot = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    moved = [
        replace(piece, points=(points - foot) * scale, normals=piece.normals @ turn.T)
        for piece, points in zip(pieces, turned, strict=True)
    ]
    return Fitted(moved, _triple(size), _triple(size * scale), scale)


def _triple(size: Floats) -> tuple[float, float, float]:
    return float(size[0]), float(size[1]), float(size[2])


def _turn(card: AssetCard) -> Floats:
    """The rotation from the imported scene's axes to the vehicle's."""
    forward, up = (_direction(axis) for axis in card.axes)
    if card.format.up == "+y":
        forward, up = Y_UP @ forward, Y_UP @ up
    return np.stack([forward, np.cross(up, forward), up])


def _direction(axis: str) -> Floats:
    return AXES[axis[1]] * (1 if axis[0] == "+" else -1)


def without_ground(pieces: list[Piece], notes: list[str]) -> list[Piece]:
    """Leave out flat pieces that the rest stands on and that reach far beyond it."""
    if len(pieces) < 2:
        return pieces
    ground = [piece for piece in pieces if _is_ground(piece, [p for p in pieces if p is not piece])]
    tell(notes, "ground", [piece.name for piece in ground])
    return [piece for piece in pieces if piece not in ground] if len(ground) < len(pieces) else pieces


def _is_ground(piece: Piece, rest: list[Piece]) -> bool:
    low, high = piece.points.min(0), piece.points.max(0)
    size = high - low
    flat = int(np.argmin(size))
    sides = [axis for axis in range(3) if axis != flat]
    if size[flat] > 0.01 * size[sides].max():
        return False
    others = np.array([(p.points.min(0), p.points.max(0)) for p in rest if not _thin(p)] or [(low, high)])
    reach = others[:, 1].max(0) - others[:, 0].min(0)
    below = others[:, 0].min(0)[flat] - high[flat]
    above = low[flat] - others[:, 1].max(0)[flat]
    touches = max(below, above) > -0.05 * max(float(reach[flat]), 1e-9)
    return bool((size[sides] > 1.3 * reach[sides]).all() and touches)


def _thin(piece: Piece) -> bool:
    size = np.ptp(piece.points, axis=0)
    return bool(size.min() <= 0.01 * size.max())


def far_away(pieces: Sequence[Piece]) -> list[str]:
    """Names of pieces that lie more than a vehicle's length from the largest."""
    boxes = [(piece.points.min(0), piece.points.max(0)) for piece in pieces]
    main = max(boxes, key=lambda box: float(np.prod(np.maximum(box[1] - box[0], 1e-6))))
    reach = float(np.linalg.norm(main[1] - main[0]))
    gaps = [np.maximum(0, np.maximum(main[0] - high, low - main[1])).max() for low, high in boxes]
    return [piece.name for piece, gap in zip(pieces, gaps, strict=True) if gap > reach]


def join(name: str, pieces: Sequence[Piece]) -> tuple[Any, list[Any]]:
    """One mesh of all pieces, and its materials in the order of its slots (None: no material)."""
    materials = list(dict.fromkeys(material for piece in pieces for material in piece.materials))
    mesh = bpy.data.meshes.new(name)
    counts = np.concatenate([piece.counts for piece in pieces])
    starts = np.cumsum([0, *(len(piece.points) for piece in pieces)])
    corners = np.concatenate([p.corners + start for p, start in zip(pieces, starts, strict=False)])
    _fill(mesh, np.concatenate([piece.points for piece in pieces]), corners, counts)
    slots = [
        np.array([materials.index(material) for material in piece.materials], np.int32)[piece.slots]
        for piece in pieces
    ]
    mesh.polygons.foreach_set("material_index", np.concatenate(slots))
    _add_layers(mesh, pieces)
    mesh.update(calc_edges=True)
    normals = np.concatenate([piece.normals for piece in pieces]).astype(np.float32)
    mesh.normals_split_custom_set(normals)
    return mesh, materials


def _fill(mesh: Any, points: Floats, corners: NDArray[np.int64], counts: NDArray[np.int32]) -> None:
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners.astype(np.int32))
    mesh.polygons.add(len(counts))
    mesh.polygons.foreach_set("loop_start", (np.cumsum(counts) - counts).astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(counts), bool))


def _add_layers(mesh: Any, pieces: Sequence[Piece]) -> None:
    """Texture coordinates and colours under their names; pieces that lack one get zeros, and white."""
    for name in sorted({name for piece in pieces for name in piece.uvs}):
        layer = mesh.uv_layers.new(name=name or "shown", do_init=False)
        layer.active_render = name == ""
        layer.uv.foreach_set("vector", _gathered(pieces, [p.uvs.get(name) for p in pieces], 2, 0.0))
    for name in sorted({name for piece in pieces for name in piece.colors}):
        attribute = mesh.color_attributes.new(name, "FLOAT_COLOR", "CORNER")
        attribute.data.foreach_set("color", _gathered(pieces, [p.colors.get(name) for p in pieces], 4, 1.0))


def _gathered(
    pieces: Sequence[Piece], values: Sequence[NDArray[np.float32] | None], width: int, missing: float
) -> NDArray[np.float32]:
    parts = [
        np.full((len(piece.corners), width), missing, np.float32) if value is None else value
        for piece, value in zip(pieces, values, strict=True)
    ]
    return np.concatenate(parts).ravel()


def points_of(mesh: Any) -> Floats:
    """All points (n, 3) of a mesh."""
    values = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", values)
    return values.reshape(-1, 3).astype(np.float64)
