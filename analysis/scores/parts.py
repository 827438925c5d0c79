"""By part: on which part of the vehicle, on its ground shadow or elsewhere the evidence lies."""

# ruff: noqa: N803, N806 - tensor names end in their shapes

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from generator.spec import PARTS

SHADOW = 0.15
"""Height of the band of ground under the vehicle, as a fraction of the height of its visible box."""
NAMES = (*PARTS[1:], "shadow", "rest")


def part_fractions(map_BHW: Tensor, parts_BHW: Tensor) -> dict[str, Tensor]:
    """Fraction of the positive evidence on each part, (B,) each; over all of `NAMES` they sum to 1.

    `shadow` is the ground just under the vehicle, see `ground_shadow`; `rest` all else.

    Args:
        map_BHW: signed raw maps at the masks' size.
        parts_BHW: index into `generator.spec.PARTS`, 0 for what is not the vehicle.

    Returns:
        nan where the map is nowhere positive or not finite.
    """
    positive = map_BHW.float().clamp_min(0)
    shadow = ground_shadow(parts_BHW > 0)
    index = torch.where(shadow, len(PARTS), parts_BHW.long())
    regions = F.one_hot(index.flatten(1), len(PARTS) + 1).to(positive.dtype)
    fractions_BR = torch.einsum("bn,bnr->br", positive.flatten(1), regions) / positive.sum((-2, -1))[:, None]
    rest, *parts, under = fractions_BR.unbind(1)
    return dict(zip(NAMES, [*parts, under, rest], strict=True))


def area_fractions(parts_BHW: Tensor) -> dict[str, Tensor]:
    """What a uniform map would give: each region's fraction of the picture, (B,) each."""
    return part_fractions(torch.ones(parts_BHW.shape, device=parts_BHW.device), parts_BHW)


def ground_shadow(mask_BHW: Tensor) -> Tensor:
    """The ground close under the vehicle, where its contact shadow lies: (B, H, W) bool.

    Pixels that are not the vehicle and lie at most `SHADOW` × the box's height below a vehicle pixel. It
    stands in for the shadow, which a mask does not show; a sun's long shadow reaches further.
    """
    rows = torch.arange(mask_BHW.shape[-2], device=mask_BHW.device)
    seen = mask_BHW.any(-1)
    last = torch.where(seen, rows, -1).amax(-1)
    height = last - torch.where(seen, rows, mask_BHW.shape[-2]).amin(-1) + 1
    reach_B11 = (SHADOW * height).round().clamp_min(1)[:, None, None]
    lowest = torch.where(mask_BHW, rows[:, None], -(10**6)).cummax(-2).values
    return ~mask_BHW & (rows[:, None] - lowest <= reach_B11)
