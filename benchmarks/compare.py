"""`make bench-compare DATA=FOLDER`: networks of the literature on photographs, with much and little data.

    python -m benchmarks.compare FOLDER [--run runs/bench/compare] [--set KEY=VALUE]

Trains the networks of `configs/compare.yaml` and measures accuracy, loss, macro F1 and speed on the test
photographs. FOLDER holds CIFAR-10 as `train` and `test`, each with a folder for every class. An interrupted
comparison goes on with the same command; its seconds are those of all parts together. The figures go to
`benchmarks/results.json` (`compare_*`).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks.results import keep
from loop.config.comparison import CompareConfig
from loop.config.load import load
from loop.run.results_folder import ComparisonFolder
from renforce import compare

CONFIG = Path("configs/compare.yaml")
RUN = Path("runs/bench/compare")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--run", type=Path, default=RUN)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides")
    args = parser.parse_args()
    overrides = [f"data.root={args.data}", *args.overrides]
    config = load(CompareConfig, CONFIG, overrides)
    compare(CONFIG, args.run, overrides=overrides, log=print)
    for summary in ComparisonFolder(args.run).read_results()["summaries"]:
        keep_summary(summary, list(config.seeds))


def keep_summary(summary: dict[str, Any], seeds: list[int]) -> None:
    """Test accuracy of one network after one amount of training, with its other figures beside."""
    figures = summary["figures"]
    top1 = figures["test_top1"]
    variant = summary["variant"]
    name = "".join(c if c.isalnum() else "_" for c in variant).replace("__", "_")
    epochs = summary["amount"]
    keep(
        f"compare_{name}_{epochs:02d}_{summary['network']}",
        f"{summary['network']}, {variant}, after {epochs} epoch{'s' if epochs > 1 else ''}",
        top1["mean"],
        "share",
        low=top1["low"],
        high=top1["high"],
        n=top1["n"],
        seed=seeds,
        M_parameters=summary["parameters"] / 1e6,
        train_accuracy=figures["train_top1"]["mean"],
        train_loss=figures["train_loss"]["mean"],
        valid_accuracy=figures["valid_top1"]["mean"],
        valid_loss=figures["valid_loss"]["mean"],
        test_loss=figures["test_loss"]["mean"],
        top2=figures["test_top2"]["mean"],
        macro_F1=figures["test_macro_f1"]["mean"],
        train_pictures_per_second=summary["train_pictures_per_second"],
        seconds=summary["seconds"],
    )


if __name__ == "__main__":
    main()
