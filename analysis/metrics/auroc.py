"""Area under the ROC curve of a score: one definition for every table, report and study."""

# ruff: noqa: N803, N806 - array names end in their shapes

from __future__ import annotations

import numpy as np

from analysis.metrics.arrays import Bools, Floats


def auroc(positive_N: Bools, score_N: Floats, weights_BN: Floats) -> Floats:
    """Chance that a positive has a higher score than a negative, ties half: U of Mann & Whitney 1947 over all
    pairs, under weights.

    >>> auroc(np.array([False, True, True]), np.array([0.2, 0.2, 0.7]), np.ones((1, 3)))
    array([0.75])

    Args:
        positive_N: (N,), which pictures are positive.
        score_N: (N,) without nan.
        weights_BN: (B, N), how often each picture is drawn in each of B resamples.

    Returns:
        (B,) in [0, 1]; nan where a resample has no positive or no negative.
    """
    order = np.argsort(score_N, kind="stable")
    # Pictures of one score count as one place; a negative of the same place is half a pair won.
    _, firsts = np.unique(score_N[order], return_index=True)
    weights_BN, positive_N = weights_BN[:, order], positive_N[order]
    positive, negative = (
        np.add.reduceat(weights_BN * part, firsts, axis=1) for part in (positive_N, ~positive_N)
    )
    won = (positive * (negative.cumsum(1) - negative / 2)).sum(1)
    pairs = positive.sum(1) * negative.sum(1)
    return np.asarray(np.divide(won, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0))
