"""The figures that `benchmarks.study` keeps of a study, one for each arm: the rows of its tables."""

from __future__ import annotations

from collections import Counter
from typing import Any

from benchmarks.results import keep
from loop.report.study import FIGURE_NAMES


def on_renders(results: dict[str, Any], key: str) -> None:
    """Keep a figure for each arm of a study on renders; `key` is the beginning of their keys."""
    for arm in results["arms"]:
        counts = {
            "of_oracle": interval_text(results["share_of_best"]["planted"][arm]),
            "times_fewer_renders": interval_text(results["efficiency"]["planted"][arm], 1),
        }
        keep_arm(
            results,
            arm,
            (
                "planted",
                "worst_slice",
                "accuracy",
                "macro_f1",
                "alignment",
                "worst_alignment",
                "calibration_error",
            ),
            key,
            **counts,
        )


def on_photographs(results: dict[str, Any], key: str) -> None:
    """Keep a figure for each arm of a study on photographs; `key` is the beginning of their keys."""
    wanted = ("reinforced", "others", "accuracy", "macro_f1", "auroc", "calibration_error")
    figures = tuple(f"test_{name}" for name in wanted if f"test_{name}" in results["final"])
    for arm in results["arms"]:
        keep_arm(results, arm, figures, key)


def own_time(results: dict[str, Any], key: str, of: str) -> None:
    """Keep the fraction of the rounds' time in which controllers decide, counted from the first decision."""
    spent = sum(map(Counter, results["seconds"].values()), Counter[str]())
    what = f"fraction of the rounds' time in which a controller decides, {of}"
    keep(key, what, spent["decide"] / sum(spent.values()), "share",
         n=len(results["arms"]) * len(results["seeds"]), seed=results["seeds"])  # fmt: skip


def keep_arm(results: dict[str, Any], arm: str, figures: tuple[str, ...], key: str, **more: Any) -> None:
    """Keep an arm's gain over adding nothing, by the first of the figures, with the others beside."""
    final = results["final"]
    more |= {
        f"{name}_over_{results['reference']}": interval_text(final[name][arm]["over"]) for name in figures
    }
    more |= {
        f"{name}_over_{results['nothing']}": interval_text(final[name][arm]["gain"]) for name in figures[1:]
    }
    more |= {name: interval_text(final[name][arm]["value"]) for name in figures}
    regressed = results["harmed"].get(arm, ())
    more |= {"harmed": len(regressed), "harmed_slices": [change_text(row) for row in regressed]}
    more["hours"] = round(sum(results["seconds"][arm].values()) / 3600, 2)
    more["lowest"] = "; ".join(map(change_text, results["lowest"].get(arm, ()))) or "–"
    what = f"{arm}: gain in {FIGURE_NAMES[figures[0]]} over {results['nothing']}"
    note(f"{key}_{arm}", what, in_points(final[figures[0]][arm]["gain"]), "points", results, **more)


def interval_text(estimate: dict[str, float | None] | None, unit: float = 100) -> str:
    """Mean and interval times `unit`: `12.3 [10.1, ∞]` (`∞`: no bound); a dash without an estimate."""
    if estimate is None or (not estimate["mean"] and unit == 1):
        return "–"
    mean, low, high = (
        "∞" if value is None else f"{unit * value:.1f}"
        for value in map(estimate.get, ("mean", "low", "high"))
    )
    return f"{mean} [{low}, {high}]"


def change_text(row: dict[str, Any]) -> str:
    """A slice, the set of pictures it is of, and how it changed."""
    return f"{row['slice']} ({row['set']}) {interval_text({**row, 'mean': row['difference']})}"


def in_points(estimate: dict[str, float]) -> dict[str, float]:
    """An estimate of a fraction in percentage points."""
    return {key: 100 * value for key, value in estimate.items()}


def note(
    key: str, what: str, estimate: dict[str, Any], unit: str, results: dict[str, Any], **more: Any
) -> None:
    """Keep an estimate over a study's seeds."""
    seeds = list(results["seeds"])
    n = len(seeds)
    keep(
        key, what, estimate["mean"], unit, low=estimate["low"], high=estimate["high"], n=n, seed=seeds, **more
    )
