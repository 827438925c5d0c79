"""Files of runs, and what mends them where they are damaged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from generator.dataset.tables import read_parquet
from generator.errors import UserError
from generator.files import read_json_object

ANEW = (
    "remove it and what says that the run is done (report.html; in a study that of the study, and the run's "
    "done.json), and give the command that made the run again: it is written anew from what else is there"
)
"""What mends a file that a run can make again."""
WITHOUT = "restore it from a copy, or put {} into it to report without it"
"""What mends `environment.json`, which a run writes at its beginning only."""


def kept(folder: Path) -> bool:
    """Whether the round of a folder stands, by its gate; the first has none.

    Raises:
        UserError: the gate is damaged.
    """
    path = folder / "gate.json"
    return bool(read_keys(path, ("kept",), ANEW)["kept"]) if path.exists() else True


def read_table(path: Path) -> pd.DataFrame:
    """A table that a run can make again.

    Raises:
        UserError: it is missing or damaged.
    """
    return read_parquet(path, ANEW)


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
