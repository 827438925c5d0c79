"""How many photographs show a value or a pair of values, corrected for what a recogniser confuses.

A recogniser that takes 5 % of all front views for rear ones finds rear views in a folder that has none. So
fractions p are estimated by maximum likelihood from how often each value was recognised: of N photographs,
n_k are recognised as k, with probability Σ_j p_j C_jk, where C_jk is the fraction of pictures of value j that
are recognised as k. Where the inverse of C gives no negative fraction, this is its result (Rogan & Gladen
1978); elsewhere it is the best of those that are fractions, which the inverse is not. It is found by
expectation-maximisation, as in Saerens, Latinne & Decaestecker 2002, but from the recognised values and C
instead of the probabilities: those are right on renders, and need not be on photographs. It is assumed that C
is the same for the photographs as for the pictures that it was measured on, whatever the fractions are.

Where photographs were labelled that were drawn at random from the folder, they tell more: of those recognised
as k, the fraction V_kj is of value j, and p_j = Σ_k (n_k / N) V_kj is the estimate of maximum likelihood
(double sampling, Tenenbein 1972). Nothing is inverted, so it varies less, and the photographs that are
recognised make it better than the labelled ones alone.

For a pair, the confusions of both attributes are taken as independent.
"""

# ruff: noqa: N803, N806 - array names end in their shapes

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.metrics.arrays import Floats
from analysis.metrics.bootstrap import interval
from analysis.metrics.intervals import wilson_interval

DRAWS = 400
"""Resamples of an interval."""
ITERATIONS = 1000
"""At most, of the maximisation."""
TOLERANCE = 1e-6
"""Largest change of a fraction at which it ends."""


@dataclass(frozen=True)
class Observed:
    """An attribute of N photographs, as a person or a recogniser says."""

    attribute: str
    values: tuple[str, ...]
    index: NDArray[np.int64]
    """(N,), place in `values` of each photograph's; -1 where nothing is said."""
    confusion: Floats | None = None
    """(K, K) pictures [true, recognised] that were judged to measure the confusions, each above 0; None where
    nothing is confused."""
    truths: Floats | None = None
    """(K, K) photographs [recognised, true] of a random choice that was labelled, each above 0; used instead
    of the confusions where it is there."""

    @property
    def n(self) -> int:
        """Photographs of which something is said."""
        return int((self.index >= 0).sum())


@dataclass(frozen=True)
class Share:
    """The fraction of photographs that show something, with its 95 % interval."""

    share: float
    low: float
    high: float
    recognised: int
    """Photographs for which it was said, before the correction."""


def count_values(observed: Observed, seed: int) -> list[Share]:
    """The fraction of each value, in the order of `observed.values`."""
    alone = Observed("", ("",), np.zeros_like(observed.index))
    return [row[0] for row in count_pairs(observed, alone, seed)]


def count_pairs(down: Observed, across: Observed, seed: int) -> list[list[Share]]:
    """The fraction of each pair of values, [value of `down`][value of `across`].

    Intervals are percentiles of resamples, in which the photographs are drawn again, and the confusions
    from the Dirichlet distribution of the pictures that they were measured on (Rubin 1981). Two things make
    them wider. A fraction cannot be negative, so that of what is absent is overestimated; the lower end is
    therefore that of the basic interval (twice the estimate minus the upper end) where that is lower. And
    they are never narrower than Wilson's for the same fraction, as if every photograph had been judged
    without an error: resamples of what was never recognised all say that it never occurs.

    Args:
        seed: decides the resamples.
    """
    counts_KL = _table(down, across)
    n = int(counts_KL.sum())
    if n == 0:
        return [[Share(0.0, 0.0, 1.0, 0) for _ in across.values] for _ in down.values]
    rng = np.random.default_rng(seed)
    drawn_BKL = rng.multinomial(n, (counts_KL / n).ravel(), size=DRAWS).reshape(DRAWS, *counts_KL.shape)
    counts_BKL = np.concatenate([counts_KL[None], drawn_BKL]).astype(np.float64)
    moved_BKL = _truths(down, rng).swapaxes(1, 2) @ counts_BKL @ _truths(across, rng)
    shares_BIJ = corrected(moved_BKL, _confusions(down, rng), _confusions(across, rng))
    return [
        [_share(shares_BIJ[:, i, j], int(counts_KL[i, j]), n) for j in range(len(across.values))]
        for i in range(len(down.values))
    ]


def corrected(counts_BKL: Floats, down_BIK: Floats, across_BJL: Floats) -> Floats:
    """The fractions of maximum likelihood, (B, I, J), each B of them summing to 1.

    >>> confusions = np.array([[[0.9, 0.1], [0.3, 0.7]]])
    >>> found = corrected(np.array([[[80.0], [20.0]]]), confusions, np.ones((1, 1, 1)))
    >>> found.round(3)[0, :, 0]  # by the inverse: (0.8 - 0.3) / (0.9 - 0.3)
    array([0.833, 0.167])

    Args:
        counts_BKL: how often each pair was recognised, in each of B resamples.
        down_BIK, across_BJL: confusions of the two attributes; rows, of true values, sum to 1.
    """
    seen_BKL = counts_BKL / counts_BKL.sum((1, 2), keepdims=True)
    shape = len(counts_BKL), down_BIK.shape[1], across_BJL.shape[1]
    shares_BIJ = np.full(shape, 1 / (shape[1] * shape[2]))
    for _ in range(ITERATIONS):
        expected_BKL = down_BIK.swapaxes(1, 2) @ shares_BIJ @ across_BJL
        ratio_BKL = np.divide(seen_BKL, expected_BKL, out=np.zeros_like(seen_BKL), where=seen_BKL > 0)
        better_BIJ = shares_BIJ * (down_BIK @ ratio_BKL @ across_BJL.swapaxes(1, 2))
        change = float(np.abs(better_BIJ - shares_BIJ).max())
        shares_BIJ = better_BIJ
        if change < TOLERANCE:
            break
    return np.asarray(shares_BIJ)


def _table(down: Observed, across: Observed) -> NDArray[np.int64]:
    """How many photographs were said to show each pair."""
    both = (down.index >= 0) & (across.index >= 0)
    wide = len(across.values)
    place = down.index[both] * wide + across.index[both]
    return np.bincount(place, minlength=len(down.values) * wide).reshape(-1, wide)


def _confusions(observed: Observed, rng: np.random.Generator) -> Floats:
    """Of true values; the identity where nothing is confused or the truths are taken instead."""
    counts_KK = None if observed.truths is not None else observed.confusion
    return _rows(counts_KK, len(observed.values), rng)


def _truths(observed: Observed, rng: np.random.Generator) -> Floats:
    """Of recognised values; the identity where they are not known."""
    return _rows(observed.truths, len(observed.values), rng)


def _rows(counts_KK: Floats | None, size: int, rng: np.random.Generator) -> Floats:
    """(1 + DRAWS, K, K): fractions by rows as measured, then drawn ones; the identity without counts."""
    if counts_KK is None:
        return np.broadcast_to(np.eye(size), (1 + DRAWS, size, size))
    mean_KK = counts_KK / counts_KK.sum(1, keepdims=True)
    drawn = [rng.dirichlet(row_K, size=DRAWS) for row_K in counts_KK]
    return np.concatenate([mean_KK[None], np.stack(drawn, axis=1)])


def _share(shares_B: Floats, recognised: int, n: int) -> Share:
    share = float(shares_B[0])
    low, high = interval(shares_B[1:])
    basic = max(0.0, 2 * share - high)
    narrow_low, narrow_high = wilson_interval(share, n)
    return Share(share, min(low, basic, narrow_low), max(high, narrow_high), recognised)
