"""Rows of the README from a study's results: into results.json."""

from __future__ import annotations

from collections import Counter
from typing import Any

from benchmarks.results import keep
from loop.report.study import WORDS


def on_renders(results: dict[str, Any], key: str) -> None:
    """A row for each controller."""
    for arm in results["arms"]:
        counts = {
            "of_oracle": told(results["share_of_best"]["planted"][arm]),
            "times_fewer_renders": told(results["efficiency"]["planted"][arm], 1),
        }
        table(
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
    """A row for each controller."""
    wanted = ("reinforced", "others", "accuracy", "macro_f1", "auroc", "calibration_error")
    figures = tuple(f"test_{name}" for name in wanted if f"test_{name}" in results["final"])
    for arm in results["arms"]:
        table(results, arm, figures, key)


def own_time(results: dict[str, Any], key: str, of: str) -> None:
    """The controllers' share of the rounds from the first decision on; what came before is left out."""
    spent = sum(map(Counter, results["seconds"].values()), Counter[str]())
    what = f"share of the rounds' time in which a controller decides, {of}"
    keep(key, what, spent["decide"] / sum(spent.values()), "share",
         n=len(results["arms"]) * len(results["seeds"]), seed=results["seeds"])  # fmt: skip


def table(results: dict[str, Any], arm: str, figures: tuple[str, ...], key: str, **more: Any) -> None:
    """A row of the README: the gain over none by the first figure, with the others beside."""
    final = results["final"]
    more |= {f"{name}_over_{results['reference']}": told(final[name][arm]["over"]) for name in figures}
    more |= {f"{name}_over_{results['nothing']}": told(final[name][arm]["gain"]) for name in figures[1:]}
    more |= {name: told(final[name][arm]["value"]) for name in figures}
    worse = results["harmed"].get(arm, ())
    more |= {"harmed": len(worse), "harmed_slices": [changed(row) for row in worse]}
    more["hours"] = round(sum(results["seconds"][arm].values()) / 3600, 2)
    more["lowest"] = "; ".join(map(changed, results["lowest"].get(arm, ()))) or "–"
    what = f"{arm}: gain in {WORDS[figures[0]]} over {results['nothing']}"
    note(f"{key}_{arm}", what, in_points(final[figures[0]][arm]["gain"]), "points", results, **more)


def told(estimate: dict[str, float | None] | None, unit: float = 100) -> str:
    """In words; of what is never reached or has no bound nothing is said."""
    if estimate is None or (not estimate["mean"] and unit == 1):
        return "–"
    mean, low, high = (
        "∞" if value is None else f"{unit * value:.1f}"
        for value in map(estimate.get, ("mean", "low", "high"))
    )
    return f"{mean} [{low}, {high}]"


def changed(row: dict[str, Any]) -> str:
    """A slice and how it changed, of which pictures."""
    return f"{row['slice']} ({row['set']}) {told({**row, 'mean': row['difference']})}"


def in_points(estimate: dict[str, float]) -> dict[str, float]:
    return {key: 100 * value for key, value in estimate.items()}


def note(
    key: str, what: str, estimate: dict[str, Any], unit: str, results: dict[str, Any], **more: Any
) -> None:
    n, seeds = len(results["seeds"]), list(results["seeds"])
    keep(
        key, what, estimate["mean"], unit, low=estimate["low"], high=estimate["high"], n=n, seed=seeds, **more
    )
