"""A short way to write node trees of shaders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blender_scenes.passes import linear_color
from blender_scenes.scenery import Srgb


@dataclass(frozen=True)
class Net:
    """A node tree; each method adds a node and returns its output socket.

    Where a socket is wanted a number will do.
    """

    tree: Any

    def node(self, kind: str) -> Any:
        """A new node, its class named without the word ShaderNode."""
        return self.tree.nodes.new(f"ShaderNode{kind}")

    def put(self, value: Any, socket: Any) -> None:
        """Link an output to an input, or set the input to a number."""
        if isinstance(value, int | float):
            socket.default_value = value
        else:
            self.tree.links.new(value, socket)

    def math(self, operation: str, one: Any, other: Any = 0.0, *, clamp: bool = False) -> Any:
        """Two numbers combined."""
        node = self.node("Math")
        node.operation, node.use_clamp = operation, clamp
        self.put(one, node.inputs[0])
        self.put(other, node.inputs[1])
        return node.outputs[0]

    def noise(self, vector: Any, size: float, detail: float = 2.0, roughness: float = 0.6) -> Any:
        """Smooth noise in [0, 1] around 0.5, its largest spots `size` metres across."""
        node = self.node("TexNoise")
        self.put(vector, node.inputs["Vector"])
        node.inputs["Scale"].default_value = 1.0 / size
        node.inputs["Detail"].default_value = detail
        node.inputs["Roughness"].default_value = roughness
        return node.outputs[0]

    def span(self, value: Any, low: float, high: float, to: tuple[float, float] = (0.0, 1.0)) -> Any:
        """Map a range onto another, smoothly and clamped."""
        node = self.node("MapRange")
        node.interpolation_type = "SMOOTHSTEP"
        self.put(value, node.inputs["Value"])
        settings = {"From Min": low, "From Max": high, "To Min": to[0], "To Max": to[1]}
        for name, number in settings.items():
            node.inputs[name].default_value = number
        return node.outputs[0]

    def ramp(self, value: Any, stops: list[tuple[float, Srgb]]) -> Any:
        """A colour by a number."""
        node = self.node("ValToRGB")
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (at, color) in zip(elements, stops, strict=True):
            element.position, element.color = at, linear_color(color)
        self.put(value, node.inputs[0])
        return node.outputs[0]

    def scale(self, color: Any, factor: Any) -> Any:
        """A colour or vector times a number."""
        node = self.node("VectorMath")
        node.operation = "SCALE"
        self.put(color, node.inputs[0])
        self.put(factor, node.inputs["Scale"])
        return node.outputs[0]

    def shift(self, vector: Any, offset: Any) -> Any:
        """A vector plus a constant one."""
        node = self.node("VectorMath")
        self.put(vector, node.inputs[0])
        node.inputs[1].default_value = offset
        return node.outputs[0]

    def blend(self, fraction: Any, one: Any, other: Any) -> Any:
        """Two colours, mixed."""
        node = self.node("Mix")
        node.data_type = "RGBA"
        self.put(fraction, node.inputs[0])
        self.put(one, node.inputs[6])
        self.put(other, node.inputs[7])
        return node.outputs[2]

    def place(self) -> Any:
        """Where the shaded point is, metres."""
        return self.node("NewGeometry").outputs["Position"]

    def distance(self) -> Any:
        """How far the shaded point is from the camera, metres."""
        return self.node("CameraData").outputs["View Distance"]

    def choose(self, fraction: Any, one: Any, other: Any) -> Any:
        """Two shaders, mixed; of a fraction of 0 or 1 only one is evaluated."""
        node = self.node("MixShader")
        self.put(fraction, node.inputs[0])
        self.put(one, node.inputs[1])
        self.put(other, node.inputs[2])
        return node.outputs[0]
