"""Networks by name: how each is built, where its maps are taken, and what changes for small pictures.

`entry` describes a network and the rule for small pictures; each other module holds a family. A user's
package adds a network by

    from analysis.zoo import Entry, register_network

    register_network("tiny", Entry(build_tiny, stages=("body.0", "body.2"), head=("classes.",)))

in a module that the configuration lists under `plugins`; then `network: {name: tiny}` trains it. Any
classifier of torchvision or timm is known by its name there (`library`).
"""

from __future__ import annotations

import torch
from torch import nn

from analysis.registry import register
from analysis.zoo import inception, mobile, residual, vgg
from analysis.zoo.entry import MIN_SIZE, Entry
from analysis.zoo.inception import AUXILIARY_WEIGHT, split_outputs
from analysis.zoo.library import is_library_name, library_entry
from analysis.zoo.pretrained import load_pretrained
from generator.errors import UserError

__all__ = [
    "AUXILIARY_WEIGHT", "MIN_SIZE", "ZOO", "Entry", "build", "entry", "logit_layer", "pretrain",
    "register_network", "split_outputs",
]  # fmt: skip

ZOO: dict[str, Entry] = {**vgg.ENTRIES, **inception.ENTRIES, **residual.ENTRIES, **mobile.ENTRIES}
"""Name in `network.name` -> network; `register_network` adds to it."""


def build(name: str, num_classes: int, image_size: int, *, seed: int = 0) -> nn.Module:
    """A network with random weights, in training mode, on the CPU.

    Args:
        name: one of `ZOO`.
        num_classes: number of logits K, 1 or more.
        image_size: side of the square pictures in pixels, `MIN_SIZE` or more; decides the stem.
        seed: decides the weights; torch's global generator is left as it was.

    Returns:
        A module from (B, 3, image_size, image_size) to (B, num_classes); in training mode the output
        may hold auxiliary logits, see `split_outputs`.

    Raises:
        UserError: unknown name, no class, or too small a picture.
    """
    found = entry(name)
    if num_classes < 1:
        raise UserError(f"network {name!r}: {num_classes} classes; give 1 or more")
    if image_size < MIN_SIZE:
        raise UserError(
            f"network {name!r}: pictures of {image_size} px leave less than 4×4 cells in its last stage; "
            f"render {MIN_SIZE} px or more"
        )
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return found.builder(num_classes, image_size)


def entry(name: str) -> Entry:
    """The description of a network.

    Raises:
        UserError: the name is not in `ZOO` and not of a library's classifier; the known ones are listed.
    """
    if is_library_name(name):
        return library_entry(name)
    if name not in ZOO:
        raise UserError(
            f"network {name!r} is unknown: use one of {', '.join(sorted(ZOO))}, or timm.NAME or "
            "torchvision.NAME"
        )
    return ZOO[name]


def register_network(name: str, network: Entry) -> None:
    """Let configurations name a network of a user's own.

    Args:
        name: lower-case letters, digits and underscores, at most 40.

    Raises:
        UserError: the name has other characters, or is taken; no stage, or no head is named.
    """
    if not network.stages or not network.head:
        raise UserError(
            f"network {name!r}: names no {'head' if network.stages else 'stages'}; give as stages the layers "
            "whose maps are taken, and as head the parameters' prefix of the layer that gives the logits"
        )
    register(ZOO, "network", name, network)


def logit_layer(name: str, network: nn.Module) -> nn.Linear:
    """The layer of a network that `build` made from which its logits come as they are."""
    head = entry(name).head[0]
    inside = (layer for path, layer in network.named_modules() if f"{path}.".startswith(head))
    return [layer for layer in inside if isinstance(layer, nn.Linear)][-1]


def pretrain(name: str, network: nn.Module, image_size: int) -> list[str]:
    """Fill a network that `build` made with weights trained on ImageNet; see `load_pretrained`."""
    return load_pretrained(name, entry(name), network, image_size)
