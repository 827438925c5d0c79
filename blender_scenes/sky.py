"""Sky and sun: all the light there is, but for the lamps of a night."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_scenes.environments.light import Light
from blender_scenes.environments.nodes import Net
from blender_scenes.passes import linear_color
from blender_scenes.scenery import Rng, Srgb, mix

LOW_SUN = 25.0
"""Degrees; below, the sun grows warmer."""
STOPS = (0.0, 0.35, 1.0)
"""Sine of the elevation at which the sky has its colours of horizon, middle and zenith."""


class Sky:
    """A gradient from horizon to zenith, clouds, and a sun. The sky texture would double a sample's cost."""

    def __init__(self, scene: Any) -> None:
        self.world = bpy.data.worlds.new("sky")
        scene.world = self.world
        self.world.cycles.sampling_method = "NONE"
        net = Net(self.world.node_tree)
        plain, cloudy = net.tree.nodes["Background"], net.node("Background")
        direction, height = net.node("TexCoord").outputs["Generated"], net.node("SeparateXYZ")
        net.put(direction, height.inputs[0])
        gradient = net.ramp(height.outputs["Z"], [(at, (0.0, 0.0, 0.0)) for at in STOPS])
        self._ramp = gradient.node.color_ramp
        self._clouds = _Clouds(net, direction, height.outputs["Z"])
        net.put(gradient, plain.inputs[0])
        net.put(net.blend(self._clouds.fraction, gradient, self._clouds.white), cloudy.inputs[0])
        # Noise costs, and scattered light does not show it.
        seen = net.node("LightPath").outputs["Is Camera Ray"]
        shown = net.choose(seen, plain.outputs[0], cloudy.outputs[0])
        net.put(shown, net.tree.nodes["World Output"].inputs[0])
        self._strengths = [node.inputs["Strength"] for node in (plain, cloudy)]
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
        self._clouds.set(rng, float(rng.uniform(*light.clouds)), light.cloud_color)
        for strength in self._strengths:
            strength.default_value = light.sky
        self.horizon = np.array(linear_color(horizon)[:3]) * light.sky
        sun = self._sun.data
        sun.energy = (
            light.sun * (0.55 + 0.45 * float(np.sin(np.radians(elevation)))) * (1 - light.dimming * haze)
        )
        sun.color = linear_color(mix(light.sun_color, (1.0, 0.86, 0.68), warm))[:3]
        sun.angle = light.softness
        self._sun.rotation_euler = (np.radians(90 - elevation), 0, np.radians(azimuth + 90))

    def _paint(self, horizon: Srgb, zenith: Srgb) -> None:
        for element, color in zip(
            self._ramp.elements, (horizon, mix(horizon, zenith, 0.6), zenith), strict=True
        ):
            element.color = linear_color(color)


class _Clouds:
    """Noise in a plane above, thinning out towards the horizon."""

    def __init__(self, net: Net, direction: Any, height: Any) -> None:
        above = net.scale(direction, net.math("DIVIDE", 1.0, net.math("ADD", height, 0.12)))
        place = net.shift(above, (0.0, 0.0, 0.0))
        self._offset = place.node.inputs[1]
        covered = net.span(net.noise(place, 1.1, detail=3.0), 0.4, 0.6)
        self._edges = covered.node.inputs
        self.fraction = net.math("MULTIPLY", covered, net.math("MULTIPLY", height, 5.0, clamp=True))
        color = net.node("RGB")
        self.white = color.outputs[0]

    def set(self, rng: Rng, cover: float, color: Srgb) -> None:
        """Cover about that fraction of the sky; 0 is none at all."""
        self._offset.default_value = rng.uniform(-50, 50, 3)
        edge = 0.68 - 0.36 * cover
        self._edges["From Min"].default_value, self._edges["From Max"].default_value = edge, edge + 0.16
        self._edges["To Max"].default_value = 0.9 if cover > 0 else 0.0
        self.white.default_value = linear_color(color)
