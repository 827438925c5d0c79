"""Figures of a network on an evaluated set, under resampling of its pictures; and arms compared over seeds.

All figures are functions of weights (B, N): how often each of N pictures is drawn in each of B resamples.
The first row of weights is the set itself. So the same draws can be given to two networks: pairs.
"""

# ruff: noqa: N803 - array names end in their shapes

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.columns import CORRECT
from analysis.metrics import calibration, f1
from analysis.metrics.auroc import auroc as weighted_auroc
from analysis.metrics.bootstrap import mean_under, resample_weights
from analysis.metrics.seeds import Estimate, averaged_over_seeds, ratio_over_seeds
from analysis.slices.conjunctions import conjunctions, in_any
from generator.planning.sampling import Where

Floats = NDArray[np.float64]
Figure = Callable[[pd.DataFrame, Floats], Floats]
"""(table of N pictures, weights (B, N)) -> (B,)."""

RESAMPLES = 1000
MIN_WORST = 24
"""Fewest pictures of a slice that can be the worst one; of smaller ones the worst is an unlucky one."""


@lru_cache(maxsize=1)
def resamples_of(names: tuple[str, ...]) -> Floats:
    """Weights (1 + `RESAMPLES`, N) of named pictures: seeds with the same ones are resampled alike, for their
    luck is shared."""
    return resample_weights(len(names), crc32("\n".join(names).encode()), RESAMPLES)


def mean_of(column: str) -> Figure:
    """Mean of a column; pictures without a value are left out."""

    def figure(table: pd.DataFrame, weights_BN: Floats) -> Floats:
        values = table[column].to_numpy(float)
        known = ~np.isnan(values)
        return mean_under(values[known], weights_BN[:, known])

    return figure


accuracy = mean_of(CORRECT)
"""Fraction of correct predictions."""


def macro_f1(table: pd.DataFrame, weights_BN: Floats) -> Floats:
    """Macro F1 of the classes that occur among the labels (`analysis.metrics.f1`)."""
    return f1.macro_f1(table["label"], table["predicted"], weights_BN)


def calibration_error(table: pd.DataFrame, weights_BN: Floats) -> Floats:
    """Expected calibration error (`analysis.metrics.calibration`)."""
    return calibration.calibration_error(table["confidence"], table["correct"], weights_BN)


def worst_slice(attributes: Sequence[str], column: str = "correct") -> Figure:
    """Lowest mean of any slice of one or two attributes that holds `MIN_WORST` pictures; nan without one."""

    def figure(table: pd.DataFrame, weights_BN: Floats) -> Floats:
        values = table[column].to_numpy(float)
        known = ~np.isnan(values)
        members = conjunctions(table, attributes, 2, MIN_WORST, known).members[:, known].T.astype(np.float64)
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
            weighted_auroc((table["label"] == name).to_numpy(), table[column].to_numpy(float), weights_BN)
            for name, column in classes.items()
        ]
        return np.asarray(np.mean(found, axis=0))

    return figure


def within(slices: Sequence[Where], column: str = "correct") -> Figure:
    """Mean of a column over the pictures in any of the slices."""

    def figure(table: pd.DataFrame, weights_BN: Floats) -> Floats:
        mine = in_any(table, slices)
        return mean_of(column)(table[mine], weights_BN[:, mine])

    return figure


def renders_to_reach(curve_TB: Floats, goal_B: Floats, budget: int) -> Floats:
    """Renders after which a curve reaches a goal, by linear interpolation between rounds; inf where never.

    Args:
        curve_TB: figure after 0, 1, … rounds.
        goal_B: what is to be reached.
    """
    reached = np.full(goal_B.shape, np.inf)
    reached[curve_TB[0] >= goal_B] = 0.0
    for number in range(1, len(curve_TB)):
        before, after = curve_TB[number - 1], curve_TB[number]
        now = np.isinf(reached) & (after >= goal_B)
        part = (goal_B - before)[now] / (after - before)[now]
        reached[now] = budget * (number - 1 + part)
    return reached


def sample_efficiency(curves_STB: Floats, reference_STB: Floats, budget: int, seed: int) -> Estimate:
    """How many times fewer renders than the reference's an arm needs to reach the reference's last figure.

    Of the curves averaged over seeds; 0 where it is never reached; seeds and pictures are drawn together.
    """
    mine, theirs = (averaged_over_seeds(curves, seed) for curves in (curves_STB, reference_STB))
    rounds = len(mine)
    needed = renders_to_reach(mine, theirs[-1], budget)
    ratio = np.divide((rounds - 1) * budget, needed, out=np.full(needed.shape, np.inf), where=needed > 0)
    return ratio_over_seeds(ratio, len(curves_STB))


def fraction_of_gain(arm_SB: Floats, control_SB: Floats, bound_SB: Floats, seed: int) -> Estimate | None:
    """What an arm gains over the control as a fraction of what the upper bound gains; None where that gains
    nothing.

    A ratio of means over seeds; seeds and pictures are drawn together. Where the upper bound gains nothing in
    a draw the fraction is infinite, with the sign of the arm's gain.
    """
    arm, control, bound = (
        averaged_over_seeds(draws[:, None], seed)[0] for draws in (arm_SB, control_SB, bound_SB)
    )
    gain, most = arm - control, bound - control
    if most[0] <= 0:
        return None
    endless = np.where(gain > 0, np.inf, -np.inf)
    return ratio_over_seeds(np.divide(gain, most, out=endless, where=most > 0), len(arm_SB))


def figures(attributes: Sequence[str], planted: Sequence[Where]) -> Mapping[str, Figure]:
    """All figures of a rendered set, by name."""
    return {
        "accuracy": accuracy,
        "macro_f1": macro_f1,
        "worst_slice": worst_slice(attributes),
        **({"planted": within(planted)} if planted else {}),
        "alignment": mean_of("energy_true"),
        "worst_alignment": worst_slice(attributes, "energy_true"),
        "calibration_error": calibration_error,
    }
