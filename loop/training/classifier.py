"""A network with the classes and the normalisation it was trained with, and its file.

Networks themselves are in `analysis.zoo`; training is in `loop.training.train` and `loop.training.fit`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from analysis.zoo import MIN_SIZE, build, entry, pretrain, split_outputs
from generator.errors import UserError
from generator.files import write_bytes
from loop.config.load import LONGEST
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


def save_classifier(classifier: Classifier, path: Path) -> None:
    """Write the weights as safetensors, with the network card in the file's metadata."""
    state = {
        name: tensor.detach().cpu().contiguous() for name, tensor in classifier.network.state_dict().items()
    }
    write_bytes(path, save(state, {"card": json.dumps(classifier.card.plain())}))


def load_classifier(path: Path, default: NetworkCard | None = None) -> Classifier:
    """A network from a file.

    Args:
        path: safetensors, as `save_classifier` writes them or bare, or a state dict of torch.
        default: what the run expects; a network card in the file must agree with its network, classes and
            image size, and gives its normalisation. Bare weights take all of it. None expects nothing, and
            the file must hold a network card.

    Raises:
        UserError: no such file, no weights, no network card where one is needed, or weights of another
            network or other classes.
    """
    if not path.is_file():
        raise UserError(f"network.weights: {path} does not exist")
    state, card = _read(path, default)
    if card is None:
        raise UserError(
            f"{path}: holds no network card; give a model.safetensors that a run of renforce wrote"
        )
    for field in ("network", "classes", "image_size") if default else ():
        found, wanted = getattr(card, field), getattr(default, field)
        if found != wanted:
            raise UserError(f"network.weights: {path} has {field} {found!r}, the run wants {wanted!r}")
    classifier = Classifier(card, seed=0)
    _fill(classifier.network, state, path)
    return classifier


def _read(path: Path, default: NetworkCard | None) -> tuple[Mapping[str, Tensor], NetworkCard | None]:
    if path.suffix == ".safetensors":
        return _read_safetensors(path, default)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # bytes that are not a pickle raise KeyError, IndexError, and others
        # Of torch's message only the name: the rest is advice to run the code that the file holds.
        code = re.search(r"Unsupported global: GLOBAL ([\w.]+)", str(error))
        reason = f" (it holds {code[1]}, which is code)" if code else ""
        raise UserError(
            f"network.weights: {path} is neither a safetensors file nor a state dict that can be loaded "
            f"safely{reason}; give a model.safetensors of a run, or what torch.save wrote of a state_dict()"
        ) from None
    state = content.get("state_dict", content) if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(map(_is_weight, state.items())):
        raise UserError(f"network.weights: {path} holds no state dict of names and tensors")
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}, default


def _is_weight(item: tuple[Any, Any]) -> bool:
    return isinstance(item[0], str) and isinstance(item[1], Tensor)


def _read_safetensors(
    path: Path, default: NetworkCard | None
) -> tuple[Mapping[str, Tensor], NetworkCard | None]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"network.weights: {path} is not a safetensors file that can be read ({error})"
        ) from None
    return state, _card(metadata["card"], path) if "card" in metadata else default


def read_network_card(path: Path) -> NetworkCard | None:
    """The network card in a safetensors file, without its weights; None where it holds none.

    Raises:
        UserError: it is not a safetensors file, or the card is damaged or of an unknown network.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (OSError, SafetensorError, ValueError) as error:
        raise UserError(f"{path}: is not a safetensors file that can be read ({error})") from None
    return _card(metadata["card"], path) if "card" in metadata else None


def _card(text: str, path: Path) -> NetworkCard:
    try:
        return TypeAdapter(NetworkCard).validate_json(text, strict=True)
    except ValidationError as error:
        fault = error.errors()[0]
        place, found = ".".join(map(str, ("card", *fault["loc"]))), repr(fault["input"])
        message = fault["msg"].removeprefix("Value error, ")
        shown = f" (found {found})" if len(found) <= LONGEST else ""
        raise UserError(
            f"{path}: {place}: {message}{shown}; give a model.safetensors that a run of renforce wrote"
        ) from None


def _fill(network: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        lines: Sequence[str] = [line.strip() for line in str(error).splitlines()]
        what = lines[1] if len(lines) > 1 else lines[0]
        raise UserError(f"network.weights: {path} does not fit the network: {what[:200]}") from None
