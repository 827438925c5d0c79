"""`make bench-slices`: the planted failure benchmark: which method names the slices that were planted.

    python -m benchmarks.slices

Runs `renforce bench-slices configs/bench-slices.yaml` in `runs/bench/slices`: renders, trains a network for
each setting and seed, and lets every method list weak slices. Needs no data; two and a half hours on two
cores. The figures go to `benchmarks/results.json` (`slices_*`).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.results import keep
from loop.run.results_folder import BenchmarkFolder

CONFIG = Path("configs/bench-slices.yaml")
FOLDER = BenchmarkFolder(Path("runs/bench/slices"))
OURS = "diagnosis"
"""The method that the goals are about."""
FIELDS = ("precision", "discovered", "false_share", "named", "common")


def main() -> None:
    command = [sys.executable, "-m", "renforce.cli", "bench-slices", str(CONFIG), "-o", str(FOLDER.path)]
    subprocess.run(command, check=True)
    keep_all(FOLDER.read_results())


def keep_all(results: dict[str, Any]) -> None:
    """Every method's figures, and ours under the names of the goals."""
    methods = results["methods"]
    seeds = [one["seed"] for one in results["settings"][0]["seeds"]]
    for name, found in methods.items():
        solved, kinds = found["solved"], found["solved_by_kind"]
        more = {key: found[key]["mean"] for key in FIELDS}
        more |= {f"solved_{kind.replace(' ', '_')}": fraction for kind, fraction in kinds.items()}
        note(f"slices_by_{name}", f"fraction of planted settings that {name} solves", solved, seeds, **more)
    note(
        "slices_solved_share",
        f"fraction of planted settings that {OURS} solves",
        methods[OURS]["solved"],
        seeds,
    )
    false = methods[OURS]["false_share"]
    note(
        "slices_false_discovery_rate",
        f"fraction of slices named by {OURS} that are not planted",
        false,
        seeds,
    )


def note(key: str, what: str, figure: dict[str, float], seeds: list[int], **more: float) -> None:
    low, high, n = figure["low"], figure["high"], int(figure["n"])
    keep(key, what, figure["mean"], "share", low=low, high=high, n=n, seed=seeds, **more)


if __name__ == "__main__":
    main()
