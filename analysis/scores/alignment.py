"""Scores of an attribution map against the vehicle's mask: the table of them, and their correction.

The functions lie in `analysis.scores`, by family; each takes a `Pair` of maps and masks and returns `(B,)`
float32. A picture without a score (see `reason`) gets nan, never 0. To add a score: write the function, add
a `Score` to `SCORES`.

Raw scores depend on the vehicle's size and the layer's grid: a perfect 7×7 map has energy 0.6 on a vehicle
of 5 % of the picture and 0.85 on one of 40 %. So `align` also gives a corrected score: 0 for a uniform map,
1 for the oracle (the mask itself, area-downsampled to the layer's grid and upsampled as the map is; a few
well-placed cells can pass it), and between them **λ where the map scores as the mixture
λ·oracle + (1−λ)·uniform of distributions does**. For scores that are linear in P, and for those of order
alone, this is (s − chance)/(oracle − chance); for the others it is found along the mixture (`MIXTURE`),
since the straight line between the ends would drift with the vehicle's size. Beyond the ends the line goes
on. So a fixed mixture has the same corrected score whatever the vehicle's size and the grid.

Not corrected, always nan: `coverage` (a uniform map lights all), scores cut at a fixed share of the maximum
(`iou`, `dice`: of a small vehicle all mixtures from λ = ¼ light nearly the same pixels, so no correction
can tell them apart) and raw magnitudes. Compare these between vehicles of a similar size only.
"""

# ruff: noqa: N803, N806 - tensor names end in their shapes

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from analysis.scores.energy import energy, pixel_ap, pixel_auroc, pointing, rank
from analysis.scores.entropy import CLIP, bce, cross_entropy, kl
from analysis.scores.intersection import THRESHOLDS, coverage, dice, iou, iou_curve, soft_iou
from analysis.scores.pair import FLOOR, Pair
from analysis.scores.reinforcement import ALPHA, reward, soft_reward
from generator.errors import UserError

MIXTURE = (0.0, 0.01, 0.03, 0.07, 0.15, 0.25, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0)
"""Shares λ of the oracle at which scores are known; between them they are taken as straight."""

BINS = 128
"""Values of an oracle that are told apart along the mixture, on the vehicle and beside it."""


@dataclass(frozen=True)
class Score:
    """A score and what its values mean."""

    function: Callable[[Pair], Tensor]
    family: str
    higher_is_better: bool
    bounds: tuple[float, float]
    correction: Literal["line", "mixture"] | None = None


INFINITE = float("inf")
SCORES: Mapping[str, Score] = {
    "coverage": Score(coverage, "intersection", True, (0.0, 1.0)),
    "iou": Score(iou, "intersection", True, (0.0, 1.0)),
    "dice": Score(dice, "intersection", True, (0.0, 1.0)),
    "soft_iou": Score(soft_iou, "intersection", True, (0.0, 1.0), "mixture"),
    "energy": Score(energy, "energy", True, (0.0, 1.0), "line"),
    "rank": Score(rank, "energy", True, (0.0, 1.0), "line"),
    "pointing": Score(pointing, "energy", True, (0.0, 1.0), "line"),
    "pixel_auroc": Score(pixel_auroc, "energy", True, (0.0, 1.0), "line"),
    "pixel_ap": Score(pixel_ap, "energy", True, (0.0, 1.0), "line"),
    "bce": Score(bce, "entropy", False, (0.0, INFINITE), "mixture"),
    "cross_entropy": Score(cross_entropy, "entropy", False, (0.0, INFINITE), "mixture"),
    "kl": Score(kl, "entropy", False, (0.0, INFINITE), "mixture"),
    "reward": Score(reward, "reinforcement", True, (-INFINITE, 1.0), "line"),
    "soft_reward": Score(soft_reward, "reinforcement", True, (-INFINITE, 1.1), "mixture"),
}
"""The one table of bounded scores; magnitudes are in `evidence`."""

HEADLINE = ("coverage", "iou", "energy", "bce", "reward")
"""Scores by which slices are listed: one or two a family."""


def paired(map_Bhw: Tensor, mask_BHW: Tensor) -> Pair:
    """Maps brought to their masks' size, beside them; what several of the functions below share.

    Args:
        map_Bhw: signed raw maps on a layer's grid (B, h, w), float.
        mask_BHW: pixel-centre vehicle masks (B, H, W), bool or 0/1.

    Raises:
        UserError: sizes of the batch differ, or the map is finer than the mask.
    """
    _check(map_Bhw, mask_BHW)
    return Pair(
        upsample(map_Bhw, (mask_BHW.shape[-2], mask_BHW.shape[-1])), mask_BHW.to(map_Bhw.device).bool()
    )


def align(
    map_Bhw: Tensor, mask_BHW: Tensor, scale: Scale | None = None, names: Sequence[str] | None = None
) -> dict[str, Tensor]:
    """Every bounded score, raw and corrected.

    Args:
        map_Bhw, mask_BHW: as for `paired`.
        scale: `measure_scale` of these masks at this grid, where several maps share it.
        names: entries of `SCORES`; None for all.

    Returns:
        As `bounded_scores`.

    Raises:
        UserError: as `paired`.
    """
    pair = paired(map_Bhw, mask_BHW)
    known = scale or measure_scale(mask_BHW.to(map_Bhw.device).bool(), (map_Bhw.shape[-2], map_Bhw.shape[-1]))
    return bounded_scores(pair, known, names)


def bounded_scores(pair: Pair, scale: Scale, names: Sequence[str] | None = None) -> dict[str, Tensor]:
    """`name` and `name_corrected` of each bounded score -> (B,) float32 on the maps' device.

    nan where `reason` gives one. A corrected score is also nan where the oracle is not better than chance,
    and always for scores without a correction.
    """
    values: dict[str, Tensor] = {}
    for name in names or SCORES:
        values[name] = SCORES[name].function(pair)
        values[f"{name}_corrected"] = scale.corrected(name, values[name])
    return values


def iou_curves(pair: Pair) -> dict[str, Tensor]:
    """`iou@τ` for all `THRESHOLDS`, named `iou_10` … `iou_90` -> (B,)."""
    columns = iou_curve(pair).unbind(1)
    return {f"iou_{round(100 * t)}": column for t, column in zip(THRESHOLDS, columns, strict=True)}


def evidence(pair: Pair, log_scale_B: Tensor | None = None) -> dict[str, Tensor]:
    """`evidence_inside` ΣA⁺M and `evidence_outside` ΣA⁺(1−M), raw, float64 (B,).

    Sums over pixels at the mask's size: comparable between pictures of one model, layer and size.

    Args:
        log_scale_B: the maps' own raw values are exp of this times as large (Grad-CAM++).

    Returns:
        nan for maps that are not finite and for empty masks; infinite where exp overflows.
    """
    top = pair.top.double().clamp_min(0)
    unit = top if log_scale_B is None else top * log_scale_B.double().exp()
    inside, whole = (torch.where(top > 0, mass, 0) for mass in (pair.mass_inside, pair.mass))
    found = {"evidence_inside": inside * unit, "evidence_outside": (whole - inside) * unit}
    known = pair.finite & pair.mask.any(1)
    return {name: torch.where(known, value, torch.nan) for name, value in found.items()}


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
        name: torch.stack([_chance(name, oracle.share), value])
        for name, value in best.items()
        if SCORES[name].correction == "line"
    }
    bent = {name: torch.cat([rows, best[name][None]]) for name, rows in _mixtures(oracle).items()}
    return Scale(lines | bent)


def _chance(name: str, share_B: Tensor) -> Tensor:
    """What a uniform map scores: no order at all, and as much evidence on the vehicle as it takes of the
    picture."""
    known = {"pixel_auroc": torch.full_like(share_B, 0.5), "reward": torch.zeros_like(share_B)}
    return known.get(name, share_B)


def reason(pair: Pair) -> list[str]:
    """Why a picture has no score, one word group each; "" where it has all of them.

    "map not finite" (nan or infinite values), "empty mask" (vehicle out of sight), "empty map" (nowhere
    positive), "full mask" (the vehicle fills the picture: `reward` and corrected scores alone are nan).
    A map is judged at the mask's size: a faint positive cell between strongly negative ones can vanish on
    the way there.
    """
    found = {
        "map not finite": ~pair.finite,
        "empty mask": ~pair.mask.any(1),
        "empty map": ~(pair.top > 0),
        "full mask": pair.mask.all(1),
    }
    holds = {word: flags.tolist() for word, flags in found.items()}
    return [next((word for word in holds if holds[word][b]), "") for b in range(len(pair.map))]


def upsample(map_Bhw: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring maps (B, h, w) to a mask's size (B, H, W): bilinear, corners not aligned, float32. Maps of that
    size already are given back."""
    if (map_Bhw.shape[-2], map_Bhw.shape[-1]) == size:
        return map_Bhw.float()
    return F.interpolate(map_Bhw[:, None].float(), size=size, mode="bilinear", align_corners=False)[:, 0]


def downsample(mask_BHW: Tensor, grid: tuple[int, int]) -> Tensor:
    """Share of each cell of a layer's grid that the mask takes: (B, h, w) in [0, 1], float32."""
    return F.interpolate(mask_BHW[:, None].float(), size=grid, mode="area")[:, 0]


def _mixtures(oracle: Pair) -> dict[str, Tensor]:
    """The scores of λ·oracle + (1−λ)·uniform that are not linear, (λ, B), for all λ below 1.

    Pixels of nearly one value of the oracle are taken as one, with their mean value: finer for small values,
    whose logarithms differ most.
    """
    p = oracle.scaled.nan_to_num() / oracle.mass.nan_to_num().clamp_min(1e-12)[:, None]
    size, top = p.shape[1], p.amax(1)
    bins = ((p / top.clamp_min(1e-12)[:, None]).sqrt() * (BINS - 1)).ceil().long() + BINS * oracle.mask
    empty = p.new_zeros(len(p), 2 * BINS)
    count = empty.scatter_add(1, bins, torch.ones_like(p))
    value = empty.scatter_add(1, bins, p) / count.clamp_min(1)
    inside, columns = torch.linalg.vecdot(p, oracle.on), []
    for share in MIXTURE[:-1]:
        energy_B = share * inside + (1 - share) * oracle.share
        top_B = share * top + (1 - share) / size
        columns.append(_of_mixture(share * value + (1 - share) / size, count, energy_B, top_B, oracle))
    return {name: torch.stack([column[name] for column in columns]) for name in columns[0]}


def _of_mixture(
    mixed: Tensor, count: Tensor, energy_B: Tensor, top_B: Tensor, oracle: Pair
) -> dict[str, Tensor]:
    """Scores of one mixture from its values (B, 2·BINS), those beside the vehicle first, and their counts."""
    size, area = oracle.mask.shape[1], oracle.area
    logs, scaled = mixed.clamp_min(FLOOR / size).log(), (mixed / top_B[:, None]).clamp(CLIP, 1 - CLIP)
    cross = -(count[:, BINS:] * logs[:, BINS:]).sum(1) / area
    right = torch.cat([1 - scaled[:, :BINS], scaled[:, BINS:]], 1)
    entropy = -(count * mixed * logs).sum(1)
    reward_B = (energy_B - oracle.share) / (1 - oracle.share)
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
    share = torch.tensor(MIXTURE, device=value_B.device)
    low, high = (rising.gather(0, (at - i)[None])[0] for i in (1, 0))
    inside = share[at - 1] + (value_B - low) / (high - low).clamp_min(1e-12) * (share[at] - share[at - 1])
    line = torch.where(value_B < chance, (value_B - chance) / room, 1 + (value_B - oracle) / room)
    beyond = (value_B < chance) | (value_B > oracle) | value_B.isnan()
    return torch.where(room > 1e-6, torch.where(beyond, line, inside), torch.nan)


def _check(map_Bhw: Tensor, mask_BHW: Tensor) -> None:
    shapes = f"maps {tuple(map_Bhw.shape)} and masks {tuple(mask_BHW.shape)}"
    if map_Bhw.ndim != 3 or mask_BHW.ndim != 3 or len(map_Bhw) != len(mask_BHW):
        raise UserError(f"{shapes}: give (B, h, w) and (B, H, W) of one batch")
    if map_Bhw.shape[-2] > mask_BHW.shape[-2] or map_Bhw.shape[-1] > mask_BHW.shape[-1]:
        raise UserError(f"{shapes}: a map may not be finer than its mask; give the masks at full resolution")
