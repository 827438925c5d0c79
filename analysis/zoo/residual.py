"""ResNet (He et al. 2016), ResNeXt (Xie et al. 2017, 32×4d), SE-ResNet (Hu et al. 2018), DenseNet-121
(Huang et al. 2017): networks with a 7×7/2 stem and a max-pool. `resnet18_narrow` is a ResNet-18 whose four
layers have a quarter of the channels, for studies of many trainings; nobody offers weights for it.

From 128 px as published. From 64 px the stem and the max-pool become one 3×3/2 convolution; below, one
3×3/1 convolution: the last stage is 1/32, 1/16, 1/8 of the picture.
"""

from __future__ import annotations

from collections.abc import Callable

import timm
from timm.models.resnet import BasicBlock, ResNet
from torch import Tensor, nn
from torchvision import models

from analysis.zoo.entry import Entry, as_module, dropped_halvings, narrow_stem
from analysis.zoo.pretrained import from_timm, from_torchvision

STAGES = ("layer1", "layer2", "layer3", "layer4")
Builder = Callable[[int, int], nn.Module]


def _resnet(make: Callable[..., nn.Module]) -> Builder:
    """A builder of any network that has `conv1`, `maxpool` and four layers."""

    def build(num_classes: int, image_size: int) -> nn.Module:
        network = make(num_classes=num_classes)
        dropped = dropped_halvings(image_size)
        if dropped:
            network.conv1 = narrow_stem(64, stride=2 if dropped == 1 else 1)
            network.maxpool = nn.Identity()
        return as_module(network)

    return build


def _seresnet50(num_classes: int) -> nn.Module:
    return as_module(timm.create_model("seresnet50", num_classes=num_classes))


def _narrow(num_classes: int) -> nn.Module:
    return as_module(ResNet(BasicBlock, (2, 2, 2, 2), num_classes=num_classes, channels=(16, 32, 64, 128)))


def _densenet121(num_classes: int, image_size: int) -> nn.Module:
    """The ReLU behind the last norm gets a name of its own, `features.relu5`: what is pooled is there.

    torchvision applies the same ReLU once more, which changes nothing.
    """
    network = models.densenet121(weights=None, num_classes=num_classes)
    dropped = dropped_halvings(image_size)
    if dropped:
        network.features.conv0 = narrow_stem(64, stride=2 if dropped == 1 else 1)
        network.features.pool0 = nn.Identity()
    network.features.add_module("relu5", _Rectifier())
    return as_module(network)


class _Rectifier(nn.Module):
    """A ReLU whose output may be overwritten: torchvision's own behind it works in place."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps.relu().clone()


def _torchvision(name: str) -> Entry:
    return Entry(_resnet(getattr(models, name)), STAGES, from_torchvision(name), cam_head="fc", head=("fc.",))


ENTRIES = {
    **{name: _torchvision(name) for name in ("resnet18", "resnet50", "resnext50_32x4d")},
    "resnet18_narrow": Entry(_resnet(_narrow), STAGES, None, cam_head="fc", head=("fc.",), source="timm"),
    "seresnet50": Entry(
        _resnet(_seresnet50), STAGES, from_timm("seresnet50"), cam_head="fc", head=("fc.",), source="timm"
    ),
    "densenet121": Entry(
        _densenet121,
        ("features.denseblock1", "features.denseblock2", "features.denseblock3", "features.relu5"),
        from_torchvision("densenet121"),
        cam_head="classifier",
        head=("classifier.",),
    ),
}
