"""A batch of maps beside their masks, with what several scores need computed once.

A is the raw map at the mask's size, A⁺ its positive part, Â = A⁺/max A⁺, P = A⁺/ΣA⁺ (the map as a
distribution), M the mask in {0, 1}, U = M/|M|, p = mean(M). Nothing is ever min-max scaled.
"""

# ruff: noqa: N803 - tensor names end in their shapes

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Ordered:
    """Pixels of each picture from the highest value to the lowest; pixels of one value form a group."""

    values: Tensor
    """(B, N), of the map; 0 for nan."""
    hits: Tensor
    """(B, N), vehicle pixels among the first i + 1."""
    first: Tensor
    """(B, N), index of the first pixel of the pixel's group."""
    ends: Tensor
    """(B, N), whether the pixel is the last of its group."""
    hits_before: Tensor
    """(B, N), vehicle pixels before the group."""


class Pair:
    """Maps (B, H, W) and masks (B, H, W); every property is (B,) or (B, N) with N = H·W, float32."""

    def __init__(self, map_BHW: Tensor, mask_BHW: Tensor) -> None:
        self.map = map_BHW.float().flatten(1)
        self.mask = mask_BHW.bool().flatten(1)

    @cached_property
    def on(self) -> Tensor:
        """M as numbers."""
        return self.mask.float()

    @cached_property
    def area(self) -> Tensor:
        """|M| in pixels."""
        return self.on.sum(1)

    @cached_property
    def fraction(self) -> Tensor:
        """p, of the picture that the vehicle covers."""
        return self.on.mean(1)

    @cached_property
    def top(self) -> Tensor:
        """max A."""
        return self.map.amax(1)

    @cached_property
    def finite(self) -> Tensor:
        """Whether all of the map is."""
        return self.map.isfinite().all(1)

    @cached_property
    def scored(self) -> Tensor:
        """Whether the map is finite and somewhere positive and the mask not empty."""
        return self.finite & (self.top > 0) & self.mask.any(1)

    @cached_property
    def scaled(self) -> Tensor:
        """Â; nan where nothing is positive."""
        return self.map.clamp_min(0) / self.top.clamp_min(0)[:, None]

    @cached_property
    def mass(self) -> Tensor:
        """ΣÂ."""
        return self.scaled.sum(1)

    @cached_property
    def mass_inside(self) -> Tensor:
        """ΣÂM."""
        inside: Tensor = torch.linalg.vecdot(self.scaled, self.on)
        return inside

    @cached_property
    def log_p(self) -> Tensor:
        """log P, the logarithm kept above that of `FLOOR`/N."""
        p = self.scaled / self.mass[:, None]
        logs: Tensor = p.clamp_min(FLOOR / p.shape[1]).log()
        return logs

    @cached_property
    def ordered(self) -> Ordered:
        """The pixels by falling value, with what scores of order need of them."""
        values, on = _descending(self.map.nan_to_num(), self.mask)
        hits = on.cumsum(1)
        changes = values[:, 1:] != values[:, :-1]
        edge = torch.ones_like(changes[:, :1])
        index = torch.arange(values.shape[1], device=values.device)
        starts = torch.cat([edge, changes], 1)
        first = torch.where(starts, index, 0).cummax(1).values
        before = (hits - on).gather(1, first)
        return Ordered(values, hits, first, torch.cat([changes, edge], 1), before)

    @cached_property
    def unlit(self) -> Tensor:
        """−Â from the highest pixel to the lowest, so that it rises."""
        return -self.ordered.values.clamp_min(0) / self.top.clamp_min(0)[:, None]

    def where_scored(self, value_B: Tensor) -> Tensor:
        """The value where there is a score, else nan."""
        return torch.where(self.scored, value_B, torch.nan)


def _descending(values_BN: Tensor, mask_BN: Tensor) -> tuple[Tensor, Tensor]:
    """Each row's values from the highest down, and M beside them; equal values in any order.

    M travels in the last bit of the values as float64, far below what float32 tells apart: sorting numbers
    is faster than sorting indices and gathering by them.
    """
    keys = _ascending((-values_BN.double()).view(torch.int64).bitwise_or(mask_BN.long()).view(torch.float64))
    return -keys.float(), keys.view(torch.int64).bitwise_and(1).float()


def _ascending(keys_BN: Tensor) -> Tensor:
    if keys_BN.device.type != "cpu":
        return keys_BN.sort(1).values
    return torch.from_numpy(np.sort(keys_BN.numpy(), axis=1))  # by vector instructions, which torch lacks


FLOOR = 1e-6
"""Fraction of the uniform distribution below which P is not followed into its logarithm."""


def upsample(map_Bhw: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring maps (B, h, w) to a mask's size (B, H, W): bilinear, corners not aligned, float32. Maps of that
    size already are given back."""
    if (map_Bhw.shape[-2], map_Bhw.shape[-1]) == size:
        return map_Bhw.float()
    return F.interpolate(map_Bhw[:, None].float(), size=size, mode="bilinear", align_corners=False)[:, 0]


def downsample(mask_BHW: Tensor, grid: tuple[int, int]) -> Tensor:
    """Fraction of each cell of a layer's grid that the mask covers: (B, h, w) in [0, 1], float32."""
    return F.interpolate(mask_BHW[:, None].float(), size=grid, mode="area")[:, 0]
