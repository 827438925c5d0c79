"""Classifiers that were not trained."""

from __future__ import annotations

import torch
from torch import nn

from loop.training.classifier import Classifier, NetworkCard


def untrained(name: str = "resnet18") -> Classifier:
    """A network of three classes that was not trained, for pictures of 32 px."""
    return Classifier(NetworkCard(name, ("a", "b", "c"), 32, (0.5,) * 3, (0.25,) * 3), seed=2).eval()


class Small(nn.Module):
    """Four stages of four channels under the names of a ResNet's, all of the
    picture's size: passes take little time and maps much room."""

    def __init__(self) -> None:
        super().__init__()
        for i in range(1, 5):
            conv = nn.Conv2d(3 if i == 1 else 4, 4, 3, padding=1)
            setattr(self, f"layer{i}", nn.Sequential(conv, nn.ReLU()))
        self.head = nn.Linear(4, 3)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        for i in range(1, 5):
            image = getattr(self, f"layer{i}")(image)
        logits: torch.Tensor = self.head(image.mean((-2, -1)))
        return logits


def with_small_network() -> Classifier:
    """One whose evaluation takes little time and much room for maps."""
    classifier = untrained()
    classifier.network = Small().eval()
    return classifier
