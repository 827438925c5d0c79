"""What is changed at random in pictures on which a network is trained that shall see photographs."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

PASTED = 0.45
"""Share of rendered pictures whose background is replaced."""


class Randomness:
    """Draws for a batch, one a picture, from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, batch: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """(B,)."""
        return torch.rand(batch, generator=self.generator) * (high - low) + low

    def each(self, batch: int, low: float, high: float, channels: int = 1) -> Tensor:
        """(B, C, 1, 1)."""
        return self.uniform(batch * channels, low, high).view(batch, channels, 1, 1)

    def below(self, count: int, end: int) -> Tensor:
        """(count,) whole numbers in [0, end)."""
        return torch.randint(end, (count,), generator=self.generator)


def pasted(images: Tensor, masks: Tensor, backgrounds: Tensor, rng: Randomness) -> Tensor:
    """Some vehicles (B, 3, S, S) before another background, in others' stead the upper part of theirs.

    Args:
        masks: (B, 1, S, S) in [0, 1], the vehicle's share of each pixel.
        backgrounds: (N, 3, S, S) to choose from.
    """
    batch, _, side, _ = images.shape
    chosen = (rng.uniform(batch) < PASTED).float().view(-1, 1, 1, 1)
    height = torch.linspace(0, 1, side).view(1, 1, -1, 1)
    above = ((rng.each(batch, 0.25, 1.2) - height) * 20).clamp(0, 1)
    share = chosen * above * (1 - masks)
    return torch.lerp(images, backgrounds[rng.below(batch, len(backgrounds))], share)


def cropped(images: Tensor, shape: Tensor, side: int, rng: Randomness) -> Tensor:
    """A part of each picture, stretched and mirrored at random, at `side` pixels.

    Args:
        shape: (B,) height by width of what is to be seen. It is drawn part of the way to a square, as
            photographs were that had to fit one.
    """
    batch = len(images)
    area, ratio = rng.uniform(batch, 0.5, 1.1).sqrt(), torch.exp(0.15 * rng.uniform(batch, -1, 1))
    square = rng.uniform(batch, 0, 0.5)
    width = (area / ratio).clamp(max=1.15) * (1 / shape).clamp(max=1) ** square
    height = (area * ratio).clamp(max=1.15) * shape.clamp(max=1) ** square
    mirror = torch.where(rng.uniform(batch) < 0.5, -1.0, 1.0)
    part = torch.zeros(batch, 2, 3)
    part[:, 0, 0], part[:, 1, 1] = width * mirror, height
    for axis, extent in enumerate((width, height)):
        part[:, axis, 2] = rng.uniform(batch, -1, 1) * (1 - extent).abs()
    grid = F.affine_grid(part, [batch, 3, side, side], align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def recoloured(images: Tensor, rng: Randomness) -> Tensor:
    """Other sharpness, contrast, saturation, white balance, exposure and gamma; values in [0, 1]."""
    batch = len(images)
    images = images + rng.each(batch, -0.2, 1.6) * (images - _blurred(images))
    mean = images.mean((1, 2, 3), keepdim=True)
    images = mean + rng.each(batch, 0.9, 1.5) * (images - mean)
    grey = images.mean(1, keepdim=True)
    saturation = rng.each(batch, 0.3, 1.5) * (rng.each(batch, 0, 1) > 0.15)
    images = grey + saturation * (images - grey)
    images = images * rng.each(batch, 0.6, 1.4) * rng.each(batch, 0.85, 1.15, channels=3)
    return images.clamp(0, 1) ** torch.exp(rng.each(batch, -0.5, 0.5))


def _blurred(images: Tensor) -> Tensor:
    line = torch.tensor([0.25, 0.5, 0.25])
    kernel = (line[:, None] * line).expand(3, 1, 3, 3)
    return F.conv2d(F.pad(images, [1] * 4, mode="reflect"), kernel, groups=3)


def standardised(images: Tensor) -> Tensor:
    """Each picture (B, 3, S, S) with mean 0 and standard deviation 1: exposure and contrast tell nothing."""
    mean, spread = images.mean((1, 2, 3), keepdim=True), images.std((1, 2, 3), keepdim=True)
    return (images - mean) / spread.clamp(min=1e-3)
