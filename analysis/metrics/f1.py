"""Macro F1 of a set of pictures: one definition for every table, report and study."""

# ruff: noqa: N803, N806 - array names end in their shapes

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.metrics.stats import Floats


def macro_f1(label: ArrayLike, predicted: ArrayLike, weights_BN: Floats) -> Floats:
    """Mean of F1, 2TP / (2TP + FP + FN), over the classes that occur among the labels.

    A predicted class without pictures has no F1 to speak of: what is called by its name is missed by its true
    class, and counts there. scikit-learn and torchmetrics take every class that occurs as label or prediction
    and give 0 to such a one, so that 2 classes of renders judged by a network of 10 have a fifth of what they
    have here; scikit-learn's `labels=` asks it for the classes of the labels alone.

    Args:
        label: (N,) true class of each picture.
        predicted: (N,) class that the network names.
        weights_BN: how often each of N pictures is drawn in each of B resamples. A class of which a resample
            draws none does not occur in it.

    Returns:
        (B,) in [0, 1]; nan where a resample draws nothing.
    """
    truth_N, classes = pd.factorize(np.asarray(label))
    told_N = pd.Index(classes).get_indexer(pd.Index(np.asarray(predicted)))
    k = len(classes)
    there_BK = _sums(truth_N, weights_BN, k)
    right_BK = _sums(truth_N, weights_BN * (truth_N == told_N), k)
    said_BK = _sums(told_N + 1, weights_BN, k + 1)[:, 1:]  # first those of classes without pictures, -1
    occurs_BK = there_BK > 0
    f1_BK = np.divide(2 * right_BK, there_BK + said_BK, out=np.zeros_like(right_BK), where=occurs_BK)
    count_B = occurs_BK.sum(1)
    return np.asarray(np.divide(f1_BK.sum(1), count_B, out=np.full(len(f1_BK), np.nan), where=count_B > 0))


def _sums(codes_N: NDArray[np.intp], weights_BN: Floats, k: int) -> Floats:
    """Weights of each code from 0 to k - 1, (B, k); pictures by classes would not fit into memory."""
    return np.stack([np.bincount(codes_N, weights, k) for weights in weights_BN])
