"""Expected calibration error of a set of pictures: one definition for every table, report and study."""

# ruff: noqa: N803, N806 - array names end in their shapes

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.metrics.stats import Floats

BINS = 15
"""Of confidence, as in Guo et al. 2017."""


def calibration_error(confidence: ArrayLike, correct: ArrayLike, weights_BN: Floats) -> Floats:
    """Expected calibration error (Guo et al. 2017, equation 3): how far confidence and accuracy are apart in
    a bin of confidence, in the mean over pictures.

    Bins are of equal width and hold their lower end, the last one 1 as well. torchmetrics has no weights, and
    gives a confidence of exactly 1 a bin of its own.

    Args:
        confidence: (N,) probability of the class that the network names, in [0, 1].
        correct: (N,) whether it is the right one.
        weights_BN: how often each of N pictures is drawn in each of B resamples.

    Returns:
        (B,) in [0, 1]; nan where a resample draws nothing.
    """
    sure_N = np.asarray(confidence, np.float64)
    place_N = np.minimum((sure_N * BINS).astype(np.intp), BINS - 1)
    gap_NK = np.zeros((len(sure_N), BINS))
    gap_NK[np.arange(len(sure_N)), place_N] = np.asarray(correct, np.float64) - sure_N
    drawn_B = weights_BN.sum(1)
    apart_B = np.abs(weights_BN @ gap_NK).sum(1)
    return np.asarray(np.divide(apart_B, drawn_B, out=np.full(len(drawn_B), np.nan), where=drawn_B > 0))
