"""Scores of energy and order: how much of the evidence, and whether the highest of it, is on the vehicle."""

from __future__ import annotations

import torch
from torch import Tensor

from analysis.scores.pair import Pair


def energy(pair: Pair) -> Tensor:
    """ΣPM: fraction of the positive evidence on the vehicle, in [0, 1].

    Wang et al., "Score-CAM", CVPRW 2020, section 4.3 (energy-based pointing game). One hot cell inside
    the vehicle scores 1: never report it without `coverage`.
    """
    return pair.where_scored(pair.mass_inside / pair.mass)


def rank(pair: Pair) -> Tensor:
    """Fraction of the |M| highest pixels that lie on the vehicle, in [0, 1]; ties by their mean.

    Arras et al., "CLEVR-XAI", Information Fusion 2022, equation 2 (relevance rank accuracy).
    """
    order, last = pair.ordered, (pair.area.long() - 1).clamp_min(0)[:, None]
    index = torch.arange(order.hits.shape[1], device=last.device)
    end = torch.where(order.ends & (index >= last), index, order.hits.shape[1] - 1).amin(1, keepdim=True)
    first = order.first.gather(1, last)
    before, upto = order.hits_before.gather(1, last), order.hits.gather(1, end)
    hits = before + (last + 1 - first) * (upto - before) / (end - first + 1)
    return pair.where_scored(hits[:, 0] / pair.area)


def pointing(pair: Pair) -> Tensor:
    """1 if the highest pixel lies on the vehicle, else 0; of several highest, their mean.

    Zhang et al., "Top-down Neural Attention by Excitation Backprop", ECCV 2016, section 4.1.
    """
    highest = (pair.map == pair.top[:, None]).float()
    return pair.where_scored(torch.linalg.vecdot(highest, pair.on) / highest.sum(1))


def pixel_auroc(pair: Pair) -> Tensor:
    """Area under the ROC of A as a score of the mask's pixels, in [0, 1]; nan for a full mask."""
    order, area = pair.ordered, pair.area
    index = torch.arange(1, order.hits.shape[1] + 1, device=area.device)
    false = index - order.hits
    false_before = order.first - order.hits_before
    step = (false - false_before) * (order.hits + order.hits_before) / 2
    total = torch.where(order.ends, step, 0).sum(1, dtype=torch.float64)
    rest = order.hits.shape[1] - area
    return pair.where_scored(torch.where(rest > 0, total / (area.double() * rest), torch.nan).float())


def pixel_ap(pair: Pair) -> Tensor:
    """Average precision of A as a score of the mask's pixels, in [0, 1]."""
    order = pair.ordered
    index = torch.arange(1, order.hits.shape[1] + 1, device=pair.area.device)
    step = (order.hits - order.hits_before) * order.hits / index
    return pair.where_scored(torch.where(order.ends, step, 0).sum(1) / pair.area)
