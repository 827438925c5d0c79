"""What a verified set says of a network, under resampling of its pictures; and arms compared over seeds.

All figures are functions of weights (B, N): how often each of N pictures is drawn in each of B resamples.
The first row of weights is the set itself. So the same draws can be given to two networks: pairs.
"""

# ruff: noqa: N803, N806 - array names end in their shapes

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.metrics import calibration, f1
from analysis.metrics.stats import Bools
from analysis.slices.conjunctions import conjunctions, in_any
from generator.planning.sampling import Where

Floats = NDArray[np.float64]
Figure = Callable[[pd.DataFrame, Floats], Floats]
"""(table of N pictures, weights (B, N)) -> (B,)."""

RESAMPLES = 1000
LEAST = 24
"""Pictures of a slice that can be the worst one; below, the worst is an unlucky one."""


def resamples(pictures: int, seed: int, count: int = RESAMPLES) -> Floats:
    """Weights (1 + count, pictures): the set itself, then bootstrap draws."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(pictures, np.full(pictures, 1 / pictures), size=count)
    return np.vstack([np.ones(pictures), drawn]).astype(np.float64)


@lru_cache(maxsize=1)
def resamples_of(names: tuple[str, ...]) -> Floats:
    """Weights (1 + `RESAMPLES`, N) of named pictures: seeds with the same ones are resampled alike, for their
    luck is shared."""
    return resamples(len(names), crc32("\n".join(names).encode()))


def mean_of(column: str) -> Figure:
    """Mean of a column; pictures without a value are left out."""

    def figure(table: pd.DataFrame, weights_BN: Floats) -> Floats:
        values = table[column].to_numpy(float)
        known = ~np.isnan(values)
        return _mean(values[known], weights_BN[:, known])

    return figure


accuracy = mean_of("correct")
"""Share of right predictions."""


def macro_f1(table: pd.DataFrame, weights_BN: Floats) -> Floats:
    """That of the classes that occur among the labels (`analysis.metrics.f1`)."""
    return f1.macro_f1(table["label"], table["predicted"], weights_BN)


def calibration_error(table: pd.DataFrame, weights_BN: Floats) -> Floats:
    """Expected calibration error (`analysis.metrics.calibration`)."""
    return calibration.calibration_error(table["confidence"], table["correct"], weights_BN)


def worst_slice(attributes: Sequence[str], column: str = "correct") -> Figure:
    """Lowest mean of any slice of one or two attributes that holds `LEAST` pictures; nan without one."""

    def figure(table: pd.DataFrame, weights_BN: Floats) -> Floats:
        values = table[column].to_numpy(float)
        known = ~np.isnan(values)
        members = conjunctions(table, attributes, 2, LEAST, known).members[:, known].T.astype(np.float64)
        if not members.size:
            return np.full(len(weights_BN), np.nan)
        sums, n = (weights_BN[:, known] * values[known]) @ members, weights_BN[:, known] @ members
        return np.asarray(np.divide(sums, n, out=np.ones_like(sums), where=n > 0).min(1))

    return figure


def auroc(classes: Mapping[str, str]) -> Figure:
    """Mean over classes of the chance that a picture of the class has a higher probability of it than one of
    another class; ties count half. Unlike accuracy it does not change where classes are named more often. nan
    where the table has no such column.

    Args:
        classes: class -> column of its probability.
    """

    def figure(table: pd.DataFrame, weights_BN: Floats) -> Floats:
        if not set(classes.values()) <= set(table):
            return np.full(len(weights_BN), np.nan)
        found = [
            _auroc((table["label"] == name).to_numpy(), table[column].to_numpy(float), weights_BN)
            for name, column in classes.items()
        ]
        return np.asarray(np.mean(found, axis=0))

    return figure


def _auroc(mine_N: Bools, score_N: Floats, weights_BN: Floats) -> Floats:
    """Mann and Whitney's U over all pairs, under weights; nan without a pair."""
    order = np.argsort(score_N, kind="stable")
    _, firsts = np.unique(score_N[order], return_index=True)
    weights_BN, mine_N = weights_BN[:, order], mine_N[order]
    mine, others = (np.add.reduceat(weights_BN * part, firsts, axis=1) for part in (mine_N, ~mine_N))
    won, pairs = (mine * (others.cumsum(1) - others / 2)).sum(1), mine.sum(1) * others.sum(1)
    return np.asarray(np.divide(won, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0))


def within(slices: Sequence[Where], column: str = "correct") -> Figure:
    """Mean of a column over the pictures in any of the slices."""

    def figure(table: pd.DataFrame, weights_BN: Floats) -> Floats:
        mine = in_any(table, slices)
        return mean_of(column)(table[mine], weights_BN[:, mine])

    return figure


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether the interval leaves out 0."""
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


def renders_to_reach(curve_TB: Floats, goal_B: Floats, budget: int) -> Floats:
    """Renders after which a curve reaches a goal, by linear interpolation between rounds; inf where never.

    Args:
        curve_TB: figure after 0, 1, … rounds.
        goal_B: what is to be reached.
    """
    reached = np.full(goal_B.shape, np.inf)
    reached[curve_TB[0] >= goal_B] = 0.0
    for turn in range(1, len(curve_TB)):
        before, after = curve_TB[turn - 1], curve_TB[turn]
        now = np.isinf(reached) & (after >= goal_B)
        share = (goal_B - before)[now] / (after - before)[now]
        reached[now] = budget * (turn - 1 + share)
    return reached


def sample_efficiency(curves_STB: Floats, reference_STB: Floats, budget: int, seed: int) -> Estimate:
    """How many times fewer renders than the reference's an arm needs to reach the reference's last figure.

    Of the curves averaged over seeds; 0 where it is never reached; seeds and pictures are drawn together.
    """
    mine, theirs = (_averaged(curves, seed) for curves in (curves_STB, reference_STB))
    turns = len(mine)
    needed = renders_to_reach(mine, theirs[-1], budget)
    ratio = np.divide((turns - 1) * budget, needed, out=np.full(needed.shape, np.inf), where=needed > 0)
    return _of_ratios(ratio, len(curves_STB))


def share_of_gain(arm_SB: Floats, nothing_SB: Floats, best_SB: Floats, seed: int) -> Estimate | None:
    """What an arm gains over nothing as a share of what the best one does; None where that gains nothing.

    A ratio of means over seeds; seeds and pictures are drawn together. Where the best gains nothing in a
    draw the share is infinite, with the sign of the arm's gain.
    """
    arm, nothing, best = (_averaged(draws[:, None], seed)[0] for draws in (arm_SB, nothing_SB, best_SB))
    gain, most = arm - nothing, best - nothing
    if most[0] <= 0:
        return None
    endless = np.where(gain > 0, np.inf, -np.inf)
    return _of_ratios(np.divide(gain, most, out=endless, where=most > 0), len(arm_SB))


def _of_ratios(ratio_B: Floats, seeds: int) -> Estimate:
    """The first with percentiles of the others, of which some may be infinite; as far out as few seeds ask
    for (expanded percentiles, Hesterberg, "What teachers should know about the bootstrap", 2015)."""
    outer = float(stats.norm.cdf(stats.norm.ppf(0.025) * _widening(seeds)))
    low, high = np.quantile(ratio_B[1:], [outer, 1 - outer], method="nearest")
    return Estimate(float(ratio_B[0]), float(low), float(high))


def _averaged(curves_STB: Floats, seed: int) -> Floats:
    """Mean over seeds, all of them and then as many drawn for each resample, (T, B)."""
    seeds, _, resampled = curves_STB.shape
    drawn = np.random.default_rng(seed).integers(seeds, size=(resampled - 1, seeds))
    chosen, rows = np.vstack([np.arange(seeds), drawn]), np.arange(resampled)[:, None]
    averaged: Floats = np.moveaxis(curves_STB, 1, 2)[chosen, rows].mean(axis=1)
    return np.ascontiguousarray(averaged.T)


def figures(attributes: Sequence[str], planted: Sequence[Where]) -> Mapping[str, Figure]:
    """All that is told of a rendered set, by name."""
    return {
        "accuracy": accuracy,
        "macro_f1": macro_f1,
        "worst_slice": worst_slice(attributes),
        **({"planted": within(planted)} if planted else {}),
        "alignment": mean_of("energy_true"),
        "worst_alignment": worst_slice(attributes, "energy_true"),
        "calibration_error": calibration_error,
    }


def _mean(values_N: Floats, weights_BN: Floats) -> Floats:
    total = weights_BN.sum(1)
    mean: Floats = np.divide(weights_BN @ values_N, total, out=np.full(len(total), np.nan), where=total > 0)
    return mean
