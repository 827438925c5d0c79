"""What is built for an environment, and what of it stands aside for the camera."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_scenes.environments.surfaces import Ground, ground_material
from blender_scenes.meshes import tint_faces
from blender_scenes.passes import linear_color
from blender_scenes.scenery import Quads, Rng, Srgb, flat, turned
from blender_scenes.vehicles.mesh import Points

HORIZON = 4000.0
MARGIN = 0.6
"""Metres that scenery keeps from the camera and from its lines of sight."""


@dataclass(frozen=True)
class Screen:
    """A piece of scenery that stands upright; it is hidden wherever it might cover the vehicle."""

    thing: Any
    near: NDArray[np.float64]
    """(32,): how far along each direction it begins."""

    def hide_from(self, reach: NDArray[np.float64]) -> None:
        """Hide it unless some line on the ground parts it from what reaches so far along each direction."""
        hidden = bool(np.all(reach > self.near - MARGIN))
        if hidden != self.thing.hide_render:
            self.thing.hide_render = self.thing.hide_viewport = hidden


@dataclass
class Environment:
    """What was built for one (environment, seed), in a collection of its own.

    Everything is drawn with the street along x, and turned about the vehicle by `turn` radians.
    """

    collection: Any
    surfaces: list[Any]
    turn: float = 0.0
    screens: list[Screen] = field(default_factory=list)
    lamps: int = 0
    _lying: list[tuple[Any, float]] = field(default_factory=list)
    """Flat things and their height."""

    def ground(self, look: Ground, rng: Rng) -> None:
        """A plane to the horizon."""
        self.lay(flat((-HORIZON, -HORIZON), (HORIZON, HORIZON), 0.0), ground_material(look, rng))

    def lay(self, quads: Points, material: Any) -> None:
        """Something flat on the ground, of a material of its own."""
        points = turned(quads.reshape(-1, 3), self.turn)
        thing = self._add("ground", points, np.zeros(len(points) // 4, np.int32), [material])
        self._lying.append((thing, float(points[:, 2].max())))

    def mark(self, quads: Quads) -> None:
        """Something flat on the ground, of the shared surfaces."""
        thing, points = self._add_quads("marks", quads)
        self._lying.append((thing, float(points[:, 2].max())))

    def settle(self) -> None:
        """Lower what lies on the ground until its highest layer is at z = 0, so that none covers a tyre."""
        top = max(height for _, height in self._lying)
        for thing, _ in self._lying:
            thing.location.z = -top

    def screen(self, quads: Quads, turn: float = 0.0) -> None:
        """Something that stands upright, turned by `turn` before the environment is."""
        drawn = Quads()
        drawn.join(quads, turn=turn)
        thing, points = self._add_quads("screen", drawn)
        self.screens.append(Screen(thing, (points[:, :2] @ self._directions).min(0)))

    def lamp(self, place: tuple[float, float, float], watts: float, color: Srgb) -> None:
        """A lamp that shines downwards."""
        light = bpy.data.lights.new("lamp", "SPOT")
        light.energy, light.color = watts, linear_color(color)[:3]
        light.spot_size, light.spot_blend, light.shadow_soft_size = 2.4, 0.8, 0.25
        thing = bpy.data.objects.new("lamp", light)
        thing.location = turned(np.array([place]), self.turn)[0]
        self.collection.objects.link(thing)
        self.lamps += 1

    def clear_view(self, location: Points, points: Points) -> None:
        """Hide what might come between a camera at `location` and the vehicle's `points` (n, 3)."""
        low, high = points[:, :2].min(0), points[:, :2].max(0)
        corners = np.array([low, high, (low[0], high[1]), (high[0], low[1]), location[:2]])
        reach = (corners @ self._directions).max(0)
        for screen in self.screens:
            screen.hide_from(reach)

    def leaves_room(self, points: Points) -> bool:
        """Whether some line on the ground parts points (n, 3) from each piece of scenery that is shown."""
        reach = (points[:, :2] @ self._directions).max(0)
        shown = (screen for screen in self.screens if not screen.thing.hide_render)
        return all(bool((reach < screen.near).any()) for screen in shown)

    def remove(self) -> None:
        """Delete objects, meshes, lamps and the materials that nothing else uses.

        All at once: Blender looks through its whole database at each deletion.
        """
        things = list(self.collection.objects)
        data = [thing.data for thing in things]
        meshes = [block for block in data if not isinstance(block, bpy.types.Light)]
        own = {material for mesh in meshes for material in mesh.materials if material not in self.surfaces}
        bpy.data.batch_remove([*things, *data, *own, self.collection])

    @property
    def _directions(self) -> NDArray[np.float64]:
        """(2, 32) on the ground, the street's own among them: rows of houses part along it."""
        angles = self.turn + np.arange(32) * np.pi / 16
        return np.stack([np.cos(angles), np.sin(angles)])

    def _add_quads(self, name: str, quads: Quads) -> tuple[Any, Points]:
        points, colors = turned(quads.points(), self.turn), quads.colors()
        thing = self._add(name, points, quads.slots(), self.surfaces)
        tint_faces(thing.data, colors)
        return thing, points

    def _add(self, name: str, points: Points, slots: NDArray[np.int32], materials: list[Any]) -> Any:
        """Make an object of quads; it throws no shadow."""
        thing = bpy.data.objects.new(name, _quad_mesh(name, points, slots))
        for material in materials:
            thing.data.materials.append(material)
        thing.visible_shadow = False
        self.collection.objects.link(thing)
        return thing


def _quad_mesh(name: str, points: Points, slots: NDArray[np.int32]) -> Any:
    """A mesh of quads that share no corners. Its edges are given: to let Blender find them takes longest."""
    mesh, corners = bpy.data.meshes.new(name), np.arange(len(points), dtype=np.int32)
    following = np.roll(corners.reshape(-1, 4), -1, axis=1).ravel()
    for elements, count in (
        (mesh.vertices, len(points)),
        (mesh.edges, len(points)),
        (mesh.loops, len(points)),
    ):
        elements.add(count)
    mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
    mesh.edges.foreach_set("vertices", np.stack([corners, following], -1).ravel())
    mesh.loops.foreach_set("vertex_index", corners)
    mesh.loops.foreach_set("edge_index", corners)
    mesh.polygons.add(len(slots))
    mesh.polygons.foreach_set("loop_start", corners[::4].copy())
    mesh.polygons.foreach_set("material_index", slots)
    mesh.update()
    mesh.polygons.foreach_set("use_smooth", np.zeros(len(slots), bool))
    return mesh
