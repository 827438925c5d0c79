"""What controllers see and say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from generator.planning.grid import FAMILY
from generator.planning.sampling import Where
from loop.config.run import ControllerSettings


@dataclass(frozen=True)
class RenderRequest:
    """Pictures that a controller wants."""

    where: Where
    """Slice they lie in, continuous attributes in bins; empty for anything."""
    count: int
    """Pictures, at least 1."""
    why: str
    """The reason in words."""
    again: bool = False
    """Take pictures that are trained on already once more, instead of rendering new ones."""
    drawn: bool = False
    """One of many cells that a draw gave; it is all of them that were wanted."""
    scene: Mapping[str, Any] = field(default_factory=dict)
    """Of `where`, what is no single value of the grid: from where it is drawn, and what goes with it."""
    given: int | None = None
    """Of `count`, the pictures that could be had; None until that is known."""

    @property
    def had(self) -> int:
        """Pictures that could be had, all of them until that is known."""
        return self.count if self.given is None else self.given

    @property
    def lacking(self) -> int:
        """Pictures that could not be had."""
        return self.count - self.had


OCCLUSION = ("occluder", "occlusion")
TIED = (OCCLUSION, ("shape", FAMILY))
"""Pairs of attributes of which not every value goes with every other."""


def together(attributes: Sequence[str]) -> list[tuple[str, ...]]:
    """The attributes, those that are tied in pairs after all others."""
    tied = [pair for pair in TIED if set(pair) <= set(attributes)]
    return [*((name,) for name in attributes if not any(name in pair for pair in tied)), *tied]


def seen_together(pictures: pd.DataFrame) -> Callable[[Where], bool]:
    """Tells whether pictures of the probe have a slice's values of each pair of `TIED` that it asks for."""
    pairs = [pair for pair in TIED if set(pair) <= set(pictures)]
    there = {pair: set(pictures[list(pair)].itertuples(index=False, name=None)) for pair in pairs}

    def seen(where: Where) -> bool:
        asked = [pair for pair in pairs if set(pair) <= set(where)]
        return all(tuple(where[name] for name in pair) in there[pair] for pair in asked)

    return seen


@dataclass(frozen=True)
class Round:
    """What a controller saw, what it ordered, and what that gave."""

    pictures: pd.DataFrame
    """The probe as `loop.evaluation.evaluate.evaluate` tells of it; the same pictures in every round."""
    orders: tuple[RenderRequest, ...] = ()
    outcome: pd.DataFrame | None = None
    """The probe after training with what was ordered; None in the round that is to be decided."""


@dataclass(frozen=True)
class Observation:
    """All that a controller may know: never the holdout set."""

    rounds: tuple[Round, ...]
    """From the first to the one to decide in, which has neither orders nor an outcome yet."""
    attributes: tuple[str, ...]
    """That vary in the probe and can be ordered."""
    settings: ControllerSettings
    seed: int
    planted: tuple[Where, ...] = ()
    """Holes of the training set, for the oracle alone."""

    @property
    def pictures(self) -> pd.DataFrame:
        """The probe as the network of this round sees it."""
        return self.rounds[-1].pictures


def by_no_column(settings: ControllerSettings) -> str | None:
    """The ranking of a controller that ranks no slices."""
    return None


def unchanged(pictures: pd.DataFrame, settings: ControllerSettings) -> pd.DataFrame:
    """The pictures of a controller that ranks by a column of the evaluation."""
    return pictures


@dataclass(frozen=True)
class Controller:
    """A controller."""

    decide: Callable[[Observation], list[RenderRequest]]
    description: str
    """What it requests, in a few words."""
    ranks_by: Callable[[ControllerSettings], str | None] = by_no_column
    """The column by which it finds slices weak, higher is better; None where it ranks no slices. It is one of
    an evaluation, or of what `with_ranking` adds."""
    ranking_words: str | None = None
    """What that column is, in words, where an evaluation has none of that name."""
    with_ranking: Callable[[pd.DataFrame, ControllerSettings], pd.DataFrame] = unchanged
    """Evaluated pictures (N, ...) -> the same with the column that `ranks_by` names."""
    sampling: Literal["grid", "random"] | None = None
    """How attributes that an order leaves free are drawn; as `reinforce.sampling` says where it is None."""
    goes_on: bool = False
    """Whether the next round is trained where nothing was ordered."""
    when_empty: str = "no slice lies significantly below the rest"
    """Why it requests nothing where it does."""


def shares(weights: Sequence[float], total: int) -> list[int]:
    """Whole numbers in proportion to the weights that add up to `total`: largest remainders, the first of
    equal ones. Equal shares where all weights are 0."""
    scale = sum(weights) or len(weights)
    exact = [total * (weight if sum(weights) else 1.0) / scale for weight in weights]
    counts = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts


def anywhere(settings: ControllerSettings, why: str) -> list[RenderRequest]:
    """Orders where no slice stands out: none, or the whole budget for anything, as `controller.idle` says."""
    return [RenderRequest({}, settings.budget, f"{why}: anywhere")] if settings.idle == "explore" else []


def draw_words(drawn: Sequence[RenderRequest]) -> str:
    """Cells that were drawn, in one line: how many, and of which values most more than an even share."""
    total = sum(order.count for order in drawn)
    names = {name for order in drawn for name in order.where}
    often: list[tuple[float, float, str]] = []
    for name in sorted(names):
        counted: Counter[Any] = Counter()
        for order in drawn:
            counted[order.where.get(name)] += order.count
        value, most = counted.most_common(1)[0]
        often.append((most / total - 1 / len(counted), most / total, f"{name}={value}"))
    values = ", ".join(f"{share:.0%} {what}" for _, share, what in sorted(often, reverse=True)[:3])
    return f"{total} pictures in {len(drawn)} cells by lot, {values}; the most for {drawn[0].why}"
