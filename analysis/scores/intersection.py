"""Scores of intersection: highlighted region against mask."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from analysis.scores.pair import Pair

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Fractions of the map's maximum from which a pixel counts as highlighted."""


def coverage(pair: Pair) -> Tensor:
    """ΣÂM / ΣM: how much of the vehicle is highlighted, in [0, 1].

    A uniform map highlights all of it, so chance is 1 and there is nothing to correct by.
    """
    return pair.where_scored(pair.mass_inside / pair.area)


def iou(pair: Pair) -> Tensor:
    """|L ∩ M| / |L ∪ M| with L = {Â ≥ 0.5}, in [0, 1]."""
    return iou_at(pair, [0.5])[:, 0]


def dice(pair: Pair) -> Tensor:
    """2|L ∩ M| / (|L| + |M|) with L = {Â ≥ 0.5}, in [0, 1]; a monotone function of `iou`."""
    value = iou(pair)
    return 2 * value / (1 + value)


def iou_at(pair: Pair, thresholds: Sequence[float]) -> Tensor:
    """|L ∩ M| / |L ∪ M| with L = {Â ≥ τ} for each threshold τ in (0, 1], (B, T)."""
    cuts = -pair.unlit.new_tensor(thresholds).expand(len(pair.unlit), -1).contiguous()
    lit = torch.searchsorted(pair.unlit, cuts, right=True).clamp_min(1)
    both = pair.ordered.hits.gather(1, lit - 1)
    return pair.where_scored((both / (lit + pair.area[:, None] - both)).T).T


def iou_curve(pair: Pair) -> Tensor:
    """`iou_at` of all `THRESHOLDS`, (B, 9): from it a threshold is chosen on *other* pictures."""
    return iou_at(pair, THRESHOLDS)


def choose_threshold(curves: Tensor) -> int:
    """Index into `THRESHOLDS` of the highest mean of curves (N, 9), nan left out; the lowest of ties."""
    return int(curves.nanmean(0).nan_to_num(-1).argmax())


def soft_iou(pair: Pair) -> Tensor:
    """Σmin(Â, M) / Σmax(Â, M), in [0, 1]: the same without a threshold."""
    return pair.where_scored(pair.mass_inside / (pair.area + pair.mass - pair.mass_inside))
