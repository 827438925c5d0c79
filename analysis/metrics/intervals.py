"""Intervals without resampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


def wilson_mean(values: ArrayLike) -> tuple[float, float, float]:
    """Mean of values in [0, 1] and its 95 % score interval (Wilson 1927).

    Exact in its variance for 0 and 1, too wide for values between; not empty where all are equal, as a
    bootstrap's is. nan values are left out; without a value all three are nan.

    >>> [round(end, 4) for end in wilson_mean([1] * 10)]
    [1.0, 0.7225, 1.0]

    Returns:
        (mean, low, high).
    """
    kept = np.asarray(values, dtype=np.float64).ravel()
    kept = kept[~np.isnan(kept)]
    n, z = len(kept), float(stats.norm.ppf(0.975))
    if n == 0:
        return np.nan, np.nan, np.nan
    mean = float(kept.mean())
    middle = (mean + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(mean * (1 - mean) / n + z**2 / (4 * n**2))
    return mean, max(0.0, float(middle - half)), min(1.0, float(middle + half))
