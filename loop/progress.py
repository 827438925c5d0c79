"""How long things take: progress on stderr, silent where that is no terminal, and seconds of each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as RichTask
from rich.text import Text

from generator.files import append_jsonl


@contextmanager
def track(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar while inside; the function given takes how many more are done, from any thread."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda number: progress.advance(task, number)


@contextmanager
def timed(run: Path, step: str, turn: int) -> Iterator[None]:
    """Append to a run's `timings.jsonl` how long a step took, also if interrupted; apart from all content."""
    start = perf_counter()
    try:
        yield
    finally:
        entry = {"round": turn, "step": step, "seconds": round(perf_counter() - start, 2)}
        append_jsonl(run / "timings.jsonl", entry)


class _Rate(ProgressColumn):
    def render(self, task: RichTask) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")
