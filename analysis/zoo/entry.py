"""A network's description, and the rule by which networks are adapted to small pictures.

A network made for 224 px halves a picture five times; of 32 px it would leave a single cell, and a
map of one cell shows nothing of where the evidence lies. So: *a network downsamples less at its entry
until its last stage is at least 4×4*. From 128 px it is as published; from 64 px it loses one of its
first two halvings, below both. A halving goes by setting a stride to 1 or by dropping a max-pool (VGG,
whose last stages are the coarse ones, loses its last pools instead); stem kernels wider than 5×5
become 3×3 (AlexNet: 5×5). No layer's name changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

MIN_SIZE = 32
"""Smallest side of a picture, pixels: below it no network here keeps a last stage of 4×4."""

PUBLISHED = 128
"""Side from which networks are as published, but for heads of several layers (`Entry.full_head`)."""

HIDDEN = 512
"""Width of the hidden layer of the head that AlexNet and VGG get below 224 px."""

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))

State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Entry:
    """A network of the zoo.

    Every layer named here is called once a forward and returns a (B, C, H, W) tensor.
    """

    builder: Callable[[int, int], nn.Module]
    """(number of classes, image side in pixels) -> network that maps (B, 3, H, W) to (B, K) logits; in
    training mode a `googlenet` returns the logits of its auxiliary classifiers too."""
    stages: tuple[str, ...]
    """The last layer at each resolution of the published network, from the picture to the classes."""
    pretrained: Callable[[], State] | None = None
    """Fetches the weights that the library offers; None where it offers none."""
    cam_head: str | None = None
    """The one linear layer behind a global average pool over `cam_layer`, where plain CAM (Zhou et al.
    2016) can be read off; None where it does not apply."""
    head: tuple[str, ...] = ()
    """Parameters' prefixes that hang on the number of classes; the first is of the layers that end in the
    logits."""
    input_size: int = 224
    """Side of the pictures for which the published figures hold, and the pretrained weights were made."""
    normalisation: tuple[tuple[float, ...], tuple[float, ...]] = IMAGENET
    """Mean and standard deviation that the pretrained weights expect; training from scratch takes those
    of the training pictures."""
    full_head: bool = False
    """Whether the published head is kept from 224 px only."""
    adapts: bool = True
    """Whether it is changed for small pictures."""
    source: str = "torchvision"

    @property
    def cam_layer(self) -> str:
        """Where a map is taken unless something else is asked for: the last stage."""
        return self.stages[-1]


def dropped_halvings(image_size: int) -> int:
    """How many of a network's halvings go for pictures of this side."""
    if image_size >= PUBLISHED:
        return 0
    return 1 if image_size >= 64 else 2


def narrow_stem(outputs: int, *, stride: int) -> nn.Conv2d:
    """A 3×3 convolution in place of a published stem of 7×7."""
    conv = nn.Conv2d(3, outputs, 3, stride=stride, padding=1, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    return conv


def as_module(value: object) -> nn.Module:
    """torchvision and timm have no types: this is a module."""
    assert isinstance(value, nn.Module)
    return value
