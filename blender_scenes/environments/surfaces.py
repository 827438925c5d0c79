"""Materials of the scenery: what a ground is made of, and the few that all backdrops share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blender_scenes.environments.nodes import Net
from blender_scenes.materials import Look, surface
from blender_scenes.meshes import TINT
from blender_scenes.scenery import SURFACES, Rng, Srgb

LEAF_GAIN = 1.45
"""Leaves send about half their light to either side; this makes them as bright as their colour says."""


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
    """Fraction of the tone that the spots decide; the grain decides the rest."""
    stones: bool = False
    """Whether grains are stones with dark gaps."""
    puddles: float = 0.0
    """Fraction of it under water; if any is, all is wet."""
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
        color = net.scale(color, net.span(water, 0.0, 1.0, (1.0, 0.62)))
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
    fraction = net.span(net.distance(), *fade)
    mixed = net.choose(fraction, shader.outputs[0], net.node("BsdfTransparent").outputs[0])
    net.put(mixed, net.tree.nodes["Material Output"].inputs["Surface"])


@dataclass(frozen=True)
class _Shared:
    """A surface of scenery, white until a face's tint colours it."""

    look: Look
    spot: float = 1.0
    """Metres: size of the spots by which its colour varies."""
    contrast: float = 0.0
    """How much it varies, as a fraction."""


_WHITE = (1.0, 1.0, 1.0)
_SHARED = {
    "matte": _Shared(Look(_WHITE, roughness=0.9, specular=0.1), spot=0.5, contrast=0.12),
    "leaf": _Shared(Look(_WHITE, roughness=1.0, specular=0.0), spot=0.12, contrast=0.3),
    "glass": _Shared(Look(_WHITE, roughness=0.06, specular=1.0)),
    "metal": _Shared(Look(_WHITE, roughness=0.35, metallic=0.5)),
    "glow": _Shared(Look(_WHITE, roughness=0.9, specular=0.0, emission=1.0)),
}


def shared_surfaces() -> list[Any]:
    """One material for each word of `SURFACES`; a face's colour is its attribute `TINT`."""
    made = [_shared_surface(name, _SHARED[name]) for name in SURFACES]
    _let_light_through(made[SURFACES.index("leaf")])
    return made


def _shared_surface(name: str, shared: _Shared) -> Any:
    material = surface(name, shared.look)
    net = Net(material.node_tree)
    tint = net.node("Attribute")
    tint.attribute_name = TINT
    color = tint.outputs["Color"]
    if shared.contrast:
        spots = net.noise(net.place(), shared.spot, detail=2.0, roughness=0.7)
        color = net.scale(color, net.span(spots, 0.3, 0.7, (1 - shared.contrast, 1 + shared.contrast)))
    shader = net.tree.nodes["Principled BSDF"].inputs
    net.put(color, shader["Base Color"])
    if shared.look.emission:
        net.put(color, shader["Emission Color"])
    return material


def _let_light_through(material: Any) -> None:
    """Make leaves as bright on the side away from the sun, or crowns would be black there."""
    net = Net(material.node_tree)
    one, other = net.tree.nodes["Principled BSDF"], net.node("BsdfTranslucent")
    color = one.inputs["Base Color"].links[0].from_socket
    bright = net.scale(color, LEAF_GAIN)
    net.put(bright, one.inputs["Base Color"])
    net.put(bright, other.inputs["Color"])
    mixed = net.choose(0.5, one.outputs[0], other.outputs[0])
    net.put(mixed, net.tree.nodes["Material Output"].inputs["Surface"])
