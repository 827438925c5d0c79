"""Expected calibration error of a set of pictures: one definition for every table, report and study."""

# ruff: noqa: N803, N806 - array names end in their shapes

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.metrics.arrays import Floats
from analysis.metrics.bootstrap import interval, resample_weights

BINS = 15
"""Of confidence, as in Guo et al. 2017."""
RESAMPLES = 500
"""Of the interval."""


def calibration_error(confidence: ArrayLike, correct: ArrayLike, weights_BN: Floats) -> Floats:
    """Expected calibration error (Guo et al. 2017, equation 3): how far confidence and accuracy are apart in
    a bin of confidence, in the mean over pictures.

    Bins are of equal width and hold their lower end, the last one 1 as well. torchmetrics has no weights, and
    gives a confidence of exactly 1 a bin of its own.

    >>> calibration_error([0.75, 0.75], [1, 1], np.ones((1, 2)))
    array([0.25])

    Args:
        confidence: (N,) probability of the predicted class, in [0, 1].
        correct: (N,) whether the prediction is right, 0 or 1.
        weights_BN: (B, N), how often each picture is drawn in each of B resamples.

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


def calibration_interval(confidence: ArrayLike, correct: ArrayLike, seed: int) -> tuple[float, float, float]:
    """Expected calibration error with its 95 % basic bootstrap interval over pictures: (value, low, high).

    Resampling adds noise to every bin and so raises this error; the basic interval (2·estimate minus the
    percentiles, Davison & Hinkley 1997, section 2.4) takes that out, the percentile interval would double it.
    The figure itself has that noise too: where it is all of it, the interval ends at the figure.

    Args:
        confidence, correct: (N,), as for `calibration_error`.
        seed: decides the resamples.
    """
    weights_BN = resample_weights(np.size(confidence), seed, RESAMPLES)
    errors_B = calibration_error(confidence, correct, weights_BN)
    low, high = interval(errors_B[1:])
    value = float(errors_B[0])
    return value, max(0.0, 2 * value - high), max(value, 2 * value - low)
