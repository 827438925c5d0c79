"""The alignment table: every score of the maps against the masks, for the true and the predicted class."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.scores.table import SCORES
from loop.report.layout.tables import Row
from loop.report.layout.text import SCORE_QUESTIONS
from loop.report.run.content.changes import within
from loop.report.run.content.run import RunContent
from loop.report.run.sections.accuracy import figures_of


@dataclass(frozen=True)
class Alignment:
    score: str
    question: str
    """Which it answers."""
    corrected: bool
    higher: bool
    """Whether higher is better; of corrected scores it always is."""
    rows: tuple[Row, ...]
    """For the map of the true class and for that of the predicted class."""

    @property
    def scored(self) -> bool:
        return any(figure.n for row in self.rows for figure in row.figures)


def alignment_table(run: RunContent) -> list[Alignment]:
    """Each score of the last stage's map on holdout, mean over the pictures that have it."""
    corrected = run.first.corrected
    names = [
        key.removesuffix("_true")
        for key in run.first.metrics["holdout"]["alignment"]
        if key.endswith("_true")
    ]
    return [
        Alignment(
            name,
            SCORE_QUESTIONS.get(name, ""),
            corrected.get(name, False),
            corrected.get(name, False) or name not in SCORES or SCORES[name].higher_is_better,
            tuple(_alignment(run, name, target) for target in ("true", "predicted")),
        )
        for name in names
    ]


def _alignment(run: RunContent, name: str, target: str) -> Row:
    column = f"{name}_{target}"
    figures = figures_of(run, "holdout", "alignment", column)
    return Row(f"{target} class", "", figures, within(run, "holdout", column))
