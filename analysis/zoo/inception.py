"""GoogLeNet (Szegedy et al. 2015) with batch norm, as torchvision builds it.

In training it returns the logits of its two auxiliary classifiers beside its own; the loss adds each with
`AUXILIARY_WEIGHT`, as the paper does. In evaluation they play no part.

From 128 px as published. From 64 px the 7×7/2 stem and the first max-pool become one 3×3/2 convolution;
below, one 3×3/1 convolution: the last stage is 1/32, 1/16, 1/8 of the picture.
"""

from __future__ import annotations

from typing import cast

import torch.nn.functional as F
from torch import Tensor, nn
from torchvision import models
from torchvision.models.googlenet import BasicConv2d, Inception, InceptionAux

from analysis.zoo.entry import HALF, Entry, as_module, dropped_halvings, narrow_stem
from analysis.zoo.pooling import AveragePool
from analysis.zoo.pretrained import from_torchvision

AUXILIARY_WEIGHT = 0.3
"""Of the loss of each auxiliary classifier (section 5 of the paper)."""


def split_outputs(outputs: object) -> tuple[Tensor, tuple[Tensor, ...]]:
    """What a network of the zoo returns -> (logits (B, K), logits of the auxiliary classifiers)."""
    if isinstance(outputs, Tensor):
        return outputs, ()
    assert isinstance(outputs, tuple)
    logits, *auxiliary = outputs
    return logits, tuple(one for one in auxiliary if one is not None)


class _Auxiliary(InceptionAux):  # type: ignore[misc]
    """The library's, pooled so that its training repeats on CUDA."""

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.relu(self.fc1(self.conv(AveragePool(4)(x)).flatten(1)))
        return cast(Tensor, self.fc2(self.dropout(hidden)))


def _googlenet(num_classes: int, image_size: int) -> nn.Module:
    network = models.GoogLeNet(
        num_classes, aux_logits=True, init_weights=False, blocks=[BasicConv2d, Inception, _Auxiliary]
    )
    dropped = dropped_halvings(image_size)
    if dropped:
        network.conv1.conv = narrow_stem(64, stride=2 if dropped == 1 else 1)
        network.maxpool1 = nn.Identity()
    return as_module(network)


ENTRIES = {
    "googlenet": Entry(
        _googlenet,
        ("conv1", "conv3", "inception3b", "inception4e", "inception5b"),
        from_torchvision("googlenet"),
        cam_head="fc",
        head=("fc.", "aux1.", "aux2."),
        # The library turns its usual normalisation into this one inside the network; here it is outside.
        normalisation=HALF,
    )
}
