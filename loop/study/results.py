"""From the runs of a study to its tables: every round's figures, and arms compared in pairs.

`results.parquet` has a row an arm × seed × round; `results.json`, for the report and for other programs:

- `curves`: figure -> arm -> one estimate a round;
- `final`: figure -> arm -> `value`, its `gain` over the arm that adds nothing, and `over` the reference;
- `efficiency`: figure -> arm -> how many times fewer renders than the reference's (`sample_efficiency`);
- `share_of_best`: figure -> arm -> share of the gain of the best arm (None where that one has none);
- `seeds`: those that all this is of, of `planned_seeds`;
- `harmed`: arm -> slices of the holdout and classes of real pictures that are significantly worse after the
  last round than with nothing added; `lowest`: arm -> those that changed for the worst, significantly or not
  (`loop.study.regressions`).

A round that was rolled back (`controller.on_regression`) is judged by the verification of the one that stood,
as the report of a run does it: its network is the one that the arm has then.
"""

# ruff: noqa: N803 - array names end in their shapes

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.columns import probability_of
from analysis.metrics.seeds import Estimate, over_seeds
from analysis.slices.options import SliceTest
from generator.dataset.tables import write_parquet
from generator.files import read_jsonl, write_json
from generator.planning.grid import GRID, Hole
from loop.config.study import StudyConfig, run_folder
from loop.controllers.decide import requestable
from loop.controllers.gate import with_classes
from loop.run.folder import RunFolder
from loop.study.regressions import changes
from loop.study.statistics import (
    Figure,
    Floats,
    accuracy,
    auroc,
    calibration_error,
    figures,
    macro_f1,
    resamples_of,
    sample_efficiency,
    share_of_gain,
    within,
)

EFFICIENT = ("accuracy", "planted", "worst_slice")
"""Figures by which renders are counted."""
HARM = ("set", "slice", "n", "difference", "low", "high")
SETS = {"holdout": "renders", "test": "photographs"}
"""Verifications of a round and what they are of."""
LEAST_HARMED = 8
"""Pictures of a slice that is asked for harm."""


def write_results(folder: Path, config: StudyConfig, seeds: Sequence[int] | None = None) -> None:
    """Read the runs below `folder/runs` and write both tables; of these `seeds`, where not all are done."""
    told = config.model_copy(update={"seeds": tuple(seeds or config.seeds)})
    results = Results(folder, told)
    write_parquet(folder / "results.parquet", results.rows())
    write_json(folder / "results.json", {**results.compared(), "planned_seeds": list(config.seeds)})


class Results:
    """Figures of every run, each seed's pictures resampled alike for all arms and rounds."""

    def __init__(self, folder: Path, config: StudyConfig) -> None:
        self.folder, self.config = folder, config
        self.run = config.run_of(config.control, config.seeds[0])
        self.turns = self.run.controller.rounds + 1
        self.budget = self.run.controller.budget

    @cached_property
    def draws(self) -> dict[str, dict[str, Floats]]:
        """Figure -> arm -> (seeds, rounds, resamples)."""
        found: dict[str, dict[str, Floats]] = {}
        for kind in self._kinds:
            found |= self._drawn(kind)
        return found

    @property
    def _kinds(self) -> list[str]:
        """Verifications that each round has."""
        first = self._round(self.config.control, self.config.seeds[0], 0)
        return [kind for kind in SETS if (first / f"{kind}.parquet").exists()]

    def _drawn(self, kind: str) -> dict[str, dict[str, Floats]]:
        asked = self._figures(kind)
        found: dict[str, dict[str, list[Floats]]] = {
            name: {arm: [] for arm in self.config.arms} for name in asked
        }
        for seed in self.config.seeds:
            names = self._table(self.config.control, seed, 0, kind)["name"]
            weights = resamples_of(tuple(names))
            for arm in self.config.arms:
                tables = [self._table(arm, seed, turn, kind) for turn in range(self.turns)]
                for name, figure in asked.items():
                    found[name][arm].append(np.stack([figure(table, weights) for table in tables]))
        stacked = {
            name: {arm: np.stack(list_) for arm, list_ in arms.items()} for name, arms in found.items()
        }
        known = {name: _known(arms) for name, arms in stacked.items()}
        return {name: arms for name, arms in known.items() if arms}

    def _figures(self, kind: str) -> Mapping[str, Figure]:
        first = self._table(self.config.control, self.config.seeds[0], 0, kind)
        if kind == "test":
            return _real_figures(self.run.reinforced)
        return figures(self._attributes(first), [hole.where for hole in self._holes])

    @property
    def _holes(self) -> Sequence[Hole]:
        return self.run.data.rendered.holes if self.run.data.rendered else ()

    def _attributes(self, pictures: pd.DataFrame) -> list[str]:
        """Those of the grid; the others are continuous."""
        return [name for name in requestable(pictures, self.run) if name in GRID]

    def rows(self) -> pd.DataFrame:
        """A row an arm × seed × round, a column a figure, and the renders ordered until then."""
        rows = []
        for arm in self.config.arms:
            for s, seed in enumerate(self.config.seeds):
                renders = self._renders(arm, seed)
                for turn in range(self.turns):
                    told = {name: float(arms[arm][s, turn, 0]) for name, arms in self.draws.items()}
                    rows.append({"arm": arm, "seed": seed, "round": turn, "renders": renders[turn], **told})
        return pd.DataFrame(rows)

    def compared(self) -> dict[str, Any]:
        """All of `results.json`."""
        config, draws = self.config, self.draws
        counted = {name: draws[name] for name in EFFICIENT if name in draws}
        harm = {arm: self._changes(arm) for arm in config.arms if arm != config.control}
        return {
            "arms": list(config.arms), "seeds": list(config.seeds), "rounds": self.turns - 1,
            "budget": self.budget, "reference": config.reference, "nothing": config.control,
            "best": config.upper_bound,
            "pictures": len(self._table(config.control, config.seeds[0], 0, "holdout")),
            "renders": {arm: self._mean_renders(arm) for arm in config.arms},
            "curves": _each(draws, lambda arms, arm: self._curve(arms[arm])),
            "final": _each(draws, self._final),
            "efficiency": _each(counted, self._efficiency),
            "share_of_best": _each(counted, self._share_of_best) if config.upper_bound else {},
            "harmed": {arm: _rows(found[found["worse"]]) for arm, found in harm.items()},
            "lowest": {arm: _rows(found.groupby("set", sort=False).head(1)) for arm, found in harm.items()},
            "seconds": {arm: self._seconds(arm) for arm in config.arms},
            "begun_seconds": self._spent(self.folder.glob("begun/*/timings.jsonl")),
        }  # fmt: skip

    def _mean_renders(self, arm: str) -> float:
        return float(np.mean([self._renders(arm, seed)[-1] for seed in self.config.seeds]))

    def _curve(self, draws_STB: Floats) -> list[dict[str, Any]]:
        return [_plain(over_seeds(draws_STB[:, turn], self.config.seed)) for turn in range(self.turns)]

    def _final(self, arms: Mapping[str, Floats], arm: str) -> dict[str, Any]:
        last = {name: draws[:, -1] for name, draws in arms.items()}
        pairs = {"gain": self.config.control, "over": self.config.reference}
        return {
            "value": _plain(over_seeds(last[arm], self.config.seed)),
            "by_seed": last[arm][:, 0].tolist(),
            **{key: _plain(over_seeds(last[arm] - last[to], self.config.seed)) for key, to in pairs.items()},
        }

    def _efficiency(self, arms: Mapping[str, Floats], arm: str) -> dict[str, Any] | None:
        """None of an arm that renders nothing."""
        if not self._mean_renders(arm):
            return None
        reference = arms[self.config.reference]
        return _plain(sample_efficiency(arms[arm], reference, self.budget, self.config.seed))

    def _share_of_best(self, arms: Mapping[str, Floats], arm: str) -> dict[str, Any] | None:
        nothing, best = (arms[str(name)][:, -1] for name in (self.config.control, self.config.upper_bound))
        share = share_of_gain(arms[arm][:, -1], nothing, best, self.config.seed)
        return None if share is None else _plain(share)

    def _changes(self, arm: str) -> pd.DataFrame:
        """Slices of the holdout and classes of real pictures against nothing added, the lowest first."""
        found = []
        for kind in self._kinds:
            if attributes := self._spanning(kind):
                before, after = self._last(self.config.control, kind), self._last(arm, kind)
                test = SliceTest(min_n=LEAST_HARMED, seed=self.config.seed)
                found.append(changes(before, after, attributes, test).assign(set=SETS[kind]))
        return pd.concat(found, ignore_index=True)

    def _spanning(self, kind: str) -> list[str]:
        """Attributes whose slices may be harmed; none where real pictures are of one class."""
        first = self._table(self.config.control, self.config.seeds[0], 0, kind)
        return with_classes(first, self._attributes(first) if kind == "holdout" else [])

    def _last(self, arm: str, kind: str) -> list[pd.DataFrame]:
        """An arm's last verification of each seed."""
        return [self._table(arm, seed, self.turns - 1, kind) for seed in self.config.seeds]

    def _renders(self, arm: str, seed: int) -> list[int]:
        """Renders ordered before each round."""
        counts = [len(read_jsonl(self._round(arm, seed, t) / "specs.jsonl")) for t in range(self.turns - 1)]
        return [0, *np.cumsum(counts).tolist()]

    def _seconds(self, arm: str) -> dict[str, float]:
        """Of all runs of an arm, by step, from the first decision on."""
        places = [run_folder(self.folder, arm, seed) for seed in self.config.seeds]
        return self._spent(place / "timings.jsonl" for place in places)

    def _spent(self, timings: Iterable[Path]) -> dict[str, float]:
        spent: Counter[str] = Counter()
        for entry in (entry for path in timings for entry in read_jsonl(path)):
            spent[entry["step"]] += entry["seconds"]
        return dict(spent)

    def _table(self, arm: str, seed: int, turn: int, kind: str) -> pd.DataFrame:
        """The verification of what stands in a round; pictures without a name have their number."""
        run = RunFolder(run_folder(self.folder, arm, seed))
        table = run.round(run.last_accepted(turn)).read_evaluation(kind)
        return table if "name" in table else table.assign(name=table.index.astype(str))

    def _round(self, arm: str, seed: int, turn: int) -> Path:
        return RunFolder(run_folder(self.folder, arm, seed)).round(turn).path


def _real_figures(reinforced: Sequence[str]) -> Mapping[str, Figure]:
    """Of real pictures: all, the classes that have renders, and the others."""

    def others(table: pd.DataFrame, weights_BN: Floats) -> Floats:
        rest = ~table["label"].isin(reinforced).to_numpy()
        return accuracy(table[rest], weights_BN[:, rest])

    return {
        "test_accuracy": accuracy,
        "test_macro_f1": macro_f1,
        "test_reinforced": within([{"label": name} for name in reinforced]),
        "test_others": others,
        "test_auroc": auroc({name: probability_of(name) for name in reinforced}),
        "test_calibration_error": calibration_error,
    }


def _each(
    draws: Mapping[str, Mapping[str, Any]], tell: Callable[[Mapping[str, Any], str], Any]
) -> dict[str, dict[str, Any]]:
    """Figure -> arm -> what `tell` says."""
    return {name: {arm: tell(arms, arm) for arm in arms} for name, arms in draws.items()}


def _known(arms: Mapping[str, Floats]) -> dict[str, Floats]:
    """Without the resamples in which some run's figure cannot be told, for no picture in the holes was drawn;
    nothing where it cannot be told of the set itself, or of half of the resamples."""
    told = ~np.any([np.isnan(draws).any((0, 1)) for draws in arms.values()], axis=0)
    if not told[0] or told.mean() < 0.5:
        return {}
    return {arm: draws[:, :, told] for arm, draws in arms.items()}


def _rows(changed: pd.DataFrame) -> list[dict[str, Any]]:
    """What is told of slices, for JSON."""
    return [dict(zip(HARM, row, strict=True)) for row in changed[list(HARM)].to_numpy().tolist()]


def _plain(estimate: Estimate) -> dict[str, Any]:
    """For JSON; what is infinite or unknown is None."""
    return {key: value if np.isfinite(value) else None for key, value in asdict(estimate).items()}


def read_results(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return found
