"""What controllers see and what they answer with: observations, found slices, render requests.

A controller is a finder and an allocator. The finder says where the network is weak (`Found`), the
allocator spends the budget on that (`RenderRequest`). So the same weak slices can be rendered, oversampled,
or be a part of what is rendered, and the slice benchmark can judge finders alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from analysis.slices.diagnosis import Diagnosis
from generator.planning.sampling import Where
from loop.config.controller import ControllerSettings

JSON_KEYS = {
    "where": "where",
    "count": "count",
    "reason": "why",
    "oversampled": "again",
    "drawn": "drawn",
    "scene": "scene",
    "granted": "given",
}
"""Field of a `RenderRequest` -> its key in `orders.json`."""


@dataclass(frozen=True)
class RenderRequest:
    """Pictures that a controller wants."""

    where: Where
    """Slice they lie in, continuous attributes in bins; empty for anything."""
    count: int
    """Pictures requested, at least 1."""
    reason: str
    """Why, in words."""
    oversampled: bool = False
    """Whether to take pictures that are trained on already once more, instead of rendering new ones."""
    drawn: bool = False
    """Whether this is one of many cells that were drawn at random; only together do they mean something."""
    scene: Mapping[str, Any] = field(default_factory=dict)
    """Attributes of `where` that are not a single value of the grid -> what they are drawn from, and the
    attributes that go with them."""
    granted: int | None = None
    """Of `count`, the pictures that could be had; None until that is known."""

    @property
    def obtained(self) -> int:
        """Pictures that could be had, all of them until that is known."""
        return self.count if self.granted is None else self.granted

    @property
    def short(self) -> int:
        """Pictures that could not be had."""
        return self.count - self.obtained

    def to_json(self) -> dict[str, Any]:
        """As an entry of `orders.json`.

        >>> RenderRequest({"color": "y"}, 3, "too few").to_json()["why"]
        'too few'
        """
        plain = {**vars(self), "where": dict(self.where), "scene": dict(self.scene)}
        return {key: plain[name] for name, key in JSON_KEYS.items()}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> RenderRequest:
        """From an entry of `orders.json`; keys that are missing have their defaults."""
        return cls(**{name: entry[key] for name, key in JSON_KEYS.items() if key in entry})


@dataclass(frozen=True)
class Round:
    """What a controller saw, what it requested, and what came of that."""

    pictures: pd.DataFrame
    """The probe, a row a picture (`loop.evaluation.evaluate`); the same pictures in every round."""
    requests: tuple[RenderRequest, ...] = ()
    outcome: pd.DataFrame | None = None
    """The probe after training with what was requested; None in the round that is to be decided."""


@dataclass(frozen=True)
class Observation:
    """All that a controller may know: never the holdout set."""

    rounds: tuple[Round, ...]
    """From the first to the one to decide in, which has neither requests nor an outcome yet."""
    attributes: tuple[str, ...]
    """Attributes that vary in the probe and that pictures can be requested by."""
    settings: ControllerSettings
    seed: int
    planted: tuple[Where, ...] = ()
    """Holes of the training set, for the oracle alone."""
    training: pd.DataFrame | None = None
    """Attributes of the photographs and renders that are learned from, a row each; None where those of the
    photographs are not known."""
    options: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Attribute -> the values that `reinforce` lists."""

    @property
    def pictures(self) -> pd.DataFrame:
        """The probe as the network of this round sees it."""
        return self.rounds[-1].pictures


@dataclass(frozen=True)
class Found:
    """A slice that a finder names."""

    where: Where
    """Its attribute values, continuous attributes in bins; empty for anything."""
    why: str | Callable[[], str]
    """The reason in words, or what gives it: it is needed only where pictures of the slice are requested."""
    weight: float = 1.0
    """What the finder expects of pictures of the slice, at least 0, in a unit of its own; allocators that do
    not share evenly go by it."""
    deviation: float = 0.0
    """Standard deviation of `weight`, where the finder is uncertain of it."""
    cell: bool = False
    """Whether this is one of many combinations of values, for an allocator to draw from, as against a slice
    that stands out."""
    diagnosis: Diagnosis | None = None
    """The failure mode, where the finder knows it."""

    @property
    def reason(self) -> str:
        """The reason in words."""
        return self.why if isinstance(self.why, str) else self.why()


Finder = Callable[[Observation], list[Found]]
"""Names slices, the most certain first; at most `controller.slices` of those that stand out."""
Allocator = Callable[[Sequence[Found], int, Observation], list[RenderRequest]]
"""(found slices, budget in pictures, observation) -> requests; none where nothing was found."""


def by_no_column(settings: ControllerSettings) -> str | None:
    """The ranking of a controller that ranks no slices."""
    return None


def unchanged(pictures: pd.DataFrame, settings: ControllerSettings) -> pd.DataFrame:
    """The pictures of a controller that ranks by a column of the evaluation."""
    return pictures


@dataclass(frozen=True)
class Controller:
    """Who decides what to render next: a finder of slices and an allocator of the budget."""

    find: Finder
    allocate: Allocator
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
    """How attributes that a request leaves free are drawn; as `reinforce.sampling` says where it is None."""
    by_slices: bool = True
    """Whether it requests pictures by slices of the probe, so that the probe's attribute values must be among
    those of `reinforce`."""
    goes_on: bool = False
    """Whether the next round is trained where nothing was requested."""
    when_empty: str = "no slice lies significantly below the rest"
    """Why nothing is requested where nothing is."""

    def decide(self, observation: Observation) -> list[RenderRequest]:
        """What to render for the whole budget.

        Raises:
            UserError: a score that the finder needs is not there.
        """
        return self.allocate(self.find(observation), observation.settings.budget, observation)


def describe_drawn(drawn: Sequence[RenderRequest]) -> str:
    """Cells that were drawn, in one line: how many, and which values have most more than an even fraction."""
    total = sum(request.count for request in drawn)
    names = {name for request in drawn for name in request.where}
    often: list[tuple[float, float, str]] = []
    for name in sorted(names):
        counted: Counter[Any] = Counter()
        for request in drawn:
            counted[request.where.get(name)] += request.count
        value, most = counted.most_common(1)[0]
        often.append((most / total - 1 / len(counted), most / total, f"{name}={value}"))
    values = ", ".join(f"{fraction:.0%} {what}" for _, fraction, what in sorted(often, reverse=True)[:3])
    return f"{total} pictures in {len(drawn)} cells at random, {values}; the most for {drawn[0].reason}"
