"""Score-CAM: each channel weighs what the class's score gains when only that channel's region is shown."""

# ruff: noqa: N803, N806 - tensor names end in their shapes

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from analysis.methods.capture import Captured, logits_of
from analysis.methods.grad_cam import weighted, wide

CHUNK = 64
"""Masked pictures in one forward pass."""


def score_cam(
    model: nn.Module, image_BCHW: Tensor, seen: Captured, layer: str, *, chunk: int = CHUNK
) -> Tensor:
    """Score-CAM: Σₖ wₖAₖ with wₖ the increase of confidence by channel k.

    Wang et al., "Score-CAM", CVPRW 2020, definition 2: wₖ = f(X∘Hₖ) − f(X_b), Hₖ = s(Up(Aₖ)): brought to
    the picture's size (bilinear) and *then* scaled to [0, 1] by its minimum and maximum, as definition 2
    has it; libraries that scale before differ by some 3 %. f is the softmax probability of the class, as
    "confidence" says, and X_b the picture of zeros, after normalisation the mean picture. The softmax over
    channels in the paper's algorithm 1 is left out: it keeps no sign. A channel that is the same everywhere
    has no region and weighs 0.

    Args:
        image_BCHW: the pictures that `seen` was captured from.
        seen: what `capture` saw of `layer`, with targets (T, B).

    Returns:
        Signed raw maps (T, B, H, W). One forward pass a channel and picture.
    """
    activation = wide(seen.activations[layer])
    floor_K = logits_of(model, torch.zeros_like(image_BCHW[:1])).softmax(1)[0]
    weights = [
        _weights(model, image_BCHW[b], activation[b], seen.targets_TB[:, b], floor_K, chunk)
        for b in range(len(image_BCHW))
    ]
    return weighted(activation, torch.stack(weights, 1))


def _weights(
    model: nn.Module, image: Tensor, maps_CHW: Tensor, targets_T: Tensor, floor_K: Tensor, chunk: int
) -> Tensor:
    """Weights (T, C) of one picture."""
    found = []
    for part_CHW in torch.split(maps_CHW, chunk):
        region_C1HW, flat_C = _regions(part_CHW, (image.shape[-2], image.shape[-1]))
        gain_CK = logits_of(model, image * region_C1HW.to(image.dtype)).softmax(1) - floor_K
        found.append(torch.where(flat_C, 0, gain_CK[:, targets_T].T))
    return torch.cat(found, 1)


def _regions(maps_CHW: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Masks (C, 1, H, W) in [0, 1] at the picture's size, and which channels are flat."""
    full = F.interpolate(maps_CHW[:, None], size=size, mode="bilinear", align_corners=False)
    low, high = full.amin((2, 3), keepdim=True), full.amax((2, 3), keepdim=True)
    flat = (high == low)[:, 0, 0, 0]
    return torch.where(high > low, (full - low) / (high - low).clamp_min(1e-30), 0), flat
