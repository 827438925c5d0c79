"""The page of a run: everything that was read and computed goes into one template, which escapes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generator.files import write_text
from loop.report.layout.maps import NEGATIVE, OPACITY, POSITIVE
from loop.report.layout.numbers import count
from loop.report.layout.page import environment_facts, template
from loop.report.layout.tables import Change
from loop.report.run.answer.answer import answer
from loop.report.run.content.changes import slice_changes
from loop.report.run.content.run import RunContent, read_run
from loop.report.run.sections.ablation import ablation
from loop.report.run.sections.accuracy import accuracy_tables
from loop.report.run.sections.added import strips
from loop.report.run.sections.alignment import alignment_table
from loop.report.run.sections.attribution import attribution
from loop.report.run.sections.explorer import explorer
from loop.report.run.sections.faithfulness import faithfulness
from loop.report.run.sections.gallery import LOWEST, MEDIAN, gallery
from loop.report.run.sections.heat_maps import heat_maps
from loop.report.run.sections.weak_slices import weak_tables


def write_report(run: Path) -> Path:
    """Write `RUN/report.html` from what lies in the run folder alone.

    Returns:
        The file, which needs nothing else: it opens offline.

    Raises:
        UserError: no round is evaluated, or a file cannot be read.
    """
    content = read_run(run)
    write_text(content.folder.report, render(content))
    return content.folder.report


def render(run: RunContent) -> str:
    """The page of a run."""
    several = len(run.rounds) > 1
    slices = slice_changes(run) if several else []
    accuracy = accuracy_tables(run)
    return template("report.html.j2").render(
        run=run,
        title=f"{run.settings.network.name}, {count(len(run.rounds), 'round')}",
        several=several,
        answer=answer(run),
        slice_changes=slices,
        accuracy=accuracy,
        axes={
            "slices": _axis([item.change for item in slices]),
            "accuracy": _axis([row.change for table in accuracy for row in table.rows if row.change]),
        },
        alignment=alignment_table(run),
        explorer=explorer(run),
        heat_maps=heat_maps(run),
        weak_tables=weak_tables(run),
        gallery=gallery(run),
        attribution=attribution(run),
        ablation=ablation(run),
        faithfulness=faithfulness(run),
        lowest=LOWEST,
        median=MEDIAN,
        colours={"for": _css(POSITIVE), "against": _css(NEGATIVE)},
        strips=strips(run),
        environment=environment_facts(run.environment),
    )  # fmt: skip


def _axis(changes: Sequence[Change]) -> tuple[float, float]:
    """The span of a column of whiskers: every interval and 0."""
    low = min([0.0, *(change.low for change in changes)])
    high = max([0.0, *(change.high for change in changes)])
    return (low, high) if high > low else (-1.0, 1.0)


def _css(rgb: tuple[int, int, int]) -> str:
    """The colour of a raw value at the limit, for the legend."""
    return f"rgb({rgb[0]} {rgb[1]} {rgb[2]} / {OPACITY})"
