"""Attributes as categories: which columns of an evaluation can span slices, and continuous ones in bins.

A bin is a range that pictures can be drawn from again, and reads `4..9`: a slice then reads
`distance=4..9 & shape=van`. Bins are decided by the pictures' attributes alone, never by what a network
made of them, so that error control over slices holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log10
from typing import Any

import numpy as np
import pandas as pd

from analysis.metrics.arrays import Floats
from analysis.slices.conjunctions import require_columns, varying
from generator.errors import UserError
from generator.naming import ATTRIBUTES
from generator.planning.grid import FAMILY
from generator.spec import RenderSpec

COUNT = 4
"""Bins of an attribute, at most, besides values that many pictures share."""
FEW = 8
"""Numbers with no more distinct values than this stay as they are."""

NO_FACTOR = frozenset(
    {"asset", "variant", "environment_seed", "elevation", "azimuth", "size", "samples", "denoise"}
)
"""Fields of a spec that span no slice: `angle` and `view` give the camera's place; no other set has the same
individuals; the rest is how a picture is rendered."""
VEHICLES = 5
"""Fewest vehicles of each family for slices of families: pictures of one vehicle are more alike."""
NEEDS = {"cut_side": "cut", "motion_angle": "motion"}
"""Field -> the field that must not be 0 everywhere for it to have an effect."""


def candidates(pictures: pd.DataFrame) -> tuple[str, ...]:
    """The attributes of an evaluation that vary and can be drawn again: those of names, the family where
    each has `VEHICLES`, then all other fields of a spec (environment, light, finish, distance, occlusion, …).

    Args:
        pictures: one row a picture; columns that are not fields of a spec are ignored.
    """
    fields = [name for name in RenderSpec.model_fields if name not in {*NO_FACTOR, *ATTRIBUTES}]
    felt = [name for name in fields if name not in NEEDS or _felt(pictures, NEEDS[name])]
    families = [FAMILY] if _vehicles(pictures) >= VEHICLES else []
    return tuple(varying(pictures, [*ATTRIBUTES, *families, *felt]))


def _vehicles(pictures: pd.DataFrame) -> int:
    """Individuals of the family that has fewest; 0 where that is not known."""
    columns = [FAMILY, "shape", "variant"]
    if not set(columns) <= set(pictures) or pictures.empty:
        return 0
    return int(pictures[columns].drop_duplicates()[FAMILY].value_counts().min())


def _felt(pictures: pd.DataFrame, field: str) -> bool:
    return field in pictures and bool((pictures[field].fillna(0) != 0).any())


@dataclass(frozen=True)
class Bin:
    """A range of an attribute; a single value where both ends are the same."""

    low: float
    high: float
    closed: bool = True
    """Whether `high` is inside."""

    @property
    def label(self) -> str:
        """`4..9`, or `0` for a single value."""
        low, high = (np.format_float_positional(end, trim="-") for end in (self.low, self.high))
        return low if self.low == self.high else f"{low}..{high}"


@dataclass(frozen=True)
class Bins:
    """The bins of those attributes that have any."""

    of: Mapping[str, tuple[Bin, ...]]
    """Attribute -> its bins, ascending. A single value inside a range is not counted to the range."""

    def find(self, attribute: str, label: str) -> Bin:
        """The bin that a slice names.

        Raises:
            UserError: there is none of this label.
        """
        for found in self.of.get(attribute, ()):
            if found.label == label:
                return found
        known = ", ".join(found.label for found in self.of.get(attribute, ())) or "it has none"
        raise UserError(f"{attribute}: {label!r} is not a bin; {known}")

    def drawn(self, where: Mapping[str, Any]) -> dict[str, Any]:
        """A slice as configurations write it: bins become `{uniform: [low, high]}`, single values stay."""
        return {
            attribute: _written(self.find(attribute, value)) if attribute in self.of else value
            for attribute, value in where.items()
        }

    def apply(self, table: pd.DataFrame) -> pd.DataFrame:
        """The same table with labels for numbers, as ordered categories; <NA> for what lies in no bin.

        Raises:
            UserError: a column is missing.
        """
        require_columns(table, [*self.of], (), "the table")
        return table.assign(**{name: _labelled(table[name], bins) for name, bins in self.of.items()})


def bin_attributes(
    table: pd.DataFrame, attributes: Sequence[str], *, count: int = COUNT, few: int = FEW
) -> tuple[pd.DataFrame, Bins]:
    """Put numbers of many distinct values into bins with about as many pictures each.

    A value that a fraction of 1/`count` of the pictures has (no haze, no occlusion) is a bin of its own.
    Edges are rounded as far as the narrowest bin allows, so that label and range are the same.

    Args:
        table: one row a picture.
        attributes: columns that may be binned; text, and numbers with at most `few` values, stay.
        count: most bins of ranges, 2 or more.
        few: most distinct values that stay as they are.

    Returns:
        The table with labels in place of binned numbers, and the bins.

    >>> table = pd.DataFrame({"distance": [float(metres) for metres in range(4, 16)]})
    >>> bin_attributes(table, ["distance"], count=2)[0]["distance"].value_counts(sort=False).to_dict()
    {'4..9': 6, '10..15': 6}

    Raises:
        UserError: a column is missing, or `count` is below 2.
    """
    require_columns(table, attributes, (), "the table")
    if count < 2:
        raise UserError(f"bin_attributes: count is {count}; a range is split into 2 bins or more")
    wide = [a for a in attributes if pd.api.types.is_numeric_dtype(table[a]) and table[a].nunique() > few]
    bins = Bins({attribute: _bins(table[attribute], count) for attribute in wide})
    return bins.apply(table), bins


def binned(table: pd.DataFrame, columns: Sequence[str], bins: int = COUNT) -> pd.DataFrame:
    """Those columns that can span slices: numbers of many values in bins, none that is constant.

    Args:
        table: one row a picture.
        columns: of text or numbers, as `bin_attributes` takes them.
        bins: most bins of ranges.

    Returns:
        A column for each that takes more than one value, in the order given; `bounds` reads the labels.

    Raises:
        UserError: as `bin_attributes`.
    """
    labelled, _ = bin_attributes(table, columns, count=bins)
    return labelled[[column for column in columns if labelled[column].nunique() > 1]]


def bounds(label: str) -> tuple[float, float]:
    """Ends of the range that a bin's label names; a single value is both.

    >>> bounds("4..9"), bounds("0")
    ((4.0, 9.0), (0.0, 0.0))

    Raises:
        UserError: it is not a label of a bin.
    """
    low, _, high = label.partition("..")
    try:
        return float(low), float(high or low)
    except ValueError:
        raise UserError(f"{label!r} is not a bin: bins read `4..9`, or `0` for a single value") from None


def _bins(column: pd.Series[Any], count: int) -> tuple[Bin, ...]:
    values = column.dropna().to_numpy(dtype=np.float64)
    distinct, pictures = np.unique(values, return_counts=True)
    common = distinct[pictures >= len(values) / count]
    others = values[~np.isin(values, common)]
    ranges = _whole(others, count) if (values == values.round()).all() else _ranges(others, count)
    return tuple(sorted([*(Bin(v, v) for v in common.tolist()), *ranges], key=lambda b: (b.low, b.high)))


def _whole(values: Floats, count: int) -> list[Bin]:
    """Ranges of whole numbers, both ends inside."""
    if not len(values):
        return []
    first = np.unique(np.quantile(values, np.arange(count) / count, method="higher"))
    last = [*(first[1:] - 1).tolist(), float(values.max())]
    return [Bin(low, high) for low, high in zip(first.tolist(), last, strict=True)]


def _ranges(values: Floats, count: int) -> list[Bin]:
    """Ranges with rounded ends, each next to the other; only the last one's upper end is inside."""
    edges = np.unique(np.quantile(values, np.arange(count + 1) / count)) if len(values) else np.empty(0)
    if len(edges) < 2:
        return [Bin(value, value) for value in edges.tolist()]
    decimals = ceil(-log10(np.diff(edges).min() / 5))
    scale = 10.0**decimals
    # 0.29 * 100 is a little below 29.
    scaled = (edges * scale).round(9)
    ends = (np.array([np.floor(scaled[0]), *scaled[1:-1].round(), np.ceil(scaled[-1])]) / scale).tolist()
    return [Bin(low, high, high == ends[-1]) for low, high in pairwise(ends)]


def _labelled(column: pd.Series[Any], bins: Sequence[Bin]) -> pd.Series[Any]:
    """The bin of each number, single values first."""
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    code = np.full(len(values), -1, dtype=np.int64)
    for i in sorted(range(len(bins)), key=lambda i: bins[i].low == bins[i].high):
        low, high, closed = bins[i].low, bins[i].high, bins[i].closed
        code[(values >= low) & ((values <= high) if closed else (values < high))] = i
    labels = pd.Index([found.label for found in bins])
    return pd.Series(pd.Categorical.from_codes(code, labels, ordered=True), index=column.index)


def _written(found: Bin) -> Any:
    return found.low if found.low == found.high else {"uniform": [found.low, found.high]}
