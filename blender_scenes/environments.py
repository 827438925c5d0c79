"""Ground, backdrop, sky and sun. A backdrop is cut into screens, each with the line it stands behind.

A screen between camera and vehicle is hidden, so nothing ever stands before the vehicle; no
backdrop throws a shadow.
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
from blender_scenes.vehicles import generator_of
from blender_scenes.vehicles.mesh import Points

Rng = np.random.Generator
Srgb = tuple[float, float, float]


@dataclass(frozen=True)
class Screen:
    """A piece of backdrop wholly beyond the line `normal` · (x, y) = `distance`."""

    thing: Any
    normal: tuple[float, float]
    distance: float

    def hide_from(self, location: NDArray[np.float64]) -> None:
        """Hide it from a camera that has come close to its line or past it."""
        reach = self.normal[0] * location[0] + self.normal[1] * location[1]
        self.thing.hide_render = bool(reach > self.distance - 0.5)


@dataclass(frozen=True)
class Environment:
    """What was built for one (environment, seed); `remove` takes it away again."""

    things: list[Any]
    screens: list[Screen]

    def remove(self) -> None:
        """Delete objects, meshes and materials."""
        for thing in self.things:
            mesh = thing.data
            used = list(mesh.materials)
            bpy.data.objects.remove(thing)
            bpy.data.meshes.remove(mesh)
            for material in used:
                if material.users == 0:
                    bpy.data.materials.remove(material)


class Sky:
    """A gradient from horizon to zenith, and a sun. The sky texture would double a sample's cost."""

    def __init__(self, scene: Any) -> None:
        self.world = bpy.data.worlds.new("sky")
        scene.world = self.world
        self.world.cycles.sampling_method = "NONE"
        tree = self.world.node_tree
        ramp = tree.nodes.new("ShaderNodeValToRGB")
        direction, height = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeSeparateXYZ")
        tree.links.new(direction.outputs["Generated"], height.inputs[0])
        tree.links.new(height.outputs["Z"], ramp.inputs[0])
        tree.links.new(ramp.outputs[0], tree.nodes["Background"].inputs[0])
        self.ramp = ramp.color_ramp
        self.ramp.elements.new(0.35)
        self.strength = tree.nodes["Background"].inputs["Strength"]
        self.sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
        self.sun.data.angle = 0.02
        scene.collection.objects.link(self.sun)

    def set(self, rng: Rng, elevation: float, azimuth: float) -> None:
        """Tint the sky and place the sun; a low sun is warmer and weaker."""
        warm = float(np.clip((25 - elevation) / 25, 0, 1))
        haze = float(rng.uniform(0, 1))
        zenith = _mix((0.25, 0.45, 0.78), (0.58, 0.66, 0.76), haze)
        horizon = _mix(_mix((0.72, 0.82, 0.93), (0.84, 0.87, 0.9), haze), (0.93, 0.84, 0.72), 0.6 * warm)
        middle = _mix(horizon, zenith, 0.6)
        for element, at, color in zip(self.ramp.elements, (0.0, 0.35, 1.0), (horizon, middle, zenith), strict=True):
            element.position, element.color = at, linear_color(color)
        self.strength.default_value = 0.95
        self.sun.data.energy = 2.6 * (0.55 + 0.45 * float(np.sin(np.radians(elevation)))) * (1 - 0.4 * haze)
        self.sun.data.color = linear_color(_mix((1.0, 0.97, 0.93), (1.0, 0.86, 0.68), warm))[:3]
        self.sun.rotation_euler = (np.radians(90 - elevation), 0, np.radians(azimuth + 90))


def build(name: str, seed: int, scene: Any) -> Environment:
    """The ground and backdrop of an environment's instance."""
    return BUILDERS[name](generator_of("environment", name, seed), scene)


def asphalt(rng: Rng, scene: Any) -> Environment:
    """A parking ground under an open sky."""
    grey = float(rng.uniform(0.36, 0.52))
    ground = _ground(scene, _tint(rng, (grey, grey, grey), 0.03), _tint(rng, (grey * 0.8,) * 3, 0.03), 3.0, rng)
    line = surface("line", Look(_tint(rng, (0.82, 0.82, 0.78), 0.05), roughness=0.8))
    pitch, turn = float(rng.uniform(3.4, 4.4)), float(rng.uniform(0, np.pi))
    quads = [_stripe((i - 7.5) * pitch, turn, 6.0 + 2.5 * side, 5.0) for i in range(16) for side in (-1, 1)]
    lines = _quads("lines", quads, [line], scene)
    return Environment([ground, lines], [])


def meadow(rng: Rng, scene: Any) -> Environment:
    """Grass with a worn track, hills and trees at the horizon."""
    green = _tint(rng, (0.36, 0.46, 0.20), 0.06)
    ground = _ground(scene, green, _mix(green, (0.52, 0.50, 0.30), 0.6), 1.5, rng)
    hill = surface("hill", Look(_tint(rng, (0.34, 0.44, 0.36), 0.05), roughness=1.0, specular=0.0))
    leaf = surface("leaf", Look(_tint(rng, (0.20, 0.32, 0.14), 0.05), roughness=1.0, specular=0.0))
    screens = []
    for sector in range(8):
        middle = sector * np.pi / 4
        thing = _sector(rng, middle, [hill, leaf], scene)
        screens.append(Screen(thing, (float(np.cos(middle)), float(np.sin(middle))), 28.0))
    return Environment([ground, *(screen.thing for screen in screens)], screens)


def street(rng: Rng, scene: Any) -> Environment:
    """A street between sidewalks and rows of house fronts."""
    grey = float(rng.uniform(0.3, 0.42))
    ground = _ground(scene, _tint(rng, (grey, grey, grey), 0.02), _tint(rng, (grey * 0.85,) * 3, 0.02), 4.0, rng)
    walk = surface("walk", Look(_tint(rng, (0.6, 0.58, 0.55), 0.05), roughness=0.9))
    line = surface("line", Look((0.84, 0.84, 0.8), roughness=0.8))
    window = surface("window", Look((0.22, 0.26, 0.3), roughness=0.2))
    tones = [(0.72, 0.62, 0.5), (0.62, 0.4, 0.33), (0.75, 0.73, 0.68), (0.55, 0.57, 0.6), (0.8, 0.7, 0.55)]
    walls = [surface("wall", Look(_tint(rng, tone, 0.06), roughness=0.9)) for tone in tones]
    near, far = float(rng.uniform(5.5, 8.0)), float(rng.uniform(30, 60))
    curb = [_slab(-90, 90, side * (near + 2), 2.0, 0.14) for side in (-1, 1)]
    things = [ground, _quads("walk", [quad for slab in curb for quad in slab], [walk], scene),
              _quads("marks", [_dash(x, near - 1.6 if rng.random() < 2 else 0) for x in range(-60, 60, 6)], [line], scene)]
    screens = [Screen(_front_row(rng, turn, distance, [window, *walls], scene),
                      (float(np.cos(turn)), float(np.sin(turn))), distance)
               for turn, distance in ((np.pi / 2, near + 4), (-np.pi / 2, near + 4), (0.0, far), (np.pi, far))]
    return Environment(things + [screen.thing for screen in screens], screens)


BUILDERS: dict[str, Callable[[Rng, Any], Environment]] = {"asphalt": asphalt, "meadow": meadow, "street": street}


def _mix(a: Srgb, b: Srgb, share: float) -> Srgb:
    red, green, blue = (x + (y - x) * share for x, y in zip(a, b, strict=True))
    return red, green, blue


def _tint(rng: Rng, color: Srgb, spread: float) -> Srgb:
    red, green, blue = (float(x) for x in np.clip(np.add(color, rng.uniform(-spread, spread, 3)), 0, 1))
    return red, green, blue


def _ground(scene: Any, one: Srgb, other: Srgb, scale: float, rng: Rng) -> Any:
    """A plane to the horizon, two tones mottled by noise."""
    material = surface("ground", Look(one, roughness=0.9, specular=0.15))
    tree = material.node_tree
    noise, mix = tree.nodes.new("ShaderNodeTexNoise"), tree.nodes.new("ShaderNodeValToRGB")
    place = tree.nodes.new("ShaderNodeNewGeometry")
    noise.noise_dimensions = "3D"
    noise.inputs["Scale"].default_value = scale * float(rng.uniform(0.7, 1.4))
    noise.inputs["Detail"].default_value = 4.0
    noise.inputs["Roughness"].default_value = 0.7
    for element, at, color in zip(mix.color_ramp.elements, (0.35, 0.65), (one, other), strict=True):
        element.position, element.color = at, linear_color(color)
    tree.links.new(place.outputs["Position"], noise.inputs["Vector"])
    tree.links.new(noise.outputs[0], mix.inputs[0])
    tree.links.new(mix.outputs[0], tree.nodes["Principled BSDF"].inputs["Base Color"])
    reach = 3000.0
    return _quads("ground", [np.array([(-reach, -reach, 0), (reach, -reach, 0), (reach, reach, 0), (-reach, reach, 0)])],
                  [material], scene)


def _quads(name: str, quads: list[Points], materials: list[Any], scene: Any, slots: list[int] | None = None) -> Any:
    points = np.concatenate(quads)
    faces = np.arange(len(points)).reshape(-1, 4)
    ids = np.zeros(len(quads), np.int32) if slots is None else np.array(slots, np.int32)
    thing = new_object(name, points, faces, ids, materials, smooth=False)
    thing.visible_shadow = name in ("ground", "walk", "lines")
    scene.collection.objects.link(thing)
    return thing


def _turned(points: Points, turn: float) -> Points:
    cos, sin = np.cos(turn), np.sin(turn)
    result: Points = points @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    return result


def _stripe(x: float, turn: float, y: float, length: float) -> Points:
    half = 0.06
    corners = np.array([(x - half, y - length / 2), (x + half, y - length / 2), (x + half, y + length / 2),
                        (x - half, y + length / 2)])
    return _turned(np.column_stack([corners, np.full(4, 0.004)]), turn)


def _dash(x: float, y: float) -> Points:
    return np.array([(x, y - 0.07, 0.004), (x + 2.5, y - 0.07, 0.004), (x + 2.5, y + 0.07, 0.004), (x, y + 0.07, 0.004)])


def _slab(low: float, high: float, y: float, half: float, height: float) -> list[Points]:
    """Top and both long sides of a kerbed pavement."""
    a, b = y - half, y + half
    return [np.array([(low, a, height), (high, a, height), (high, b, height), (low, b, height)]),
            np.array([(low, a, 0), (high, a, 0), (high, a, height), (low, a, height)]),
            np.array([(low, b, 0), (high, b, 0), (high, b, height), (low, b, height)])]


def _sector(rng: Rng, middle: float, materials: list[Any], scene: Any) -> Any:
    """One eighth of the horizon: a ridge of hills, and trees before it."""
    step = np.linspace(-np.pi / 8, np.pi / 8, 9)
    ridge = rng.uniform(6, 14, 9)
    ridge[[0, -1]] = 9
    foot = np.column_stack([150 * np.cos(step), 150 * np.sin(step), np.zeros(9)])
    crest = foot * 1.3 + np.column_stack([np.zeros((9, 2)), ridge])
    quads = [np.stack([foot[i], foot[i + 1], crest[i + 1], crest[i]]) for i in range(8)]
    slots = [0] * 8
    for _ in range(int(rng.integers(2, 7))):
        crown = _tree(rng, float(rng.uniform(34, 110)), float(rng.uniform(-0.33, 0.33)))
        quads += crown
        slots += [1] * len(crown)
    return _quads("sector", [_turned(quad, middle) for quad in quads], materials, scene, slots)


def _tree(rng: Rng, distance: float, angle: float) -> list[Points]:
    """A crown of three blobs on a trunk."""
    height = float(rng.uniform(3.5, 8))
    centre = np.array([distance * np.cos(angle), distance * np.sin(angle), 0.0])
    quads: list[Points] = []
    for _ in range(3):
        size = height * float(rng.uniform(0.22, 0.34))
        at = centre + np.append(rng.uniform(-0.2, 0.2, 2) * height, height * float(rng.uniform(0.45, 0.8)))
        quads += _blob(at, size)
    trunk = 0.05 * height
    quads.append(centre + np.array([(0, -trunk, 0), (0, trunk, 0), (0, trunk, height / 2), (0, -trunk, height / 2)]))
    return quads


def _blob(centre: Points, size: float) -> list[Points]:
    around = np.linspace(0, 2 * np.pi, 9)
    up = np.linspace(-np.pi / 2, np.pi / 2, 5)
    grid = np.stack([np.outer(np.cos(up), np.cos(around)), np.outer(np.cos(up), np.sin(around)),
                     np.outer(np.sin(up), np.ones(9))], -1) * size + centre
    return [np.stack([grid[i, j], grid[i, j + 1], grid[i + 1, j + 1], grid[i + 1, j]]) for i in range(4) for j in range(8)]


def _front_row(rng: Rng, turn: float, distance: float, materials: list[Any], scene: Any) -> Any:
    """House fronts side by side, windows in rows, all beyond `distance`."""
    quads: list[Points] = []
    slots: list[int] = []
    y = -90.0
    while y < 90:
        width, floors = float(rng.uniform(7, 14)), int(rng.integers(2, 5))
        wall = int(rng.integers(1, len(materials)))
        setback = distance + float(rng.uniform(0.15, 0.6))
        top = 3.1 * floors + 0.8
        quads.append(_upright(setback, y, y + width, 0, top))
        slots.append(wall)
        bays = max(2, int(width / 2.6))
        for bay in range(bays):
            for level in range(floors):
                left = y + (bay + 0.25) * width / bays
                quads.append(_upright(setback - 0.08, left, left + 0.5 * width / bays, 3.1 * level + 1.0, 3.1 * level + 2.6))
                slots.append(0)
        y += width
    return _quads("row", [_turned(quad, turn) for quad in quads], materials, scene, slots)


def _upright(x: float, low: float, high: float, bottom: float, top: float) -> Points:
    return np.array([(x, low, bottom), (x, high, bottom), (x, high, top), (x, low, top)])
