"""Materials of vehicles and scenery; each vehicle slot carries the index of its part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from blender_scenes.passes import COVERAGE, linear_color
from blender_scenes.vehicles.mesh import SLOTS
from generator.spec import PARTS

Srgb = tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """A surface: colour, and how it shines."""

    color: Srgb
    roughness: float = 0.5
    metallic: float = 0.0
    specular: float = 0.5
    tinted: bool = False
    """Whether it reflects in its own hue rather than in the light's."""
    coat: float = 0.0
    coat_roughness: float = 0.03
    emission: float = 0.0
    alpha: float = 1.0
    """Opaque fraction; the rest of the light passes straight through, camera and shadow rays alike."""


PAINT = Look((0.5, 0.5, 0.5))
"""The paints until `blender_scenes.paint` gives them colour and finish."""
LOOKS: dict[str, Look] = {
    "glass": Look((0.31, 0.34, 0.365), roughness=0.03, specular=1.0, alpha=0.72),
    "glass_dark": Look((0.10, 0.11, 0.12), roughness=0.03, specular=1.0, alpha=0.85),
    "lens": Look((0.85, 0.88, 0.90), roughness=0.03, specular=1.0, alpha=0.2),
    "reflector": Look((0.80, 0.81, 0.83), roughness=0.12, metallic=1.0),
    "tyre": Look((0.08, 0.08, 0.085), roughness=0.85, specular=0.25),
    "wall": Look((0.10, 0.10, 0.105), roughness=0.7, specular=0.3),
    "rim": Look((0.68, 0.69, 0.71), roughness=0.32, metallic=0.45),
    "rim_dark": Look((0.16, 0.16, 0.17), roughness=0.3, metallic=0.3),
    "disc": Look((0.42, 0.42, 0.43), roughness=0.4, metallic=0.6),
    "well": Look((0.04, 0.04, 0.04), roughness=0.9, specular=0.1),
    "headlamp": Look((0.88, 0.90, 0.92), roughness=0.08, specular=0.8, emission=0.12),
    "daylight": Look((0.95, 0.97, 1.0), roughness=0.2, emission=0.6),
    "taillamp": Look((0.52, 0.01, 0.02), roughness=0.1, specular=0.8, emission=0.2),
    "brake": Look((0.92, 0.05, 0.05), roughness=0.2, emission=0.5),
    "amber": Look((0.95, 0.45, 0.04), roughness=0.15, emission=0.2),
    "reverse": Look((0.86, 0.86, 0.86), roughness=0.12, emission=0.08),
    "lightbox": Look((0.95, 0.90, 0.66), roughness=0.3, emission=0.35),
    "beacon_blue": Look((0.03, 0.12, 0.78), roughness=0.1, emission=0.3),
    "beacon_red": Look((0.78, 0.03, 0.03), roughness=0.1, emission=0.3),
    "plate": Look((0.86, 0.86, 0.82), roughness=0.5),
    "ink": Look((0.04, 0.05, 0.08), roughness=0.6),
    "trim": Look((0.09, 0.09, 0.095), roughness=0.55, specular=0.35),
    "mesh": Look((0.03, 0.03, 0.032), roughness=0.6, specular=0.3),
    "chrome": Look((0.75, 0.76, 0.78), roughness=0.15, metallic=1.0),
    "panel": Look((0.78, 0.78, 0.76), roughness=0.5),
    "sheet": Look((0.55, 0.55, 0.54), roughness=0.6),
    "interior": Look((0.36, 0.36, 0.355), roughness=0.8, specular=0.2),
    "seat": Look((0.40, 0.38, 0.36), roughness=0.8, specular=0.2),
}

LIT: dict[str, float] = {"headlamp": 3.0, "daylight": 3.0, "taillamp": 1.6, "lightbox": 2.0}
"""Emission of the slots that shine when a vehicle's lamps are on."""


def surface(name: str, look: Look, *, part: str = "background") -> Any:
    """A new material of one principled shader."""
    material = bpy.data.materials.new(name)
    material.pass_index = PARTS.index(part)
    material.cycles.emission_sampling = "NONE"  # dim and small: as lights they would only add noise
    apply(material, look)
    return material


def apply(material: Any, look: Look) -> None:
    """Set a material's shader to a look."""
    shader = material.node_tree.nodes["Principled BSDF"].inputs
    color = linear_color(look.color)
    shader["Base Color"].default_value = color
    shader["Roughness"].default_value = look.roughness
    shader["Metallic"].default_value = look.metallic
    shader["Specular IOR Level"].default_value = look.specular
    shader["Specular Tint"].default_value = color if look.tinted else (1.0, 1.0, 1.0, 1.0)
    shader["Coat Weight"].default_value = look.coat
    shader["Coat Roughness"].default_value = look.coat_roughness
    shader["Emission Color"].default_value = color
    shader["Emission Strength"].default_value = look.emission
    shader["Alpha"].default_value = look.alpha


def vehicle_materials() -> list[Any]:
    """One material a slot, in the order of `SLOTS`."""
    return [surface(slot, LOOKS.get(slot, PAINT), part=part) for slot, part in SLOTS.items()]


def switch_lamps(materials: list[Any], *, on: bool) -> None:
    """Turn head, tail and roof lamps on or off; `materials` are those of `vehicle_materials`."""
    for slot, material in zip(SLOTS, materials, strict=True):
        if slot in LIT:
            shader = material.node_tree.nodes["Principled BSDF"].inputs
            shader["Emission Strength"].default_value = LIT[slot] if on else LOOKS[slot].emission


def mark(material: Any) -> None:
    """Let a material count as the vehicle's in the pass of soft coverage."""
    nodes = material.node_tree.nodes
    if COVERAGE not in nodes:
        node = nodes.new("ShaderNodeOutputAOV")
        node.name = node.aov_name = COVERAGE
        node.inputs["Value"].default_value = 1.0
