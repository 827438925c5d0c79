"""VGG (Simonyan & Zisserman 2015, configurations D and E) and AlexNet (Krizhevsky 2014), with GAP variants.

Below 224 px the published head, which holds most of the weights, gives way to a global average pool and
one hidden layer of `HIDDEN` units with dropout. The GAP variants (Zhou et al. 2016) have a global average
pool and one linear layer at any size, and lose the pool behind their last convolution.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn
from torchvision import models

from analysis.zoo.entry import HIDDEN, Entry, as_module, dropped_halvings
from analysis.zoo.pooling import AveragePool
from analysis.zoo.pretrained import from_torchvision

VGG = {
    "vgg16": (models.vgg16, ("features.3", "features.8", "features.15", "features.22", "features.29")),
    "vgg16_bn": (models.vgg16_bn, ("features.5", "features.12", "features.22", "features.32", "features.42")),
    "vgg19": (models.vgg19, ("features.3", "features.8", "features.17", "features.26", "features.35")),
}
"""Library's builder, and the last ReLU of each block."""

ALEXNET_STAGES = ("features.1", "features.4", "features.11")

Builder = Callable[[int, int], nn.Module]


def _vgg(name: str, *, gap: bool = False) -> Builder:
    """A builder. `vgg16` and `vgg19`, without batch norm, are slow to start from scratch.

    From 128 px all five max-pools stay. From 64 px the last one, behind the last stage, is dropped;
    below, the last two: the last stage is 1/16, 1/16, 1/8 of the picture. A dropped pool becomes an
    identity, so that layers keep their names.
    """

    def build(num_classes: int, image_size: int) -> nn.Module:
        network = VGG[name][0](weights=None, init_weights=False)
        features = _features(network)
        pools = [i for i, layer in enumerate(features) if isinstance(layer, nn.MaxPool2d)]
        dropped = dropped_halvings(image_size)
        for i in pools[5 - (max(1, dropped) if gap else dropped) :]:
            features[i] = nn.Identity()
        _set_head(network, 512, num_classes, image_size, gap=gap, pool=7)
        _draw(features)
        return as_module(network)

    return build


def _alexnet(*, gap: bool = False) -> Builder:
    """A builder; from 128 px as published.

    From 64 px the 11×11/4 convolution becomes 5×5/2, below 5×5/1: the last stage is 13×13 of 224 px and
    7×7 of 64 and of 32 px.
    """

    def build(num_classes: int, image_size: int) -> nn.Module:
        network = models.alexnet(weights=None)
        features = _features(network)
        dropped = dropped_halvings(image_size)
        if dropped:
            features[0] = nn.Conv2d(3, 64, 5, stride=2 if dropped == 1 else 1, padding=2)
        if gap:
            features[12] = nn.Identity()
        _set_head(network, 256, num_classes, image_size, gap=gap, pool=6)
        _draw(features)
        return as_module(network)

    return build


def _features(network: nn.Module) -> nn.Sequential:
    features = network.features
    assert isinstance(features, nn.Sequential)
    return features


def _set_head(
    network: nn.Module, width: int, num_classes: int, image_size: int, *, gap: bool, pool: int
) -> None:
    """`pool`: side of what the published head takes."""
    if image_size >= 224 and not gap:
        head = network.classifier
        assert isinstance(head, nn.Sequential)
        head[6] = nn.Linear(4096, num_classes)
        network.avgpool = AveragePool(pool)
        return
    network.avgpool = nn.AdaptiveAvgPool2d(1)
    network.classifier = (
        nn.Linear(width, num_classes)
        if gap
        else nn.Sequential(
            nn.Linear(width, HIDDEN), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(HIDDEN, num_classes)
        )
    )


def _draw(features: nn.Sequential) -> None:
    """Weights of the convolutions (He et al. 2015), biases 0."""
    for module in features:
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(module.bias)  # type: ignore[arg-type]


def _entries() -> dict[str, Entry]:
    plain = {
        name: Entry(_vgg(name), stages, from_torchvision(name), head=("classifier.",), full_head=True)
        for name, (_, stages) in VGG.items()
    }
    return {
        "alexnet": Entry(
            _alexnet(), ALEXNET_STAGES, from_torchvision("alexnet"), head=("classifier.",), full_head=True
        ),
        "alexnet_gap": Entry(
            _alexnet(gap=True), ALEXNET_STAGES, from_torchvision("alexnet"),
            cam_head="classifier", head=("classifier.",),
        ),
        **plain,
        "vgg16_gap": Entry(
            _vgg("vgg16", gap=True), VGG["vgg16"][1], from_torchvision("vgg16"),
            cam_head="classifier", head=("classifier.",),
        ),
    }  # fmt: skip


ENTRIES = _entries()
