"""Tables of figures: accuracy and alignment, one column a round and one for the paired difference."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analysis.metrics.stats import bootstrap_mean
from analysis.scores.alignment import SCORES
from analysis.slices.conjunctions import slice_name
from loop.report.layout.words import SCORE_WORDS, SET_WORDS, slice_words
from loop.report.run.changes import Change, controlled, in_classes, within
from loop.report.run.content import SETS, RunContent
from loop.report.run.uncertainty import calibration_error, macro_f1


@dataclass(frozen=True)
class Figure:
    mean: float | None
    low: float | None
    high: float | None
    n: int
    missing: int = 0


@dataclass(frozen=True)
class Row:
    label: str
    note: str
    figures: tuple[Figure, ...]
    """One a round."""
    change: Change | None
    kind: str = ""
    """`total`, `part`, `planted` or `measure`; decides how the row looks."""


@dataclass(frozen=True)
class Table:
    title: str
    rounds: tuple[int, ...]
    rows: tuple[Row, ...]


def accuracy_tables(run: RunContent) -> list[Table]:
    """One a set: overall, classes, planted slices, macro F1 and calibration."""
    present = [name for name in SETS if name in run.first.metrics]
    return [Table(SET_WORDS[name], _rounds(run), _judged(_accuracy(run, name))) for name in present]


def _judged(rows: list[Row]) -> tuple[Row, ...]:
    """Verdicts over all parts of a set at once; all pictures together are a question of their own."""
    parts = [row for row in rows[1:] if row.change]
    changes = iter(controlled([row.change for row in parts if row.change]))
    judged = [replace(row, change=next(changes)) if row.change else row for row in rows[1:]]
    return (rows[0], *judged)


def _accuracy(run: RunContent, name: str) -> list[Row]:
    rows = [Row("All pictures", "", _given(run, name, "accuracy"), within(run, name, "correct"), "total")]
    labels = run.first.pictures[name]["label"]
    vehicles = labels.isin(run.vehicle_classes)
    if vehicles.any() and not vehicles.all():
        rows.append(_pooled(run, name, "Classes that have vehicles", run.vehicle_classes))
        others = tuple(label for label in labels.unique() if label not in run.vehicle_classes)
        rows.append(_pooled(run, name, "Other classes", others))
    for label in run.first.metrics[name]["classes"]:
        change = within(run, name, "correct", {"label": label})
        rows.append(Row(label, "", _given(run, name, "classes", label), change, "part"))
    for where in run.planted:
        if slice_name(where) in run.first.metrics[name]["planted"]:
            figures = _given(run, name, "planted", slice_name(where))
            change = within(run, name, "correct", where)
            rows.append(Row(slice_words(where), slice_name(where), figures, change, "planted"))
    return [*rows, *_measures(run, name)]


def _pooled(run: RunContent, name: str, title: str, classes: tuple[str, ...]) -> Row:
    tables = [turn.pictures[name] for turn in run.rounds]
    kept = [table.loc[table["label"].isin(list(classes)), "correct"].to_numpy(float) for table in tables]
    figures = tuple(Figure(*bootstrap_mean(values, run.seed), n=len(values)) for values in kept)
    return Row(title, "", figures, in_classes(run, name, classes))


def _measures(run: RunContent, name: str) -> list[Row]:
    """The figures that are no mean over pictures. Macro F1 is computed here: in older runs `metrics.json` has
    it over other classes."""
    f1, error = [], []
    for turn in run.rounds:
        table, metrics = turn.pictures[name], turn.metrics[name]
        f1.append(Figure(*macro_f1(table, run.seed), n=len(table)))
        interval = calibration_error(table, run.seed)[1:]
        error.append(Figure(metrics["calibration_error"], *interval, n=len(table)))
    return [
        Row("Macro F1", "mean over the classes of the pictures", tuple(f1), None, "measure"),
        Row(
            "Calibration error", "of the confidence, 15 bins; lower is better", tuple(error), None, "measure"
        ),
    ]


@dataclass(frozen=True)
class Alignment:
    score: str
    answers: str
    corrected: bool
    higher: bool
    """Whether more is better; a corrected score is always so."""
    rows: tuple[Row, ...]
    """Of the true and of the predicted class's map."""

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
            SCORE_WORDS.get(name, ""),
            corrected.get(name, False),
            corrected.get(name, False) or name not in SCORES or SCORES[name].higher_is_better,
            tuple(_alignment(run, name, target) for target in ("true", "predicted")),
        )
        for name in names
    ]


def _alignment(run: RunContent, name: str, target: str) -> Row:
    column = f"{name}_{target}"
    figures = _given(run, "holdout", "alignment", column)
    return Row(f"{target} class", "", figures, within(run, "holdout", column))


def _given(run: RunContent, name: str, *keys: str) -> tuple[Figure, ...]:
    """A figure of `metrics.json` in each round."""
    figures = []
    for turn in run.rounds:
        found = turn.metrics.get(name, {})
        for key in keys:
            found = found.get(key, {})
        values = (found.get("mean"), found.get("low"), found.get("high"))
        figures.append(Figure(*values, n=found.get("n", 0), missing=found.get("missing", 0)))
    return tuple(figures)


def _rounds(run: RunContent) -> tuple[int, ...]:
    return tuple(turn.number for turn in run.rounds)
