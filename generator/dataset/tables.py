"""Tables on disk as Parquet: written whole or not at all; read, or refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from generator.errors import UserError
from generator.files import write_bytes


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Write a table without its index; `path` holds the old one or the new one at any moment."""
    write_bytes(path, table.to_parquet(None, index=False))


def read_parquet(path: Path, remedy: str) -> pd.DataFrame:
    """A table as it was written.

    Raises:
        UserError: it is missing or cannot be read; the message ends with `remedy`.
    """
    if not path.exists():
        raise UserError(f"{path}: does not exist; {remedy}")
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError, LookupError, TypeError) as error:  # damaged files raise any of these
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{path}: cannot be read as Parquet ({reason}); {remedy}") from None
