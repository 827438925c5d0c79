"""Materials of the scenery: what a ground is made of, and the few that all backdrops share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blender_scenes.environments.nodes import Net
from blender_scenes.materials import Look, surface
from blender_scenes.meshes import TINT
from blender_scenes.scenery import SURFACES, Rng, Srgb


@dataclass(frozen=True)
class Ground:
    """What a ground looks like. Its tones mix by noise of two sizes, so that it is neither blurred from near
    nor flat from afar; at a distance it dissolves into the horizon."""

    tones: tuple[Srgb, Srgb, Srgb]
    """Dark, middle, light."""
    patch: float = 4.0
    """Metres: size of the largest spots."""
    grain: float = 0.04
    """Metres: size of grains, blades or stones."""
    patchiness: float = 0.5
    """Share of the tone that the spots decide; the grain decides the rest."""
    stones: bool = False
    """Whether grains are stones with dark gaps."""
    puddles: float = 0.0
    """Share of it under water; if any is, all is wet."""
    roughness: float = 0.9
    specular: float = 0.1
    fade: tuple[float, float] = (200.0, 1200.0)
    """Metres from the camera where it begins and ends to dissolve."""


def ground_material(look: Ground, rng: Rng) -> Any:
    """A new material of a ground; the generator moves its pattern."""
    material = surface("ground", Look(look.tones[1], roughness=look.roughness, specular=look.specular))
    net = Net(material.node_tree)
    shader = net.tree.nodes["Principled BSDF"]
    place = net.shift(net.place(), rng.uniform(-90, 90, 3))
    spots = net.noise(place, look.patch, detail=3.0)
    color = _tones(net, look, place, spots)
    if look.puddles:
        water = net.span(net.noise(place, 2.6, 2.0), 0.68 - 0.36 * look.puddles, 0.72 - 0.36 * look.puddles)
        color = net.scale(color, net.span(water, 0.0, 1.0, (1.0, 0.55)))
        net.put(net.span(water, 0.0, 1.0, (look.roughness, 0.02)), shader.inputs["Roughness"])
    net.put(color, shader.inputs["Base Color"])
    _dissolve(net, shader, look.fade)
    material.use_transparent_shadow = False
    return material


def _tones(net: Net, look: Ground, place: Any, spots: Any) -> Any:
    dark, middle, light = look.tones
    stops = [(0.33, dark), (0.5, middle), (0.67, light)]
    if not look.stones:
        grain = net.noise(place, look.grain, detail=1.0)
        mixed = net.math(
            "ADD",
            net.math("MULTIPLY", spots, look.patchiness),
            net.math("MULTIPLY", grain, 1 - look.patchiness),
        )
        return net.ramp(mixed, stops)
    cells = net.node("TexVoronoi")
    net.put(place, cells.inputs["Vector"])
    cells.inputs["Scale"].default_value = 1.0 / look.grain
    one = net.node("SeparateColor")
    net.put(cells.outputs["Color"], one.inputs[0])
    stone = net.math("ADD", net.math("MULTIPLY", one.outputs[0], 0.5), 0.25)
    mixed = net.math(
        "ADD", net.math("MULTIPLY", spots, look.patchiness), net.math("MULTIPLY", stone, 1 - look.patchiness)
    )
    gap = net.span(cells.outputs["Distance"], 0.35, 0.75, (1.0, 0.45))
    return net.scale(net.ramp(mixed, stops), gap)


def _dissolve(net: Net, shader: Any, fade: tuple[float, float]) -> None:
    share = net.span(net.distance(), *fade)
    mixed = net.choose(share, shader.outputs[0], net.node("BsdfTransparent").outputs[0])
    net.put(mixed, net.tree.nodes["Material Output"].inputs["Surface"])


def shared_surfaces() -> list[Any]:
    """One material for each word of `SURFACES`; a face's colour is its attribute `TINT`."""
    return [_SHARED[name](name) for name in SURFACES]


def _tinted(name: str, look: Look, spot: float, contrast: float) -> Any:
    material = surface(name, look)
    net = Net(material.node_tree)
    color = net.node("Attribute")
    color.attribute_name = TINT
    shown = color.outputs["Color"]
    if contrast:
        spots = net.noise(net.place(), spot, detail=2.0, roughness=0.7)
        shown = net.scale(shown, net.span(spots, 0.3, 0.7, (1 - contrast, 1 + contrast)))
    shader = net.tree.nodes["Principled BSDF"]
    net.put(shown, shader.inputs["Base Color"])
    if look.emission:
        net.put(shown, shader.inputs["Emission Color"])
    return material


_WHITE = (1.0, 1.0, 1.0)
_SHARED = {
    "matte": lambda name: _tinted(name, Look(_WHITE, roughness=0.9, specular=0.1), 0.5, 0.12),
    "leaf": lambda name: _tinted(name, Look(_WHITE, roughness=1.0, specular=0.0), 0.12, 0.35),
    "glass": lambda name: _tinted(name, Look(_WHITE, roughness=0.06, specular=1.0), 0.0, 0.0),
    "metal": lambda name: _tinted(name, Look(_WHITE, roughness=0.35, metallic=0.5), 0.0, 0.0),
    "glow": lambda name: _tinted(name, Look(_WHITE, roughness=0.9, specular=0.0, emission=1.0), 0.0, 0.0),
}
