"""Sky and sun: all the light there is."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from blender_scenes.passes import linear_color
from blender_scenes.scenery import Rng, mix


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
        zenith = mix((0.52, 0.63, 0.80), (0.72, 0.75, 0.78), haze)
        horizon = mix(mix((0.84, 0.88, 0.92), (0.90, 0.90, 0.90), haze), (0.95, 0.88, 0.78), 0.6 * warm)
        middle = mix(horizon, zenith, 0.6)
        for element, at, color in zip(
            self.ramp.elements, (0.0, 0.35, 1.0), (horizon, middle, zenith), strict=True
        ):
            element.position, element.color = at, linear_color(color)
        self.strength.default_value = 0.95
        self.sun.data.energy = 3.8 * (0.55 + 0.45 * float(np.sin(np.radians(elevation)))) * (1 - 0.4 * haze)
        self.sun.data.color = linear_color(mix((1.0, 0.965, 0.915), (1.0, 0.86, 0.68), warm))[:3]
        self.sun.rotation_euler = (np.radians(90 - elevation), 0, np.radians(azimuth + 90))
