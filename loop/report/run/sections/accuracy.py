"""The accuracy tables: one set each, one column a round and one for the paired difference."""

from __future__ import annotations

from dataclasses import replace

from analysis.columns import CONFIDENCE, CORRECT, LABEL, PREDICTED
from analysis.metrics.calibration import calibration_interval
from analysis.metrics.f1 import macro_f1_interval
from analysis.slices.conjunctions import slice_name
from loop.report.layout.tables import Figure, Row, Table, mean_figure
from loop.report.layout.text import SET_TITLES, slice_text
from loop.report.run.content.changes import controlled, in_classes, within
from loop.report.run.content.rounds import SETS
from loop.report.run.content.run import RunContent


def accuracy_tables(run: RunContent) -> list[Table]:
    """One for each set: overall, classes, planted slices, macro F1 and calibration error."""
    present = [name for name in SETS if name in run.first.metrics]
    return [Table(SET_TITLES[name], _rounds(run), _judged(_accuracy(run, name))) for name in present]


def _judged(rows: list[Row]) -> tuple[Row, ...]:
    """Verdicts over all parts of a set at once; all pictures together are a question of their own."""
    parts = [row for row in rows[1:] if row.change]
    changes = iter(controlled([row.change for row in parts if row.change]))
    judged = [replace(row, change=next(changes)) if row.change else row for row in rows[1:]]
    return (rows[0], *judged)


def _accuracy(run: RunContent, name: str) -> list[Row]:
    rows = [Row("All pictures", "", figures_of(run, name, "accuracy"), within(run, name, CORRECT), "total")]
    labels = run.first.pictures[name][LABEL]
    vehicles = labels.isin(run.settings.vehicle_classes)
    if vehicles.any() and not vehicles.all():
        rows.append(_pooled(run, name, "Classes that can be rendered", run.settings.vehicle_classes))
        others = tuple(label for label in labels.unique() if label not in run.settings.vehicle_classes)
        rows.append(_pooled(run, name, "Other classes", others))
    for label in run.first.metrics[name]["classes"]:
        change = within(run, name, CORRECT, {LABEL: label})
        rows.append(Row(label, "", figures_of(run, name, "classes", label), change, "part"))
    for where in run.planted:
        if slice_name(where) in run.first.metrics[name]["planted"]:
            figures = figures_of(run, name, "planted", slice_name(where))
            change = within(run, name, CORRECT, where)
            rows.append(Row(slice_text(where), slice_name(where), figures, change, "planted"))
    return [*rows, *_measures(run, name)]


def _pooled(run: RunContent, name: str, title: str, classes: tuple[str, ...]) -> Row:
    tables = [one.pictures[name] for one in run.rounds]
    correct = [table.loc[table[LABEL].isin(list(classes)), CORRECT] for table in tables]
    figures = tuple(mean_figure(values, run.seed) for values in correct)
    return Row(title, "", figures, in_classes(run, name, classes))


def _measures(run: RunContent, name: str) -> list[Row]:
    """The figures that are not a mean over pictures. Macro F1 is computed here, because in older runs
    `metrics.json` has it over other classes."""
    f1: list[Figure] = []
    error: list[Figure] = []
    for one in run.rounds:
        table = one.pictures[name]
        f1.append(Figure(*macro_f1_interval(table[LABEL], table[PREDICTED], run.seed), n=len(table)))
        _, low, high = calibration_interval(table[CONFIDENCE], table[CORRECT], run.seed)
        error.append(Figure(one.metrics[name]["calibration_error"], low, high, n=len(table)))
    return [
        Row("Macro F1", "mean over the classes of the pictures", tuple(f1), None, "measure"),
        Row(
            "Calibration error", "of the confidence, 15 bins; lower is better", tuple(error), None, "measure"
        ),
    ]


def figures_of(run: RunContent, name: str, *keys: str) -> tuple[Figure, ...]:
    """The figure of `metrics.json` under these keys, in each round."""
    figures = []
    for one in run.rounds:
        found = one.metrics.get(name, {})
        for key in keys:
            found = found.get(key, {})
        values = (found.get("mean"), found.get("low"), found.get("high"))
        figures.append(Figure(*values, n=found.get("n", 0), missing=found.get("missing", 0)))
    return tuple(figures)


def _rounds(run: RunContent) -> tuple[int, ...]:
    return tuple(one.number for one in run.rounds)
