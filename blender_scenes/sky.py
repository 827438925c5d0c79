"""Sky and sun: all the light there is, but for the lamps of a night."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_scenes.environments.light import Light
from blender_scenes.passes import linear_color
from blender_scenes.scenery import Rng, Srgb, mix

LOW_SUN = 25.0
"""Degrees; below, the sun grows warmer."""


class Sky:
    """A gradient from horizon to zenith with clouds, and a sun. The sky texture would double a sample's cost."""

    def __init__(self, scene: Any) -> None:
        self.world = bpy.data.worlds.new("sky")
        scene.world = self.world
        self.world.cycles.sampling_method = "NONE"
        tree = self.world.node_tree
        self._plain = tree.nodes["Background"].inputs
        self._cloudy, cloudy = _background(tree)
        ramp = tree.nodes.new("ShaderNodeValToRGB")
        direction, height = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeSeparateXYZ")
        tree.links.new(direction.outputs["Generated"], height.inputs[0])
        tree.links.new(height.outputs["Z"], ramp.inputs[0])
        tree.links.new(ramp.outputs[0], self._plain[0])
        self._clouds = _Clouds(tree, direction.outputs["Generated"], height.outputs["Z"], ramp.outputs[0])
        tree.links.new(self._clouds.color, self._cloudy[0])
        _only_for_the_camera(tree, tree.nodes["Background"], cloudy)
        self._ramp = ramp.color_ramp
        self._ramp.elements.new(0.35)
        self._sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
        scene.collection.objects.link(self._sun)
        self.horizon: NDArray[np.float64] = np.zeros(3)
        """Linear light of the sky where it meets the ground."""

    def set(self, light: Light, rng: Rng, elevation: float, azimuth: float) -> None:
        """Tint the sky and place the sun, by its angles in degrees; a low sun is warmer and weaker."""
        warm = light.warmth * float(np.clip((LOW_SUN - elevation) / LOW_SUN, 0, 1))
        haze = float(rng.uniform(0, 1))
        horizon = mix(mix(*light.horizon, haze), (0.95, 0.88, 0.78), 0.6 * warm)
        self._paint(horizon, mix(*light.zenith, haze))
        self._clouds.set(rng, float(rng.uniform(*light.clouds)))
        for inputs in (self._plain, self._cloudy):
            inputs["Strength"].default_value = light.sky
        self.horizon = np.array(linear_color(horizon)[:3]) * light.sky
        sun = self._sun.data
        sun.energy = light.sun * (0.55 + 0.45 * float(np.sin(np.radians(elevation)))) * (1 - light.dimming * haze)
        sun.color = linear_color(mix(light.sun_color, (1.0, 0.86, 0.68), warm))[:3]
        sun.angle = light.softness
        self._sun.rotation_euler = (np.radians(90 - elevation), 0, np.radians(azimuth + 90))

    def _paint(self, horizon: Srgb, zenith: Srgb) -> None:
        stops = ((0.0, horizon), (0.35, mix(horizon, zenith, 0.6)), (1.0, zenith))
        for element, (at, color) in zip(self._ramp.elements, stops, strict=True):
            element.position, element.color = at, linear_color(color)


class _Clouds:
    """Noise in a plane above, thinning out towards the horizon."""

    def __init__(self, tree: Any, direction: Any, height: Any, sky: Any) -> None:
        lift, above = _math(tree, "ADD", height, 0.12), tree.nodes.new("ShaderNodeVectorMath")
        above.operation = "DIVIDE"
        tree.links.new(direction, above.inputs[0])
        tree.links.new(lift, above.inputs[1])
        self._offset = tree.nodes.new("ShaderNodeVectorMath")
        tree.links.new(above.outputs[0], self._offset.inputs[0])
        noise = tree.nodes.new("ShaderNodeTexNoise")
        noise.inputs["Scale"].default_value = 0.9
        noise.inputs["Detail"].default_value = 3.0
        tree.links.new(self._offset.outputs[0], noise.inputs["Vector"])
        self._range = tree.nodes.new("ShaderNodeMapRange")
        tree.links.new(noise.outputs[0], self._range.inputs["Value"])
        seen = _math(tree, "MULTIPLY", self._range.outputs[0], 0.0)
        low = _math(tree, "MULTIPLY", height, 5.0)
        seen.node.inputs[1].default_value = 1.0
        tree.links.new(_clamped(low), seen.node.inputs[1])
        blend = tree.nodes.new("ShaderNodeMix")
        blend.data_type = "RGBA"
        tree.links.new(seen, blend.inputs[0])
        tree.links.new(sky, blend.inputs[6])
        blend.inputs[7].default_value = linear_color((0.93, 0.935, 0.945))
        self._white = blend.inputs[7]
        self.color = blend.outputs[2]

    def set(self, rng: Rng, cover: float) -> None:
        """Cover about that share of the sky."""
        self._offset.inputs[1].default_value = rng.uniform(-50, 50, 3)
        edge = 0.68 - 0.36 * cover
        self._range.inputs["From Min"].default_value = edge
        self._range.inputs["From Max"].default_value = edge + 0.16
        self._range.inputs["To Max"].default_value = 0.9 if cover > 0 else 0.0


def _background(tree: Any) -> tuple[Any, Any]:
    node = tree.nodes.new("ShaderNodeBackground")
    return node.inputs, node


def _math(tree: Any, operation: str, value: Any, other: float) -> Any:
    node = tree.nodes.new("ShaderNodeMath")
    node.operation = operation
    tree.links.new(value, node.inputs[0])
    node.inputs[1].default_value = other
    return node.outputs[0]


def _clamped(output: Any) -> Any:
    output.node.use_clamp = True
    return output


def _only_for_the_camera(tree: Any, plain: Any, seen: Any) -> None:
    """Mix two backgrounds: noise costs, and light that was scattered does not show it."""
    path, choice = tree.nodes.new("ShaderNodeLightPath"), tree.nodes.new("ShaderNodeMixShader")
    tree.links.new(path.outputs["Is Camera Ray"], choice.inputs[0])
    tree.links.new(plain.outputs[0], choice.inputs[1])
    tree.links.new(seen.outputs[0], choice.inputs[2])
    tree.links.new(choice.outputs[0], tree.nodes["World Output"].inputs[0])
