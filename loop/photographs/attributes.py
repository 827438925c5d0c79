"""Attributes that renders teach, their values in order, and what users' tables say of photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from generator.dataset.dataset import SUFFIXES, pictures_in
from generator.errors import UserError
from generator.files import shown
from generator.spec import COLORS, SHAPES, VIEWS
from loop.data.tables import FILE, expect_columns, expect_once, read_csv
from loop.photographs.counts import Observed

ELEVATIONS = (0, 10, 20, 90)
"""Bounds of the camera's elevations that are told apart, degrees; the last is included."""
ELEVATION = "elevation"
KNOWN: dict[str, tuple[str, ...]] = {
    "view": VIEWS,
    "color": tuple(COLORS),
    "shape": SHAPES,
    ELEVATION: tuple(f"{low}..{high}" for low, high in pairwise(ELEVATIONS)),
}
"""Attributes that are recognised -> their values in the order in which people expect them."""
COMPLETE = ("view", "color", ELEVATION)
"""Attributes of which a user's own table is expected to show all values."""
SPELLINGS = {"colour": "color"}
"""Names of columns besides those of the attributes."""
MOST_VALUES = 30
"""Of a column of a user's table that is counted; one with more holds names, not values."""


@dataclass(frozen=True)
class Labels:
    """What a table says of photographs."""

    columns: dict[str, Observed]
    notes: tuple[str, ...] = ()
    """Columns that are not counted, and why."""


def find_photographs(folder: Path) -> list[str]:
    """The pictures in a folder and below it, by their path from it, sorted; hidden ones are left out.

    Raises:
        UserError: there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise UserError(f"{shown(folder)}: is not a folder; give one that holds photographs")
    below = (path.relative_to(folder) for path in pictures_in(folder, below=True))
    found = sorted(path.as_posix() for path in below if not any(part.startswith(".") for part in path.parts))
    if not found:
        raise UserError(
            f"{shown(folder)}: holds no picture ({' '.join(SUFFIXES)}); add some or name another folder"
        )
    return found


def rendered_values(table: pd.DataFrame, attribute: str) -> Observed:
    """The value of each picture of a rendered set.

    Args:
        table: as `generator.dataset.dataset.read_set` gives it.

    Raises:
        UserError: the pictures do not differ in the attribute.
    """
    if attribute == ELEVATION:
        degrees = table["elevation"] if "elevation" in table else table["angle"]
        column = [elevation_of(float(value)) for value in degrees]
    else:
        column = [str(value) for value in table[attribute]]
    values = [value for value in KNOWN[attribute] if value in column]
    values += sorted({*column} - {*values})
    if len(values) < 2:
        raise UserError(
            f"--recognise {attribute}: all renders show {values[0]!r}; render a set in which it varies, "
            "or leave the attribute out"
        )
    return Observed(attribute, tuple(values), np.array([values.index(value) for value in column]))


def elevation_of(degrees: float) -> str:
    """The range that an elevation lies in.

    >>> elevation_of(9.9), elevation_of(10), elevation_of(90), elevation_of(-1)
    ('0..10', '10..20', '20..90', '0..10')
    """
    place = int(np.searchsorted(ELEVATIONS[1:-1], degrees, side="right"))
    return KNOWN[ELEVATION][place]


def read_labels(path: Path, files: Sequence[str], values: dict[str, tuple[str, ...]]) -> Labels:
    """What a table says of the attributes of some photographs; its other columns are not looked at.

    Args:
        path: a CSV with a column `file` and columns named as attributes; cells may be empty.
        files: all photographs.
        values: attribute -> values that may be given.

    Raises:
        UserError: the table cannot be read, names a file or value that is not known, or no attribute.
    """
    table = _read(path, files)
    known = [name for name in values if name in table]
    if not known:
        raise UserError(f"{path}: has no column of {', '.join(values)}; name one so, or leave the table out")
    columns = {}
    for name in known:
        cells = [_value(name, cell) for cell in table[name]]
        for file, cell in zip(table[FILE], cells, strict=True):
            if cell and cell not in values[name]:
                raise UserError(
                    f"{path}: {file!r} has the {name} {cell!r}; one of "
                    f"{', '.join(values[name])}, or leave it empty"
                )
        columns[name] = _observed(name, values[name], list(table[FILE]), cells, files)
    return Labels(columns)


def read_attributes(path: Path, files: Sequence[str]) -> Labels:
    """Every column of a user's own table that has few values.

    Raises:
        UserError: the table cannot be read, names a file that is not there, or has no column to count.
    """
    table = _read(path, files)
    columns, notes = {}, []
    for column in (str(column) for column in table if column != FILE):
        name = SPELLINGS.get(column, column)
        cells = [_value(name, cell) for cell in table[column]]
        found = {cell for cell in cells if cell}
        if 1 <= len(found) <= MOST_VALUES:
            columns[name] = _observed(name, _ordered(name, found), list(table[FILE]), cells, files)
        else:
            notes.append(f"the column {column!r} is not counted: it has {len(found)} values")
    if not columns:
        raise UserError(f"{path}: has no column with 1 to {MOST_VALUES} values beside {FILE!r}; add one")
    return Labels(columns, tuple(notes))


def _ordered(name: str, found: set[str]) -> tuple[str, ...]:
    """All values of views, colours and elevations, also those that are missing; else what was found."""
    known = KNOWN.get(name, ())
    if name in COMPLETE and found <= {*known}:
        return known
    return (*(value for value in known if value in found), *sorted(found - {*known}))


def _value(name: str, cell: str) -> str:
    """A cell as the attribute's value: paints also by their word, elevations also in degrees."""
    cell = cell.strip()
    if name == "color":
        return next((letter for letter, paint in COLORS.items() if paint.word == cell.lower()), cell)
    if name == ELEVATION and cell.replace(".", "", 1).lstrip("-").isdecimal():
        return elevation_of(float(cell))
    return cell


def _read(path: Path, files: Sequence[str]) -> pd.DataFrame:
    table = read_csv(path)
    table = table.rename(columns={word: name for word, name in SPELLINGS.items() if name not in table})
    expect_columns(table, (FILE,), path)
    if len(table) == 0:
        raise UserError(f"{path}: has no row; add one for each photograph that it tells about")
    there = {*files}
    absent = [file for file in table[FILE] if file not in there]
    if absent:
        raise UserError(
            f"{path}: {absent[0]!r} is not among the photographs ({len(absent)} of its {len(table)} files "
            "are not); name files by their path from the folder, such as 'cars/001.jpg', or remove the rows"
        )
    expect_once(table, path)
    return table


def _observed(
    name: str, values: tuple[str, ...], named: Sequence[str], cells: Sequence[str], files: Sequence[str]
) -> Observed:
    place = {file: i for i, file in enumerate(files)}
    index: NDArray[np.int64] = np.full(len(files), -1)
    for file, cell in zip(named, cells, strict=True):
        if cell:
            index[place[file]] = values.index(cell)
    return Observed(name, values, index)
