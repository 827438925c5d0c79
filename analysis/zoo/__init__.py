"""Name -> network, the layers of it that are looked at, and how it is thinned for small pictures.

`entry.py` says what is known of a network and the rule of thinning; each other module holds a family.
To add a network: write a builder in its family's module and an `Entry` in its `ENTRIES`.
"""

from __future__ import annotations

import torch
from torch import nn

from analysis.zoo import inception, mobile, residual, vgg
from analysis.zoo.entry import MIN_SIZE, Entry
from analysis.zoo.inception import AUXILIARY_WEIGHT, split_outputs
from analysis.zoo.pretrained import load_pretrained
from generator.errors import UserError

__all__ = [
    "AUXILIARY_WEIGHT", "MIN_SIZE", "ZOO", "Entry", "build", "entry", "logit_layer", "pretrain",
    "split_outputs",
]  # fmt: skip

ZOO: dict[str, Entry] = {**vgg.ENTRIES, **inception.ENTRIES, **residual.ENTRIES, **mobile.ENTRIES}
"""The one table of networks."""


def build(name: str, num_classes: int, image_size: int, *, seed: int = 0) -> nn.Module:
    """A network with random weights, in training mode, on the CPU.

    Args:
        name: one of `ZOO`.
        num_classes: number of logits K, 1 or more.
        image_size: side of the square pictures in pixels, `MIN_SIZE` or more; decides the thinning.
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
    """What is known of a network.

    Raises:
        UserError: the name is not in `ZOO`; the known ones are listed.
    """
    if name not in ZOO:
        raise UserError(f"network {name!r} is unknown: use one of {', '.join(sorted(ZOO))}")
    return ZOO[name]


def logit_layer(name: str, network: nn.Module) -> nn.Linear:
    """The layer of a network that `build` made from which its logits come as they are."""
    head = entry(name).head[0]
    inside = (layer for path, layer in network.named_modules() if f"{path}.".startswith(head))
    return [layer for layer in inside if isinstance(layer, nn.Linear)][-1]


def pretrain(name: str, network: nn.Module, image_size: int) -> list[str]:
    """Fill a network that `build` made with its library's weights; see `load_pretrained`."""
    return load_pretrained(name, entry(name), network, image_size)
