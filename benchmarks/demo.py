"""`make bench-demo`: the demo over three seeds: its time, gain, named slices and what became worse.

    python -m benchmarks.demo

Runs are kept in `runs/bench` and not done again; remove that folder for a fresh measurement.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from analysis.slices.change import paired_change
from analysis.slices.conjunctions import in_any
from benchmarks.results import keep, keep_mean
from generator.files import read_jsonl
from generator.planning.grid import Hole
from loop.config.load import load
from loop.config.run import LoopConfig
from loop.controllers import Round
from loop.controllers.decide import REPORTED, decide
from loop.run.output import OutputFolder

RUNS = Path("runs/bench")
DEMO = Path("configs/demo.yaml")
SEEDS = [0, 1, 2]
ATTRIBUTES = ["shape", "color", "angle", "view"]


def main() -> None:
    """Run the demo for each seed; keep its time, the planted slices' gain and what became worse."""
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
        named = [named_share(seed, holes, score) for seed in SEEDS]
        what = f"planted slices among the first {config.controller.slices} that `{score}` names"
        n = len(SEEDS) * len(holes)
        keep(f"demo_named_by_{score}", what, float(np.mean(named)), "share", n=n, seed=SEEDS)
    shares = [decided_share(read_jsonl(RUNS / f"demo-{seed}" / "timings.jsonl")) for seed in SEEDS]
    what = "share of a round's time in which the controller decides"
    keep_mean("controller_time_share", what, shares, "share", seeds=SEEDS)
    worse = [worse_slices(*pair) for pair in pairs]
    keep(
        "demo_worse_slices",
        "slices significantly worse on holdout (single attributes and pairs)",
        float(sum(map(len, worse))),
        "slices",
        n=len(SEEDS),
        seed=SEEDS,
        which=[name for names in worse for name in names],
    )


def decided_share(steps: Sequence[Mapping[str, Any]]) -> float:
    """Of the time of a run's rounds, from the first decision to the last verification, that in which its
    controller decides; what came before and the report are left out.

    Args:
        steps: of `timings.jsonl`, in order.
    """
    first = next(i for i, step in enumerate(steps) if step["step"] == "decide")
    spent = Counter[str]()
    for step in steps[first:]:
        spent[step["step"]] += step["seconds"]
    del spent["report"]
    return float(spent["decide"] / spent.total())


def keep_seconds(times: dict[int, float]) -> None:
    """Median and range over the runs that nothing interrupted."""
    seconds = list(times.values())
    what = "`make demo`, seconds after set-up"
    low, high = (min(seconds), max(seconds)) if len(seconds) > 1 else (None, None)
    keep(
        "demo_seconds", what, float(np.median(seconds)), "s", low=low, high=high, n=len(times), seed=[*times]
    )


def run_demo(seed: int) -> float | None:
    """Wall-clock seconds of the run if it was done in one go, None if it was interrupted and went on."""
    folder = RUNS / f"demo-{seed}"
    stated = folder.with_suffix(".seconds.json")
    if not OutputFolder(folder).is_done:
        fresh, start = not folder.exists(), perf_counter()
        command = [
            sys.executable,
            "-m",
            "renforce.cli",
            "loop",
            str(DEMO),
            "-o",
            str(folder),
            "--set",
            f"seed={seed}",
        ]
        subprocess.run(command, check=True)
        if fresh:
            stated.write_text(json.dumps(perf_counter() - start))
    return float(json.loads(stated.read_text())) if stated.exists() else None


def holdout_pair(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The holdout set as the first and as the last round sees it."""
    rounds = sorted((RUNS / f"demo-{seed}" / "rounds").glob("*/holdout.parquet"))
    return pd.read_parquet(rounds[0]), pd.read_parquet(rounds[-1])


def accuracy(pictures: pd.DataFrame, slices: Sequence[Mapping[str, Any]]) -> float:
    """In percent, in any of the slices; {} is all pictures."""
    return 100 * float(pictures["correct"][in_any(pictures, slices)].mean())


def named_share(seed: int, holes: tuple[Hole, ...], score: str) -> float:
    """Share of the planted slices among those that a score would have named in the first round."""
    config = load(LoopConfig, DEMO, [f"seed={seed}", f"controller.score={score}"])
    probe = pd.read_parquet(RUNS / f"demo-{seed}" / "rounds" / "00" / "probe.parquet")
    named = [order.where for order in decide([Round(probe)], config).orders]
    return float(np.mean([hole.where in named for hole in holes]))


def worse_slices(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """Slices of one or two attributes that became significantly worse, the false-discovery rate at 5 %."""
    change = paired_change(before, after, "correct", ATTRIBUTES)
    return [str(name) for name in change.loc[change["worse"], "slice"]]


if __name__ == "__main__":
    main()
