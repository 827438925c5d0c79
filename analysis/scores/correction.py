"""Correction of scores for chance: where a map lies between a uniform one and the mask itself.

Raw scores depend on the vehicle's size and the layer's grid: a perfect 7×7 map has energy 0.6 on a vehicle of
5 % of the picture and 0.85 on one of 40 %. A corrected score is 0 for a uniform map, 1 for the oracle (the
mask itself, area-downsampled to the layer's grid and upsampled as the map is; a few well-placed cells can
pass it), and between them **λ where the map scores as the mixture λ·oracle + (1−λ)·uniform of distributions
does**. For scores that are linear in P, and for those of order alone, this is (s − chance)/(oracle − chance);
for the others it is found along the mixture (`MIXTURE`), since the straight line between the ends would drift
with the vehicle's size. Beyond the ends the line goes on. So a fixed mixture has the same corrected score
whatever the vehicle's size and the grid.

Not corrected, always nan: `coverage` (a uniform map covers all), scores cut at a fixed fraction of the
maximum (`iou`, `dice`: of a small vehicle all mixtures from λ = ¼ highlight nearly the same pixels, so no
correction can tell them apart) and raw magnitudes. Compare these between vehicles of a similar size only.
"""

# ruff: noqa: N803, N806 - tensor names end in their shapes

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from analysis.scores.entropy import CLIP
from analysis.scores.pair import FLOOR, Pair, downsample, upsample
from analysis.scores.reinforcement import ALPHA
from analysis.scores.table import SCORES, Score

MIXTURE = (0.0, 0.01, 0.03, 0.07, 0.15, 0.25, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0)
"""Weights λ of the oracle at which scores are known; between them they are taken as straight."""
BINS = 128
"""Values of an oracle that are kept apart along the mixture, on the vehicle and beside it."""


@dataclass(frozen=True)
class Scale:
    """What the masks of a batch allow at a grid: the scores of chance, oracle and their mixtures."""

    curves: Mapping[str, Tensor]
    """Score -> (λ, B), from chance to the oracle; of two rows where the score is linear."""

    def take(self, rows_N: Tensor) -> Scale:
        """The scale of some of the pictures, by their indices."""
        return Scale({name: curve[:, rows_N] for name, curve in self.curves.items()})

    def corrected(self, name: str, value_B: Tensor) -> Tensor:
        """λ of the mixture that scores as the map does; see the module."""
        if name not in self.curves:
            return torch.full_like(value_B, torch.nan)
        curve_LB = self.curves[name].to(value_B.device)
        sign = 1.0 if SCORES[name].higher_is_better else -1.0
        return _along(sign * value_B, sign * curve_LB)


def measure_scale(mask_BHW: Tensor, grid: tuple[int, int]) -> Scale:
    """The scale of corrected scores; it depends on masks and grid alone, so maps of many methods share it."""
    size = (mask_BHW.shape[-2], mask_BHW.shape[-1])
    oracle = Pair(upsample(downsample(mask_BHW, grid), size), mask_BHW)
    best = {name: score.function(oracle) for name, score in SCORES.items() if score.correction}
    lines = {
        name: torch.stack([SCORES[name].chance(oracle.fraction), value])
        for name, value in best.items()
        if SCORES[name].correction == "line"
    }
    bent = {name for name in best if SCORES[name].correction == "mixture"}
    mixed = _mixtures(oracle)
    mixed |= {name: _mixtures_of(SCORES[name], oracle) for name in bent - mixed.keys()}
    return Scale(lines | {name: torch.cat([rows, best[name][None]]) for name, rows in mixed.items()})


def _mixtures(oracle: Pair) -> dict[str, Tensor]:
    """Our scores of λ·oracle + (1−λ)·uniform that are not linear, (λ, B), for all λ below 1.

    Pixels of nearly one value of the oracle are taken as one, with their mean value: finer for small values,
    whose logarithms differ most.
    """
    p = oracle.scaled.nan_to_num() / oracle.mass.nan_to_num().clamp_min(1e-12)[:, None]
    size = p.shape[1]
    top = p.amax(1)
    bins = ((p / top.clamp_min(1e-12)[:, None]).sqrt() * (BINS - 1)).ceil().long() + BINS * oracle.mask
    empty = p.new_zeros(len(p), 2 * BINS)
    count = empty.scatter_add(1, bins, torch.ones_like(p))
    value = empty.scatter_add(1, bins, p) / count.clamp_min(1)
    inside = torch.linalg.vecdot(p, oracle.on)
    columns = []
    for weight in MIXTURE[:-1]:
        energy_B = weight * inside + (1 - weight) * oracle.fraction
        top_B = weight * top + (1 - weight) / size
        columns.append(_of_mixture(weight * value + (1 - weight) / size, count, energy_B, top_B, oracle))
    return {name: torch.stack([column[name] for column in columns]) for name in columns[0]}


def _mixtures_of(score: Score, oracle: Pair) -> Tensor:
    """The same of a user's score, (λ, B), by the score's own function on whole maps."""
    p = oracle.scaled.nan_to_num() / oracle.mass.nan_to_num().clamp_min(1e-12)[:, None]
    mask = oracle.mask[:, None]
    maps = (weight * p + (1 - weight) / p.shape[1] for weight in MIXTURE[:-1])
    return torch.stack([score.function(Pair(mixed[:, None], mask)) for mixed in maps])


def _of_mixture(
    mixed: Tensor, count: Tensor, energy_B: Tensor, top_B: Tensor, oracle: Pair
) -> dict[str, Tensor]:
    """Scores of one mixture from its values (B, 2·BINS), those beside the vehicle first, and their counts."""
    size, area = oracle.mask.shape[1], oracle.area
    logs, scaled = mixed.clamp_min(FLOOR / size).log(), (mixed / top_B[:, None]).clamp(CLIP, 1 - CLIP)
    cross = -(count[:, BINS:] * logs[:, BINS:]).sum(1) / area
    right = torch.cat([1 - scaled[:, :BINS], scaled[:, BINS:]], 1)
    entropy = -(count * mixed * logs).sum(1)
    reward_B = (energy_B - oracle.fraction) / (1 - oracle.fraction)
    return {
        "bce": -(count * right.log()).sum(1) / size,
        "soft_iou": energy_B / (area * top_B + 1 - energy_B),
        "cross_entropy": cross,
        "kl": cross - area.log(),
        "soft_reward": reward_B + ALPHA * entropy / math.log(size),
    }


def _along(value_B: Tensor, curve_LB: Tensor) -> Tensor:
    """Where a value lies along curves that rise; the line through the ends beyond them. nan where the
    oracle is not better than chance."""
    chance, oracle = curve_LB[0], curve_LB[-1]
    room = oracle - chance
    if len(curve_LB) == 2:
        return torch.where(room > 1e-6, (value_B - chance) / room, torch.nan)
    rising = curve_LB.nan_to_num().cummax(0).values
    at = (value_B >= rising).sum(0).clamp(1, len(MIXTURE) - 1)
    weight = torch.tensor(MIXTURE, device=value_B.device)
    low, high = (rising.gather(0, (at - i)[None])[0] for i in (1, 0))
    step = weight[at] - weight[at - 1]
    inside = weight[at - 1] + (value_B - low) / (high - low).clamp_min(1e-12) * step
    line = torch.where(value_B < chance, (value_B - chance) / room, 1 + (value_B - oracle) / room)
    beyond = (value_B < chance) | (value_B > oracle) | value_B.isnan()
    return torch.where(room > 1e-6, torch.where(beyond, line, inside), torch.nan)
