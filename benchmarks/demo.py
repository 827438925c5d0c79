"""`make bench-demo`: the demo on three seeds: time, gain, slices that it names, slices that regressed.

    python -m benchmarks.demo

Runs `configs/demo.yaml` with seeds 0 to 2 into `runs/bench/demo-SEED`. Needs no data; a run takes ten minutes
on two cores that compute in bfloat16, about half an hour on two that do not. Finished runs are not repeated:
remove those folders for a fresh measurement. The figures go to `benchmarks/results.json` (`demo_*`,
`controller_time_share`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from analysis.slices.change import paired_change
from analysis.slices.conjunctions import in_any
from benchmarks.results import keep, keep_mean
from generator.planning.grid import Hole
from loop.config.load import load
from loop.config.run import LoopConfig
from loop.controllers import Round
from loop.controllers.decide import REPORTED, decide
from loop.run.folder import RunFolder

RUNS = Path("runs/bench")
DEMO = Path("configs/demo.yaml")
SEEDS = [0, 1, 2]
ATTRIBUTES = ["shape", "color", "angle", "view"]


def main() -> None:
    """Run the demo for each seed and keep its figures."""
    times = {seed: seconds for seed in SEEDS if (seconds := run_demo(seed))}
    if times:
        keep_seconds(times)
    config = load(LoopConfig, DEMO)
    assert config.data.rendered is not None
    holes = config.data.rendered.holes
    missing = [hole.where for hole in holes]
    pairs = [holdout_pair(seed) for seed in SEEDS]
    planted = "holdout accuracy on the planted slices"
    for key, what, slices in (
        ("demo_planted_gain_points", f"{planted}: gain", missing),
        ("demo_overall_gain_points", "holdout accuracy on all pictures: gain", [{}]),
    ):
        gains = [accuracy(after, slices) - accuracy(before, slices) for before, after in pairs]
        keep_mean(key, what, gains, "points", seeds=SEEDS)
    for when, which in (("before", 0), ("after", 1)):
        values = [accuracy(pair[which], missing) for pair in pairs]
        keep_mean(f"demo_planted_accuracy_{when}", f"{planted}, {when}", values, "%", seeds=SEEDS)
    for score in REPORTED:
        named = [named_fraction(seed, holes, score) for seed in SEEDS]
        what = (
            f"fraction of the planted slices among the first {config.controller.slices} that `{score}` names"
        )
        n = len(SEEDS) * len(holes)
        keep(f"demo_named_by_{score}", what, float(np.mean(named)), "share", n=n, seed=SEEDS)
    fractions = [deciding_fraction(run_of(seed).read_timings()) for seed in SEEDS]
    what = "fraction of the rounds' time in which the controller decides"
    keep_mean("controller_time_share", what, fractions, "share", seeds=SEEDS)
    regressed = [regressed_slices(*pair) for pair in pairs]
    keep(
        "demo_worse_slices",
        "slices of the holdout that regressed significantly (single attributes and pairs)",
        float(sum(map(len, regressed))),
        "slices",
        n=len(SEEDS),
        seed=SEEDS,
        which=list(chain.from_iterable(regressed)),
    )


def run_of(seed: int) -> RunFolder:
    """The run of a seed."""
    return RunFolder(RUNS / f"demo-{seed}")


def deciding_fraction(steps: Sequence[Mapping[str, Any]]) -> float:
    """Fraction of the time of a run's rounds in which its controller decides.

    Counted is what comes after the first decision began, to the last evaluation; the report is left out.

    Args:
        steps: entries of `timings.jsonl`, in order.
    """
    first = next(i for i, step in enumerate(steps) if step["step"] == "decide")
    spent = Counter[str]()
    for step in steps[first:]:
        spent[step["step"]] += step["seconds"]
    del spent["report"]
    return float(spent["decide"] / spent.total())


def keep_seconds(times: dict[int, float]) -> None:
    """Median and range over the runs that were not interrupted."""
    seconds = list(times.values())
    what = "`make demo`, seconds after set-up"
    low, high = (min(seconds), max(seconds)) if len(seconds) > 1 else (None, None)
    keep(
        "demo_seconds", what, float(np.median(seconds)), "s", low=low, high=high, n=len(times), seed=[*times]
    )


def run_demo(seed: int) -> float | None:
    """Wall-clock seconds of the run; None if it was interrupted and resumed.

    They are kept beside the run, in `demo-SEED.seconds.json`.
    """
    run = run_of(seed)
    seconds = run.path.with_suffix(".seconds.json")
    if not run.is_done:
        fresh = not run.path.exists()
        start = perf_counter()
        command = [
            sys.executable,
            "-m",
            "renforce.cli",
            "loop",
            str(DEMO),
            "-o",
            str(run.path),
            "--set",
            f"seed={seed}",
        ]
        subprocess.run(command, check=True)
        if fresh:
            seconds.write_text(json.dumps(perf_counter() - start))
    return float(json.loads(seconds.read_text())) if seconds.exists() else None


def holdout_pair(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The evaluation of the holdout set in the first and in the last round."""
    rounds = run_of(seed).evaluated_rounds()
    return rounds[0].read_evaluation("holdout"), rounds[-1].read_evaluation("holdout")


def accuracy(pictures: pd.DataFrame, slices: Sequence[Mapping[str, Any]]) -> float:
    """Accuracy in percent of the pictures in any of the slices; {} is all pictures."""
    return 100 * float(pictures["correct"][in_any(pictures, slices)].mean())


def named_fraction(seed: int, holes: tuple[Hole, ...], score: str) -> float:
    """Fraction of the planted slices that a controller by this score would name in the first round."""
    config = load(LoopConfig, DEMO, [f"seed={seed}", f"controller.score={score}"])
    probe = run_of(seed).round(0).read_evaluation("probe")
    named = [request.where for request in decide([Round(probe)], config).requests]
    return float(np.mean([hole.where in named for hole in holes]))


def regressed_slices(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Slices of one or two attributes that regressed, at a false discovery rate of 5 %."""
    change = paired_change(before, after, "correct", ATTRIBUTES)
    return [str(name) for name in change.loc[change["worse"], "slice"]]


if __name__ == "__main__":
    main()
