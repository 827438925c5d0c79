"""p values of slices and of paired changes, and control of false discoveries."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from analysis.metrics.arrays import Bools, Floats, is_binary


def lower_tail(members: Bools, values: Floats) -> Floats:
    """One-sided p that a subset's mean lies as low as it does, had the subset been drawn at random.

    The reference is all subsets of the same size, without replacement. Of binary values it is the
    hypergeometric distribution, exactly (Fisher's test). Of others the distribution's exact mean,
    variance and skewness go into a Pearson type III distribution (Winkler et al., "Faster permutation
    inference in brain imaging", NeuroImage 2016, section 2.3.6): no draws, so no smallest p of
    1/(draws+1), which the control over hundreds of slices could not pass.

    >>> lower_tail(np.array([[True, True, False, False]]), np.array([0.0, 0.0, 1.0, 1.0])).round(4)
    array([0.1667])

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
    """One-sided p that a subset's mean lies as high as it does, had it been drawn at random within each
    stratum.

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

    >>> sign_flip(np.ones((1, 5), dtype=bool), np.array([1.0, 1.0, 1.0, 1.0, 0.0]), seed=0)
    array([0.125])

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

    >>> benjamini_hochberg(np.array([0.01, 0.5, 0.02, 0.04])).round(4)
    array([0.04  , 0.5   , 0.04  , 0.0533])

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


def _log_choose(total: ArrayLike, size: ArrayLike) -> Floats:
    total, size = np.asarray(total), np.asarray(size)
    ways = special.gammaln(total + 1) - special.gammaln(size + 1) - special.gammaln(total - size + 1)
    return np.asarray(ways)
