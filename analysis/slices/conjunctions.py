"""All slices of a table: conjunctions of attribute values, and which pictures belong to each."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.metrics.arrays import Bools, Floats
from generator.errors import UserError

Part = tuple[str, Hashable]
"""An attribute and its value."""


def slice_name(where: Mapping[str, Hashable]) -> str:
    """A slice as people read it, attributes in sorted order.

    >>> slice_name({"shape": "van", "color": "y"})
    'color=y & shape=van'
    """
    return " & ".join(f"{attribute}={value}" for attribute, value in sorted(where.items()))


def inside(pictures: pd.DataFrame, where: Mapping[str, Any]) -> pd.Series[bool]:
    """Which pictures lie in a slice, (N,); none where an attribute is not known.

    >>> inside(pd.DataFrame({"shape": ["van", "bus", "van"]}), {"shape": "van"}).tolist()
    [True, False, True]
    """
    found = pd.Series(True, index=pictures.index)
    for attribute, value in where.items():
        found &= (pictures[attribute] == value) if attribute in pictures else False
    return found


def varying(pictures: pd.DataFrame, attributes: Sequence[str]) -> list[str]:
    """Those attributes that are known of every picture and take more than one value, in the order given."""
    known = [a for a in attributes if a in pictures and pictures[a].notna().all()]
    return [a for a in known if pictures[a].nunique() > 1]


@dataclass(frozen=True)
class Conjunctions:
    """S slices of a table of N pictures."""

    parts: list[tuple[Part, ...]]
    """The attribute values that each slice asks for, attributes in sorted order."""
    members: Bools
    """(S, N)."""

    @cached_property
    def orders(self) -> NDArray[np.int64]:
        """(S,), how many attributes each slice asks for."""
        return np.array([len(parts) for parts in self.parts], dtype=np.int64)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """(S,), how many pictures each slice holds."""
        return np.asarray(np.count_nonzero(self.members, axis=1))

    def names(self) -> list[str]:
        """As people read them: `color=y & shape=van`."""
        return [slice_name(dict(parts)) for parts in self.parts]


def plain(value: Any) -> Any:
    """A value as Python has it, and configurations write it."""
    return value.item() if isinstance(value, np.generic) else value


def values_of(column: pd.Series[Any]) -> list[Any]:
    """The values of an attribute in ascending order, as configurations write them; missing ones are left out.

    >>> values_of(pd.Series(["y", "r", None, "y"]))
    ['r', 'y']
    """
    return [plain(value) for value in sorted(column.dropna().unique())]


def in_any(pictures: pd.DataFrame, wheres: Iterable[Mapping[str, Any]]) -> Bools:
    """Which pictures lie in one of some slices, (N,)."""
    found = np.zeros(len(pictures), dtype=bool)
    for where in wheres:
        found |= inside(pictures, where).to_numpy(dtype=bool)
    return found


def where_of(row: Mapping[Any, Any], attributes: Sequence[str]) -> dict[str, Any]:
    """What a row of a table of slices asks for, as configurations write it."""
    return {name: plain(row[name]) for name in attributes if not pd.isna(row[name])}


def wheres_of(found: pd.DataFrame, attributes: Sequence[str]) -> list[Mapping[str, Any]]:
    """What every row of a table of slices asks for, in its order."""
    return [where_of(row, attributes) for row in found.to_dict("records")]


def attribute_columns(parts: Sequence[tuple[Part, ...]], attributes: Sequence[str]) -> pd.DataFrame:
    """A column an attribute, a row a slice: the value that it asks for, <NA> where it leaves it free."""
    rows = [dict(slice_parts) for slice_parts in parts]
    columns = {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in attributes}
    return pd.DataFrame(columns).convert_dtypes()


def conjunctions(
    table: pd.DataFrame, attributes: Sequence[str], max_order: int, min_n: int = 1, known: Bools | None = None
) -> Conjunctions:
    """All conjunctions of values of up to `max_order` attributes that hold at least `min_n` pictures.

    A slice is grown from one with fewer attributes, which holds at least as many pictures; so what is too
    small is never grown (Agrawal & Srikant 1994; SliceLine, Sagadeeva & Boehm 2021, section 3.2, whose bounds
    on errors are left out: error control needs every slice that is large enough to count). A picture whose
    attribute is missing belongs to no slice of that attribute.

    Args:
        known: (N,), the pictures that count for `min_n`; all where it is None.

    Returns:
        By order, then by attributes in sorted order, then by their values in sorted order.

    Raises:
        UserError: no attribute, an attribute twice, or `max_order` below 1.
    """
    if not attributes or len(set(attributes)) < len(attributes):
        raise UserError(f"attributes {list(attributes)}: name at least one, each once")
    if max_order < 1:
        raise UserError(f"max_order is {max_order}: a slice has at least 1 attribute")
    counted = np.ones(len(table), dtype=bool) if known is None else known
    whole = Conjunctions([()], np.ones((1, len(table)), dtype=bool))
    singles = {name: _grown(whole, _singles(name, table), counted, min_n) for name in sorted(attributes)}
    level: dict[tuple[str, ...], Conjunctions] = {(name,): found for name, found in singles.items()}
    levels = [*level.values()]
    for order in range(2, max_order + 1):
        level = {
            names: _grown(level[names[:-1]], singles[names[-1]], counted, min_n)
            for names in combinations(singles, order)
        }
        levels += level.values()
    parts = [slice_parts for found in levels for slice_parts in found.parts]
    return Conjunctions(parts, np.concatenate([found.members for found in levels]))


def _grown(slices: Conjunctions, singles: Conjunctions, counted: Bools, min_n: int) -> Conjunctions:
    """Every slice with every value of one more attribute, where that leaves enough counted pictures."""
    shared = slices.members[:, counted].astype(np.float32) @ singles.members[:, counted].T.astype(np.float32)
    rows, values = np.nonzero(shared >= max(min_n, 1))
    parts = [slices.parts[row] + singles.parts[value] for row, value in zip(rows, values, strict=True)]
    return Conjunctions(parts, slices.members[rows] & singles.members[values])


def numbers(table: pd.DataFrame, value: str, where: str) -> Floats:
    """A column as float64, missing values as nan.

    Raises:
        UserError: the column does not hold numbers, or holds an infinite one.
    """
    try:
        column = table[value].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise UserError(f"{where}: column {value!r} is {table[value].dtype}: it must hold numbers") from error
    if np.isinf(column).any():
        raise UserError(f"{where}: column {value!r} holds infinite values: leave them out, or give nan")
    return column


def require_columns(table: pd.DataFrame, columns: Sequence[str], reserved: Sequence[str], where: str) -> None:
    """Refuse a table that lacks a column, and an attribute that would overwrite a column of the result.

    Raises:
        UserError: naming the column.
    """
    for column in columns:
        if column not in table.columns:
            known = ", ".join(map(str, table.columns))
            raise UserError(f"{where}: no column {column!r}; there are {known}")
        if column in reserved:
            raise UserError(f"{where}: {column!r} is a column of the result; rename the attribute")


def _singles(attribute: str, table: pd.DataFrame) -> Conjunctions:
    """The slices of one attribute alone, by its values in sorted order."""
    codes, values = pd.factorize(table[attribute], sort=True)
    known = [plain(value) for value in values]
    return Conjunctions([((attribute, value),) for value in known], codes == np.arange(len(known))[:, None])
