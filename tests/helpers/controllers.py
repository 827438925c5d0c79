"""Probes whose weakness is known, and what controllers request for them."""

from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from analysis.slices.conjunctions import slice_name
from generator.spec import RenderSpec
from loop.config.controller import ControllerSettings
from loop.config.run import LoopConfig
from loop.controllers import CONTROLLERS, Observation, RenderRequest, Round
from loop.controllers.decide import decide

WEAK = {"color": "y", "shape": "van"}


CELLS = list(product(("sedan", "van", "bus"), ("r", "y", "k"), ("f", "b")))


def probe(weak: dict[str, str] | None = None, value: float = 0.2, each: int = 12) -> pd.DataFrame:
    """Three shapes × three colours × two views; `weak` has low figures, all else high ones, with noise."""
    rows = [dict(zip(("shape", "color", "view"), cell, strict=True)) for cell in CELLS for _ in range(each)]
    table = pd.DataFrame(rows)
    rng = np.random.default_rng(0)
    bad = np.all([table[k] == v for k, v in weak.items()], axis=0) if weak else np.zeros(len(table), bool)
    good = np.where(bad, value, 0.9) + rng.normal(0, 0.02, len(table))
    table["name"] = [f"p{i}" for i in range(len(table))]
    table["p_true"] = good
    table["correct"] = np.where(bad, np.arange(len(table)) % 4 == 0, np.arange(len(table)) % 12 > 0).astype(
        float
    )
    table["energy_true"] = table["reward_true"] = good
    table["entropy"], table["loss"] = 1 - good, -np.log(good.clip(1e-6, 1))
    return table


def observation(
    table: pd.DataFrame, *past: Round, planted: tuple[Any, ...] = (), **settings: Any
) -> Observation:
    asked = ControllerSettings(**{"budget": 60, "slices": 3, **settings})
    return Observation((*past, Round(table)), ("shape", "color", "view"), asked, seed=0, planted=planted)


def requested(name: str, given: Observation) -> list[RenderRequest]:
    return CONTROLLERS[name].decide(given)


def decided(name: str, table: pd.DataFrame, **settings: Any) -> tuple[RenderRequest, ...]:
    """What a run requests."""
    return decide([Round(table)], config_of(name=name, slices=3, **settings)).requests


PLANTED: dict[str, dict[str, str]] = {
    "correct": {"color": "y", "shape": "van"},
    "entropy": {"color": "r", "shape": "bus"},
    "energy_true": {"color": "k", "shape": "sedan"},
    "p_true": {"color": "y", "shape": "bus"},
    "reward_true": {"color": "r", "shape": "van"},
}
"""Column -> the slice that is bad by it alone."""


def differing() -> pd.DataFrame:
    """A probe in which each column has another bad slice."""
    columns = {}
    for column, where in PLANTED.items():
        table = probe(where, 0.0 if column == "energy_true" else 0.2)
        columns[column] = table["correct" if column == "correct" else column]
    return probe().assign(**columns)


def with_failures() -> pd.DataFrame:
    """Yellow vans are wrong and looked past; buses from the front are right, also without the bus."""
    table = probe(WEAK, each=20)
    rng = np.random.default_rng(1)
    cued = np.all([table[k] == v for k, v in CUE.items()], axis=0)
    residual = np.where(cued, 0.8, 0.3) + rng.normal(0, 0.03, len(table))
    return table.assign(loss=-np.log(table["p_true"].clip(0.01)), label=table["shape"], residual=residual)


CUE = {"shape": "bus", "view": "f"}


def drawn(name: str, given: Observation, seeds: int = 30) -> Counter[str]:
    """Pictures for each value of each attribute, over draws with several seeds."""
    total: Counter[str] = Counter()
    for seed in range(seeds):
        for request in requested(name, Observation(given.rounds, given.attributes, given.settings, seed)):
            total.update({f"{k}={v}": request.count for k, v in request.where.items()})
            total[slice_name(request.where)] += request.count if len(request.where) > 1 else 0
    return total


def flat(specs: list[list[RenderSpec]]) -> list[RenderSpec]:
    return [spec for some in specs for spec in some]


def config_of(**controller: Any) -> LoopConfig:
    grid = {"shapes": ["sedan", "van", "bus"], "colors": ["r", "y", "k"], "views": ["f", "b"]}
    return LoopConfig.model_validate(
        {
            "classes": {shape: [shape] for shape in grid["shapes"]},
            "data": {"rendered": {**grid, "count": 10}},
            "probe": {"render": {**grid, "count": 10}},
            "holdout": {**grid, "count": 10},
            "reinforce": grid,
            "controller": controller,
        }
    )
