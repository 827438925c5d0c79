"""The page of a study: which controller gains what, for how many renders, and at whose cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.metrics.seeds import p_of_interval
from analysis.metrics.significance import benjamini_hochberg
from loop.report.layout.words import count, listed, number, sentence, signed
from loop.report.run.page import environment_facts, template, write_results_page

KEYS = (
    "arms", "seeds", "rounds", "budget", "reference", "nothing", "best", "pictures", "renders", "curves",
    "final", "efficiency", "share_of_best", "harmed", "seconds", "begun_seconds",
)  # fmt: skip
"""That every `results.json` holds."""
LEVEL = 0.05
"""False-discovery rate of what is said for sure, over the arms of a figure."""
WIDE, HIGH = 300, 170
"""Of a chart, in its own units."""

WORDS = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "worst_slice": "accuracy of the worst slice",
    "planted": "accuracy in the planted holes",
    "alignment": "energy on the vehicle",
    "worst_alignment": "energy on the vehicle, worst slice",
    "calibration_error": "calibration error",
    "test_accuracy": "accuracy on real photographs",
    "test_macro_f1": "macro F1 on real photographs",
    "test_reinforced": "accuracy on real photographs of the reinforced classes",
    "test_others": "accuracy on real photographs of the other classes",
    "test_auroc": "AUROC of the reinforced classes on real photographs",
    "test_calibration_error": "calibration error on real photographs",
}
HEADLINES = ("test_reinforced", "test_others", "planted", "worst_slice", "accuracy")
"""Figures that are spoken of, the first there is in the headline."""


@dataclass(frozen=True)
class Line:
    arm: str
    points: str
    """Of an SVG polyline."""
    kind: int
    """Which colour."""
    cells: tuple[str, ...]
    """Each point in words."""


@dataclass(frozen=True)
class Chart:
    title: str
    low: float
    high: float
    lines: tuple[Line, ...]


def write_study(run: Path) -> Path:
    """Write `RUN/report.html` from `results.json` and `environment.json`."""
    return write_results_page(run, KEYS, render)


def render(results: dict[str, Any], environment: dict[str, Any]) -> str:
    """The page of a study's results."""
    figures = [name for name in WORDS if name in results["final"]]
    return template("study.html.j2").render(
        title=f"{count(len(results['arms']), 'controller')} compared",
        answers=answers(results),
        results=results,
        figures=[(name, WORDS[name], q_values(results, name)) for name in figures],
        level=LEVEL,
        charts=[chart(results, name) for name in figures],
        wide=WIDE,
        high=HIGH,
        environment=environment_facts(environment),
    )


def answers(results: dict[str, Any]) -> list[str]:
    """Whether choosing helps, in words; the first is the headline."""
    first, *others = [
        said for name in HEADLINES if name in results["final"] for said in _answer(results, name)
    ]
    renders = results["rounds"] * results["budget"]
    spent = f"At a budget of {renders} pictures and the same steps of training, "
    return [sentence(spent + first), *map(sentence, [*others, *_harm(results)])]


def _answer(results: dict[str, Any], name: str) -> list[str]:
    """Who beats the reference for sure, or that nobody does; alone, the reference beside nothing added."""
    final, reference, found = results["final"][name], results["reference"], q_values(results, name)
    if not found:
        return [_beside_nothing(results, name)]
    sure = [arm for arm, q in found.items() if q <= LEVEL]
    better = sorted((a for a in sure if _side(final[a]["over"]) > 0), key=lambda a: -final[a]["over"]["mean"])
    worse = [arm for arm in sure if _side(final[arm]["over"]) < 0]
    what = WORDS[name]
    if better:
        gain = "gain" if len(better) > 1 else "gains"
        said = [
            f"{listed([*map(_named, better)])} {gain} more {what} than {reference}",
            _by_points(final, better),
        ]
    else:
        no = f"gains more {what} than {reference}" if worse else f"differs from {reference} in {what}"
        said = [f"no controller {no} for sure"]
    if worse:
        said.append(f"less than {reference}: {_by_points(final, worse)}")
    return said


def _beside_nothing(results: dict[str, Any], name: str) -> str:
    reference, nothing, what = results["reference"], results["nothing"], WORDS[name]
    gain = results["final"][name][reference]["gain"]
    p = p_of_interval(gain["mean"], gain["low"], gain["high"], len(results["seeds"]))
    verb = "does not change" if p > LEVEL else "raises" if gain["mean"] > 0 else "lowers"
    return f"{reference} {verb} {what} for sure, beside {nothing}: {_points(gain)}"


def q_values(results: dict[str, Any], name: str) -> dict[str, float]:
    """Arm -> rate of false discoveries at which it would be said to differ from the reference by a figure.

    An interval of 95 % leaves out 0 by chance once in twenty arms, so that of twenty equal ones some does in
    a quarter of studies. p of each (`analysis.metrics.seeds.p_of_interval`) is held against those of the
    others; the arm that adds nothing is not among them.
    """
    apart = (results["reference"], results["nothing"])
    arms = [arm for arm in results["arms"] if arm not in apart]
    over = [results["final"][name][arm]["over"] for arm in arms]
    seeds = len(results["seeds"])
    p = np.array([p_of_interval(one["mean"], one["low"], one["high"], seeds) for one in over])
    return dict(zip(arms, benjamini_hochberg(p).tolist(), strict=True))


def _harm(results: dict[str, Any]) -> list[str]:
    """Which arm makes something worse than adding nothing does, or that none does for sure."""
    harmed = {arm: [row["slice"] for row in found] for arm, found in results["harmed"].items() if found}
    nothing = results["nothing"]
    if not harmed:
        return [f"no controller makes a slice or class worse than {nothing} for sure"]
    return [f"{_named(arm)} makes {listed(names)} worse than {nothing}" for arm, names in harmed.items()]


def _by_points(final: dict[str, Any], arms: Sequence[str]) -> str:
    return "; ".join(f"{_named(arm)} {_points(final[arm]['over'])}" for arm in arms)


def _named(arm: str) -> str:
    """In a sentence: a name with a comma would be taken for two."""
    return f"“{arm}”" if "," in arm else arm


def _side(estimate: dict[str, Any]) -> int:
    """1 or -1 where the interval leaves out 0, else 0."""
    return int(estimate["low"] > 0) - int(estimate["high"] < 0)


def _points(estimate: dict[str, Any]) -> str:
    mean, low, high = (signed(100 * estimate[key], 1) for key in ("mean", "low", "high"))
    return f"{mean} points [{low}, {high}]"


def _percent(estimate: dict[str, Any]) -> str:
    mean, low, high = (number(100 * estimate[key], 1) for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def chart(results: dict[str, Any], name: str) -> Chart:
    """A figure by renders, a line an arm."""
    curves = results["curves"][name]
    values = [point["mean"] for curve in curves.values() for point in curve]
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    lines = []
    for kind, (arm, curve) in enumerate(curves.items()):
        places = [
            f"{WIDE * turn / max(1, len(curve) - 1):.1f},{HIGH * (high - point['mean']) / spread:.1f}"
            for turn, point in enumerate(curve)
        ]
        lines.append(Line(arm, " ".join(places), kind, tuple(map(_percent, curve))))
    return Chart(WORDS[name], low, high, tuple(lines))
