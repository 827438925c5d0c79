"""Scores of an attribution map against the vehicle's mask.

A is the raw map at the mask's resolution, A⁺ its positive part, Â = A⁺/max A⁺, P = A⁺/ΣA⁺ (the map as
a distribution), M the mask in {0, 1}, p = mean(M). Nothing is ever min-max scaled.

A score function takes `(map_BHW, mask_BHW)` and returns `(B,)` float32. A picture without a score
(see `reason`) gets nan, never 0. To add a score: write the function, add a `Score` to `SCORES`.

Raw scores depend on the vehicle's size and the layer's grid: `align` also gives each one corrected,
(s − chance)/(oracle − chance), with chance the score of a uniform map and oracle that of the mask
itself, area-downsampled to the layer's grid and upsampled as the map is. So 0 is a map that says nothing
and 1 about the best that this grid can say (a few well-placed cells can pass it). Where the map is a
mixture λ·oracle + (1−λ)·uniform of *distributions*, scores that are linear in P give λ whatever the
vehicle's size: `energy` and `reward`, which corrected are the same number. `iou` and `bce` are not linear:
between vehicles of 5 % and of 40 % of the picture the corrected score of λ = ½ goes from about 1.1 to 0.8
in `iou`; in `bce` it stays between 1.00 and 0.97, so near the oracle that it tells little. Compare
corrected `iou` between vehicles of a similar size only.
"""

# ruff: noqa: N803, N806 - tensor names end in their shapes

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from generator.errors import UserError

IOU_THRESHOLD = 0.5
"""Share of the map's maximum from which a pixel counts as lit in `iou`."""

CLIP = 1e-6
"""Distance from 0 and 1 that `bce` keeps, so that its logarithms are finite."""


@dataclass(frozen=True)
class Score:
    """A score and what its values mean."""

    function: Callable[[Tensor, Tensor], Tensor]
    family: str
    higher_is_better: bool
    bounds: tuple[float, float]


def coverage(map_BHW: Tensor, mask_BHW: Tensor) -> Tensor:
    """ΣÂM / ΣM: how much of the vehicle is lit, in [0, 1].

    A uniform map lights all of it, so chance is 1 and there is nothing to correct by.
    """
    scaled, mask = _scaled(map_BHW), mask_BHW.to(torch.float32)
    return _where_scored(map_BHW, mask_BHW, _total(scaled * mask) / _total(mask))


def energy(map_BHW: Tensor, mask_BHW: Tensor) -> Tensor:
    """ΣPM: share of the positive evidence on the vehicle, in [0, 1].

    Wang et al., "Score-CAM", CVPRW 2020, section 4.3 (energy-based pointing game). One hot cell inside
    the vehicle scores 1: never report it without `coverage`.
    """
    scaled = _scaled(map_BHW)
    return _where_scored(map_BHW, mask_BHW, _total(scaled * mask_BHW) / _total(scaled))


def iou(map_BHW: Tensor, mask_BHW: Tensor) -> Tensor:
    """|L ∩ M| / |L ∪ M| with L = {Â ≥ IOU_THRESHOLD}, in [0, 1]."""
    lit, mask = _scaled(map_BHW) >= IOU_THRESHOLD, mask_BHW.bool()
    return _where_scored(map_BHW, mask_BHW, _total(lit & mask) / _total(lit | mask))


def bce(map_BHW: Tensor, mask_BHW: Tensor) -> Tensor:
    """−mean[M log Â + (1−M) log(1−Â)], natural logarithm, Â clipped to [CLIP, 1−CLIP]; 0 is best."""
    scaled = _scaled(map_BHW).clamp(CLIP, 1 - CLIP)
    # log1p keeps log(1−Â) exact where Â is small.
    losses = -torch.where(mask_BHW.bool(), scaled.log(), torch.log1p(-scaled))
    return _where_scored(map_BHW, mask_BHW, losses.mean((-2, -1)))


def reward(map_BHW: Tensor, mask_BHW: Tensor) -> Tensor:
    """E_P[r] with r = 1 on the vehicle and −p/(1−p) beside it: a policy that chooses where to look.

    A uniform policy earns exactly 0, the best one 1; there is no lower bound. A mask that fills the
    picture leaves nothing to choose: nan.
    """
    share = mask_BHW.to(torch.float32).mean((-2, -1))
    inside = energy(map_BHW, mask_BHW)
    return torch.where(share < 1, inside - (1 - inside) * share / (1 - share), torch.nan)


SCORES: dict[str, Score] = {
    "coverage": Score(coverage, "intersection", True, (0.0, 1.0)),
    "iou": Score(iou, "intersection", True, (0.0, 1.0)),
    "energy": Score(energy, "energy", True, (0.0, 1.0)),
    "bce": Score(bce, "entropy", False, (0.0, float("inf"))),
    "reward": Score(reward, "reinforcement", True, (-float("inf"), 1.0)),
}
"""The one table of scores."""


def align(map_Bhw: Tensor, mask_BHW: Tensor) -> dict[str, Tensor]:
    """Every score, raw and corrected.

    Args:
        map_Bhw: signed raw maps on a layer's grid (B, h, w), float.
        mask_BHW: pixel-centre vehicle masks (B, H, W), bool or 0/1.

    Returns:
        `name` and `name_corrected` of each entry of `SCORES` -> (B,) float32 on the maps' device. nan
        where `reason` gives one. A corrected score is also nan where the oracle is not better than
        chance: there is no scale to measure by. Such is `coverage_corrected` always.

    Raises:
        UserError: sizes of the batch differ, or the map is finer than the mask.
    """
    _check(map_Bhw, mask_BHW)
    mask = mask_BHW.to(map_Bhw.device).bool()
    grid = (map_Bhw.shape[-2], map_Bhw.shape[-1])
    size = (mask.shape[-2], mask.shape[-1])
    full = upsample(map_Bhw, size)
    oracle = upsample(downsample(mask, grid), size)
    values: dict[str, Tensor] = {}
    for name, score in SCORES.items():
        values[name] = score.function(full, mask)
        chance = score.function(torch.ones_like(full), mask)
        values[f"{name}_corrected"] = _correct(values[name], chance, score.function(oracle, mask), score)
    return values


def reason(map_Bhw: Tensor, mask_BHW: Tensor) -> list[str]:
    """Why a picture has no score, one word group each; "" where it has all of them.

    "map not finite" (nan or infinite values), "empty mask" (vehicle out of sight), "empty map" (nowhere
    positive), "full mask" (the vehicle fills the picture: `reward` and corrected scores alone are nan).

    Args:
        map_Bhw: raw maps (B, h, w) on a layer's grid or at the mask's size. They are judged at the mask's
            size: a faint positive cell between strongly negative ones can vanish on the way there.
        mask_BHW: masks (B, H, W).
    """
    _check(map_Bhw, mask_BHW)
    mask = mask_BHW.to(map_Bhw.device).bool()
    full = upsample(map_Bhw, (mask.shape[-2], mask.shape[-1])).flatten(1)
    found = {
        "map not finite": ~full.isfinite().all(1),
        "empty mask": ~mask.flatten(1).any(1),
        "empty map": ~(full > 0).any(1),
        "full mask": mask.flatten(1).all(1),
    }
    holds = {word: flags.tolist() for word, flags in found.items()}
    return [next((word for word in holds if holds[word][b]), "") for b in range(len(full))]


def upsample(map_Bhw: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring maps (B, h, w) to a mask's size (B, H, W): bilinear, corners not aligned, float32."""
    return F.interpolate(map_Bhw[:, None].float(), size=size, mode="bilinear", align_corners=False)[:, 0]


def downsample(mask_BHW: Tensor, grid: tuple[int, int]) -> Tensor:
    """Share of each cell of a layer's grid that the mask takes: (B, h, w) in [0, 1], float32."""
    return F.interpolate(mask_BHW[:, None].float(), size=grid, mode="area")[:, 0]


def _correct(value_B: Tensor, chance_B: Tensor, oracle_B: Tensor, score: Score) -> Tensor:
    room_B = oracle_B - chance_B
    better = room_B > 1e-6 if score.higher_is_better else room_B < -1e-6
    return torch.where(better, (value_B - chance_B) / room_B, torch.nan)


def _scaled(map_BHW: Tensor) -> Tensor:
    """Â: the positive part over its maximum; nan where nothing is positive."""
    positive = map_BHW.float().clamp(min=0)
    return positive / positive.amax((-2, -1), keepdim=True)


def _total(value_BHW: Tensor) -> Tensor:
    return value_BHW.sum((-2, -1), dtype=torch.float32)


def _where_scored(map_BHW: Tensor, mask_BHW: Tensor, value_B: Tensor) -> Tensor:
    """The value where the map is finite and somewhere positive and the mask not empty, else nan."""
    map_ok = map_BHW.isfinite().all(-1).all(-1) & (map_BHW.amax((-2, -1)) > 0)
    return torch.where(map_ok & mask_BHW.bool().any(-1).any(-1), value_B, torch.nan)


def _check(map_Bhw: Tensor, mask_BHW: Tensor) -> None:
    shapes = f"maps {tuple(map_Bhw.shape)} and masks {tuple(mask_BHW.shape)}"
    if map_Bhw.ndim != 3 or mask_BHW.ndim != 3 or len(map_Bhw) != len(mask_BHW):
        raise UserError(f"{shapes}: give (B, h, w) and (B, H, W) of one batch")
    if map_Bhw.shape[-2] > mask_BHW.shape[-2] or map_Bhw.shape[-1] > mask_BHW.shape[-1]:
        raise UserError(f"{shapes}: a map may not be finer than its mask; give the masks at full resolution")
