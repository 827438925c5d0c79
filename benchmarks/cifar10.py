"""`make bench-cifar10 DATA=FOLDER`: the whole cycle on real photographs.

    python -m benchmarks.cifar10 FOLDER

Runs `configs/cifar10.yaml` once in `runs/bench/cifar10` and measures accuracy and energy on the vehicle
before and after, and how both changed. FOLDER holds CIFAR-10 as `train` and `test`, each with a folder for
every class. The figures go to `benchmarks/results.json` (`cifar10_*`).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.metrics.arrays import Bools
from analysis.metrics.bootstrap import bootstrap_mean
from analysis.slices.conjunctions import in_any
from benchmarks.results import keep
from loop.config.load import load
from loop.config.run import LoopConfig
from loop.run.folder import RunFolder
from loop.run.round_folder import RoundFolder
from renforce import reinforce

RUN = RunFolder(Path("runs/bench/cifar10"))
CONFIG = Path("configs/cifar10.yaml")
FIGURES = {
    "test accuracy, all classes": ("test", "accuracy"),
    "test accuracy, automobile": ("test", "classes", "automobile"),
    "test accuracy, truck": ("test", "classes", "truck"),
    "rendered holdout, accuracy": ("holdout", "accuracy"),
    "rendered holdout, energy on the vehicle (true class, corrected)": (
        "holdout",
        "alignment",
        "energy_true",
    ),
}
"""Caption -> keys that lead to the figure in a round's metrics."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    overrides = [f"data.root={parser.parse_args().data}"]
    config = load(LoopConfig, CONFIG, overrides)
    reinforce(CONFIG, RUN.path, overrides=overrides, log=print)
    rounds = RUN.evaluated_rounds()
    for when, one in (("before", rounds[0]), ("after", rounds[-1])):
        metrics = one.read_metrics()
        for what, keys in FIGURES.items():
            keep_figure(f"{what}, {when}", figure_at(metrics, keys), config.seed)
    keep_change(rounds[0], rounds[-1], config.seed)
    seconds = sum(line["seconds"] for line in RUN.read_timings())
    keep(
        "cifar10_seconds",
        "the whole cycle on CIFAR-10's photographs, seconds",
        seconds,
        "s",
        n=1,
        seed=config.seed,
    )


def figure_at(metrics: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    for key in keys:
        metrics = metrics[key]
    return metrics


def keep_figure(what: str, figure: dict[str, Any], seed: int) -> None:
    """A figure of a round's metrics, under a key made from its caption."""
    unit = "" if "energy" in what else "share"
    key = "cifar10_" + "_".join(what.replace(",", "").replace("(", "").replace(")", "").split())
    keep(key, what, figure["mean"], unit, low=figure["low"], high=figure["high"], n=figure["n"], seed=seed)


def keep_change(first: RoundFolder, last: RoundFolder, seed: int) -> None:
    """Paired change of accuracy on the same pictures; of the holdout also inside and outside of what was
    added."""
    for name, what in (("test", "real test accuracy"), ("holdout", "rendered holdout accuracy")):
        before, after = (one.read_evaluation(name) for one in (first, last))
        change = after["correct"] - before["correct"]
        keep_points(f"cifar10_{name}_change", f"{what}: change", change, seed)
    reinforced = in_reinforced(before)
    keep_points(
        "cifar10_holdout_change_reinforced", f"{what}, reinforced slices: change", change[reinforced], seed
    )
    keep_points(
        "cifar10_holdout_change_elsewhere", f"{what}, all other pictures: change", change[~reinforced], seed
    )


def in_reinforced(pictures: pd.DataFrame) -> Bools:
    """Which pictures lie in a slice that was reinforced, by the run's ledger."""
    return in_any(pictures, [entry["slice"] for entry in RUN.read_ledger() if "slice" in entry])


def keep_points(key: str, what: str, change: pd.Series[float], seed: int) -> None:
    """A mean change in percentage points with its bootstrap interval over pictures."""
    mean, low, high = (100 * value for value in bootstrap_mean(change.to_numpy(float), seed=seed))
    keep(key, what, mean, "points", low=low, high=high, n=len(change), seed=seed)


if __name__ == "__main__":
    main()
