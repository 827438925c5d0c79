"""What is read from a material's shader, and what is changed in it."""

from __future__ import annotations

from typing import Any

from generator.spec import PARTS

CLEAR = 0.1
"""Fraction of the light that passes, from which on a material is glass."""

SEEN_THROUGH = 0.8
"""Transparency of glass that transmits all light."""


def principled(material: Any) -> Any:
    """The inputs of a material's principled shader; None where it has none."""
    nodes = material.node_tree.nodes if material and material.node_tree else ()
    return next((node.inputs for node in nodes if node.bl_idname == "ShaderNodeBsdfPrincipled"), None)


def is_clear(material: Any) -> bool:
    """Whether light passes: transmission, a constant transparency, or a glass shader."""
    inputs = principled(material)
    if inputs is None:
        nodes = material.node_tree.nodes if material and material.node_tree else ()
        return any(node.bl_idname in ("ShaderNodeBsdfGlass", "ShaderNodeBsdfRefraction") for node in nodes)
    through = _constant(inputs["Transmission Weight"], 0.0)
    return through > CLEAR or _constant(inputs["Alpha"], 1.0) < 1 - CLEAR


def is_rubber(material: Any) -> bool:
    """Whether it is nearly black and dull, and not a metal."""
    inputs = principled(material)
    if inputs is None or inputs["Base Color"].is_linked:
        return False
    dark = max(inputs["Base Color"].default_value[:3]) < 0.04
    dull = _constant(inputs["Roughness"], 0.0) > 0.5 and _constant(inputs["Metallic"], 1.0) < 0.5
    return dark and dull


def _constant(socket: Any, linked: float) -> float:
    return linked if socket.is_linked else float(socket.default_value)


def mark(material: Any, part: str) -> None:
    """Give a material the index of its part; let light pass transmissive glass straight, as it does
    the catalogue's, since the few bounces that are traced leave what is behind it dark."""
    material.pass_index = PARTS.index(part)
    inputs = principled(material)
    if inputs is None or part != "glass" or inputs["Alpha"].is_linked:
        return
    through = inputs["Transmission Weight"]
    opaque = 1 - SEEN_THROUGH * _constant(through, 0.0)
    inputs["Alpha"].default_value = min(float(inputs["Alpha"].default_value), opaque)
    if not through.is_linked:
        through.default_value = 0.0
