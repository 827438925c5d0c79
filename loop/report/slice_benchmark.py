"""The page of `renforce bench-slices`: which method names what was planted, and what each named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loop.report.layout.words import count, listed
from loop.report.run.page import environment_facts, template, write_results_page

KEYS = ("methods", "settings")
"""That every `results.json` holds."""
MARKS = {"planted": "right", "weak anyway": "anyway", "not planted": "wrong"}
"""Verdict -> class of the style sheet."""


def write_planted(run: Path) -> Path:
    """Write `RUN/report.html` from `results.json` and `environment.json`."""
    return write_results_page(run, KEYS, render)


def render(results: dict[str, Any], environment: dict[str, Any]) -> str:
    """The page of the benchmark's results."""
    methods, settings = results["methods"], results["settings"]
    return template("planted.html.j2").render(
        title=count(len(settings), "planted setting"),
        answers=answers(methods),
        methods=methods,
        kinds=[kind for kind in ("missing data", "shortcut", "both") if _any_of(settings, kind)],
        settings=settings,
        shares={setting["name"]: solved_shares(setting, list(methods)) for setting in settings},
        seeds=len(settings[0]["seeds"]),
        marks=MARKS,
        environment=environment_facts(environment),
    )


def answers(methods: dict[str, Any]) -> list[str]:
    """Who finds most of what was planted, in words; the first is the headline."""
    order = sorted(methods, key=lambda name: -methods[name]["solved"]["mean"])
    best, *others = [(name, methods[name]["solved"]["mean"]) for name in order]
    if best[1] == 0:
        return ["No method solves any of the settings."]
    told = listed([f"{name} {share:.0%}" for name, share in others if share > 0])
    figure = methods[best[0]]["false_share"]["mean"]
    return [
        f"{best[0].capitalize()} solves {best[1]:.0%} of the settings.",
        f"Of what it names {figure:.0%} was not planted.",
        f"Beside it: {told}." if told else "No other method solves any.",
    ]


def solved_shares(setting: dict[str, Any], methods: Sequence[str]) -> dict[str, float]:
    """Method -> share of the seeds in which it solved the setting."""
    seeds = setting["seeds"]
    return {name: sum(seed["methods"][name]["solved"] for seed in seeds) / len(seeds) for name in methods}


def _any_of(settings: Sequence[dict[str, Any]], kind: str) -> bool:
    return any(setting["kind"] == kind for setting in settings)
