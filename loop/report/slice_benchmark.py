"""The page of the planted failure benchmark: which method finds what was planted, and what each named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loop.report.layout.numbers import count
from loop.report.layout.page import environment_facts, template, write_results_page
from loop.report.layout.text import listed

KEYS = ("methods", "settings")
"""Keys of every `results.json`."""
MARKS = {"planted": "right", "weak anyway": "anyway", "not planted": "wrong"}
"""Verdict -> its class in the style sheet."""


def write_slice_benchmark(run: Path) -> Path:
    """Write `RUN/report.html` from `results.json` and `environment.json`."""
    return write_results_page(run, KEYS, render)


def render(results: dict[str, Any], environment: dict[str, Any]) -> str:
    """The page of the benchmark's results."""
    methods, settings = results["methods"], results["settings"]
    return template("slice_benchmark.html.j2").render(
        title=count(len(settings), "planted setting"),
        answers=answers(methods),
        methods=methods,
        kinds=[kind for kind in ("missing data", "shortcut", "both") if _any_of(settings, kind)],
        settings=settings,
        solved={setting["name"]: solved_fractions(setting, list(methods)) for setting in settings},
        seeds=len(settings[0]["seeds"]),
        marks=MARKS,
        environment=environment_facts(environment),
    )


def answers(methods: dict[str, Any]) -> list[str]:
    """Sentences on which method finds most of what was planted; the first is the headline."""
    order = sorted(methods, key=lambda name: -methods[name]["solved"]["mean"])
    best, *others = [(name, methods[name]["solved"]["mean"]) for name in order]
    if best[1] == 0:
        return ["No method solves any of the settings."]
    others_solve = listed([f"{name} {fraction:.0%}" for name, fraction in others if fraction > 0])
    false = methods[best[0]]["false_share"]["mean"]
    return [
        f"{best[0].capitalize()} solves {best[1]:.0%} of the settings.",
        f"Of the slices it names, {false:.0%} were not planted.",
        f"Other methods: {others_solve}." if others_solve else "No other method solves any.",
    ]


def solved_fractions(setting: dict[str, Any], methods: Sequence[str]) -> dict[str, float]:
    """Method -> fraction of the seeds in which it solved the setting."""
    seeds = setting["seeds"]
    return {name: sum(seed["methods"][name]["solved"] for seed in seeds) / len(seeds) for name in methods}


def _any_of(settings: Sequence[dict[str, Any]], kind: str) -> bool:
    return any(setting["kind"] == kind for setting in settings)
