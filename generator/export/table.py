"""A set's table with a class for every picture, and its files where a layout wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from generator.errors import UserError
from generator.families import FAMILIES, USUAL, families
from generator.spec import COLORS, ENVIRONMENTS, FINISHES, SHAPES, VIEWS

PATHS = ("image", "mask")

VOCABULARY: dict[str, tuple[str, ...]] = {
    "shape": SHAPES,
    "color": tuple(COLORS),
    "view": VIEWS,
    "environment": ENVIRONMENTS,
    "finish": FINISHES,
    "family": (*(family for shape in FAMILIES for family in families(shape)), USUAL),
}
"""Words that are classes even where a set lacks them, so that a class has the same number in every set."""


@dataclass(frozen=True)
class Labelled:
    """A set as `generator.dataset.dataset.read_set` gives it, and its classes."""

    table: pd.DataFrame
    labels: tuple[str, ...]
    """Class of each row."""
    classes: tuple[str, ...]
    """All classes, in order."""

    def rows(self) -> list[dict[str, Any]]:
        """The table row by row, column -> value as JSON holds it; what is not known is None."""
        known = self.table.astype(object).where(self.table.notna(), None)
        rows = []
        for row in known.to_dict("records"):
            rows.append({str(key): _plain(value) for key, value in row.items()})
        return rows


def label_by(table: pd.DataFrame, column: str) -> Labelled:
    """The values of a column as classes: those of `VOCABULARY`, then others in order.

    Raises:
        UserError: there is no such column, or it does not hold a word or whole number in every row.
    """
    fit = [
        str(name)
        for name in table
        if name not in (*PATHS, "name", "hash") and not pd.api.types.is_float_dtype(table[name])
    ]
    if column not in fit:
        raise UserError(f"--by {column!r}: is not an attribute to sort by; one of {', '.join(fit)}")
    if table[column].isna().any():
        name = table.loc[table[column].isna(), "name"].iloc[0]
        raise UserError(f"--by {column!r}: {name!r} has no such attribute; sort by another")
    classes = dict.fromkeys([*VOCABULARY.get(column, ()), *sorted(table[column].unique())])
    return Labelled(table, tuple(map(str, table[column])), tuple(map(str, classes)))


def expect_folder_names(names: Iterable[str]) -> None:
    """Check that classes can be names of folders, and of nothing outside.

    Raises:
        UserError: one cannot.
    """
    for name in names:
        if name in ("", ".", "..") or not {"/", "\\", "\0"}.isdisjoint(name):
            raise UserError(
                f"classes: {name!r} is not the name of a folder; give one without '/', '\\' and NUL, "
                "other than '', '.' and '..'"
            )


def label_classes(table: pd.DataFrame, classes: Mapping[str, Sequence[str]]) -> Labelled:
    """Classes by shape.

    Args:
        classes: class -> the shapes that show it.

    Raises:
        UserError: a class is not the name of a folder, a shape stands under two classes, or a picture's shape
            under none.
    """
    expect_folder_names(classes)
    of_shape: dict[str, str] = {}
    for name, shapes in classes.items():
        for shape in shapes:
            if (other := of_shape.setdefault(shape, name)) != name:
                raise UserError(f"classes: {shape!r} stands under {other!r} and {name!r}; leave it in one")
    for name, shape in zip(table["name"], table["shape"], strict=True):
        if shape is None:
            raise UserError(f"--classes: {name!r} names no shape; sort with --by instead")
        if shape not in of_shape:
            raise UserError(f"classes: no class for shape {shape!r} of {name!r}; add it to one")
    return Labelled(table, tuple(of_shape[shape] for shape in table["shape"]), tuple(classes))


def _plain(value: Any) -> Any:
    """A value as JSON holds it, not as NumPy does."""
    return value.item() if hasattr(value, "item") else value
