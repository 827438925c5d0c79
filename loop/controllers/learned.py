"""Controllers that learn from round to round what is worth rendering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from analysis.slices.conjunctions import Conjunctions, conjunctions, slice_name, values_of
from generator.planning.sampling import Where
from loop.controllers.base import Observation, RenderRequest, Round, anywhere, seen_together, shares
from loop.controllers.weak_slices import numbers

Floats = NDArray[np.float64]

TRIES = 100
"""Times that the policy draws again in place of cells that cannot be."""
HOPE = 0.5
"""Share of a slice's shortfall that the bandit expects its pictures to make good, before it has seen any."""
STEPS, SAMPLES, RATE, ENTROPY = 200, 64, 1.5, 0.4
"""Of the policy: updates a round, cells drawn for each, step size, and weight of its entropy, all for rewards
in standard deviations of the pictures. At the optimum, values whose rewards differ by that weight differ in
chance by a factor of e. With less entropy its factors drive one another into a handful of cells."""


def bandit(evidence: Observation) -> list[RenderRequest]:
    """Thompson sampling over slices of one or two attributes (Thompson 1933; Russo et al. 2018, section 4).

    A part of the budget (it is cut in `controller.slices` equal ones) makes good a share of a slice's
    shortfall, 1 minus its `controller.score`. That share is normal: before any round with mean and deviation
    HOPE; after each round in which pictures of the slice were ordered, updated by the gain of its probe
    pictures with the variance of their mean. Each part goes to the slice where a draw of the share, times
    what the slice falls short now, is largest.
    """
    numbers(evidence.pictures, evidence.settings.score)
    slices = _slices(evidence)
    if not slices.parts:
        return anywhere(evidence.settings, f"no slice has {evidence.settings.min_n} pictures")
    mean, deviation = _worth(slices, evidence)
    rng = np.random.default_rng((evidence.seed, len(evidence.rounds)))
    drawn = [int(rng.normal(mean, deviation).argmax()) for _ in range(evidence.settings.slices)]
    counts = shares([1.0] * len(drawn), evidence.settings.budget)
    totals: Counter[int] = Counter()
    for index, count in zip(drawn, counts, strict=True):
        totals[index] += count
    return [
        RenderRequest(
            dict(slices.parts[i]),  # type: ignore[arg-type]  # values of attributes are words and numbers
            count,
            f"{slices.names()[i]}: expected gain {mean[i]:.2f} ± {deviation[i]:.2f}",
        )
        for i, count in totals.items()
    ]


def _slices(evidence: Observation) -> Conjunctions:
    return conjunctions(evidence.pictures, evidence.attributes, 2, evidence.settings.min_n)


def _worth(slices: Conjunctions, evidence: Observation) -> tuple[Floats, Floats]:
    """Posterior mean and deviation of each slice's gain by one part of the budget (S,)."""
    score, part = evidence.settings.score, evidence.settings.budget / evidence.settings.slices
    names = {name: i for i, name in enumerate(slices.names())}
    precision = np.full(len(names), 1 / HOPE**2)
    weighted = precision * HOPE
    for past in evidence.rounds:
        short, gain = _shortfall(slices, past.pictures, score), _gains(past, score)
        for order in past.orders:
            i = names.get(slice_name(order.where))
            if i is None or not order.had or np.count_nonzero(slices.members[i] & ~np.isnan(gain)) < 2:
                continue
            mine, scale = gain[slices.members[i] & ~np.isnan(gain)], short[i] * order.had / part
            variance = max(float(mine.var(ddof=1)) / len(mine), 1e-4) / scale**2
            precision[i] += 1 / variance
            weighted[i] += mine.mean() / scale / variance
    now = _shortfall(slices, evidence.pictures, score)
    return now * weighted / precision, now / np.sqrt(precision)


def _shortfall(slices: Conjunctions, pictures: pd.DataFrame, score: str) -> Floats:
    """1 minus the mean of each slice's score (S,), at least 0.01."""
    values = pictures[score].to_numpy(float)
    known = ~np.isnan(values)
    n = (slices.members & known).sum(1)
    short: Floats = (1 - slices.members @ np.where(known, values, 0.0) / np.maximum(n, 1)).clip(0.01)
    return np.where(n > 0, short, 0.01)


def _gains(past: Round, score: str) -> Floats:
    """Of each picture (N,); 0 before there is an outcome."""
    if past.outcome is None:
        return np.zeros(len(past.pictures))
    later = past.outcome.set_index("name").loc[past.pictures["name"], score].to_numpy(float)
    gain: Floats = later - past.pictures[score].to_numpy(float)
    return gain


@dataclass(frozen=True)
class Policy:
    """Independent choices of each attribute's value."""

    values: dict[str, list[Any]]
    logits: dict[str, Floats]

    def sample(self, rng: np.random.Generator, count: int) -> dict[str, NDArray[np.int64]]:
        """Index of each attribute's value, (count,) each."""
        return {name: rng.choice(len(p), count, p=p) for name, p in self.chances().items()}

    def where(self, cell: Sequence[int]) -> Where:
        """The slice that indices of values say."""
        return {name: known[i] for (name, known), i in zip(self.values.items(), cell, strict=True)}

    def chances(self) -> dict[str, Floats]:
        return {name: softmax(logits) for name, logits in self.logits.items()}


def policy_gradient(evidence: Observation) -> list[RenderRequest]:
    """Cells drawn from a policy over attributes that was trained on the probe by REINFORCE.

    Williams 1992, with the mean reward of a batch as its baseline and the policy's entropy as a bonus. A cell
    is paid what its probe pictures lack of `controller.objective`: the more misaligned, the better to render.
    The policy goes on from round to round: it is replayed from the first verification, so nothing but the
    probes' tables is kept.
    """
    numbers(evidence.pictures, evidence.settings.objective, "controller.objective")
    policy = _start(evidence)
    for turn, past in enumerate(evidence.rounds):
        rng = np.random.default_rng((evidence.seed, turn))
        policy = _improved(policy, past.pictures, evidence.settings.objective, rng)
    counted = Counter(_cells(policy, evidence, rng))
    return [
        RenderRequest(
            where := policy.where(cell),
            count,
            f"{slice_name(where)}: drawn {count} times by the policy",
            drawn=True,
        )
        for cell, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    ]


def _cells(policy: Policy, evidence: Observation, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """The budget's cells, as indices of values; those that cannot be are drawn again."""
    seen, found = seen_together(evidence.pictures), list[tuple[int, ...]]()
    for _ in range(TRIES):
        if not (missing := evidence.settings.budget - len(found)):
            break
        cells = policy.sample(rng, missing)
        drawn = zip(*(cells[name].tolist() for name in policy.values), strict=True)
        found += [cell for cell in drawn if seen(policy.where(cell))]
    return found


def _start(evidence: Observation) -> Policy:
    values = {name: values_of(evidence.pictures[name]) for name in evidence.attributes}
    return Policy(values, {name: np.zeros(len(known)) for name, known in values.items()})


def _improved(policy: Policy, pictures: pd.DataFrame, objective: str, rng: np.random.Generator) -> Policy:
    logits = {name: values.copy() for name, values in policy.logits.items()}
    now = Policy(policy.values, logits)
    score = pictures[objective].astype(float)
    lack = pictures.assign(_lack=-score / max(float(score.std()), 1e-9)).dropna(subset=["_lack"])
    paid = lack.groupby(list(policy.values), observed=True)["_lack"].mean()
    table = {key if isinstance(key, tuple) else (key,): value for key, value in paid.items()}
    usual = float(lack["_lack"].mean())
    for _ in range(STEPS):
        drawn = now.sample(rng, SAMPLES)
        keys = zip(*([now.values[name][i] for i in drawn[name]] for name in now.values), strict=True)
        reward = np.array([table.get(key, usual) for key in keys])
        for name, chances in now.chances().items():
            logits[name] += RATE * _gradient(drawn[name], chances, reward - reward.mean())
    return now


def _gradient(drawn: NDArray[np.int64], chances: Floats, advantage: Floats) -> Floats:
    """Mean of advantage × ∇ log π, and ENTROPY × that of the policy's entropy."""
    score = np.eye(len(chances))[drawn] - chances
    logs = np.log(chances)
    entropy = -chances * (logs - chances @ logs)
    gradient: Floats = (advantage[:, None] * score).mean(0) + ENTROPY * entropy
    return gradient
