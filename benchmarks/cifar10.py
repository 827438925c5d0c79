"""`make bench-cifar10 DATA=…`: the whole cycle on real photographs, its figures kept whatever they are.

python -m benchmarks.cifar10 FOLDER      FOLDER holds CIFAR-10 as train and test class folders
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.metrics.stats import Bools
from analysis.slices.conjunctions import in_any
from analysis.slices.find import bootstrap_mean
from benchmarks.results import keep
from generator.files import read_jsonl
from loop.config.load import load
from loop.config.run import LoopConfig
from renforce.commands import run_loop

RUN = Path("runs/bench/cifar10")
CONFIG = Path("configs/cifar10.yaml")
PLACES = {
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    config = load(LoopConfig, CONFIG, [f"data.root={parser.parse_args().data}"])
    run_loop(config, RUN, CONFIG)
    rounds = sorted((RUN / "rounds").glob("*/metrics.json"))
    for when, path in (("before", rounds[0]), ("after", rounds[-1])):
        metrics = json.loads(path.read_text())
        for what, place in PLACES.items():
            keep_figure(f"{what}, {when}", figure_at(metrics, place), config.seed)
    keep_change(rounds[0].parent, rounds[-1].parent, config.seed)
    seconds = sum(line["seconds"] for line in read_jsonl(RUN / "timings.jsonl"))
    keep(
        "cifar10_seconds",
        "the whole cycle on CIFAR-10's photographs, seconds",
        seconds,
        "s",
        n=1,
        seed=config.seed,
    )


def figure_at(metrics: dict[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    for word in place:
        metrics = metrics[word]
    return metrics


def keep_figure(what: str, figure: dict[str, Any], seed: int) -> None:
    unit = "" if "energy" in what else "share"
    key = "cifar10_" + "_".join(what.replace(",", "").replace("(", "").replace(")", "").split())
    keep(key, what, figure["mean"], unit, low=figure["low"], high=figure["high"], n=figure["n"], seed=seed)


def keep_change(first: Path, last: Path, seed: int) -> None:
    """Paired change of accuracy on the same pictures; on holdout also inside and outside what was added."""
    for name, what in (("test", "real test accuracy"), ("holdout", "rendered holdout accuracy")):
        before, after = (pd.read_parquet(folder / f"{name}.parquet") for folder in (first, last))
        change = after["correct"] - before["correct"]
        keep_points(f"cifar10_{name}_change", f"{what}: change", change, seed)
    reinforced = in_reinforced(before)
    keep_points(
        "cifar10_holdout_change_reinforced", f"{what}, reinforced slices: change", change[reinforced], seed
    )
    keep_points("cifar10_holdout_change_elsewhere", f"{what}, all else: change", change[~reinforced], seed)


def in_reinforced(pictures: pd.DataFrame) -> Bools:
    """Which pictures lie in a slice that the ledger says was reinforced."""
    entries = read_jsonl(RUN / "ledger.jsonl")
    return in_any(pictures, [entry["slice"] for entry in entries if "slice" in entry])


def keep_points(key: str, what: str, change: pd.Series[float], seed: int) -> None:
    mean, low, high = (100 * value for value in bootstrap_mean(change.to_numpy(float), seed=seed))
    keep(key, what, mean, "points", low=low, high=high, n=len(change), seed=seed)


if __name__ == "__main__":
    main()
