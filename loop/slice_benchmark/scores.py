"""Who names the planted slices: methods that list slices of a verified probe, and how right they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import ttest_ind

from analysis.metrics.stats import Bools
from analysis.slices.conjunctions import conjunctions, inside, wheres_of
from analysis.slices.find import find_slices, select_weak
from generator.planning.sampling import Where
from loop.config.run import ControllerSettings
from loop.controllers.diagnosis import ailing
from loop.controllers.weak_slices import ranks

OVERLAP = 0.5
"""Jaccard index of the pictures of two slices from which one stands for the other."""
WEAK = 0.05
"""Level at which a slice counts as weak in the control."""
PART = 0.9
"""Share of a named slice's pictures inside planted ones from which it names a part of them."""


@dataclass(frozen=True)
class Asked:
    """A probe and what methods may do with it."""

    pictures: pd.DataFrame
    attributes: tuple[str, ...]
    settings: ControllerSettings
    most: int
    seed: int


Method = Callable[[Asked], list[Where]]
"""Names slices, the surest first."""


def by(column: str) -> Method:
    """Weak slices by a column, with error control and without repeating a slice's parents."""

    def method(asked: Asked) -> list[Where]:
        test = asked.settings.slice_test(asked.seed)
        weak = select_weak(asked.pictures, asked.attributes, column, test, max_slices=asked.most)
        return wheres_of(weak, asked.attributes)

    return method


def both(asked: Asked) -> list[Where]:
    """By the mean rank of alignment and correctness."""
    pictures = asked.pictures.assign(_both=ranks(asked.pictures, asked.settings))
    return by("_both")(replace(asked, pictures=pictures))


def diagnosis(asked: Asked) -> list[Where]:
    """What the controller `diagnosis` goes by."""
    ills = ailing(asked.pictures, asked.attributes, asked.settings, asked.most, asked.seed)
    return [ill.where for ill in ills][: asked.most]


def enumeration(asked: Asked) -> list[Where]:
    """The slices of the highest error, whatever their size beyond the smallest allowed: plain enumeration."""
    found = find_slices(asked.pictures, asked.attributes, "correct", asked.settings.slice_test(asked.seed))
    lowest = found.sort_values(["mean", "n"], ascending=[True, False], kind="stable").head(asked.most)
    return wheres_of(lowest, asked.attributes)


def random(asked: Asked) -> list[Where]:
    """Slices by lot."""
    s = asked.settings
    slices = conjunctions(asked.pictures, asked.attributes, s.max_order, s.min_n)
    rng = np.random.default_rng(asked.seed)
    return [dict(slices.parts[i]) for i in rng.permutation(len(slices.parts))[: asked.most]]


METHODS: Mapping[str, Method] = {
    "diagnosis": diagnosis,
    "alignment": by("energy_true"),
    "error": by("correct"),
    "loss": by("p_true"),
    "alignment+error": both,
    "enumeration": enumeration,
    "random": random,
}
"""`loss` goes by the probability of the true class, which orders pictures as the loss does."""


Verdict = Literal["planted", "weak anyway", "not planted"]
"""Of a named slice: it stands for a planted one or a part of one; for none, but is weak in the control too,
and counts neither as right nor as wrong; for none."""


@dataclass(frozen=True)
class Score:
    """How right a method is about one probe."""

    verdicts: tuple[Verdict, ...]
    """One a named slice."""
    precision: float
    """Share of `planted` among the named slices that count; nan where none does."""
    discovered: float
    """Share of the planted slices that a named one stands for, or that named ones hold most of."""

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
    def false_share(self) -> float:
        """Of the named slices that count, 0 where none does."""
        return 0.0 if np.isnan(self.precision) else 1 - self.precision


def score(
    pictures: pd.DataFrame,
    named: Sequence[Where],
    planted: Sequence[Where],
    control: pd.DataFrame | None = None,
    margin: float = 0.0,
) -> Score:
    """Hold what is named against what is planted, by the pictures that both mean.

    Args:
        pictures: the probe.
        control: what a network without the diseases does with the same pictures, row by row.
        margin: how much more often than elsewhere it must be wrong in a slice that is weak anyway.
    """
    told, ill = (_members(pictures, slices) for slices in (named, planted))
    anywhere = ill.any(0)
    hits = np.array([_like(mine, ill) or _inside(mine, anywhere) for mine in told], dtype=bool)
    common = np.zeros(len(hits), bool) if control is None else ~hits & _weak(control, told, margin)
    parts = told[hits].any(0) if hits.any() else np.zeros(len(pictures), bool)
    found = [_like(one, told) or _mostly(one, parts) for one in ill]
    counted = hits[~common]
    precision = float(counted.mean()) if len(counted) else np.nan
    return Score(tuple(map(_verdict, hits, common)), precision, float(np.mean(found)))


def _verdict(hit: bool, common: bool) -> Verdict:
    return "planted" if hit else "weak anyway" if common else "not planted"


def _weak(control: pd.DataFrame, told: Bools, margin: float) -> Bools:
    """Whether a network is more often wrong in each slice than elsewhere by the margin, and gives the true
    class less there (Welch's t-test)."""
    p_true, correct = (control[name].to_numpy(float) for name in ("p_true", "correct"))
    found = []
    for mine in told:
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
