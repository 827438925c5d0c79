"""Attributes of photographs, from a table of the user's: what each shows, beside its class.

The table names files by their path below the root of the data, or below its train and test folders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.slices.conjunctions import inside
from generator.errors import UserError
from loop.config.training import DataSettings
from loop.data.pictures import Labelled, RealData, Source
from loop.data.tables import FILE, expect_once, read_csv


def with_attributes(data: RealData, settings: DataSettings) -> RealData:
    """The data with the attributes of their photographs, less the training photographs to leave out.

    Raises:
        UserError: the table cannot be read, or no training photograph has what is to be left out.
    """
    if settings.attributes is None:
        return data
    table = read_attributes(settings.attributes)
    known = attributes_of(data.train, table, Path(str(settings.root)))
    out = np.zeros(len(known), bool)
    for where in settings.leave_out:
        out |= _matching(known, where, settings.attributes)
    return replace(data, train=data.train.at(np.flatnonzero(~out).tolist()), attributes=table)


def _matching(known: pd.DataFrame, where: Mapping[str, str], path: Path) -> NDArray[np.bool_]:
    """Which rows have all values of a slice."""
    for attribute in where:
        if attribute not in known:
            raise UserError(
                f"data.leave_out: {path} has no column {attribute!r}; it has {', '.join(known.columns)}"
            )
    found = inside(known.astype(str), where).to_numpy()
    if not found.any():
        words = ", ".join(f"{name}={value}" for name, value in where.items())
        raise UserError(f"data.leave_out: no training photograph has {words}; see the values in {path}")
    return found


def read_attributes(path: Path) -> pd.DataFrame:
    """A table of attributes by file: text, whole numbers as numbers, <NA> where a cell is empty.

    Raises:
        UserError: it cannot be read, has no column `file` or no other, or names a file twice.
    """
    table = read_csv(path, "data.attributes")
    if FILE not in table or len(table.columns) < 2:
        known = ", ".join(map(str, table.columns))
        raise UserError(f"{path}: needs the column 'file' and a column for each attribute; it has {known}")
    expect_once(table, path)
    return table.set_index(FILE).replace("", pd.NA).apply(_numbers)


def training_attributes(data: RealData | None, root: Path | None) -> pd.DataFrame | None:
    """Of the training photographs, a row each; None where they are not known."""
    if data is None or data.attributes is None:
        return None
    return attributes_of(data.train, data.attributes, Path(str(root)))


def attributes_of(data: Labelled, table: pd.DataFrame, root: Path) -> pd.DataFrame:
    """A row for each picture, in the order of the data; <NA> where the table has no row for it.

    Args:
        table: as `read_attributes` gives it.
        root: of the data.

    Raises:
        UserError: the table has a row for none of them.
    """
    keys = [next((key for key in _keys(source, root) if key in table.index), None) for source in data.sources]
    if len(keys) and not any(keys):
        first = next(_keys(data.sources[0], root), "")
        raise UserError(
            f"data.attributes: names no picture of {root}, such as {first!r}; write files relative to it"
        )
    return table.reindex(keys).reset_index(drop=True)


def _keys(source: Source, root: Path) -> Iterator[str]:
    """What a table may call a picture: its path below the root, or below a folder such as `train`."""
    if isinstance(source, Path):
        below = source.relative_to(root)
        yield below.as_posix()
        yield Path(*below.parts[1:]).as_posix()


def _numbers(column: pd.Series[str]) -> pd.Series[str] | pd.Series[float]:
    """Numbers where all values are; an angle of 20 is then the 20 of renders."""
    try:
        return pd.to_numeric(column)
    except ValueError:
        return column
