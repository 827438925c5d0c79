"""Six networks of torchvision with random weights, small pictures, and layers to look at; for tests."""

from functools import cache

import torch
from torch import Tensor, nn
from torchvision import models

LAYERS = {
    "vgg16": ("features.15", "features.29"),
    "resnet50": ("layer2", "layer4"),
    "densenet121": ("features.transition2", "features.denseblock4"),
    "googlenet": ("inception4a", "inception5b"),
    "mobilenet_v2": ("features.7", "features.18"),
    "efficientnet_b0": ("features.4", "features.8"),
}
"""Block outputs, of which no layer behind works in place: where captum is right."""
POSITIVE = {
    "vgg16": "features.29",
    "resnet50": "layer3",
    "densenet121": "features.denseblock4.denselayer16.relu1",
    "googlenet": "inception5a",
    "mobilenet_v2": "features.18",
}
"""A layer nowhere below 0."""
GAP = {
    "resnet50": "layer4",
    "densenet121": "features.norm5",
    "googlenet": "inception5b",
    "mobilenet_v2": "features.18",
    "efficientnet_b0": "features.8",
}
CLASSES = 5
TARGETS = torch.tensor([[3, 1]])


@cache
def network(name: str) -> nn.Module:
    """Evaluation mode, frozen, batch-norm statistics of noise, so that activations neither die nor grow."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        more = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
        model: nn.Module = getattr(models, name)(weights=None, num_classes=CLASSES, **more)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None
        if name != "vgg16":
            with torch.no_grad():
                model.train()(torch.randn(16, 3, 64, 64))
    return model.eval().requires_grad_(False)


def pictures() -> Tensor:
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def distance(got: Tensor, wanted: Tensor) -> float:
    """Relative, over all values."""
    return float((got.double() - wanted.double()).norm() / wanted.double().norm())
