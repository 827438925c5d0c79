"""Scores of reinforcement learning: the map as a policy over pixels that earns a reward on the vehicle."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from analysis.scores.energy import energy
from analysis.scores.pair import Pair

ALPHA = 0.1
"""Weight of the entropy in `soft_reward`."""
EPSILON = 0.2
"""Of `clipped_surrogate`: how far the ratio of two policies counts."""


def reward(pair: Pair) -> Tensor:
    """E_P[r] with r = 1 on the vehicle and −p/(1−p) beside it.

    A uniform policy earns exactly 0, the best one 1; there is no lower bound. A mask that fills the
    picture leaves nothing to choose: nan.
    """
    inside, p = energy(pair), pair.fraction
    return torch.where(p < 1, inside - (1 - inside) * p / (1 - p), torch.nan)


def soft_reward(pair: Pair) -> Tensor:
    """`reward` + ALPHA·H(P)/log(HW): entropy-regularised, which rewards evidence on all of the vehicle.

    Haarnoja et al., "Soft Actor-Critic", ICML 2018, equation 1, of one step.
    """
    p = pair.scaled / pair.mass[:, None]
    entropy = -torch.linalg.vecdot(p, pair.log_p)
    value: Tensor = reward(pair) + ALPHA * entropy / math.log(p.shape[1])
    return value


def clipped_surrogate(pair: Pair, before: Pair) -> Tensor:
    """E_{P₀}[min(ρa, clip(ρ, 1±ε)a)], ρ = P/P₀, a = r − E_{P₀}[r]: is this map better than `before`?

    Schulman et al., "Proximal Policy Optimization", 2017, equation 7, with P₀ the map of the network as it
    was before and P that of the network as it is now. Above 0 where it is better; no more than ε times
    the mean positive advantage. nan where either map has no score.
    """
    fraction = pair.fraction[:, None]
    p, old = (side.scaled / side.mass[:, None] for side in (pair, before))
    paid = torch.where(pair.mask, 1.0, -fraction / (1 - fraction))
    advantage = paid - torch.linalg.vecdot(old, paid)[:, None]
    # E_{P₀}[ρa] = ΣPa: no division by P₀, which may be 0.
    low, high = (1 - EPSILON) * old, (1 + EPSILON) * old
    terms = torch.minimum(p * advantage, torch.clamp(p, low, high) * advantage)
    value = torch.where(before.scored & (pair.fraction < 1), terms.sum(1), torch.nan)
    return pair.where_scored(value)
