"""Empirical Bayes estimates of slices: the mean of few pictures is drawn towards what its parents predict.

The model is that of a balanced analysis of variance with random effects (Searle, Casella & McCulloch 1992,
"Variance Components", chapter 7). A slice's mean is a sum of contrasts, one for every subset T of its
attributes, the empty one included: for a pair `a & b`, the grand mean, what `a` and `b` each add to it, and
what the pair adds to both. A contrast is a draw around 0, seen with noise; its estimate is what is seen times
B = τ² / (τ² + σ²/n). So with τ = 0 a pair's estimate is the additive prediction of its parents, and with a
large one the pair's own mean.

Most contrasts of an order are small and few are large: they come from a mixture of normal distributions
around 0 whose variances τ² lie on a grid and whose weights are those that fit best (Stephens 2017, "False
discovery rates: a new deal", section 2). A single normal distribution would draw the one weak pair among
hundreds of ordinary ones half-way back.

Contrasts of slices are inclusion-exclusion sums of means; they are independent where every combination of
values has as many pictures, and nearly so where attributes are drawn independently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.metrics.arrays import Bools, Floats, is_binary
from analysis.slices.conjunctions import Part

Subsets = Sequence[NDArray[np.int64]]
"""Order k -> (S_k, 2**k), see `subsets`."""
STEPS = 100
"""Of the fit of a prior; ten times as many move an estimate by 2 % of its interval on average."""


@dataclass(frozen=True)
class Prior:
    """A mixture of normal distributions around 0."""

    variances: Floats
    """(G,)."""
    weights: Floats
    """(G,), with sum 1."""


@dataclass(frozen=True)
class Shrunk:
    """Estimates of S slices."""

    mean: Floats
    """(S,), posterior mean."""
    low: Floats
    high: Floats
    """(S,), ends of the 95 % posterior interval."""
    priors: tuple[Prior, ...]
    """Of the contrasts of order 1, 2, …"""


def shrink(members: Bools, values: Floats, parts: Sequence[tuple[Part, ...]]) -> Shrunk:
    """Estimate what a further picture of each slice would have on average.

    Of binary values the noise of a slice is that of its own estimate, p(1 - p); of others it is pooled over
    the slices of an order. The uncertainty of the priors is left out of the interval.

    Args:
        members: (S, N), which pictures belong to each slice; none is empty.
        values: (N,) without nan.
        parts: the attribute values that each slice asks for, in sorted order; lower orders first, and with
            a slice all slices that ask for a part of it (`analysis.slices.conjunctions.conjunctions` gives
            that).
    """
    everything = np.vstack([np.ones(len(values), dtype=bool), members])
    n = np.count_nonzero(everything, axis=1)
    means = everything @ values / n
    below = subsets(parts)
    order = np.repeat(np.arange(len(below)), [len(table) for table in below])
    noise = pooled_variance(everything, values, means, order)[order]
    seen, scale = contrasts(means, below), contrasts(1 / n, below)
    of = [order == k for k in range(1, len(below))]
    priors = tuple(fit_prior(seen[at], (n * scale)[at], (noise / n)[at]) for at in of)
    estimate, variance = posterior(means, n, below, priors, noise)
    within = (-np.inf, np.inf)
    if is_binary(values):
        within = (0.0, 1.0)
        own = estimate.clip(0.5 / n, 1 - 0.5 / n)
        variance = variance * own * (1 - own) / np.maximum(noise, 1e-12)
    reach = stats.norm.ppf(0.975) * np.sqrt(variance)
    mean, low, high = (ends[1:].clip(*within) for ends in (estimate, estimate - reach, estimate + reach))
    return Shrunk(mean, low, high, priors)


def posterior(
    means: Floats, n: NDArray[np.int64], below: Subsets, priors: Sequence[Prior], noise: Floats
) -> tuple[Floats, Floats]:
    """Mean and variance of every slice given the priors; all of the whole first, (1 + S,).

    Exact where every combination of values has as many pictures and the noise is the same for all. A slice
    that holds just the pictures of a parent has the parent's.

    Args:
        priors: of order 1, 2, …; the whole itself is not shrunk.
        noise: variance of pictures within each slice.
    """
    order = np.repeat(np.arange(len(below)), [len(table) for table in below])
    seen, scale = contrasts(means, below), contrasts(1 / n, below).clip(0)
    kept, unsure = np.ones(len(n)), np.zeros(len(n))
    for k, prior in enumerate(priors, 1):
        at = order == k
        kept[at], unsure[at] = reliability(prior, seen[at], (n * scale)[at], (noise / n)[at])
    mean = _summed(kept * seen, below)
    variance = noise * _summed(kept * scale, below) + _summed(unsure * seen**2, below)
    return _inherited(mean, n, below), _inherited(variance, n, below)


def subsets(parts: Sequence[tuple[Part, ...]]) -> Subsets:
    """Where the slices stand that ask for a part of what a slice asks for.

    Returns:
        For order k from 0, (S_k, 2**k) places among the whole (0) and the S slices (from 1): of the empty
        subset first, then by size, of the slice itself last.
    """
    place: dict[tuple[Part, ...], int] = {(): 0} | {slice_: i for i, slice_ in enumerate(parts, 1)}
    rows: list[list[list[int]]] = [[] for _ in range(max(map(len, parts), default=0) + 1)]
    for asked in place:
        chosen = [combinations(asked, size) for size in range(len(asked) + 1)]
        rows[len(asked)].append([place[subset] for sized in chosen for subset in sized])
    return [np.array(row, dtype=np.int64).reshape(-1, 2**k) for k, row in enumerate(rows)]


def contrasts(values: Floats, below: Subsets) -> Floats:
    """Σ_T (-1)^(k - |T|) values_T over the subsets T of each slice of order k; (1 + S,), the whole first.

    Of means it is what a slice adds to its parents' additive prediction; of 1/n its part of the noise.
    """
    return np.concatenate([values[table] @ _signs(table.shape[1]) for table in below])


def fit_prior(seen: Floats, fraction: Floats, noise: Floats) -> Prior:
    """The weights of the most likely mixture on a grid of variances, by expectation maximisation.

    Args:
        seen: (S,), contrasts.
        fraction: (S,), of the variance τ² + noise of an effect, what is left in its contrast, in [0, 1]: of
            deviations from the mean of A slices of equal size, 1 - 1/A.
        noise: (S,), variance of each slice's mean within the slice.
    """
    least, most = float(noise.min(initial=1.0)) / 16, float((seen**2).max(initial=0.0))
    steps = int(np.ceil(np.log2(max(most / least, 1)) / 2)) if least > 0 else 0
    variances = np.concatenate([[0.0], least * 4.0 ** np.arange(steps + 1)])
    weights = np.full(len(variances), 1 / len(variances))
    likelihood = _likelihood(variances, seen, fraction, noise)
    freedom = fraction.clip(0, 1)
    for _ in range(STEPS if freedom.sum() > 0 else 0):
        given = weights * likelihood
        weights = freedom @ (given / given.sum(1, keepdims=True)) / freedom.sum()
    return Prior(variances, weights)


def reliability(prior: Prior, seen: Floats, fraction: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of B = τ² / (τ² + noise) given what is seen: how much of it is kept; (S,) each."""
    given = prior.weights * _likelihood(prior.variances, seen, fraction, noise)
    given /= given.sum(1, keepdims=True)
    total = prior.variances + noise[:, None]
    each = np.divide(prior.variances, total, out=np.zeros_like(total), where=total > 0)
    mean = (given * each).sum(1)
    return mean, (given * (each - mean[:, None]) ** 2).sum(1)


def _likelihood(variances: Floats, seen: Floats, fraction: Floats, noise: Floats) -> Floats:
    """Of each contrast under each variance, (S, G), 1 at its most likely one."""
    spread = np.maximum((variances + noise[:, None]) * fraction.clip(1e-3, 1)[:, None], 1e-12)
    log = -0.5 * (np.log(spread) + seen[:, None] ** 2 / spread)
    return np.asarray(np.exp(log - log.max(1, keepdims=True)))


def pooled_variance(members: Bools, values: Floats, means: Floats, order: NDArray[np.int64]) -> Floats:
    """Variance of pictures within slices, pooled over the slices of each order; (orders,)."""
    squares = members @ values**2 - np.count_nonzero(members, axis=1) * means**2
    freedom = np.count_nonzero(members, axis=1) - 1
    pooled = np.bincount(order, squares) / np.maximum(np.bincount(order, freedom), 1)
    return np.asarray(pooled.clip(0))


def _signs(count: int) -> Floats:
    """Of the subsets of a slice, by size; `count` is 2**order."""
    order = count.bit_length() - 1
    sizes = [len(chosen) for size in range(order + 1) for chosen in combinations(range(order), size)]
    return np.array([(-1.0) ** (order - size) for size in sizes])


def _summed(values: Floats, below: Subsets) -> Floats:
    """Sum over each slice's subsets; (1 + S,)."""
    return np.concatenate([values[table].sum(1) for table in below])


def _inherited(values: Floats, n: NDArray[np.int64], below: Subsets) -> Floats:
    """Those of a parent for a slice that holds just the parent's pictures."""
    found, start = values.copy(), 0
    for table in below:
        for row, places in enumerate(table, start):
            same = places[:-1][n[places[:-1]] == n[row]]
            found[row] = found[same[-1]] if len(same) else found[row]
        start += len(table)
    return found
