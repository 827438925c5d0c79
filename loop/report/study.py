"""The page of a study: what each controller gains, with how many renders, and what it makes worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.metrics.seeds import p_of_interval
from analysis.metrics.significance import benjamini_hochberg
from loop.report.layout.numbers import count, number, signed
from loop.report.layout.page import environment_facts, template, write_results_page
from loop.report.layout.text import listed, sentence

KEYS = (
    "arms", "seeds", "rounds", "budget", "reference", "nothing", "best", "pictures", "renders", "curves",
    "final", "efficiency", "share_of_best", "harmed", "seconds", "begun_seconds",
)  # fmt: skip
"""Keys of every `results.json`."""
LEVEL = 0.05
"""False-discovery rate of what is called significant, over the controllers of a figure."""
WIDE, HIGH = 300, 170
"""Width and height of a chart, in its own units."""

FIGURE_NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "worst_slice": "accuracy of the worst slice",
    "planted": "accuracy in the planted slices",
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
"""Figures of the sentences at the top; the first that the study has is the headline."""


@dataclass(frozen=True)
class Line:
    arm: str
    points: str
    """Of an SVG polyline."""
    kind: int
    """Index of its colour."""
    cells: tuple[str, ...]
    """Each point as text."""


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
    figures = [name for name in FIGURE_NAMES if name in results["final"]]
    return template("study.html.j2").render(
        title=f"{count(len(results['arms']), 'controller')} compared",
        answers=answers(results),
        results=results,
        figures=[(name, FIGURE_NAMES[name], q_values(results, name)) for name in figures],
        level=LEVEL,
        charts=[chart(results, name) for name in figures],
        wide=WIDE,
        high=HIGH,
        environment=environment_facts(environment),
    )


def answers(results: dict[str, Any]) -> list[str]:
    """Sentences that tell whether choosing pictures helps; the first is the headline."""
    answered = [name for name in HEADLINES if name in results["final"]]
    first, *others = [text for name in answered for text in _answer(results, name)]
    renders = results["rounds"] * results["budget"]
    budget = f"With a budget of {renders} pictures and the same number of training steps, "
    return [sentence(budget + first), *map(sentence, [*others, *_regressions(results)])]


def _answer(results: dict[str, Any], name: str) -> list[str]:
    """Which controllers are significantly better than the reference, or that none is; where there is no other
    controller, the reference against nothing added."""
    final, reference, found = results["final"][name], results["reference"], q_values(results, name)
    if not found:
        return [_over_nothing(results, name)]
    significant = [arm for arm, q in found.items() if q <= LEVEL]
    better = [arm for arm in significant if _side(final[arm]["over"]) > 0]
    better.sort(key=lambda arm: -final[arm]["over"]["mean"])
    worse = [arm for arm in significant if _side(final[arm]["over"]) < 0]
    what = FIGURE_NAMES[name]
    if better:
        gain = "gain" if len(better) > 1 else "gains"
        texts = [
            f"{listed([*map(_named, better)])} {gain} more {what} than {reference}",
            _by_points(final, better),
        ]
    else:
        more, differs = f"gains significantly more {what} than {reference}", "differs significantly from"
        texts = [f"no controller {more if worse else f'{differs} {reference} in {what}'}"]
    if worse:
        texts.append(f"less than {reference}: {_by_points(final, worse)}")
    return texts


def _over_nothing(results: dict[str, Any], name: str) -> str:
    reference, nothing, what = results["reference"], results["nothing"], FIGURE_NAMES[name]
    gain = results["final"][name][reference]["gain"]
    p = p_of_interval(gain["mean"], gain["low"], gain["high"], len(results["seeds"]))
    verb = "significantly raises" if gain["mean"] > 0 else "significantly lowers"
    effect = "does not significantly change" if p > LEVEL else verb
    return f"{reference} {effect} {what} compared with {nothing}: {_points(gain)}"


def q_values(results: dict[str, Any], name: str) -> dict[str, float]:
    """Arm -> q, the false-discovery rate of its difference from the reference by a figure.

    A 95 % interval excludes 0 by chance once in twenty arms: of twenty equal arms some interval does so in a
    quarter of all studies. So p of each (`analysis.metrics.seeds.p_of_interval`) is corrected for the number
    of arms (Benjamini-Hochberg); the arm that adds nothing is not among them.
    """
    apart = (results["reference"], results["nothing"])
    arms = [arm for arm in results["arms"] if arm not in apart]
    over = [results["final"][name][arm]["over"] for arm in arms]
    seeds = len(results["seeds"])
    p = np.array([p_of_interval(one["mean"], one["low"], one["high"], seeds) for one in over])
    return dict(zip(arms, benjamini_hochberg(p).tolist(), strict=True))


def _regressions(results: dict[str, Any]) -> list[str]:
    """What each controller makes significantly worse than adding nothing does, or that none does so."""
    regressed = {arm: [row["slice"] for row in found] for arm, found in results["harmed"].items() if found}
    worse = f"significantly worse than {results['nothing']}"
    if not regressed:
        return [f"no controller makes a slice or class {worse}"]
    return [f"{_named(arm)} makes {listed(names)} {worse}" for arm, names in regressed.items()]


def _by_points(final: dict[str, Any], arms: Sequence[str]) -> str:
    return "; ".join(f"{_named(arm)} {_points(final[arm]['over'])}" for arm in arms)


def _named(arm: str) -> str:
    """In quotes where it has a comma, so that it does not read as two names."""
    return f"“{arm}”" if "," in arm else arm


def _side(estimate: dict[str, Any]) -> int:
    """The sign of an estimate whose interval excludes 0; else 0."""
    return int(estimate["low"] > 0) - int(estimate["high"] < 0)


def _points(estimate: dict[str, Any]) -> str:
    mean, low, high = (signed(100 * estimate[key], 1) for key in ("mean", "low", "high"))
    return f"{mean} points [{low}, {high}]"


def _percent(estimate: dict[str, Any]) -> str:
    mean, low, high = (number(100 * estimate[key], 1) for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def chart(results: dict[str, Any], name: str) -> Chart:
    """A figure by number of renders, one line for each controller."""
    curves = results["curves"][name]
    values = [point["mean"] for curve in curves.values() for point in curve]
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    lines = []
    for kind, (arm, curve) in enumerate(curves.items()):
        places = [
            f"{WIDE * i / max(1, len(curve) - 1):.1f},{HIGH * (high - point['mean']) / spread:.1f}"
            for i, point in enumerate(curve)
        ]
        lines.append(Line(arm, " ".join(places), kind, tuple(map(_percent, curve))))
    return Chart(FIGURE_NAMES[name], low, high, tuple(lines))
