"""What the folders of all commands have in common: a run, a study, a comparison, a slice benchmark.

| file | property | what it holds |
|---|---|---|
| `config.yaml` | `config` | the configuration as resolved, all defaults filled in |
| `config.given.yaml` | `given_config` | the configuration file as the user wrote it |
| `environment.json` | `environment` | versions, machine, command and seed |
| `timings.jsonl` | `timings` | `round`, `step`, `seconds` of each step, appended |
| `report.html` | `report` | the page for people |
| `done.json` | `done` | `seconds`; written last |

Imports nothing heavy, so that a finished run is recognised at once. The folders of a run are in
`loop.run.folder`, those of the other commands in `loop.run.results_folder`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import yaml

from generator.files import LOCK, PART, append_jsonl, read_jsonl, read_yaml, write_json, write_text


class HasPath(Protocol):
    """A folder with a path."""

    @property
    def path(self) -> Path: ...


class Place:
    """A file or folder of a fixed name as an attribute of a folder: its path, whether or not it exists."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, folder: HasPath, owner: type) -> Path:
        return folder.path / self.name


@dataclass(frozen=True)
class OutputFolder:
    """The folder that a command writes."""

    path: Path

    config = Place("config.yaml")
    """`config.yaml`: the configuration as resolved."""

    given_config = Place("config.given.yaml")
    """`config.given.yaml`: the configuration as the user wrote it."""

    environment = Place("environment.json")
    """`environment.json`: versions, machine, command and seed."""

    timings = Place("timings.jsonl")
    """`timings.jsonl`: how long each step took."""

    report = Place("report.html")
    done = Place("done.json")
    """`done.json`: written when all else is there."""

    @property
    def is_done(self) -> bool:
        """Whether everything was made; a report alone does not tell, since one can be had of a run under
        way."""
        return self.done.exists()

    @property
    def holds_results(self) -> bool:
        """Whether there is more than a command writes at its beginning, and than a kill left of that."""
        names = self.beginning_names
        return any(path.name not in names and not path.match(PART) for path in self.path.iterdir())

    @property
    def beginning_names(self) -> tuple[str, ...]:
        """Names of the files that there are before anything is made."""
        return LOCK, self.given_config.name, self.config.name, self.environment.name

    def read_config(self, *, missing: str, empty: str) -> dict[str, Any]:
        """The keys of `config.yaml` as plain values, not validated as a configuration.

        Raises:
            UserError: there is no such file (the message ends with `missing`), it is empty (`empty`), or not
                YAML.
        """
        return read_yaml(self.config, missing=missing, empty=empty)

    def write_config(self, resolved: dict[str, Any]) -> None:
        """Write `config.yaml` of plain values, keys in their order."""
        write_text(self.config, yaml.safe_dump(resolved, sort_keys=False, allow_unicode=True))

    def write_environment(self, content: dict[str, Any]) -> None:
        """Write `environment.json`, see `loop.run.lifecycle.environment`."""
        write_json(self.environment, content)

    def read_environment(self) -> dict[str, Any]:
        """What `environment.json` holds.

        Raises:
            UserError: it is missing or damaged.
        """
        from loop.run.files import RESTORE, read_keys

        return read_keys(self.environment, (), RESTORE)

    def read_timings(self) -> list[dict[str, Any]]:
        """`round`, `step` and `seconds` of each step so far; empty before the first.

        Raises:
            UserError: a line is damaged.
        """
        return read_jsonl(self.timings)

    @contextmanager
    def timed(self, step: str, round_number: int) -> Iterator[None]:
        """Append to `timings.jsonl` how long a step took, also where it is interrupted."""
        start = perf_counter()
        try:
            yield
        finally:
            seconds = round(perf_counter() - start, 2)
            append_jsonl(self.timings, {"round": round_number, "step": step, "seconds": seconds})

    def write_done(self, seconds: float) -> None:
        """Write `done.json`: how long the command took that made the last of it."""
        write_json(self.done, {"seconds": round(seconds, 1)})
