"""Environments: ground, scenery and lamps around the vehicle, each varied by its seed.

What stands between camera and vehicle is hidden, so nothing ever covers the vehicle; no scenery throws a
shadow on it. What lies on the ground is flat, lest it cover a tyre.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from blender_scenes.environments.open_land import gravel, meadow, parking, snow, studio
from blender_scenes.environments.place import Environment
from blender_scenes.environments.roads import country, highway
from blender_scenes.environments.surfaces import shared_surfaces
from blender_scenes.environments.town import city, night, residential, wet
from blender_scenes.scenery import Rng
from generator.families import generator_of

KEPT = 96
"""Environments kept built, about 2 MB each, so that a batch may go back and forth between all of a set's
(by default 8 of each kind)."""

BUILDERS: dict[str, Callable[[Rng, Environment], None]] = {
    "studio": studio,
    "parking": parking,
    "city": city,
    "residential": residential,
    "highway": highway,
    "country": country,
    "gravel": gravel,
    "meadow": meadow,
    "snow": snow,
    "night": night,
    "wet": wet,
}


class Environments:
    """Shows one environment at a time; keeps the latest built."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._surfaces = shared_surfaces()
        self._built: dict[tuple[str, int], Environment] = {}
        self._shown: Environment | None = None

    def show(self, name: str, seed: int) -> Environment:
        """Put the environment into the scene instead of the one before."""
        if self._shown is not None:
            self._scene.collection.children.unlink(self._shown.collection)
        found = self._built.pop((name, seed), None) or self._build(name, seed)
        self._built[(name, seed)] = self._shown = found
        if len(self._built) > KEPT:
            self._built.pop(next(iter(self._built))).remove()
        self._scene.collection.children.link(found.collection)
        return found

    def _build(self, name: str, seed: int) -> Environment:
        built = Environment(bpy.data.collections.new(name), self._surfaces)
        BUILDERS[name](generator_of("environment", name, seed), built)
        built.settle()
        return built


__all__ = ["BUILDERS", "Environment", "Environments"]
