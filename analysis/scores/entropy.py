"""Scores of entropy: the map as a distribution, or as probabilities of pixels, against the mask."""

from __future__ import annotations

import torch
from torch import Tensor

from analysis.scores.pair import Pair

CLIP = 1e-6
"""Distance from 0 and 1 that `bce` keeps, so that its logarithms are finite."""


def bce(pair: Pair) -> Tensor:
    """−mean[M log Â + (1−M) log(1−Â)], natural logarithm, Â clipped to [CLIP, 1−CLIP]; 0 is best."""
    scaled = pair.scaled.clamp(CLIP, 1 - CLIP)
    # One logarithm: of Â on the vehicle, of 1−Â beside it.
    return pair.where_scored(-torch.where(pair.mask, scaled, 1 - scaled).log().mean(1))


def cross_entropy(pair: Pair) -> Tensor:
    """−ΣU log P in nats: how evenly the evidence covers the vehicle; log|M| is best."""
    return pair.where_scored(-torch.linalg.vecdot(pair.log_p, pair.on) / pair.area)


def kl(pair: Pair) -> Tensor:
    """`cross_entropy` − log|M|: Kullback-Leibler divergence of P from U, in nats; 0 where P = U."""
    return cross_entropy(pair) - pair.area.log()
