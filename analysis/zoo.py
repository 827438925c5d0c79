"""Name -> network, the layers of it that are looked at, and how it is thinned for small pictures.

A network made for 224 px halves a picture five times; of 32 px it would leave a single cell, and a
map of one cell says nothing about where the network looks. So the rule of this module: *a network is
thinned at its entry until its last stage is at least 4×4*. What is dropped for which size is stated
at each family's builder. Pictures below `MIN_SIZE` are refused.

To add a network: write a builder, add an `Entry` to `ZOO`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torchvision import models

from generator.errors import UserError

MIN_SIZE = 32
"""Smallest side of a picture, pixels: below it no network here keeps a last stage of 4×4."""

HIDDEN = 512
"""Width of the hidden layer of the head that VGG gets below 224 px."""


@dataclass(frozen=True)
class Entry:
    """A network of the zoo.

    Every layer named here is called once a forward and returns a (B, C, H, W) tensor.
    """

    builder: Callable[[int, int], nn.Module]
    """(number of classes, image side in pixels) -> network that maps (B, 3, H, W) to (B, K) logits."""
    stages: tuple[str, ...]
    """The last layer at each resolution, from the picture to the classes."""
    cam_layer: str
    """Where a map is taken unless something else is asked for: the last stage."""


def build(name: str, num_classes: int, image_size: int, *, seed: int = 0) -> nn.Module:
    """A network with random weights, in training mode, on the CPU.

    Args:
        name: one of `ZOO`.
        num_classes: number of logits K, 1 or more.
        image_size: side of the square pictures in pixels, `MIN_SIZE` or more; decides the thinning.
        seed: decides the weights; torch's global generator is left as it was.

    Returns:
        A module from (B, 3, image_size, image_size) to (B, num_classes).

    Raises:
        UserError: unknown name, no class, or too small a picture.
    """
    found = entry(name)
    if num_classes < 1:
        raise UserError(f"network {name!r}: {num_classes} classes; give 1 or more")
    if image_size < MIN_SIZE:
        raise UserError(
            f"network {name!r}: pictures of {image_size} px leave less than 4×4 cells in its last stage; "
            f"render {MIN_SIZE} px or more"
        )
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return found.builder(num_classes, image_size)


def entry(name: str) -> Entry:
    """What is known of a network.

    Raises:
        UserError: the name is not in `ZOO`; the known ones are listed.
    """
    if name not in ZOO:
        raise UserError(f"network {name!r} is unknown: use one of {', '.join(sorted(ZOO))}")
    return ZOO[name]


def _resnet18(num_classes: int, image_size: int) -> nn.Module:
    """ResNet-18 (He et al. 2016, table 1).

    From 128 px as published. From 64 px the 7×7/2 convolution and the max-pool become one 3×3/2
    convolution; below, one 3×3/1 convolution: the last stage is 1/32, 1/16, 1/8 of the picture.
    """
    network = models.resnet18(weights=None, num_classes=num_classes)
    if image_size < 128:
        conv = nn.Conv2d(3, 64, 3, stride=2 if image_size >= 64 else 1, padding=1, bias=False)
        nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
        network.conv1, network.maxpool = conv, nn.Identity()
    return _module(network)


def _vgg16(num_classes: int, image_size: int) -> nn.Module:
    """VGG-16 (Simonyan & Zisserman 2015, configuration D), without batch norm: slow to start from scratch."""
    return _fit_vgg(models.vgg16(weights=None, init_weights=False), num_classes, image_size)


def _vgg16_bn(num_classes: int, image_size: int) -> nn.Module:
    """The same with batch norm after each convolution; the one to train from scratch."""
    return _fit_vgg(models.vgg16_bn(weights=None, init_weights=False), num_classes, image_size)


def _fit_vgg(network: models.VGG, num_classes: int, image_size: int) -> nn.Module:
    """Drop the max-pools and set the head that go with a picture's size, then draw the weights.

    From 128 px all five max-pools stay. From 64 px the last one, behind the last stage, is dropped;
    below, the last two: the last stage is 1/16, 1/16, 1/8 of the picture. A dropped pool becomes an
    identity, so that layers keep their names.

    The published head averages to 7×7 and holds 120 M weights; it stays from 224 px. Below, a global
    average pool and one hidden layer of `HIDDEN` units with dropout take its place.
    """
    features = _module(network.features)
    assert isinstance(features, nn.Sequential)
    pools = [i for i, layer in enumerate(features) if isinstance(layer, nn.MaxPool2d)]
    for i in pools[5 - _dropped_pools(image_size) :]:
        features[i] = nn.Identity()
    if image_size < 224:
        network.avgpool = nn.AdaptiveAvgPool2d(1)
        network.classifier = nn.Sequential(
            nn.Linear(512, HIDDEN), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(HIDDEN, num_classes)
        )
    else:
        network.classifier[6] = nn.Linear(4096, num_classes)
    for module in features:
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(module.bias)  # type: ignore[arg-type]
    return _module(network)


def _dropped_pools(image_size: int) -> int:
    """How many of VGG's five max-pools go, from the last."""
    if image_size >= 128:
        return 0
    return 1 if image_size >= 64 else 2


def _module(value: object) -> nn.Module:
    """torchvision has no types: say that this is a module."""
    assert isinstance(value, nn.Module)
    return value


ZOO: dict[str, Entry] = {
    "resnet18": Entry(_resnet18, ("layer1", "layer2", "layer3", "layer4"), "layer4"),
    "vgg16": Entry(
        _vgg16, ("features.3", "features.8", "features.15", "features.22", "features.29"), "features.29"
    ),
    "vgg16_bn": Entry(
        _vgg16_bn, ("features.5", "features.12", "features.22", "features.32", "features.42"), "features.42"
    ),
}
"""The one table of networks."""
