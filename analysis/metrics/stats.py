"""The statistics that weak slices and comparisons rest on: intervals, exact tests, error control.

All of it is deterministic: randomness comes from a seed that the caller gives, never from a clock or a
global generator. Where an exact distribution is at hand it is used instead of drawing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CHUNK = 512
"""Subsets whose means are in memory at a time."""
DRAWN = 8_000_000
"""Values of resamples that are drawn at a time."""
INTERVAL = (2.5, 97.5)
"""Percentiles of the bootstrap that bound an interval: 95 %."""


def bootstrap_mean(
    values: ArrayLike, seed: int | Sequence[int], n_boot: int = 1000
) -> tuple[float, float, float]:
    """Mean and its 95 % percentile bootstrap interval (Efron & Tibshirani 1993, section 13.3).

    nan values are left out. Without a value all three are nan; where all values are equal the interval
    is that value alone, which for few values is too narrow.

    Args:
        values: any shape, flattened.
        seed: decides the resamples.
        n_boot: number of resamples.

    Returns:
        (mean, low, high).
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
    low, high = np.percentile(means, INTERVAL)
    return mean, float(low), float(high)


def wilson_mean(values: ArrayLike) -> tuple[float, float, float]:
    """Mean of values in [0, 1] and its 95 % score interval (Wilson 1927).

    Exact in its variance for 0 and 1, too wide for values between; not empty where all are equal, as a
    bootstrap's is. nan values are left out; without a value all three are nan.

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


def bootstrap_means(
    members: Bools, values: Floats, seed: int | Sequence[int], n_boot: int = 1000
) -> tuple[Floats, Floats]:
    """95 % percentile bootstrap intervals of the means of many subsets at once.

    All values are drawn together, so that a subset's size varies as well; as for `bootstrap_mean` but for
    that. Draws in which a subset has no value are left out. In which order the values come does not matter.

    Args:
        members: (S, N), which values belong to each subset.
        values: (N,) without nan.

    Returns:
        (low (S,), high (S,)); nan for an empty subset.
    """
    order = np.lexsort([*np.packbits(members, axis=0), values])
    members, values = members[:, order], values[order]
    rng = np.random.default_rng(seed)
    weights = np.empty((n_boot, len(values)), dtype=np.float32)
    start = 0
    for size in _sizes(n_boot, len(values)):
        weights[start : start + size] = _times(rng, size, len(values))
        start += size
    low, high = np.full((2, len(members)), np.nan)
    for start in range(0, len(members), CHUNK):
        part = members[start : start + CHUNK].astype(np.float32)
        sums, sizes = (part * values.astype(np.float32)) @ weights.T, part @ weights.T
        means = np.sort(np.divide(sums, sizes, out=np.full_like(sums, np.nan), where=sizes > 0))
        ends = [_quantiles(means, percent / 100) for percent in INTERVAL]
        low[start : start + CHUNK], high[start : start + CHUNK] = ends
    return low, high


def _sizes(resamples: int, n: int) -> list[int]:
    """How many resamples of n values are drawn at a time."""
    at_once = max(1, DRAWN // max(1, n))
    return [min(at_once, resamples - start) for start in range(0, resamples, at_once)]


def _times(rng: np.random.Generator, resamples: int, n: int) -> NDArray[np.int64]:
    """(resamples, n), how often each value is drawn."""
    drawn = rng.integers(0, n, (resamples, n)) + n * np.arange(resamples)[:, None]
    counts: NDArray[np.int64] = np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n)
    return counts


def _quantiles(means: Floats, share: float) -> Floats:
    """Of each row's finite values, which come first, by linear interpolation."""
    finite = np.isfinite(means).sum(1)
    place = share * (finite - 1).clip(0)
    below = place.astype(int)
    rows, above = np.arange(len(means)), np.minimum(below + 1, (finite - 1).clip(0))
    found: Floats = means[rows, below] + (place - below) * (means[rows, above] - means[rows, below])
    return found


def is_binary(values: Floats) -> bool:
    """Whether there is nothing but 0 and 1."""
    return bool(((values == 0) | (values == 1)).all())


def lower_tail(members: Bools, values: Floats) -> Floats:
    """One-sided p that a subset's mean lies as low as it does, had the subset been drawn by lot.

    The reference is all subsets of the same size, without replacement. Of binary values it is the
    hypergeometric distribution, exactly (Fisher's test). Of others the distribution's exact mean,
    variance and skewness go into a Pearson type III distribution (Winkler et al., "Faster permutation
    inference in brain imaging", NeuroImage 2016, section 2.3.6): no draws, so no smallest p of
    1/(draws+1), which the control over hundreds of slices could not pass.

    Args:
        members: (S, N), which values belong to each subset; a subset is neither empty nor everything.
        values: (N,) without nan.

    Returns:
        (S,), in (0, 1].
    """
    size, total = members.sum(1), len(values)
    sums = members @ values
    if is_binary(values):
        # Many subsets have as many members and as many ones: each such pair is computed once.
        (ones, sizes), at = np.unique([sums.round(), size], axis=1, return_inverse=True)
        return np.asarray(stats.hypergeom.cdf(ones, total, int(values.sum()), sizes))[at]
    centred = values - values.mean()
    second, third = np.mean(centred**2), np.mean(centred**3)
    if second <= 1e-20 * np.mean(values**2) or total < 3:  # all alike, but for rounding
        return np.ones(len(size))
    rest = total - size
    variance = size * rest / (total - 1) * second
    skew = size * rest * (rest - size) / ((total - 1) * (total - 2)) * third / variance**1.5
    p = np.asarray(stats.pearson3.cdf((members @ centred) / np.sqrt(variance), skew))
    # No subset is rarer than one in all of them; the fitted distribution may end before the lowest.
    floor: Floats = np.exp(-_log_choose(total, size))
    return np.asarray(np.maximum(p, floor), dtype=np.float64)


def upper_tail_within(member: Bools, values: Floats, strata: NDArray[np.int64]) -> float:
    """One-sided p that a subset's mean lies as high as it does, had it been drawn by lot within each stratum.

    As many as it has of every stratum; so what whole strata have makes no difference. Cumulants of the strata
    add up, and go into a Pearson type III distribution as in `lower_tail`.

    Args:
        member: (N,), the subset.
        values: (N,) without nan.
        strata: (N,), codes from 0.

    Returns:
        In (0, 1]; 1 where no stratum that the subset splits has two values.
    """
    total, size = np.bincount(strata), np.bincount(strata, member)
    rest = total - size
    centred = values - (np.bincount(strata, values) / np.maximum(total, 1))[strata]
    second, third = (np.bincount(strata, centred**power) / np.maximum(total, 1) for power in (2, 3))
    variance = float((size * rest / np.maximum(total - 1, 1) * second).sum())
    # Values that are all the same differ by rounding from their mean.
    if variance <= 1e-20 * float(np.square(values).sum()):
        return 1.0
    skew = (size * rest * (rest - size) / np.maximum((total - 1) * (total - 2), 1) * third).sum()
    p = stats.pearson3.sf(centred[member].sum() / variance**0.5, skew / variance**1.5)
    return float(max(p, np.exp(-_log_choose(total, size).sum())))


def sign_flip(members: Bools, differences: Floats, seed: int, n_flips: int = 9999) -> Floats:
    """Two-sided p that the mean paired difference is 0, by flipping the signs of the pairs.

    Where all differences are -1, 0 or 1 (binary values before and after), it is the exact sign test on
    the pairs that changed (McNemar's exact test). Otherwise it is (1 + as extreme)/(1 + n_flips) over
    random flips, the same flips for all subsets.

    Args:
        members: (S, N), which pairs belong to each subset.
        differences: (N,) without nan.
        seed: decides the flips.
        n_flips: number of flips.

    Returns:
        (S,), in (0, 1].
    """
    if np.isin(differences, (-1.0, 0.0, 1.0)).all():
        ups, downs = members @ (differences > 0).astype(int), members @ (differences < 0).astype(int)
        tail: Floats = np.asarray(stats.binom.cdf(np.minimum(ups, downs), ups + downs, 0.5))
        return np.clip(2 * tail, 0.0, 1.0)
    rng = np.random.default_rng(seed)
    weights = members * differences
    # A sum that differs by rounding alone is as extreme.
    seen = np.abs(weights.sum(1)) * (1 - 1e-9)
    extreme = np.zeros(len(members), dtype=np.int64)
    for start in range(0, n_flips, 1000):
        signs = rng.integers(0, 2, (min(1000, n_flips - start), len(differences)), dtype=np.int8) * 2.0 - 1
        extreme += (np.abs(weights @ signs.T) >= seen[:, None]).sum(1)
    return (1 + extreme) / (1 + n_flips)


def benjamini_hochberg(p: Floats, *, named: int = 0) -> Floats:
    """q values: the smallest false-discovery rate at which each would be named.

    p may be divided by weights of mean 1 before (Genovese, Roeder & Wasserman 2006), and exceed 1 then.

    Benjamini & Hochberg 1995. `named` discoveries made before count as the first ones of the list: with
    two made, the third p is held against 3/m of the level; no q is below its p. The procedure holds for
    independent tests and for positively dependent ones; slices that share pictures are nearly so
    (tests/analysis/slices/test_find.py measures the rate of false names).
    """
    count = len(p)
    order = np.argsort(p)[::-1]
    ranked = p[order] * np.maximum(1.0, count / np.arange(count + named, named, -1))
    q = np.empty(count)
    q[order] = np.minimum(np.minimum.accumulate(ranked), 1.0)
    return q


def p_of_interval(mean: float, low: float, high: float, seeds: int) -> float:
    """Two-sided p of no difference, of a mean over seeds with its 95 % interval: Student's t whose standard
    error makes the interval that wide.

    1 for a single seed, which does not tell how much trainings scatter.
    """
    half = (high - low) / 2
    if seeds == 1 or half == 0:
        return float(seeds == 1 or mean == 0)
    t = abs(mean) / half * stats.t.ppf(0.975, seeds - 1)
    return float(2 * stats.t.sf(t, seeds - 1))


def _log_choose(total: ArrayLike, size: ArrayLike) -> Floats:
    total, size = np.asarray(total), np.asarray(size)
    ways = special.gammaln(total + 1) - special.gammaln(size + 1) - special.gammaln(total - size + 1)
    return np.asarray(ways)
