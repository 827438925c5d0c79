"""Macro F1 of a set of pictures: one definition for every table, report and study."""

# ruff: noqa: N803, N806 - array names end in their shapes

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.metrics.arrays import Floats
from analysis.metrics.bootstrap import interval, resample_weights

RESAMPLES = 500
"""Of the interval."""


def macro_f1(label: ArrayLike, predicted: ArrayLike, weights_BN: Floats) -> Floats:
    """Mean of F1, 2TP / (2TP + FP + FN), over the classes that occur among the labels.

    A predicted class without pictures has no F1 of its own: such a prediction is an error of the picture's
    true class and counts there. scikit-learn and torchmetrics take every class that occurs as label or
    prediction and give 0 to such a one, so that 2 classes of renders judged by a network of 10 have a fifth
    of what they have here; scikit-learn's `labels=` asks it for the classes of the labels alone.

    >>> macro_f1(["bus", "bus", "van"], ["bus", "van", "van"], np.ones((1, 3))).round(4)
    array([0.6667])

    Args:
        label: (N,) true class of each picture.
        predicted: (N,) predicted class.
        weights_BN: (B, N), how often each picture is drawn in each of B resamples. A class of which a
            resample draws none does not occur in it.

    Returns:
        (B,) in [0, 1]; nan where a resample draws nothing.
    """
    truth_N, classes = pd.factorize(np.asarray(label))
    named_N = pd.Index(classes).get_indexer(pd.Index(np.asarray(predicted)))
    k = len(classes)
    there_BK = _sums(truth_N, weights_BN, k)
    right_BK = _sums(truth_N, weights_BN * (truth_N == named_N), k)
    # Code 0 is of predicted classes without pictures, which have no column.
    named_BK = _sums(named_N + 1, weights_BN, k + 1)[:, 1:]
    occurs_BK = there_BK > 0
    f1_BK = np.divide(2 * right_BK, there_BK + named_BK, out=np.zeros_like(right_BK), where=occurs_BK)
    count_B = occurs_BK.sum(1)
    return np.asarray(np.divide(f1_BK.sum(1), count_B, out=np.full(len(f1_BK), np.nan), where=count_B > 0))


def macro_f1_interval(label: ArrayLike, predicted: ArrayLike, seed: int) -> tuple[float, float, float]:
    """Macro F1 with its 95 % percentile bootstrap interval over pictures: (value, low, high), in [0, 1].

    Args:
        label, predicted: (N,), as for `macro_f1`.
        seed: decides the resamples.
    """
    weights_BN = resample_weights(np.size(label), seed, RESAMPLES)
    values_B = macro_f1(label, predicted, weights_BN)
    return float(values_B[0]), *interval(values_B[1:])


def _sums(codes_N: NDArray[np.intp], weights_BN: Floats, k: int) -> Floats:
    """Weights of each code from 0 to k - 1, (B, k); pictures by classes would not fit into memory."""
    return np.stack([np.bincount(codes_N, weights, k) for weights in weights_BN])
