"""The same picture without the vehicle, without some of its parts, or without its shadow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from generator.spec import PARTS


@contextmanager
def without(vehicle: Any, what: Sequence[str]) -> Iterator[None]:
    """Inside, what is named is not rendered; the camera stays where the whole vehicle put it.

    Args:
        what: `vehicle`; `shadow`, with which the vehicle neither casts shadows nor darkens or colours what is
            around it by bounced light, itself included; or names of `generator.spec.PARTS`, through which
            light passes as if they were not there.
    """
    with ExitStack() as stack:
        if "vehicle" in what:
            _set(stack, vehicle, "hide_render", True)
        if "shadow" in what:
            _set(stack, vehicle, "visible_shadow", False)
            _set(stack, vehicle, "visible_diffuse", False)
        for material in vehicle.data.materials:
            if PARTS[material.pass_index] in what:
                _clear(stack, material)
        yield


def _set(stack: ExitStack, thing: Any, name: str, value: Any) -> None:
    stack.callback(setattr, thing, name, getattr(thing, name))
    setattr(thing, name, value)


def _clear(stack: ExitStack, material: Any) -> None:
    """Make a material let all light through, whatever its opacity came from."""
    links = material.node_tree.links
    alpha = material.node_tree.nodes["Principled BSDF"].inputs["Alpha"]
    for link in list(alpha.links):
        stack.callback(links.new, link.from_socket, alpha)
        links.remove(link)
    _set(stack, alpha, "default_value", 0.0)
