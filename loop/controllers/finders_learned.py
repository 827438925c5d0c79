"""Finders that learn from round to round what is worth rendering."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from analysis.columns import NAME
from analysis.slices.conjunctions import Conjunctions, conjunctions, slice_name, values_of
from loop.controllers.base import Found, Observation, Round
from loop.controllers.finders_weak import numbers

Floats = NDArray[np.float64]

HOPE = 0.5
"""Fraction of a slice's shortfall that the bandit expects its pictures to make good, before it has seen
any."""
STEPS = 200
"""Updates of the policy in a round."""
SAMPLES = 64
"""Cells that the policy draws for each update."""
RATE = 1.5
"""Step size of the policy, for rewards in standard deviations of the pictures."""
ENTROPY = 0.4
"""Weight of the policy's entropy. At the optimum, values whose rewards differ by it differ in chance by a
factor of e. With less entropy the attributes drive one another into a handful of cells."""


def expected_gains(observation: Observation) -> list[Found]:
    """Slices of one or two attributes with the gain that one part of the budget is expected to bring, for
    Thompson sampling (Thompson 1933; Russo et al. 2018, section 4).

    A part of the budget (it is cut in `controller.slices` equal ones) makes good a fraction of a slice's
    shortfall, 1 minus its `controller.score`. That fraction is normal: before any round with mean and
    deviation HOPE; after each round in which pictures of the slice were requested, updated by the gain of its
    probe pictures with the variance of their mean. `weight` and `deviation` are those of the fraction times
    what the slice falls short now.

    Raises:
        UserError: there is no such score.
    """
    numbers(observation.pictures, observation.settings.score)
    slices = slices_of(observation)
    if not slices.parts:
        return []
    mean, deviation = posterior(slices, observation)
    rows = zip(slices.parts, slices.names(), mean.tolist(), deviation.tolist(), strict=True)
    return [
        Found(
            dict(parts),  # type: ignore[arg-type]  # values of attributes are words and numbers
            partial("{}: expected gain {:.2f} ± {:.2f}".format, name, gain, spread),
            weight=gain,
            deviation=spread,
        )
        for parts, name, gain, spread in rows
    ]


def slices_of(observation: Observation) -> Conjunctions:
    """The slices that the bandit chooses among."""
    return conjunctions(observation.pictures, observation.attributes, 2, observation.settings.min_n)


def posterior(slices: Conjunctions, observation: Observation) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each slice's gain by one part of the budget, (S,) each."""
    score = observation.settings.score
    part = observation.settings.budget / observation.settings.slices
    names = {name: i for i, name in enumerate(slices.names())}
    precision = np.full(len(names), 1 / HOPE**2)
    weighted = precision * HOPE
    for past in observation.rounds:
        short, gain = _shortfall(slices, past.pictures, score), _gains(past, score)
        for request in past.requests:
            i = names.get(slice_name(request.where))
            if i is None or not request.obtained:
                continue
            mine = gain[slices.members[i] & ~np.isnan(gain)]
            if len(mine) < 2:  # no variance
                continue
            scale = short[i] * request.obtained / part
            variance = max(float(mine.var(ddof=1)) / len(mine), 1e-4) / scale**2
            precision[i] += 1 / variance
            weighted[i] += mine.mean() / scale / variance
    now = _shortfall(slices, observation.pictures, score)
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
    later = past.outcome.set_index(NAME).loc[past.pictures[NAME], score].to_numpy(float)
    gain: Floats = later - past.pictures[score].to_numpy(float)
    return gain


@dataclass(frozen=True)
class Policy:
    """Independent choices of each attribute's value."""

    values: dict[str, list[Any]]
    logits: dict[str, Floats]

    def sample(self, rng: np.random.Generator, count: int) -> dict[str, NDArray[np.int64]]:
        """Index of each attribute's value, (count,) each."""
        return sample_values(self.chances(), rng, count)

    def chances(self) -> dict[str, Floats]:
        """Chance of each value of each attribute."""
        return {name: softmax(logits) for name, logits in self.logits.items()}


def sample_values(
    chances: dict[str, Floats], rng: np.random.Generator, count: int
) -> dict[str, NDArray[np.int64]]:
    """Draw each attribute's value by itself: index of the value, (count,) each."""
    return {name: rng.choice(len(p), count, p=p) for name, p in chances.items()}


def policy_values(observation: Observation) -> list[Found]:
    """Every value of every attribute, the weight of each its chance under a policy over attributes that was
    trained on the probe by REINFORCE.

    Williams 1992, with the mean reward of a batch as its baseline and the policy's entropy as a bonus. A cell
    is rewarded by what its probe pictures lack of `controller.objective`: the more misaligned, the better to
    render. The policy goes on from round to round: it is trained again from the first evaluation on, so
    nothing but the probe's tables is kept.

    Raises:
        UserError: there is no such objective.
    """
    objective = observation.settings.objective
    numbers(observation.pictures, objective, "controller.objective")
    policy = _untrained(observation)
    for number, past in enumerate(observation.rounds):
        rng = np.random.default_rng((observation.seed, number))
        policy = _improved(policy, past.pictures, objective, rng)
    return [
        Found({name: value}, f"{name}={value}: chosen with a chance of {chance:.2f}", weight=chance)
        for name, chances in policy.chances().items()
        for value, chance in zip(policy.values[name], chances.tolist(), strict=True)
    ]


def rng_after_learning(observation: Observation) -> np.random.Generator:
    """The random stream of the last round's learning where that left it: each value that the policy drew took
    one number."""
    stream = np.random.PCG64((observation.seed, len(observation.rounds) - 1))
    return np.random.Generator(stream.advance(STEPS * SAMPLES * len(observation.attributes)))


def _untrained(observation: Observation) -> Policy:
    values = {name: values_of(observation.pictures[name]) for name in observation.attributes}
    return Policy(values, {name: np.zeros(len(known)) for name, known in values.items()})


def _improved(policy: Policy, pictures: pd.DataFrame, objective: str, rng: np.random.Generator) -> Policy:
    logits = {name: values.copy() for name, values in policy.logits.items()}
    now = Policy(policy.values, logits)
    score = pictures[objective].astype(float)
    lack = pictures.assign(_lack=-score / max(float(score.std()), 1e-9)).dropna(subset=["_lack"])
    rewards = lack.groupby(list(policy.values), observed=True)["_lack"].mean()
    table = {key if isinstance(key, tuple) else (key,): value for key, value in rewards.items()}
    usual = float(lack["_lack"].mean())
    for _ in range(STEPS):
        drawn = now.sample(rng, SAMPLES)
        keys = zip(*([now.values[name][i] for i in drawn[name]] for name in now.values), strict=True)
        reward = np.array([table.get(key, usual) for key in keys])
        for name, chances in now.chances().items():
            logits[name] += RATE * gradient(drawn[name], chances, reward - reward.mean())
    return now


def gradient(drawn: NDArray[np.int64], chances: Floats, advantage: Floats) -> Floats:
    """Mean of advantage × ∇ log π, and ENTROPY × that of the policy's entropy.

    Args:
        drawn: indices of values, (B,).
        chances: of each value, (V,).
        advantage: reward of each draw above the mean, (B,).

    Returns:
        By each value's logit, (V,).
    """
    score = np.eye(len(chances))[drawn] - chances
    logs = np.log(chances)
    entropy = -chances * (logs - chances @ logs)
    found: Floats = (advantage[:, None] * score).mean(0) + ENTROPY * entropy
    return found
