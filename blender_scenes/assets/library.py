"""Users' vehicles by the hash of their asset: imported once a process, outside the scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from blender_scenes.assets import joining, shading
from blender_scenes.assets.blocks import census, closure, names_set_aside, remove, scratch_scene
from blender_scenes.assets.importing import bring_in
from blender_scenes.assets.paint import Fabric, Paint, find_paint, part_of
from blender_scenes.assets.pieces import Floats, pieces
from blender_scenes.assets.sight import visible_faces
from blender_scenes.truth import hull_of
from generator.assets.card import Asset, make_asset
from generator.errors import UserError

KEPT = 4
"""Vehicles kept imported."""


@dataclass(frozen=True)
class Imported:
    """A user's vehicle in the vehicle's frame, not linked to any scene."""

    thing: Any
    points: Floats
    """(n, 3), metres: the corners of its convex hull."""
    fabrics: tuple[Fabric, ...]
    parts: dict[str, str]
    """Material's name -> part."""
    paint: Paint
    fitted: joining.Fitted
    notes: tuple[str, ...]
    """What was dropped or left out."""
    blocks: frozenset[Any]
    """All that must go with it."""


class Library:
    """The assets that a stage may show."""

    def __init__(self, assets: Sequence[Asset], paint: Any) -> None:
        """Take assets; `paint` is the material that stands in for theirs."""
        self._assets: Mapping[str, Asset] = {asset.digest: asset for asset in assets}
        self._paint = paint
        self._kept: dict[str, Imported] = {}

    def get(self, digest: str, shape: str) -> Imported:
        """The vehicle of a spec.

        Raises:
            UserError: none of the asset cards given has that hash, or the model cannot be used.
        """
        if digest not in self._assets:
            raise UserError(_absent(digest, shape, self._assets.values()))
        found = self._kept.pop(digest, None) or self._fresh(self._assets[digest])
        self._kept[digest] = found
        if len(self._kept) > KEPT:
            self._drop(next(iter(self._kept)))
        return found

    def _fresh(self, asset: Asset) -> Imported:
        if make_asset(asset.path, asset.card).digest != asset.digest:
            raise UserError(f"{asset.path}: {asset.card.file!r} or its textures changed; start again")
        return import_asset(asset, self._paint)

    def _drop(self, digest: str) -> None:
        remove(set(self._kept.pop(digest).blocks))


def _absent(digest: str, shape: str, known: Any) -> str:
    for asset in known:
        if asset.card.shape == shape:
            return (
                f"{asset.path}: shape {shape!r} was planned with asset {digest[:12]} and is now "
                f"{asset.digest[:12]}: card, model or textures changed; plan a new set"
            )
    return f"asset {digest[:12]} of shape {shape!r} is unknown here; name its card under `farm.assets`"


def import_asset(asset: Asset, paint: Any) -> Imported:
    """Import a model and leave nothing of it but the vehicle; `paint` is put in its paint's place."""
    before, notes = census(), list[str]()
    kept = before
    with names_set_aside():
        try:
            found = _import(asset, paint, notes, f"{asset.path}: file: {asset.card.file!r}")
            kept = before | found.blocks
        finally:
            remove(census() - kept)
        for block in found.blocks:
            block.name = f"{asset.digest[:8]} {block.name}"
    return found


def _import(asset: Asset, paint: Any, notes: list[str], place: str) -> Imported:
    with scratch_scene() as scene:
        bring_in(asset, scene, notes)
        whole = joining.without_ground(pieces(place), notes)
        notes += [f"far from the rest, but kept: {name}" for name in joining.far_away(whole)]
        fitted = joining.fit(whole, asset.card, place)
        mesh, materials = joining.join(asset.card.shape, fitted.pieces)
    fabrics = _fabrics(mesh, materials)
    chosen = find_paint(fabrics, asset.card, str(asset.path))
    parts = {fabric.name: part_of(fabric, chosen, asset.card) for fabric in fabrics}
    own = [material or bpy.data.materials.new("bare") for material in materials]
    for material, fabric in zip(own, fabrics, strict=True):
        shading.mark(material, parts[fabric.name])
        mesh.materials.append(paint if fabric.name in chosen.names else material)
    thing = bpy.data.objects.new(asset.card.shape, mesh)
    kept = {mesh, thing} | closure({material for material in mesh.materials if material != paint})
    return Imported(
        thing, hull_of(joining.points_of(mesh)), fabrics, parts, chosen, fitted, tuple(notes), frozenset(kept)
    )


def _fabrics(mesh: Any, materials: list[Any]) -> tuple[Fabric, ...]:
    """Each slot's material with its fraction of what is seen."""
    slots = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("material_index", slots)
    faces = [list(face.vertices) for face in mesh.polygons]
    seen = slots[visible_faces(joining.points_of(mesh), faces)]
    counts = np.bincount(seen, minlength=len(materials)) / max(1, len(seen))
    return tuple(
        Fabric(
            material.name if material else "",
            float(count),
            shading.is_clear(material),
            shading.is_rubber(material),
        )
        for material, count in zip(materials, counts, strict=True)
    )
