"""Occlusion: what the class's score loses when a window of the picture is covered."""

# ruff: noqa: N803, N806 - tensor names end in their shapes

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from analysis.methods.capture import Targets, logits_of, resolve

CHUNK = 64
"""Covered pictures in one forward pass."""


def occlusion(
    model: nn.Module,
    image_BCHW: Tensor,
    targets_TB: Targets,
    *,
    window: int,
    stride: int,
    baseline: float = 0.0,
    chunk: int = CHUNK,
) -> tuple[Tensor, Tensor]:
    """Drop of each target's logit under a sliding window.

    Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.2.

    Args:
        window, stride: pixels; windows start at multiples of the stride and the last ones may reach
            beyond the picture.
        baseline: what covers, in the units of the normalised picture; 0 is the mean colour.

    Returns:
        (drops (T, B, h, w), one a window; pixels (T, B, H, W), the mean drop of the windows that cover a
        pixel, 0 where none does). Signed: positive where covering costs the class its score.
    """
    height, width = image_BCHW.shape[-2:]
    boxes = [(y, x) for y in _starts(height, window, stride) for x in _starts(width, window, stride)]
    logits_BK = logits_of(model, image_BCHW)
    targets = resolve(targets_TB, logits_BK)
    drops = torch.stack(
        [_drops(model, image_BCHW[b], logits_BK[b], boxes, window, baseline, chunk)[:, targets[:, b]].T
         for b in range(len(image_BCHW))], 1
    )  # fmt: skip
    grid = (len(_starts(height, window, stride)), len(_starts(width, window, stride)))
    return drops.reshape(*drops.shape[:2], *grid), _spread(drops, boxes, window, (height, width))


def _drops(
    model: nn.Module, image: Tensor, logits_K: Tensor, boxes: list[tuple[int, int]], window: int,
    baseline: float, chunk: int,
) -> Tensor:  # fmt: skip
    """Drop of every logit under each window of one picture, (windows, K)."""
    found = []
    for start in range(0, len(boxes), chunk):
        part = boxes[start : start + chunk]
        covered = image.repeat(len(part), 1, 1, 1)
        for i, (y, x) in enumerate(part):
            covered[i, :, y : y + window, x : x + window] = baseline
        found.append(logits_K - logits_of(model, covered))
    return torch.cat(found)


def _starts(length: int, window: int, stride: int) -> list[int]:
    return [i * stride for i in range(math.ceil(max(0, length - window) / stride) + 1)]


def _spread(drops: Tensor, boxes: list[tuple[int, int]], window: int, size: tuple[int, int]) -> Tensor:
    total = drops.new_zeros(*drops.shape[:2], *size)
    count = drops.new_zeros(size)
    for i, (y, x) in enumerate(boxes):
        total[..., y : y + window, x : x + window] += drops[..., i, None, None]
        count[y : y + window, x : x + window] += 1
    return total / count.clamp_min(1)
