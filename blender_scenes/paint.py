"""Car paint: the colour by its name, a clear coat, flakes or dust, and a second colour for liveries.

Reflections of the surroundings are the colour's enemy: light that a surface mirrors has the hue of the
sky or of the ground. So the base reflects in its own hue, and only a thin smooth coat mirrors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from blender_scenes.materials import Look, Srgb, apply
from blender_scenes.passes import linear_color
from blender_scenes.scenery import mix
from generator.families import generator_of
from generator.spec import COLORS, RenderSpec

DUST: Srgb = (0.60, 0.57, 0.53)
PIGMENTS: dict[str, Srgb] = {
    "o": (0.95, 0.43, 0.0),
    "n": (0.42, 0.24, 0.0),
    "v": (0.48, 0.03, 0.66),
    "b": (0.03, 0.17, 0.69),
    "g": (0.0, 0.39, 0.10),
}
"""Letters of colours whose paint is of a fuller and turned hue, so that it looks as named under a sky."""
SECOND: dict[str, Srgb] = {"white": (0.88, 0.88, 0.87), "black": (0.05, 0.05, 0.055)}
"""Second colours beside a darker shade of the first."""
APART = 0.1
"""Least difference of any channel between the two, sRGB."""
DARKER = 0.45
"""Fraction of its light that the darker shade keeps."""
_TAG = "finish"
"""Label of the nodes that belong to a finish, and go with it."""


@dataclass(frozen=True)
class Finish:
    """How a paint shines, whatever its colour."""

    look: Look
    flakes: bool = False
    dust: bool = False


FINISH: dict[str, Finish] = {
    "gloss": Finish(Look((0, 0, 0), roughness=0.4, specular=0.0, coat=0.55, coat_roughness=0.06)),
    "metallic": Finish(
        Look((0, 0, 0), roughness=0.38, metallic=0.4, specular=0.2, tinted=True, coat=0.35), flakes=True
    ),
    "matte": Finish(Look((0, 0, 0), roughness=0.55, specular=0.4)),
    "dirty": Finish(Look((0, 0, 0), roughness=0.5, specular=0.2, tinted=True, coat=0.35), dust=True),
}


def second_color(color: str, shape: str, variant: int) -> Srgb:
    """The second colour of an individual vehicle of a named colour: white, black, or its darker shade."""
    first = COLORS[color].srgb
    offered = [*SECOND.values(), _darker(first)]
    apart = [other for other in offered if max(abs(a - b) for a, b in zip(first, other, strict=True)) > APART]
    return apart[int(generator_of("second", color, shape, variant).integers(len(apart)))]


def _darker(color: Srgb) -> Srgb:
    red, green, blue = (DARKER ** (1 / 2.2) * channel for channel in color)
    return red, green, blue


def paint_vehicle(first: Any, second: Any, spec: RenderSpec) -> None:
    """Give the materials of the slots `paint` and `paint2` what the spec says."""
    paint(first, PIGMENTS.get(spec.color, COLORS[spec.color].srgb), spec.finish)
    paint(second, second_color(spec.color, spec.shape, spec.variant), spec.finish)


def paint(material: Any, color: Srgb, finish: str) -> None:
    """Give a material of one principled shader a colour and a finish, whatever it had before."""
    wanted = FINISH[finish]
    _strip(material.node_tree)
    apply(material, replace(wanted.look, color=color))
    if wanted.flakes:
        _add_flakes(material.node_tree, color)
    if wanted.dust:
        _add_dust(material.node_tree, color, wanted.look)


def _strip(tree: Any) -> None:
    for node in [node for node in tree.nodes if node.label == _TAG]:
        tree.nodes.remove(node)


def _node(tree: Any, kind: str) -> Any:
    node = tree.nodes.new(f"ShaderNode{kind}")
    node.label = _TAG
    return node


def _shader(tree: Any) -> Any:
    return tree.nodes["Principled BSDF"].inputs


def _add_flakes(tree: Any, color: Srgb) -> None:
    """Lighter seen straight on, darker at a slant, and a glitter of tilted flakes."""
    facing, blend = _node(tree, "LayerWeight"), _mix(tree, "RGBA")
    facing.inputs["Blend"].default_value = 0.35
    red, green, blue, _ = linear_color(color)
    blend.inputs[6].default_value = (*(min(1.0, 1.15 * light) for light in (red, green, blue)), 1.0)
    blend.inputs[7].default_value = (0.6 * red, 0.6 * green, 0.6 * blue, 1.0)
    tree.links.new(facing.outputs["Facing"], blend.inputs[0])
    tree.links.new(blend.outputs[2], _shader(tree)["Base Color"])
    place, cells, tilt = _node(tree, "NewGeometry"), _node(tree, "TexVoronoi"), _node(tree, "VectorMath")
    cells.inputs["Scale"].default_value = 300.0
    tilt.operation = "MULTIPLY_ADD"
    tilt.inputs[1].default_value = (0.24, 0.24, 0.24)
    offset = _node(tree, "VectorMath")
    offset.operation, offset.inputs[1].default_value = "SUBTRACT", (0.12, 0.12, 0.12)
    tree.links.new(place.outputs["Position"], cells.inputs["Vector"])
    tree.links.new(place.outputs["Normal"], offset.inputs[0])
    tree.links.new(cells.outputs["Color"], tilt.inputs[0])
    tree.links.new(offset.outputs[0], tilt.inputs[2])
    tree.links.new(tilt.outputs[0], _shader(tree)["Normal"])


def _add_dust(tree: Any, color: Srgb, look: Look) -> None:
    """Dust in patches, thickest on the sills: dull, paler, of nearly the same hue."""
    place, height, reach = _node(tree, "NewGeometry"), _node(tree, "SeparateXYZ"), _node(tree, "MapRange")
    noise, fraction, blend = _node(tree, "TexNoise"), _node(tree, "Math"), _mix(tree, "RGBA")
    for name, value in {"From Min": 0.25, "From Max": 0.95, "To Min": 1.8, "To Max": 0.4}.items():
        reach.inputs[name].default_value = value
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 5.0, 2.0
    fraction.operation, fraction.use_clamp = "MULTIPLY", True
    blend.inputs[6].default_value = linear_color(color)
    blend.inputs[7].default_value = linear_color(_dusty(color))
    links = tree.links
    links.new(place.outputs["Position"], height.inputs[0])
    links.new(place.outputs["Position"], noise.inputs["Vector"])
    links.new(height.outputs["Z"], reach.inputs["Value"])
    links.new(reach.outputs[0], fraction.inputs[0])
    links.new(noise.outputs[0], fraction.inputs[1])
    links.new(fraction.outputs[0], blend.inputs[0])
    links.new(blend.outputs[2], _shader(tree)["Base Color"])
    for name, clean, covered in (("Roughness", look.roughness, 0.9), ("Coat Weight", look.coat, 0.0)):
        fade = _mix(tree, "FLOAT")
        fade.inputs[2].default_value, fade.inputs[3].default_value = clean, covered
        links.new(fraction.outputs[0], fade.inputs[0])
        links.new(fade.outputs[0], _shader(tree)[name])


def _mix(tree: Any, kind: str) -> Any:
    node = _node(tree, "Mix")
    node.data_type = kind
    return node


def _dusty(color: Srgb) -> Srgb:
    """What dust on the paint looks like: some of its colour shows through."""
    return mix(DUST, color, 0.5)
