"""The page about a folder of photographs: what they show, what they lack, and a picture of each pair."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from generator.errors import UserError
from generator.files import write_text
from loop.photographs.folder import DescriptionFolder
from loop.report.layout.numbers import count, number
from loop.report.layout.page import template
from loop.report.layout.text import listed, value_text
from loop.report.layout.thumbnails import Thumbnails
from loop.run.files import read_keys

KEYS = (
    "folder",
    "photographs",
    "lacking",
    "attributes",
    "pairs",
    "untold",
    "recogniser",
    "unlike_vehicles",
    "notes",
)
"""Keys of every `counts.json`."""
AGAIN = "give the command that made it again"
NAMES = {
    "view": ("view", "views"),
    "color": ("colour", "colours"),
    "shape": ("shape", "shapes"),
    "elevation": ("camera elevation", "camera elevations"),
}
"""Attribute -> its name, for one value and for several."""
FIRST = ("view", "color", "shape", "elevation")
"""Attributes that the first sentences are about; then the user's own."""
NAMED = 4
"""Values of a sentence at most."""
EACH = 4
"""Examples of a value."""
DARK = 0.75
"""Depth from which the text of a cell is light."""


@dataclass(frozen=True)
class Row:
    label: str
    numbers: dict[str, Any]
    bar: float
    """The fraction over the largest upper end, in [0, 1]."""
    examples: tuple[str, ...]
    """Data URIs."""


@dataclass(frozen=True)
class AttributeTable:
    title: str
    facts: dict[str, Any]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Cell:
    text: str
    tip: str
    depth: float
    lacks: bool
    example: str
    """Data URI; empty where no photograph was recognised as this pair."""

    @property
    def dark(self) -> bool:
        return self.depth >= DARK


@dataclass(frozen=True)
class HeatMap:
    title: str
    photographs: int
    enough: bool
    """Whether there are enough photographs to find a pair lacking."""
    lacking: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def write_description(output: Path) -> Path:
    """Write `OUTPUT/report.html` from `counts.json`, `attributes.csv` and the photographs.

    Raises:
        UserError: a file is missing or damaged.
    """
    place = DescriptionFolder(output)
    counts = read_keys(place.counts, KEYS, AGAIN)
    try:
        table = pd.read_csv(place.attributes, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise UserError(f"{place.attributes}: cannot be read ({error}); {AGAIN}") from None
    write_text(place.report, render(counts, table))
    return place.report


def render(counts: dict[str, Any], table: pd.DataFrame) -> str:
    """The page of some counts.

    Args:
        table: `attributes.csv`, all text.
    """
    pictures = Thumbnails(Path(counts["folder"]), table)
    return template("photographs.html.j2").render(
        title=f"{count(counts['photographs'], 'photograph')} described",
        answers=answers(counts),
        counts=counts,
        tables=[_table(name, facts, pictures) for name, facts in counts["attributes"].items()],
        heat_maps=[_heat_map(pair, pictures) for pair in counts["pairs"]],
        untold=[(_name(name), value) for name, value in counts["untold"].items()],
        missing=pictures.missing,
    )


# Sentences


def answers(counts: dict[str, Any]) -> list[str]:
    """A sentence for each attribute: which values are lacking; those that lack some come first."""
    found = counts["attributes"]
    order = sorted(found, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    lack = [name for name in order if any(one["lacks"] for one in found[name]["values"])]
    enough = [name for name in order if name not in lack and found[name]["enough"]]
    few = [name for name in order if name not in lack and name not in enough]
    said = [_lacking(name, found[name]) for name in lack]
    total = count(counts["photographs"], "photograph")
    if enough:
        said.append(f"No {' or '.join(map(_name, enough))} is lacking in {total}.")
    if few:
        said.append(f"{total} are too few to say that a {' or '.join(map(_name, few))} is lacking.")
    return said or [f"Nothing could be recognised in {total}."]


def _lacking(name: str, facts: dict[str, Any]) -> str:
    lacking = sorted((one for one in facts["values"] if one["lacks"]), key=lambda one: float(one["high"]))
    named = [f"{value_text(name, one['value'])} ({interval_text(one)})" for one in lacking[:NAMED]]
    more = [f"{len(lacking) - NAMED} more"] if len(lacking) > NAMED else []
    total = count(facts["photographs"], "photograph")
    values = f"{len(facts['values'])} {_name(name, 2)}"
    return f"Of {values}, your {total} lack {len(lacking)}: {listed([*named, *more])}."


def interval_text(numbers: dict[str, Any]) -> str:
    """A fraction with its interval in percent.

    >>> interval_text({"share": 0.02, "low": 0.0104, "high": 0.04})
    '2.0\\xa0% [1.0, 4.0]'
    """
    share, low, high = (number(100 * numbers[key], 1) for key in ("share", "low", "high"))
    return f"{share}\u00a0% [{low}, {high}]"


def _name(attribute: str, several: int = 1) -> str:
    one, more = NAMES.get(attribute, (attribute, f"values of {attribute}"))
    return one if several == 1 else more


# Tables and heat maps


def _table(name: str, facts: dict[str, Any], pictures: Thumbnails) -> AttributeTable:
    widest = max(one["high"] for one in facts["values"]) or 1.0
    rows = tuple(
        Row(
            value_text(name, one["value"]),
            one,
            one["share"] / widest,
            pictures.of({name: one["value"]}, EACH),
        )
        for one in facts["values"]
    )
    return AttributeTable(_name(name), facts, rows)


def _heat_map(pair: dict[str, Any], pictures: Thumbnails) -> HeatMap:
    down, across = pair["down"], pair["across"]
    deepest = max(cell["share"] for cell in pair["cells"]) or 1.0
    columns = list(dict.fromkeys(cell["across"] for cell in pair["cells"]))
    rows: dict[str, list[Cell]] = {}
    for cell in pair["cells"]:
        where = {down: cell["down"], across: cell["across"]}
        rows.setdefault(cell["down"], []).append(_cell(where, cell, deepest, pictures))
    return HeatMap(
        f"{_name(down)} × {_name(across)}",
        pair["photographs"],
        pair["enough"],
        sum(cell["lacks"] for cell in pair["cells"]),
        tuple(value_text(across, value) for value in columns),
        tuple((value_text(down, value), tuple(cells)) for value, cells in rows.items()),
    )


def _cell(where: dict[str, str], numbers: dict[str, Any], deepest: float, pictures: Thumbnails) -> Cell:
    percent = 100 * numbers["share"]
    text = "<1" if 0.05 <= percent < 1 else number(percent, 0)
    what = ", ".join(value_text(name, value) for name, value in where.items())
    shown = pictures.of(where, 1)
    depth = round(numbers["share"] / deepest, 3)
    return Cell(text, f"{what}: {interval_text(numbers)}", depth, numbers["lacks"], "".join(shown))
