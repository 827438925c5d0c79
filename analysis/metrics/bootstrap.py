"""Resamples of pictures, and means with their percentile bootstrap intervals."""

# ruff: noqa: N803, N806 - array names end in their shapes

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.metrics.arrays import Bools, Floats, is_binary

CHUNK = 512
"""Subsets whose means are in memory at a time."""
DRAWN = 8_000_000
"""Values of resamples that are drawn at a time."""
INTERVAL = (2.5, 97.5)
"""Percentiles of the bootstrap that bound an interval: 95 %."""


def interval(draws: ArrayLike) -> tuple[float, float]:
    """95 % percentile interval of a figure's resamples; nan draws are left out.

    >>> interval(range(101))
    (2.5, 97.5)
    """
    low, high = np.nanpercentile(np.asarray(draws, dtype=np.float64), INTERVAL)
    return float(low), float(high)


def bootstrap_mean(
    values: ArrayLike, seed: int | Sequence[int], n_boot: int = 1000
) -> tuple[float, float, float]:
    """Mean and its 95 % percentile bootstrap interval (Efron & Tibshirani 1993, section 13.3).

    nan values are left out. Without a value all three are nan; where all values are equal the interval
    is that value alone, which for few values is too narrow.

    >>> bootstrap_mean([0, 1, 1, 1], seed=0)
    (0.75, 0.25, 1.0)

    Args:
        values: any shape, flattened.
        seed: decides the resamples.
        n_boot: number of resamples.

    Returns:
        (mean, low, high), in the unit of the values.
    """
    kept = np.asarray(values, dtype=np.float64).ravel()
    kept = kept[~np.isnan(kept)]
    if len(kept) == 0:
        return np.nan, np.nan, np.nan
    mean = float(kept.mean())
    rng = np.random.default_rng(seed)
    if is_binary(kept):
        # The number of ones in a resample is binomial: draw that instead of the resample.
        means = rng.binomial(len(kept), mean, n_boot) / len(kept)
    else:
        n = len(kept)
        parts = [kept[rng.integers(0, n, (size, n), dtype=np.int32)].mean(1) for size in _sizes(n_boot, n)]
        means = np.concatenate(parts)
    return mean, *interval(means)


def bootstrap_means(
    members: Bools, values: Floats, seed: int | Sequence[int], n_boot: int = 1000
) -> tuple[Floats, Floats]:
    """95 % percentile bootstrap intervals of the means of many subsets at once.

    All values are drawn together, so that a subset's size varies as well; as for `bootstrap_mean` but for
    that. Draws in which a subset has no value are left out. In which order the values come does not matter.

    Args:
        members: (S, N), which values belong to each subset.
        values: (N,) without nan.
        seed: decides the resamples.
        n_boot: number of resamples.

    Returns:
        (low (S,), high (S,)); nan for an empty subset.
    """
    # Sorted by value, then by membership, so that the draws do not hang on the order of the pictures.
    order = np.lexsort([*np.packbits(members, axis=0), values])
    members, values = members[:, order], values[order]
    rng = np.random.default_rng(seed)
    # float32 halves the memory of the products; the ends of an interval need no more digits.
    weights = np.empty((n_boot, len(values)), dtype=np.float32)
    start = 0
    for size in _sizes(n_boot, len(values)):
        weights[start : start + size] = drawn_weights(rng, size, len(values))
        start += size
    low, high = np.full((2, len(members)), np.nan)
    for start in range(0, len(members), CHUNK):
        part = members[start : start + CHUNK].astype(np.float32)
        sums, sizes = (part * values.astype(np.float32)) @ weights.T, part @ weights.T
        means = np.sort(np.divide(sums, sizes, out=np.full_like(sums, np.nan), where=sizes > 0))
        ends = [_quantiles(means, percent / 100) for percent in INTERVAL]
        low[start : start + CHUNK], high[start : start + CHUNK] = ends
    return low, high


def resample_weights(n: int, seed: int, n_boot: int) -> Floats:
    """How often each of n pictures is drawn, (1 + n_boot, n); the first row is the set itself, all ones.

    Drawn as multinomial counts: for the figures of a whole set under all resamples at once.

    >>> resample_weights(4, seed=0, n_boot=2).sum(1)
    array([4., 4., 4.])
    """
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_boot)
    return np.vstack([np.ones(n), drawn]).astype(np.float64)


def drawn_weights(rng: np.random.Generator, n_boot: int, n: int) -> NDArray[np.int64]:
    """How often each of n pictures is drawn, (n_boot, n), from picture after picture drawn by its index.

    The same distribution as `resample_weights`, by other draws: figures that were published with these keep
    their last digit.
    """
    drawn = rng.integers(0, n, (n_boot, n)) + n * np.arange(n_boot)[:, None]
    counts: NDArray[np.int64] = np.bincount(drawn.ravel(), minlength=n_boot * n).reshape(n_boot, n)
    return counts


def mean_under(values_N: Floats, weights_BN: Floats) -> Floats:
    """Mean of values without nan under each resample, (B,); nan where a resample draws nothing."""
    total_B = weights_BN.sum(1)
    none_B = np.full(len(total_B), np.nan)
    mean: Floats = np.divide(weights_BN @ values_N, total_B, out=none_B, where=total_B > 0)
    return mean


def _sizes(resamples: int, n: int) -> list[int]:
    """How many resamples of n values are drawn at a time."""
    at_once = max(1, DRAWN // max(1, n))
    return [min(at_once, resamples - start) for start in range(0, resamples, at_once)]


def _quantiles(means: Floats, fraction: float) -> Floats:
    """Of each row's finite values, which come first, by linear interpolation."""
    finite = np.isfinite(means).sum(1)
    place = fraction * (finite - 1).clip(0)
    below = place.astype(int)
    rows, above = np.arange(len(means)), np.minimum(below + 1, (finite - 1).clip(0))
    found: Floats = means[rows, below] + (place - below) * (means[rows, above] - means[rows, below])
    return found
