"""Ground and backdrop. A backdrop is cut into screens, each with the line it stands behind.

A screen between camera and vehicle is hidden, so nothing ever stands before the vehicle; no
backdrop throws a shadow on it. What lies on the ground is flat, lest it cover a tyre.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_scenes.materials import Look, surface
from blender_scenes.meshes import new_object
from blender_scenes.passes import linear_color
from blender_scenes.scenery import Quads, Rng, Srgb, flat, house_row, mix, ridge, shade, tint, tree
from blender_scenes.vehicles import generator_of

HORIZON = 3000.0
KEPT = 32
"""Environments kept built, so that a batch may go back and forth between them."""


@dataclass(frozen=True)
class Screen:
    """A piece of backdrop wholly beyond the line `normal` · (x, y) = `distance`."""

    thing: Any
    normal: tuple[float, float]
    distance: float

    def hide_from(self, location: NDArray[np.float64]) -> None:
        """Hide it from a camera that has come close to its line or past it."""
        reach = self.normal[0] * location[0] + self.normal[1] * location[1]
        hidden = bool(reach > self.distance - 0.5)
        if hidden != self.thing.hide_render:
            self.thing.hide_render = self.thing.hide_viewport = hidden


@dataclass(frozen=True)
class Environment:
    """What was built for one (environment, seed), in a collection of its own."""

    collection: Any
    screens: list[Screen]

    def add(self, name: str, quads: Quads, materials: list[Any], *, turn: float = 0.0) -> Any:
        """Make an object of quads; it throws no shadow."""
        points = quads.points(turn)
        faces = np.arange(len(points)).reshape(-1, 4)
        thing = new_object(name, points, faces, np.array(quads.slots, np.int32), materials, smooth=False)
        thing.visible_shadow = False
        self.collection.objects.link(thing)
        return thing

    def screen(self, quads: Quads, materials: list[Any], turn: float, distance: float) -> None:
        """Add a backdrop that was drawn to stand beyond x = `distance`, turned about the vertical."""
        thing = self.add("screen", quads, materials, turn=turn)
        self.screens.append(Screen(thing, (float(np.cos(turn)), float(np.sin(turn))), distance))

    def remove(self) -> None:
        """Delete objects, meshes and the materials that nothing else uses."""
        for thing in list(self.collection.objects):
            mesh = thing.data
            used = list(mesh.materials)
            bpy.data.objects.remove(thing)
            bpy.data.meshes.remove(mesh)
            for material in used:
                if material.users == 0:
                    bpy.data.materials.remove(material)
        bpy.data.collections.remove(self.collection)


class Environments:
    """Shows one environment at a time; keeps the latest built."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._built: dict[tuple[str, int], Environment] = {}
        self._shown: Environment | None = None

    def show(self, name: str, seed: int) -> Environment:
        """Put the environment into the scene instead of the one before."""
        if self._shown is not None:
            self._scene.collection.children.unlink(self._shown.collection)
        found = self._built.pop((name, seed), None) or _build(name, seed)
        self._built[(name, seed)] = self._shown = found
        if len(self._built) > KEPT:
            self._built.pop(next(iter(self._built))).remove()
        self._scene.collection.children.link(found.collection)
        return found


def _build(name: str, seed: int) -> Environment:
    built = Environment(bpy.data.collections.new(name), [])
    BUILDERS[name](generator_of("environment", name, seed), built)
    return built


def parking(rng: Rng, into: Environment) -> None:
    """A parking ground under an open sky."""
    grey = shade(rng, (0.345, 0.316, 0.275), 0.16)
    _ground(into, grey, mix(grey, (0.27, 0.243, 0.207), 0.3), 3.0, rng)
    line = surface("line", Look(tint(rng, (0.80, 0.79, 0.74), 0.05), roughness=0.8))
    pitch, shift, start = (
        float(rng.uniform(3.3, 4.0)),
        float(rng.uniform(-0.2, 0.2)),
        float(rng.uniform(3.5, 5.0)),
    )
    quads = Quads()
    for bay in range(-6, 6):
        y = (bay + 0.5) * pitch + shift
        for end in (-start - 0.6, start + 5.4):
            quads.add(flat((end - 5.0, y - 0.05), (end, y + 0.05), 0.004))
    into.add("lines", quads, [line])


def meadow(rng: Rng, into: Environment) -> None:
    """Grass, trees and hills at the horizon."""
    green = tint(rng, (0.42, 0.44, 0.235), 0.04)
    _ground(into, green, mix(green, (0.58, 0.53, 0.34), 0.5), 1.5, rng)
    looks = {
        "leaf": tint(rng, (0.22, 0.32, 0.15), 0.05),
        "bark": (0.25, 0.2, 0.15),
        "hill": tint(rng, (0.40, 0.48, 0.38), 0.05),
    }
    materials = [surface(name, Look(color, roughness=1.0, specular=0.0)) for name, color in looks.items()]
    for sector in range(8):
        quads = Quads()
        quads.add(ridge(rng, 150.0), 2)
        for _ in range(int(rng.integers(2, 7))):
            crown, trunk = tree(rng, float(rng.uniform(38, 110)), float(rng.uniform(-0.33, 0.33)))
            quads.add(crown, 0)
            quads.add(trunk, 1)
        into.screen(quads, materials, sector * np.pi / 4, 28.0)


def city(rng: Rng, into: Environment) -> None:
    """A street between pavements and rows of houses; the vehicle keeps to the right."""
    grey = shade(rng, (0.34, 0.312, 0.275), 0.14)
    _ground(into, grey, mix(grey, (0.27, 0.243, 0.207), 0.3), 4.0, rng)
    walk = surface("walk", Look(tint(rng, (0.60, 0.57, 0.53), 0.04), roughness=0.9))
    line = surface("line", Look((0.80, 0.79, 0.74), roughness=0.8))
    left, right = float(rng.uniform(5.5, 7.5)), float(rng.uniform(2.4, 3.6))
    pavement, marks = Quads(), Quads()
    pavement.add(flat((-150, left), (150, left + 4), 0.006))
    pavement.add(flat((-150, -right - 4), (150, -right), 0.006))
    for x in range(-60, 60, 7):
        marks.add(flat((x, left / 2 - right / 2 - 0.06), (x + 3, left / 2 - right / 2 + 0.06), 0.004))
    into.add("pavement", pavement, [walk])
    into.add("marks", marks, [line])
    _houses(rng, into, left + 4, right + 4)


def _houses(rng: Rng, into: Environment, left: float, right: float) -> None:
    tones = [
        (0.72, 0.62, 0.5),
        (0.60, 0.42, 0.35),
        (0.75, 0.73, 0.68),
        (0.58, 0.57, 0.55),
        (0.78, 0.70, 0.57),
    ]
    looks = [Look((0.22, 0.25, 0.28), roughness=0.2), Look(tint(rng, (0.35, 0.25, 0.2), 0.1))]
    looks += [Look(tint(rng, tone, 0.05), roughness=0.9) for tone in tones]
    materials = [surface("house", look) for look in looks]
    ends = float(rng.uniform(30, 60))
    for turn, distance in ((np.pi / 2, left), (-np.pi / 2, right), (0.0, ends), (np.pi, ends)):
        into.screen(house_row(rng, distance, len(tones)), materials, turn, distance)


BUILDERS: dict[str, Callable[[Rng, Environment], None]] = {
    "parking": parking,
    "meadow": meadow,
    "city": city,
}


def _ground(into: Environment, one: Srgb, other: Srgb, scale: float, rng: Rng) -> None:
    """A plane to the horizon, two tones mottled by noise."""
    material = surface("ground", Look(one, roughness=0.9, specular=0.1))
    tree_ = material.node_tree
    noise, ramp = tree_.nodes.new("ShaderNodeTexNoise"), tree_.nodes.new("ShaderNodeValToRGB")
    place = tree_.nodes.new("ShaderNodeNewGeometry")
    noise.inputs["Scale"].default_value = scale * float(rng.uniform(0.7, 1.4))
    noise.inputs["Detail"].default_value = 2.0
    noise.inputs["Roughness"].default_value = 0.7
    for element, at, color in zip(ramp.color_ramp.elements, (0.35, 0.65), (one, other), strict=True):
        element.position, element.color = at, linear_color(color)
    tree_.links.new(place.outputs["Position"], noise.inputs["Vector"])
    tree_.links.new(noise.outputs[0], ramp.inputs[0])
    tree_.links.new(ramp.outputs[0], tree_.nodes["Principled BSDF"].inputs["Base Color"])
    quads = Quads()
    quads.add(flat((-HORIZON, -HORIZON), (HORIZON, HORIZON), 0.0))
    into.add("ground", quads, [material])
