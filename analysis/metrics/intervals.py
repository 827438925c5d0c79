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
    if len(kept) == 0:
        return np.nan, np.nan, np.nan
    mean = float(kept.mean())
    return mean, *wilson_interval(mean, len(kept))


def wilson_interval(mean: float, n: int) -> tuple[float, float]:
    """The 95 % score interval of a fraction that was found among n pictures, 1 or more.

    >>> [round(end, 4) for end in wilson_interval(0.0, 100)]
    [0.0, 0.037]
    """
    z = float(stats.norm.ppf(0.975))
    middle = (mean + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(mean * (1 - mean) / n + z**2 / (4 * n**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
