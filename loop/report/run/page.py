"""The page: everything read and computed is handed to one template, which escapes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from analysis.slices.conjunctions import slice_name
from generator.files import write_text
from loop.report.layout.words import count, number, percent, points, q_value, seconds, signed, slice_words
from loop.report.run.answer import answer
from loop.report.run.causes import causes
from loop.report.run.changes import Change, slice_changes
from loop.report.run.content import RunContent, read_run
from loop.report.run.explorer import explorer
from loop.report.run.faithfulness import faithful
from loop.report.run.gallery import LOWEST, MEDIAN, NEGATIVE, OPACITY, POSITIVE, gallery, strips
from loop.report.run.heat_maps import heat_maps
from loop.report.run.looking import looking
from loop.report.run.tables import accuracy_tables, alignment_table
from loop.report.run.weakness import weak_tables
from loop.run.files import ANEW, WITHOUT, read_keys

NAME = "report.html"
FILTERS = (count, number, percent, points, q_value, seconds, signed, slice_name, slice_words)
"""What the template may call."""


def write_report(run: Path) -> Path:
    """Write `RUN/report.html` from what lies in the run folder alone.

    Returns:
        The file, which needs nothing else: it opens offline.

    Raises:
        UserError: no round is verified, or a file cannot be read.
    """
    target = run / NAME
    write_text(target, render(read_run(run)))
    return target


def write_results_page(
    run: Path, keys: Sequence[str], render: Callable[[dict[str, Any], dict[str, Any]], str]
) -> Path:
    """Write `RUN/report.html` of what `render` makes of `results.json` and `environment.json`.

    Raises:
        UserError: a file cannot be read, or the results lack one of `keys`.
    """
    results = read_keys(run / "results.json", keys, ANEW)
    environment = read_keys(run / "environment.json", (), WITHOUT)
    target = run / NAME
    write_text(target, render(results, environment))
    return target


def render(run: RunContent) -> str:
    """The page of a run."""
    several = len(run.rounds) > 1
    slices = slice_changes(run) if several else []
    accuracy = accuracy_tables(run)
    return template("report.html.j2").render(
        run=run,
        title=f"{run.config['network']['name']}, {count(len(run.rounds), 'verified round')}",
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
        looking=looking(run),
        causes=causes(run),
        faithful=faithful(run),
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


def environment_facts(environment: dict[str, Any]) -> list[tuple[str, str]]:
    """Versions, machine, seed and command as lines."""
    command = " ".join(map(str, environment.get("command", ())))
    flat: dict[str, Any] = {
        "command": command,
        "seed": environment.get("seed"),
        "python": environment.get("python"),
    }
    flat |= {**environment.get("packages", {}), **environment.get("machine", {})}
    return [(name, str(value)) for name, value in flat.items()]


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("loop.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    for function in FILTERS:
        environment.filters[function.__name__] = function
    return environment


def _css(rgb: tuple[int, int, int]) -> str:
    """The colour of a raw value at the limit, for the legend."""
    return f"rgb({rgb[0]} {rgb[1]} {rgb[2]} / {OPACITY})"


def template(name: str) -> Template:
    """A page that shares the frame, the filters and the style sheet."""
    return PAGES.get_template(name)


PAGES = _environment()
# Loaded with the code: a run lasts for hours, and what it began with must fit together at its end.
for part in PAGES.list_templates(extensions=["j2", "css"]):
    PAGES.get_template(part)
