"""`make bench-holes DATA=FOLDER`: do renders in pairs make up for what photographs lack?

    python -m benchmarks.holes DATA [--output runs/bench/holes]

Stanford Cars of DATA (`train` and `test` with a folder for each body type, and `labels.csv` with the columns
`file`, `type`, `end`, `color_auto`) with the holes of `configs/study-holes.yaml`. The study goes on where it
stopped. The figures go to `benchmarks/results.json` (`hole_*`).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks.results import keep
from loop.config.holes import HolesConfig
from loop.config.load import load
from loop.holes.results import CEILING, difference
from loop.holes.study import HolesStudy
from loop.run.results_folder import HolesFolder

CONFIG = Path("configs/study-holes.yaml")
NAMES = {"rear": "rear", "red": "red", "rear of sporty cars": "third"}
"""Hole -> its name in the figures' keys."""
TARGETED, UNIFORM = "targeted", "uniform"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="Stanford Cars as train and test, with labels.csv")
    parser.add_argument("--output", type=Path, default=Path("runs/bench/holes"))
    args = parser.parse_args()
    overrides = [f"data.root={args.data}", f"data.attributes={args.data / 'labels.csv'}"]
    config = load(HolesConfig, CONFIG, overrides)
    study = HolesStudy(config, HolesFolder(args.output), lambda line: print(line, flush=True))  # noqa: T201
    results = study.execute()
    for hole, key in NAMES.items():
        keep_hole(key, hole, results[hole], list(config.seeds))
    worst = min((_most(results[hole], TARGETED)["outside_gain"] for hole in NAMES), key=lambda g: g["mean"])
    keep_estimate(
        "hole_else_change_points", "accuracy on all other photographs over none, worst hole",
        worst, "points", list(config.seeds),
    )  # fmt: skip
    keep_narrow(study, config)


def keep_hole(key: str, hole: str, result: dict[str, Any], seeds: list[int]) -> None:
    """Keep the fraction of the ceiling's gain, and every arm's gain beside it."""
    renders, ceiling = _most(result, TARGETED), _most(result, CEILING)
    what = f"{hole}: gain of {renders['added']} targeted renders over that of {ceiling['added']} photographs"
    keep_estimate(
        f"hole_{key}_share_closed", what, renders["fraction_of_ceiling"], "share", seeds,
        arms=result["arms"], test_photographs=result["n"],
    )  # fmt: skip


def keep_narrow(study: HolesStudy, config: HolesConfig) -> None:
    """Keep how far targeted renders are ahead of uniform ones at the small budget, in the narrow hole."""
    hole, key = list(NAMES.items())[-1]
    trainings = study.fitted[hole]
    first = next(iter(trainings.values()))
    least = {arm: min(one.number for one in first if one.arm == arm) for arm in (TARGETED, UNIFORM)}
    ahead = difference(trainings, (TARGETED, least[TARGETED]), (UNIFORM, least[UNIFORM]))
    what = f"{hole}: accuracy of {least[TARGETED]} targeted renders over {least[UNIFORM]} uniform ones"
    keep_estimate("hole_targeted_over_uniform_points", what, ahead, "points", list(config.seeds), hole=key)


def keep_estimate(
    key: str, what: str, estimate: dict[str, float], unit: str, seeds: list[int], **more: Any
) -> None:
    """Keep an estimate over seeds with its interval."""
    low, high = estimate["low"], estimate["high"]
    keep(key, what, estimate["mean"], unit, low=low, high=high, n=len(seeds), seed=seeds, **more)


def _most(result: dict[str, Any], arm: str) -> dict[str, Any]:
    """The row of an arm with the most added."""
    rows: list[dict[str, Any]] = [row for row in result["arms"] if row["arm"] == arm]
    return max(rows, key=lambda row: int(row["added"]))


if __name__ == "__main__":
    main()
