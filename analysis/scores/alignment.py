"""Scores of attribution maps against the vehicle's mask: raw, corrected for chance, and why there is none.

`analysis.scores.table` lists the scores, `analysis.scores.correction` corrects them. Maps are on a layer's
grid; they are brought to the size of the masks, never the masks to theirs, so that pixels of the vehicle
count.
"""

# ruff: noqa: N803 - tensor names end in their shapes

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from analysis import columns
from analysis.scores.correction import Scale, measure_scale
from analysis.scores.intersection import THRESHOLDS, iou_curve
from analysis.scores.pair import Pair, upsample
from analysis.scores.table import SCORES
from generator.errors import UserError


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

    >>> cam = torch.tensor([[[4.0, 2.0], [1.0, -3.0]]])
    >>> left = torch.tensor([[[True, False], [True, False]]])
    >>> found = align(cam, left, names=["energy", "coverage", "iou"])
    >>> {name: round(float(value), 3) for name, value in found.items() if not name.endswith("_corrected")}
    {'energy': 0.714, 'coverage': 0.625, 'iou': 0.333}

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
        values[columns.corrected(name)] = scale.corrected(name, values[name])
    return values


def iou_curves(pair: Pair) -> dict[str, Tensor]:
    """`iou@τ` for all `THRESHOLDS`, named `iou_10` … `iou_90` -> (B,)."""
    curves = iou_curve(pair).unbind(1)
    return {columns.iou_at(round(100 * t)): curve for t, curve in zip(THRESHOLDS, curves, strict=True)}


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
    found = {columns.EVIDENCE_INSIDE: inside * unit, columns.EVIDENCE_OUTSIDE: (whole - inside) * unit}
    known = pair.finite & pair.mask.any(1)
    return {name: torch.where(known, value, torch.nan) for name, value in found.items()}


def reason(pair: Pair) -> list[str]:
    """Why a picture has no score, one reason each; "" where it has all of them.

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
    holds = {why: flags.tolist() for why, flags in found.items()}
    return [next((why for why in holds if holds[why][b]), "") for b in range(len(pair.map))]


def _check(map_Bhw: Tensor, mask_BHW: Tensor) -> None:
    shapes = f"maps {tuple(map_Bhw.shape)} and masks {tuple(mask_BHW.shape)}"
    if map_Bhw.ndim != 3 or mask_BHW.ndim != 3 or len(map_Bhw) != len(mask_BHW):
        raise UserError(f"{shapes}: give (B, h, w) and (B, H, W) of one batch")
    if map_Bhw.shape[-2] > mask_BHW.shape[-2] or map_Bhw.shape[-1] > mask_BHW.shape[-1]:
        raise UserError(f"{shapes}: a map may not be finer than its mask; give the masks at full resolution")
