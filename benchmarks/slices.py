"""`make bench-slices`: plant known diseases, see which method names them, and keep the figures.

python -m benchmarks.slices
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.results import keep

CONFIG, FOLDER = Path("configs/bench-slices.yaml"), Path("runs/bench/slices")
OURS = "diagnosis"
FIELDS = ("precision", "discovered", "false_share", "named", "common")


def main() -> None:
    command = [sys.executable, "-m", "renforce.cli", "bench-slices", str(CONFIG), "-o", str(FOLDER)]
    subprocess.run(command, check=True)
    keep_all(json.loads((FOLDER / "results.json").read_text()))


def keep_all(results: dict[str, Any]) -> None:
    """Every method's figures, and ours under the names of the goals."""
    methods = results["methods"]
    seeds = [one["seed"] for one in results["settings"][0]["seeds"]]
    for name, found in methods.items():
        solved, kinds = found["solved"], found["solved_by_kind"]
        more = {key: found[key]["mean"] for key in FIELDS}
        more |= {f"solved_{kind.replace(' ', '_')}": share for kind, share in kinds.items()}
        note(f"slices_by_{name}", f"settings solved by {name}", solved, seeds, **more)
    note("slices_solved_share", f"planted settings that {OURS} solves", methods[OURS]["solved"], seeds)
    false = methods[OURS]["false_share"]
    note("slices_false_discovery_rate", f"share of slices named by {OURS} that are not planted", false, seeds)


def note(key: str, what: str, figure: dict[str, float], seeds: list[int], **more: float) -> None:
    low, high, n = figure["low"], figure["high"], int(figure["n"])
    keep(key, what, figure["mean"], "share", low=low, high=high, n=n, seed=seeds, **more)


if __name__ == "__main__":
    main()
