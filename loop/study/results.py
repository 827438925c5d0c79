"""From the runs of a study to its tables: every round's figures, and arms compared in pairs.

`results.parquet` has a row an arm × seed × round; `results.json`, for the report and for other programs:

- `curves`: figure -> arm -> one estimate a round;
- `final`: figure -> arm -> `value`, its `gain` over the control arm, which adds nothing, and `over` the
  reference;
- `efficiency`: figure -> arm -> how many times fewer renders than the reference's (`sample_efficiency`);
- `share_of_best`: figure -> arm -> fraction of the gain of the upper bound (None where that one has none);
- `seeds`: those that were evaluated, of `planned_seeds`;
- `nothing`, `best`: names of the control and of the upper bound;
- `harmed`: arm -> slices of the holdout and classes of real pictures that are significantly worse after the
  last round than with nothing added; `lowest`: arm -> those that regressed most, significantly or not
  (`loop.study.regressions`).

A round that was rolled back (`controller.on_regression`) has the figures of the last accepted round, as in
the report of a run: its network is the one that the arm has then.
"""

# ruff: noqa: N803 - array names end in their shapes

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from analysis.columns import LABEL, NAME, probability_of
from analysis.metrics.seeds import Estimate, over_seeds
from analysis.slices.options import SliceTest
from generator.files import read_jsonl
from generator.planning.grid import GRID, Hole
from loop.config.study import StudyConfig
from loop.controllers.decide import requestable
from loop.controllers.gate import with_classes
from loop.run.folder import RunFolder
from loop.run.results_folder import StudyFolder
from loop.study.regressions import changes
from loop.study.statistics import (
    Figure,
    Floats,
    accuracy,
    auroc,
    calibration_error,
    figures,
    fraction_of_gain,
    macro_f1,
    resamples_of,
    sample_efficiency,
    within,
)

EFFICIENT = ("accuracy", "planted", "worst_slice")
"""Figures of which it is counted how many renders an arm needs."""
REGRESSION = ("set", "slice", "n", "difference", "low", "high")
"""Keys of an entry of `harmed` and `lowest`."""
SETS = {"holdout": "renders", "test": "photographs"}
"""Evaluation of a round -> what its pictures are."""
MIN_N = 8
"""Fewest pictures of a slice that is tested for a regression."""


def write_results(folder: StudyFolder, config: StudyConfig, seeds: Sequence[int] | None = None) -> None:
    """Read the runs of a study and write both tables.

    Args:
        seeds: those that are done; None for all.

    Raises:
        UserError: a file of a run is missing or damaged.
    """
    done = config.model_copy(update={"seeds": tuple(seeds or config.seeds)})
    results = Results(folder, done)
    folder.write_results_table(results.rows())
    folder.write_results({**results.compared(), "planned_seeds": list(config.seeds)})


class Results:
    """Figures of every run, each seed's pictures resampled alike for all arms and rounds."""

    def __init__(self, folder: StudyFolder, config: StudyConfig) -> None:
        self.folder = folder
        self.config = config
        self.run = config.run_of(config.control, config.seeds[0])
        self.rounds = self.run.controller.rounds + 1
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
        """Evaluations that each round has."""
        first = self.folder.run(self.config.control, self.config.seeds[0]).round(0)
        return [kind for kind in SETS if first.evaluation(kind).table.exists()]

    def _drawn(self, kind: str) -> dict[str, dict[str, Floats]]:
        asked = self._figures(kind)
        found: dict[str, dict[str, list[Floats]]] = {
            name: {arm: [] for arm in self.config.arms} for name in asked
        }
        for seed in self.config.seeds:
            names = self._table(self.config.control, seed, 0, kind)["name"]
            weights = resamples_of(tuple(names))
            for arm in self.config.arms:
                tables = [self._table(arm, seed, number, kind) for number in range(self.rounds)]
                for name, figure in asked.items():
                    found[name][arm].append(np.stack([figure(table, weights) for table in tables]))
        stacked = {
            name: {arm: np.stack(by_seed) for arm, by_seed in arms.items()} for name, arms in found.items()
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
        """A row an arm × seed × round, a column a figure, and the renders requested until then."""
        rows = []
        for arm in self.config.arms:
            for s, seed in enumerate(self.config.seeds):
                renders = self._renders(arm, seed)
                for number in range(self.rounds):
                    found = {name: float(arms[arm][s, number, 0]) for name, arms in self.draws.items()}
                    row = {"arm": arm, "seed": seed, "round": number, "renders": renders[number]}
                    rows.append({**row, **found})
        return pd.DataFrame(rows)

    def compared(self) -> dict[str, Any]:
        """All of `results.json`."""
        config, draws = self.config, self.draws
        counted = {name: draws[name] for name in EFFICIENT if name in draws}
        changed = {arm: self._changes(arm) for arm in config.arms if arm != config.control}
        return {
            "arms": list(config.arms), "seeds": list(config.seeds), "rounds": self.rounds - 1,
            "budget": self.budget, "reference": config.reference, "nothing": config.control,
            "best": config.upper_bound,
            "pictures": len(self._table(config.control, config.seeds[0], 0, "holdout")),
            "renders": {arm: self._mean_renders(arm) for arm in config.arms},
            "curves": _each(draws, lambda arms, arm: self._curve(arms[arm])),
            "final": _each(draws, self._final),
            "efficiency": _each(counted, self._efficiency),
            "share_of_best": _each(counted, self._share_of_best) if config.upper_bound else {},
            "harmed": {arm: _rows(found[found["worse"]]) for arm, found in changed.items()},
            "lowest": {arm: _rows(one.groupby("set", sort=False).head(1)) for arm, one in changed.items()},
            "seconds": {arm: self._seconds(arm) for arm in config.arms},
            "begun_seconds": self._spent(self.folder.beginnings()),
        }  # fmt: skip

    def _mean_renders(self, arm: str) -> float:
        return float(np.mean([self._renders(arm, seed)[-1] for seed in self.config.seeds]))

    def _curve(self, draws_STB: Floats) -> list[dict[str, Any]]:
        return [_plain(over_seeds(draws_STB[:, number], self.config.seed)) for number in range(self.rounds)]

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
        control, bound = (arms[str(name)][:, -1] for name in (self.config.control, self.config.upper_bound))
        fraction = fraction_of_gain(arms[arm][:, -1], control, bound, self.config.seed)
        return None if fraction is None else _plain(fraction)

    def _changes(self, arm: str) -> pd.DataFrame:
        """Slices of the holdout and classes of real pictures against nothing added, the lowest first."""
        found = []
        for kind in self._kinds:
            if attributes := self._spanning(kind):
                before, after = self._last(self.config.control, kind), self._last(arm, kind)
                test = SliceTest(min_n=MIN_N, seed=self.config.seed)
                found.append(changes(before, after, attributes, test).assign(set=SETS[kind]))
        return pd.concat(found, ignore_index=True)

    def _spanning(self, kind: str) -> list[str]:
        """Attributes whose slices may regress; none where real pictures are of one class."""
        first = self._table(self.config.control, self.config.seeds[0], 0, kind)
        return with_classes(first, self._attributes(first) if kind == "holdout" else [])

    def _last(self, arm: str, kind: str) -> list[pd.DataFrame]:
        """An arm's last evaluation of each seed."""
        return [self._table(arm, seed, self.rounds - 1, kind) for seed in self.config.seeds]

    def _renders(self, arm: str, seed: int) -> list[int]:
        """Renders requested before each round."""
        run = self.folder.run(arm, seed)
        counts = [len(read_jsonl(run.round(number).specs)) for number in range(self.rounds - 1)]
        return [0, *np.cumsum(counts).tolist()]

    def _seconds(self, arm: str) -> dict[str, float]:
        """Of all runs of an arm, by step, from the first decision on."""
        return self._spent(self.folder.run(arm, seed) for seed in self.config.seeds)

    def _spent(self, runs: Iterable[RunFolder]) -> dict[str, float]:
        """Seconds of each step over some runs."""
        spent: Counter[str] = Counter()
        for run in runs:
            for entry in run.read_timings():
                spent[entry["step"]] += entry["seconds"]
        return dict(spent)

    def _table(self, arm: str, seed: int, number: int, kind: str) -> pd.DataFrame:
        """The evaluation of the last accepted round; pictures without a name have their number."""
        run = self.folder.run(arm, seed)
        table = run.round(run.last_accepted(number)).read_evaluation(kind)
        return table if NAME in table else table.assign(**{NAME: table.index.astype(str)})


def _real_figures(reinforced: Sequence[str]) -> Mapping[str, Figure]:
    """Of real pictures: all, the classes that have renders, and the others."""

    def others(table: pd.DataFrame, weights_BN: Floats) -> Floats:
        rest = ~table[LABEL].isin(reinforced).to_numpy()
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
    draws: Mapping[str, Mapping[str, Any]], value: Callable[[Mapping[str, Any], str], Any]
) -> dict[str, dict[str, Any]]:
    """Figure -> arm -> what `value` gives for it."""
    return {name: {arm: value(arms, arm) for arm in arms} for name, arms in draws.items()}


def _known(arms: Mapping[str, Floats]) -> dict[str, Floats]:
    """Without the resamples in which some run's figure is not known, because no picture in the holes was
    drawn; nothing where it is not known of the set itself, or of half of the resamples."""
    known = ~np.any([np.isnan(draws).any((0, 1)) for draws in arms.values()], axis=0)
    if not known[0] or known.mean() < 0.5:
        return {}
    return {arm: draws[:, :, known] for arm, draws in arms.items()}


def _rows(changed: pd.DataFrame) -> list[dict[str, Any]]:
    """The figures of slices, for JSON."""
    return [dict(zip(REGRESSION, row, strict=True)) for row in changed[list(REGRESSION)].to_numpy().tolist()]


def _plain(estimate: Estimate) -> dict[str, Any]:
    """For JSON; what is infinite or unknown is None."""
    return {key: value if np.isfinite(value) else None for key, value in asdict(estimate).items()}
