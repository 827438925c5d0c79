"""Any classifier of torchvision or timm by its name there: `torchvision.regnet_y_400mf`, `timm.ghostnet_100`.

Networks of the zoo are adapted to small pictures; these are as published at every size. Where their maps are
taken is found by a forward pass: the last layer at each resolution.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import timm
import torch
from torch import nn
from torchvision import models

from analysis.zoo.entry import Entry, as_module
from analysis.zoo.pretrained import from_timm, from_torchvision
from generator.errors import UserError

LIBRARIES = ("torchvision", "timm")
DEEPEST = 1
"""Dots in the names of layers that may be stages: blocks count, layers inside of them do not, since their
resolution may be that of the next stage already."""
PROBE = 224
"""Side of the picture by which stages are found, pixels; networks with a fixed side take their own."""


def is_library_name(name: str) -> bool:
    """Whether a name is of the form `torchvision.NAME` or `timm.NAME`."""
    return name.partition(".")[0] in LIBRARIES and "." in name


@cache
def library_entry(name: str) -> Entry:
    """The description of a network of a library.

    Raises:
        UserError: the library has no such classifier, or it keeps no maps of features, as transformers do.
    """
    library, _, model = name.partition(".")
    if model not in _names(library):
        raise UserError(f"network {name!r}: {library} has no classifier {model!r}; see its list of models")
    make = partial(_make, library, model)
    size, normalisation = _input(library, model)
    stages, head = _found(name, make, size)
    return Entry(
        lambda num_classes, image_size: make(num_classes), stages,
        (from_timm if library == "timm" else from_torchvision)(model), head=(f"{head}.",), input_size=size,
        normalisation=normalisation, adapts=False, source=library,
    )  # fmt: skip


def _names(library: str) -> list[str]:
    found: list[str] = timm.list_models() if library == "timm" else models.list_models(module=models)
    return found


def _make(library: str, model: str, num_classes: int) -> nn.Module:
    if library == "timm":
        return as_module(timm.create_model(model, num_classes=num_classes))
    return as_module(models.get_model(model, weights=None, num_classes=num_classes))


def _input(library: str, model: str) -> tuple[int, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Side in pixels, mean and standard deviation of the library's weights."""
    if library == "timm":
        known = timm.get_pretrained_cfg(model)
        if known is None:
            return PROBE, Entry.normalisation
        return known.input_size[1], (tuple(known.mean), tuple(known.std))
    preset = models.get_model_weights(model).DEFAULT.transforms()
    return preset.crop_size[0], (tuple(preset.mean), tuple(preset.std))


def _found(name: str, make: Callable[[int], nn.Module], size: int) -> tuple[tuple[str, ...], str]:
    """The last layer at each resolution, and the linear layer that gives the logits."""
    classes = 7  # a number of outputs that no layer inside has
    with torch.random.fork_rng(devices=[]):
        network = make(classes).eval()
    last: dict[int, str] = {}
    linear: list[str] = []

    def note(layer: str, module: nn.Module, inputs: Any, output: Any) -> None:
        if layer.count(".") <= DEEPEST and _is_map(output, size):
            last[output.shape[-1]] = layer
        if isinstance(module, nn.Linear) and module.out_features == classes:
            linear.append(layer)

    for layer, module in network.named_modules():
        if layer:
            module.register_forward_hook(partial(note, layer))
    with torch.inference_mode():
        network(torch.zeros(1, 3, size, size))
    if len(last) < 2 or not linear:
        lacking = "maps of features at several resolutions" if linear else "linear layer of logits"
        raise UserError(
            f"network {name!r}: has no {lacking}, which attribution needs; choose a convolutional network"
        )
    return tuple(last[side] for side in sorted(last, reverse=True)), linear[-1]


def _is_map(output: Any, size: int) -> bool:
    """Whether it is (B, C, H, H), smaller than the picture and larger than a point."""
    if not isinstance(output, torch.Tensor) or output.ndim != 4:
        return False
    height, width = output.shape[2:]
    return height == width and 1 < width < size
