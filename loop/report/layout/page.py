"""The frame of every page: templates that escape what they are given, and facts about the environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from analysis.slices.conjunctions import slice_name
from generator.files import write_text
from loop.report.layout.numbers import count, number, percent, points, q_value, seconds, signed
from loop.report.layout.text import slice_text
from loop.run.results_folder import ResultsFolder

FILTERS = (count, number, percent, points, q_value, seconds, signed, slice_name, slice_text)
"""Functions that the templates may call, by their names."""


def template(name: str) -> Template:
    """A page that shares the frame, the filters and the style sheet."""
    return PAGES.get_template(name)


def write_results_page(
    run: Path, keys: Sequence[str], render: Callable[[dict[str, Any], dict[str, Any]], str]
) -> Path:
    """Write `RUN/report.html`: what `render` makes of `results.json` and `environment.json`.

    Raises:
        UserError: a file cannot be read, or the results lack one of `keys`.
    """
    folder = ResultsFolder(run)
    write_text(folder.report, render(folder.read_results(keys), folder.read_environment()))
    return folder.report


def environment_facts(environment: dict[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of the command, the seed, the versions and the machine.

    >>> environment_facts({"command": ["renforce", "loop"], "seed": 3, "packages": {"numpy": "2"}})
    [('command', 'renforce loop'), ('seed', '3'), ('python', 'None'), ('numpy', '2')]
    """
    facts: dict[str, Any] = {
        "command": " ".join(map(str, environment.get("command", ()))),
        "seed": environment.get("seed"),
        "python": environment.get("python"),
    }
    facts |= {**environment.get("packages", {}), **environment.get("machine", {})}
    return [(name, str(value)) for name, value in facts.items()]


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


PAGES = _environment()
# Read with the code, not when a page is written: a run lasts for hours, and the templates on disk may by
# then be those of another version.
for part in PAGES.list_templates(extensions=["j2", "css"]):
    PAGES.get_template(part)
