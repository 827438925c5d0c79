"""Tables of users' own about pictures: CSV files with a row a file, all text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from generator.errors import UserError

FILE = "file"
"""The column of paths."""


def read_csv(path: Path, key: str = "") -> pd.DataFrame:
    """A table, all text; "" where a cell is empty.

    Args:
        key: the configuration key that names the table, for the error; "" for none.

    Raises:
        UserError: it is not a CSV file.
    """
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        place = f"{key}: {path}" if key else f"{path}:"
        reason = " ".join(str(error).split())
        raise UserError(f"{place} is not a CSV file that can be read ({reason})") from None


def expect_columns(table: pd.DataFrame, names: Sequence[str], path: Path) -> None:
    """Raise a UserError where a table lacks a column."""
    for name in names:
        if name not in table:
            raise UserError(f"{path}: has no column {name!r}; it has {', '.join(map(str, table.columns))}")


def expect_once(table: pd.DataFrame, path: Path) -> None:
    """Raise a UserError where a table names a file twice."""
    if table[FILE].duplicated().any():
        twice = table.loc[table[FILE].duplicated(), FILE].iloc[0]
        raise UserError(f"{path}: names {twice!r} twice; keep one row")
