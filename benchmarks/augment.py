"""Augmentation for `benchmarks.photographs`: random changes of the pictures that a network learns from.

The network learns from renders and is tested on photographs, so background, framing and colours vary more
than they do among renders.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

PASTED = 0.45
"""Fraction of rendered pictures whose background is replaced."""


class Randomness:
    """Random numbers for a batch, one a picture, from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, batch: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """(B,), uniform in [low, high)."""
        return torch.rand(batch, generator=self.generator) * (high - low) + low

    def each(self, batch: int, low: float, high: float, channels: int = 1) -> Tensor:
        """(B, C, 1, 1), uniform in [low, high), to be broadcast over pixels."""
        return self.uniform(batch * channels, low, high).view(batch, channels, 1, 1)

    def below(self, count: int, end: int) -> Tensor:
        """(count,) integers in [0, end)."""
        return torch.randint(end, (count,), generator=self.generator)


def pasted(images: Tensor, masks: Tensor, backgrounds: Tensor, rng: Randomness) -> Tensor:
    """Pictures (B, 3, S, S), a fraction `PASTED` of them with another background around the vehicle.

    Often only the upper part of the background is replaced, so that the vehicle keeps its ground.

    Args:
        masks: (B, 1, S, S) in [0, 1], the fraction of each pixel that the vehicle covers.
        backgrounds: (N, 3, S, S) to choose from.
    """
    batch, _, side, _ = images.shape
    chosen = (rng.uniform(batch) < PASTED).float().view(-1, 1, 1, 1)
    height = torch.linspace(0, 1, side).view(1, 1, -1, 1)
    above = ((rng.each(batch, 0.25, 1.2) - height) * 20).clamp(0, 1)
    weight = chosen * above * (1 - masks)
    return torch.lerp(images, backgrounds[rng.below(batch, len(backgrounds))], weight)


def cropped(images: Tensor, shape: Tensor, side: int, rng: Randomness) -> Tensor:
    """A random part of each picture, stretched and mirrored at random, at `side` pixels.

    Args:
        shape: (B,) height divided by width of the object. It is stretched part of the way to a square, as
            CIFAR-10's photographs were to fit their frame.
    """
    batch = len(images)
    extent = rng.uniform(batch, 0.5, 1.1).sqrt()
    ratio = torch.exp(0.15 * rng.uniform(batch, -1, 1))
    square = rng.uniform(batch, 0, 0.5)
    width = (extent / ratio).clamp(max=1.15) * (1 / shape).clamp(max=1) ** square
    height = (extent * ratio).clamp(max=1.15) * shape.clamp(max=1) ** square
    mirror = torch.where(rng.uniform(batch) < 0.5, -1.0, 1.0)
    part = torch.zeros(batch, 2, 3)
    part[:, 0, 0], part[:, 1, 1] = width * mirror, height
    for axis, visible in enumerate((width, height)):
        part[:, axis, 2] = rng.uniform(batch, -1, 1) * (1 - visible).abs()
    grid = F.affine_grid(part, [batch, 3, side, side], align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def recoloured(images: Tensor, rng: Randomness) -> Tensor:
    """Pictures with random sharpness, contrast, saturation, white balance, exposure and gamma, in [0, 1]."""
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
    """A 3 × 3 binomial filter."""
    line = torch.tensor([0.25, 0.5, 0.25])
    kernel = (line[:, None] * line).expand(3, 1, 3, 3)
    return F.conv2d(F.pad(images, [1] * 4, mode="reflect"), kernel, groups=3)


def standardised(images: Tensor) -> Tensor:
    """Each picture (B, 3, S, S) with mean 0 and standard deviation 1, to remove exposure and contrast."""
    mean, spread = images.mean((1, 2, 3), keepdim=True), images.std((1, 2, 3), keepdim=True)
    return (images - mean) / spread.clamp(min=1e-3)
