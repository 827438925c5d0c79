"""A network with the classes and the normalisation it was trained with, and its file.

Networks themselves are in `analysis.zoo`; training is in `loop.training.train` and `loop.training.fit`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from pydantic import AfterValidator, Field
from torch import Tensor, nn

from analysis.zoo import MIN_SIZE, build, entry, pretrain, split_outputs
from loop.config.training import Channels

STATISTICS = 2000
"""Training pictures from which the normalisation is computed, at most."""
LARGEST = 1024
"""Side of pictures, pixels, as in a run's `data.image_size`."""

Mean = Annotated[float, Field(allow_inf_nan=False)]
Std = Annotated[float, Field(allow_inf_nan=False, gt=0)]


def _in_zoo(name: str) -> str:
    entry(name)
    return name


@dataclass(frozen=True)
class NetworkCard:
    """What a network is, apart from its weights; limits are checked when one is read from a file."""

    network: Annotated[str, AfterValidator(_in_zoo)]
    """Entry of `analysis.zoo`."""
    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    """In the order of its outputs."""
    image_size: Annotated[int, Field(ge=MIN_SIZE, le=LARGEST)]
    mean: Annotated[tuple[Mean, ...], Channels]
    """Of each channel of the training pictures in [0, 1]."""
    std: Annotated[tuple[Std, ...], Channels]

    @property
    def summary(self) -> str:
        """The network and its normalisation in one line."""
        mean, std = (", ".join(f"{value:.3f}" for value in values) for values in (self.mean, self.std))
        side = f"{self.image_size} px"
        return f"{self.network} for {side}, of pictures less {mean} by {std} (network.mean, network.std)"

    def plain(self) -> dict[str, Any]:
        """The fields with lists for tuples, as JSON and checkpoints give them back."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()}


class Classifier(nn.Module):
    """Pictures (B, 3, S, S) uint8 in, logits (B, K) out.

    Args:
        card: what network to build.
        seed: of its weights.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, card: NetworkCard, seed: int) -> None:
        super().__init__()
        self.card = card
        self.network = build(card.network, len(card.classes), card.image_size, seed=seed)
        self.register_buffer("mean", torch.tensor(card.mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(card.std).view(3, 1, 1), persistent=False)

    def normalise(self, images: Tensor) -> Tensor:
        """uint8 pictures (B, 3, S, S) -> inputs of the network, float32."""
        return (images.float() / 255 - self.mean) / self.std

    def outputs(self, images: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits, and in training those of auxiliary classifiers."""
        return split_outputs(self.network(self.normalise(images)))

    def forward(self, images: Tensor) -> Tensor:
        return self.outputs(images)[0]


def channel_statistics(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel of uint8 pictures (N, 3, S, S), on the scale [0, 1].

    Both are rounded to 6 digits, so that they are the same in the file as in the network.
    """
    flat = images.transpose(0, 1).reshape(3, -1).double() / 255
    # In double: float32 sums of millions of values lose digits. Channels that never vary get a std above 0.
    mean, std = flat.mean(1), flat.std(1, correction=0).clamp_min(1e-3)
    return tuple(round(float(m), 6) for m in mean), tuple(round(float(s), 6) for s in std)


def fresh_card(
    network: str,
    classes: tuple[str, ...],
    image_size: int,
    sample: Callable[[int], Tensor],
    *,
    pretrained: bool,
) -> NetworkCard:
    """The card of a network before it is trained; pretrained ones keep the normalisation of their library.

    Args:
        network: name in `analysis.zoo`.
        classes: in the order of the outputs.
        image_size: side of the pictures, pixels.
        sample: gives at most so many training pictures (N, 3, S, S) uint8; not called for pretrained ones.
        pretrained: whether the weights are those of the library.
    """
    mean, std = entry(network).normalisation if pretrained else channel_statistics(sample(STATISTICS))
    return NetworkCard(network, classes, image_size, mean, std)


def fresh_classifier(card: NetworkCard, seed: int, *, pretrained: bool) -> Classifier:
    """A network that is untrained, or has the weights of its library in all but the last layer."""
    classifier = Classifier(card, seed)
    if pretrained:
        pretrain(card.network, classifier.network, card.image_size)
    return classifier


def device() -> str:
    """Where networks are evaluated: the CUDA device where there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"
