"""Reading what a command wrote, and what to do where a file is missing or damaged.

The names of the files are in `loop.run.output`, `loop.run.folder` and `loop.run.results_folder`; how a file
is written whole is in `generator.files` and `generator.dataset.tables`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from generator.dataset.tables import read_parquet
from generator.errors import UserError
from generator.files import read_json_object

REMAKE = (
    "remove it and what says that the run is done (report.html; in a study that of the study, and the run's "
    "done.json), and give the command that made the run again: it is written anew from what else is there"
)
"""What mends a file that a run can make again."""
RESTORE = "restore it from a copy, or put {} into it to report without it"
"""What mends `environment.json`, which a run writes at its beginning only."""


def read_table(path: Path) -> pd.DataFrame:
    """A table that a run can make again.

    Raises:
        UserError: it is missing or damaged.
    """
    return read_parquet(path, REMAKE)


def read_keys(path: Path, keys: Sequence[str], remedy: str) -> dict[str, Any]:
    """A JSON file that holds these keys at least.

    Raises:
        UserError: it does not; the message ends with `remedy`.
    """
    found = read_json_object(path, remedy)
    for key in keys:
        if key not in found:
            raise UserError(f"{path}: holds no {key!r}; {remedy}")
    return found


def read_list(path: Path, kind: type) -> list[Any]:
    """A JSON file that a run can make again: a list whose items are all of one kind.

    Raises:
        UserError: it is missing or damaged, or holds something else.
    """
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())[:200]
        raise UserError(f"{path}: cannot be read as JSON ({reason}); {REMAKE}") from None
    if not isinstance(content, list) or not all(isinstance(item, kind) for item in content):
        raise UserError(f"{path}: is not a list of {kind.__name__}; {REMAKE}")
    return content
