"""Figures of several trainings: means over seeds, with intervals over seeds and pictures.

A figure comes as draws: (S, B), of each of S seeds under each of B resamples of pictures, the first of which
is no resample (`analysis.metrics.bootstrap.resample_weights`).
"""

# ruff: noqa: N803 - array names end in their shapes

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.metrics.arrays import Floats


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside the interval."""
        return self.low > 0 or self.high < 0


def over_seeds(draws_SB: Floats, seed: int) -> Estimate:
    """Mean over seeds with a hierarchical bootstrap: seeds are drawn, and pictures within each.

    Deviations of the draws from their own mean are laid around the estimate, so that a figure which
    resampling shifts (a minimum) keeps its place; and widened as Student's t does, since percentiles of a few
    seeds are too narrow.

    Args:
        draws_SB: a figure of each seed under each resample of pictures, the first being no resample.
    """
    rng = np.random.default_rng(seed)
    count, resampled = draws_SB.shape[0], draws_SB[:, 1:]
    chosen = rng.integers(count, size=(count, resampled.shape[1]))
    means = resampled[chosen, np.arange(resampled.shape[1])].mean(0)
    low, high = (np.quantile(means, [0.025, 0.975]) - means.mean()) * _widening(count)
    mean = float(draws_SB[:, 0].mean())
    return Estimate(mean, mean + float(low), mean + float(high))


def _widening(seeds: int) -> float:
    """Of intervals over so few seeds: of the deviation that a bootstrap of n sees, √((n - 1)/n) is missing,
    and of the normal quantile what Student's is more."""
    if seeds == 1:
        return 1.0
    return float(stats.t.ppf(0.975, seeds - 1) / stats.norm.ppf(0.975) * np.sqrt(seeds / (seeds - 1)))


def ratio_over_seeds(ratio_B: Floats, seeds: int) -> Estimate:
    """The first with percentiles of the others, of which some may be infinite; as far out as few seeds ask
    for (expanded percentiles, Hesterberg, "What teachers should know about the bootstrap", 2015)."""
    outer = float(stats.norm.cdf(stats.norm.ppf(0.025) * _widening(seeds)))
    low, high = np.quantile(ratio_B[1:], [outer, 1 - outer], method="nearest")
    return Estimate(float(ratio_B[0]), float(low), float(high))


def averaged_over_seeds(curves_STB: Floats, seed: int) -> Floats:
    """Mean over seeds, all of them and then as many drawn for each resample, (T, B)."""
    seeds, _, resampled = curves_STB.shape
    drawn = np.random.default_rng(seed).integers(seeds, size=(resampled - 1, seeds))
    chosen, rows = np.vstack([np.arange(seeds), drawn]), np.arange(resampled)[:, None]
    averaged: Floats = np.moveaxis(curves_STB, 1, 2)[chosen, rows].mean(axis=1)
    return np.ascontiguousarray(averaged.T)


def p_of_interval(mean: float, low: float, high: float, seeds: int) -> float:
    """Two-sided p of no difference, of a mean over seeds with its 95 % interval: Student's t whose standard
    error makes the interval that wide.

    1 for a single seed, which does not show how much trainings scatter.
    """
    half = (high - low) / 2
    if seeds == 1 or half == 0:
        return float(seeds == 1 or mean == 0)
    t = abs(mean) / half * stats.t.ppf(0.975, seeds - 1)
    return float(2 * stats.t.sf(t, seeds - 1))
