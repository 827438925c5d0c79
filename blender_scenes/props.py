"""Things and vehicles that are not the picture's subject: built once, shown wherever they are to stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import bmesh
import bpy
import numpy as np
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

from blender_scenes.camera import Array
from blender_scenes.environments.surfaces import shared_surfaces
from blender_scenes.materials import vehicle_materials
from blender_scenes.meshes import new_object, tint_faces
from blender_scenes.scenery import Srgb
from blender_scenes.things import SHAPES
from blender_scenes.truth import corners_of
from blender_scenes.vehicles import build
from blender_scenes.vehicles.mesh import slot_index
from generator.families import generator_of

OTHERS = 10**9
"""Variants from here on are other vehicles: no picture is of one."""


@dataclass(frozen=True)
class Prop:
    """A mesh that may stand anywhere, any number of times; it faces +x or lies along it."""

    mesh: Any
    points: Array

    @cached_property
    def corners(self) -> Array:
        """(8, 3), of its box."""
        return corners_of(self.points)

    @cached_property
    def tree(self) -> Any:
        """Its search tree for rays, in its own space."""
        body = bmesh.new()
        body.from_mesh(self.mesh)
        tree = BVHTree.FromBMesh(body)
        body.free()
        return tree


@dataclass(frozen=True)
class Stand:
    """A prop in its place on the ground."""

    prop: Prop
    place: tuple[float, float]
    turn: float = 0.0
    """Radians counter-clockwise."""
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    color: Srgb = (0.5, 0.5, 0.5)
    """Of a vehicle's paint."""

    @cached_property
    def matrix(self) -> Array:
        """(4, 4), from the prop's space to the world."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        matrix = np.eye(4)
        matrix[:2, :2] = [[cos, -sin], [sin, cos]]
        matrix[:3, :3] *= self.scale
        matrix[:2, 3] = self.place
        return matrix

    @cached_property
    def points(self) -> Array:
        """(n, 3), in the world."""
        return self._placed(self.prop.points)

    @cached_property
    def box(self) -> Array:
        """(8, 3), corners of the prop's own box, in the world."""
        return self._placed(self.prop.corners)

    def _placed(self, points: Array) -> Array:
        result: Array = points @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return result


@dataclass
class Store:
    """Builds props and keeps them: there are only so many styles of each."""

    _built: dict[tuple[str, int], Prop] = field(default_factory=dict)
    _surfaces: list[Any] = field(default_factory=shared_surfaces)
    _materials: list[Any] = field(default_factory=lambda: other_vehicle_materials())

    def thing(self, kind: str, style: int) -> Prop:
        """One of `blender_scenes.things.SHAPES`."""
        if (kind, style) not in self._built:
            quads = SHAPES[kind](generator_of("thing", kind, style))
            points = quads.points()
            faces = np.arange(len(points)).reshape(-1, 4)
            self._keep(kind, style, points, faces, quads.slots(), self._surfaces)
            tint_faces(self._built[kind, style].mesh, quads.colors())
        return self._built[kind, style]

    def vehicle(self, shape: str, style: int) -> Prop:
        """Another vehicle of the catalogue."""
        if (shape, style) not in self._built:
            solid = build(shape, OTHERS + style)
            self._keep(shape, style, solid.points, solid.faces, solid.slots, self._materials)
        return self._built[shape, style]

    def _keep(
        self,
        kind: str,
        style: int,
        points: Array,
        faces: NDArray[np.int64],
        slots: NDArray[np.int32],
        materials: list[Any],
    ) -> None:
        thing = new_object(kind, points, faces, slots, materials, smooth=materials is self._materials)
        mesh = thing.data
        bpy.data.objects.remove(thing)
        self._built[kind, style] = Prop(mesh, points)


def other_vehicle_materials() -> list[Any]:
    """Materials of vehicles that are not the subject: each object's colour is its paint."""
    found = vehicle_materials()
    for material in found:
        material.cycles.emission_sampling = "NONE"
    for slot in ("paint", "paint2"):
        tree = found[slot_index(slot)].node_tree
        info = tree.nodes.new("ShaderNodeObjectInfo")
        tree.links.new(info.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return found
