"""Pictures and patches that activate a channel most, with the region where they do.

Zeiler & Fergus 2014, section 4 (patches); Bau et al., "Network Dissection", CVPR 2017, section 2.2 (masks
of high activation, cut at a quantile of the channel over the whole set).
"""

# ruff: noqa: N803, N806 - tensor names end in their shapes

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from analysis.methods.capture import eval_mode, keep_outputs

Box = tuple[int, int, int, int]
"""(x0, y0, x1, y1) in pixels, x1 and y1 just outside."""


@dataclass(frozen=True)
class Peak:
    """A picture that activates a channel strongly."""

    channel: int
    picture: int
    """Place in the order in which the pictures were given."""
    value: float
    row: int
    column: int
    """Cell of the layer's grid with that value."""


def maximal(
    model: nn.Module, batches: Iterable[Tensor], layer: str, channels: Iterable[int], count: int = 9
) -> dict[int, list[Peak]]:
    """The pictures with the highest activation of each channel, best first; ties by their order.

    Args:
        batches: normalised pictures (B, 3, H, W), streamed: only `count` peaks a channel are kept.
        layer: as for `capture`.

    Returns:
        Channel -> at most `count` peaks, one a picture.

    Raises:
        UserError: no such layer.
    """
    wanted = list(channels)
    best: dict[int, list[Peak]] = {channel: [] for channel in wanted}
    start = 0
    for image in batches:
        activation = activations(model, image, layer)
        width = activation.shape[-1]
        value_BC, cell_BC = activation.flatten(2).max(2)
        for c in wanted:
            new = [
                Peak(c, start + b, float(value_BC[b, c]), *divmod(int(cell_BC[b, c]), width))
                for b in value_BC[:, c].topk(min(count, len(image))).indices.tolist()
            ]
            best[c] = sorted([*best[c], *new], key=lambda peak: (-peak.value, peak.picture))[:count]
        start += len(image)
    return best


def activations(model: nn.Module, image_BCHW: Tensor, layer: str) -> Tensor:
    """Outputs (B, C, h, w) of a layer, without a graph."""
    with torch.no_grad(), eval_mode(model), keep_outputs(model, [layer]) as pick:
        model(image_BCHW.clone())
        return pick(layer)


def patch(model: nn.Module, image_CHW: Tensor, layer: str, peak: Peak) -> Box:
    """The pixels that the peak's unit can see and that influence it: bounds of its non-zero gradient.

    Never larger than the unit's receptive field; the whole picture for units behind a global mean.
    """
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        eval_mode(model),
        keep_outputs(model, [layer]) as pick,
    ):
        leaf = image_CHW.clone().detach()[None].requires_grad_()
        model(leaf.clone())
        unit = pick(layer)[0, peak.channel, peak.row, peak.column]
        (slope,) = torch.autograd.grad(unit, leaf)
    seen = (slope[0] != 0).any(0)
    rows, columns = seen.any(1).nonzero()[:, 0], seen.any(0).nonzero()[:, 0]
    if not len(rows):
        return (0, 0, 0, 0)
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def high_activation(activation_hw: Tensor, threshold: float, size: tuple[int, int]) -> Tensor:
    """Where a channel's map, upsampled bilinearly, reaches a threshold: (H, W) bool."""
    full = F.interpolate(activation_hw[None, None].float(), size=size, mode="bilinear", align_corners=False)
    return full[0, 0] >= threshold


def thresholds(model: nn.Module, batches: Iterable[Tensor], layer: str, fraction: float = 0.005) -> Tensor:
    """The value that a `fraction` of all cells of all pictures exceed, for each channel (C,).

    Keeps all values of the layer in memory: give a sample of the set.
    """
    kept = [activations(model, image, layer).transpose(0, 1).flatten(1) for image in batches]
    return torch.cat(kept, 1).float().quantile(1 - fraction, dim=1)
