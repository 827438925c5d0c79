"""How large networks are: parameters, and operations of a forward pass; counted without computing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from analysis.zoo import ZOO, build, entry


@dataclass(frozen=True)
class Size:
    """Size and cost of a network."""

    parameters: int
    flops: int
    """Of one picture forward; a multiplication and its addition are two (`torch.utils.flop_counter`)."""


def network_size(name: str, num_classes: int, image_size: int) -> Size:
    """Counted on a device that holds no numbers, in evaluation: auxiliary classifiers cost no operation."""
    with torch.device("meta"):
        network = build(name, num_classes, image_size).eval()
        image = torch.empty(1, 3, image_size, image_size)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(image)
    return Size(sum(weight.numel() for weight in network.parameters()), counter.get_total_flops())


def zoo_table(sizes: tuple[int, ...], num_classes: int = 1000) -> list[dict[str, str]]:
    """One row per network, as text: where it comes from, its layers, its input, its sizes."""
    return [_row(name, sizes, num_classes) for name in sorted(ZOO)]


def _row(name: str, sizes: tuple[int, ...], num_classes: int) -> dict[str, str]:
    found = entry(name)
    mean, std = found.normalisation
    counted = {side: network_size(name, num_classes, side) for side in sizes}
    return {
        "network": name,
        "from": found.source,
        "input px": str(found.input_size),
        "mean, std": f"{mean[0]:g}…, {std[0]:g}…",
        "stages": " ".join(found.stages),
        "CAM layer": found.cam_layer,
        "plain CAM": "yes" if found.cam_head else "no",
        "weights": "imagenet" if found.pretrained else "none",
        **{
            f"{side} px: M params, GFLOPs": f"{size.parameters / 1e6:.2f}, {size.flops / 1e9:.2f}"
            for side, size in counted.items()
        },
    }
