"""The headline and its figures."""

from __future__ import annotations

import json
from pathlib import Path

from loop.report.layout.numbers import percent
from loop.report.run.answer.answer import answer
from loop.report.run.content.run import read_run
from tests.helpers.report import (
    Page,
)


def test_the_headline_holds_the_figures_of_metrics_json(run: Path, page: str) -> None:
    before, after = (
        json.loads((run / "rounds" / number / "metrics.json").read_text())["holdout"]["accuracy"]
        for number in ("00", "01")
    )
    figures = answer(read_run(run)).figures
    assert f"{percent(before['mean'])} → {percent(after['mean'])}" in figures
    assert f"n = {before['n']}" in figures
    assert " ".join(figures.split()) in Page(page).text
