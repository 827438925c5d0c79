"""The files of networks: safetensors with a network card, and state dicts of users' own.

Networks themselves are in `loop.training.classifier`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from analysis.zoo import entry
from generator.errors import UserError
from generator.files import write_bytes
from loop.config.load import LONGEST
from loop.training.classifier import Classifier, NetworkCard


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


@dataclass(frozen=True)
class Given:
    """A network that begins with weights of a user's own."""

    classifier: Classifier
    trained: bool
    """Whether its last layer is the file's; it is fresh where the classes are others."""


def load_given(path: Path, card: NetworkCard, seed: int, classes: tuple[str, ...] | None = None) -> Given:
    """A network for some data from a file of weights, with a fresh last layer where the classes are others.

    Args:
        path: as `load_classifier` takes it.
        card: what the data need; where the file has a network card, that one gives the normalisation.
        seed: of the fresh layer.
        classes: of the weights, where the file does not say; None for those of `card`.

    Raises:
        UserError: no such file, no weights, or weights of another network or image size.
    """
    known = read_network_card(path) if path.is_file() and path.suffix == ".safetensors" else None
    of_file = known.classes if known else classes or card.classes
    loaded = load_classifier(path, replace(card, classes=of_file))
    if of_file == card.classes:
        return Given(loaded, trained=True)
    fresh = Classifier(replace(loaded.card, classes=card.classes), seed)
    head = entry(card.network).head
    body = {k: v for k, v in loaded.network.state_dict().items() if not k.startswith(head)}
    fresh.network.load_state_dict(body, strict=False)
    return Given(fresh, trained=False)


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
