"""How right a finder is that names slices of an evaluated probe, where it is known what was planted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import ttest_ind

from analysis.columns import CORRECT, P_TRUE
from analysis.metrics.arrays import Bools
from analysis.slices.conjunctions import inside
from generator.planning.sampling import Where
from loop.config.controller import ControllerSettings
from loop.controllers import Observation, Round, finder_named

OVERLAP = 0.5
"""Jaccard index of the pictures of two slices from which one stands for the other."""
WEAK = 0.05
"""Level at which a slice counts as weak in the control."""
PART = 0.9
"""Fraction of a named slice's pictures inside planted ones from which it names a part of them."""


def named_slices(
    finder: str,
    pictures: pd.DataFrame,
    attributes: Sequence[str],
    settings: ControllerSettings,
    max_slices: int,
    seed: int,
) -> list[Where]:
    """The slices of a probe that a finder names, the most certain first.

    Args:
        finder: a name of `loop.controllers.FINDERS`.
        pictures: the evaluated probe, one row a picture.

    Raises:
        UserError: there is no such finder, or the probe lacks a column that it needs.
    """
    limited = settings.model_copy(update={"slices": max_slices})
    observation = Observation((Round(pictures),), tuple(attributes), limited, seed)
    return [found.where for found in finder_named(finder)(observation)][:max_slices]


Verdict = Literal["planted", "weak anyway", "not planted"]
"""Of a named slice: it stands for a planted one or a part of one; for none, but it is weak in the control
too, and counts neither as right nor as wrong; for none."""


@dataclass(frozen=True)
class Score:
    """How right a finder is about one probe."""

    verdicts: tuple[Verdict, ...]
    """One a named slice."""
    precision: float
    """Fraction of `planted` among the named slices that count; nan where none does."""
    discovered: float
    """Fraction of the planted slices that a named one stands for, or that named ones hold most of."""

    @property
    def named(self) -> int:
        return len(self.verdicts)

    @property
    def common(self) -> int:
        """Named slices that count neither as right nor as wrong."""
        return self.verdicts.count("weak anyway")

    @property
    def solved(self) -> bool:
        """The goal: at least 0.8 of what is named is planted, and all that is planted is found."""
        return self.named > 0 and self.precision >= 0.8 and self.discovered == 1.0

    @property
    def false_fraction(self) -> float:
        """Of the named slices that count, 0 where none does."""
        return 0.0 if np.isnan(self.precision) else 1 - self.precision


def score(
    pictures: pd.DataFrame,
    named: Sequence[Where],
    planted: Sequence[Where],
    control: pd.DataFrame | None = None,
    margin: float = 0.0,
) -> Score:
    """Compare what is named with what is planted, by the pictures that both mean.

    Args:
        pictures: the probe.
        control: the evaluation of a network without the planted failures, row by row of the same pictures.
        margin: how much more often than elsewhere it must be wrong in a slice that is weak anyway.
    """
    members, failing = (_members(pictures, slices) for slices in (named, planted))
    anywhere = failing.any(0)
    hits = np.array([_like(mine, failing) or _inside(mine, anywhere) for mine in members], dtype=bool)
    common = np.zeros(len(hits), bool) if control is None else ~hits & _weak(control, members, margin)
    parts = members[hits].any(0) if hits.any() else np.zeros(len(pictures), bool)
    found = [_like(one, members) or _mostly(one, parts) for one in failing]
    counted = hits[~common]
    precision = float(counted.mean()) if len(counted) else np.nan
    return Score(tuple(map(_verdict, hits, common)), precision, float(np.mean(found)))


def _verdict(hit: bool, common: bool) -> Verdict:
    return "planted" if hit else "weak anyway" if common else "not planted"


def _weak(control: pd.DataFrame, members: Bools, margin: float) -> Bools:
    """Whether a network is more often wrong in each slice than elsewhere by the margin, and gives the true
    class less there (Welch's t-test)."""
    p_true, correct = (control[name].to_numpy(float) for name in (P_TRUE, CORRECT))
    found = []
    for mine in members:
        test = ttest_ind(p_true[mine], p_true[~mine], equal_var=False, alternative="less")
        found.append(test.pvalue < WEAK and correct[mine].mean() < correct[~mine].mean() - margin)
    return np.array(found, dtype=bool)


def _members(pictures: pd.DataFrame, slices: Sequence[Where]) -> Bools:
    rows = [inside(pictures, where).to_numpy(bool) for where in slices]
    return np.array(rows, dtype=bool).reshape(len(slices), len(pictures))


def _like(one: Bools, others: Bools) -> bool:
    shared, either = (one & others).sum(1), (one | others).sum(1)
    return bool((shared >= OVERLAP * np.maximum(either, 1)).any()) if len(others) else False


def _mostly(one: Bools, parts: Bools) -> bool:
    return int(np.count_nonzero(one & parts)) >= OVERLAP * max(1, int(np.count_nonzero(one)))


def _inside(one: Bools, anywhere: Bools) -> bool:
    return int(np.count_nonzero(one & anywhere)) >= PART * max(1, int(np.count_nonzero(one)))
