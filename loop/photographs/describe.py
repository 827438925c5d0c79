"""From a folder of photographs to counts: what they show, what they lack, as files in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.metrics.intervals import wilson_interval
from generator.errors import UserError
from generator.files import shown, write_json, write_text
from loop.data.tables import FILE
from loop.photographs.attributes import Labels, find_photographs, read_attributes
from loop.photographs.counts import Observed, Share, count_pairs, count_values
from loop.photographs.folder import CacheFolder, DescriptionFolder
from loop.photographs.recogniser import Head, balanced

if TYPE_CHECKING:
    from loop.photographs.recognise import Log, Recognised, RecogniserOptions

SCHEMA = 1
"""Version of the layout of `counts.json`."""
LEAST = 20
"""Photographs of which something can be said."""
TOLD = 0.4
"""How far an attribute has to be recognised to be counted: 0 is guessing, 1 without an error."""


@dataclass(frozen=True)
class Found:
    """What is known of the attributes of the photographs, and from where."""

    table: Labels
    """From the user's own table."""
    recognised: Recognised | None
    options: RecogniserOptions | None
    """By which it was recognised."""

    def observed(self) -> list[Observed]:
        """All that can be told, the user's own first; what the table has is not recognised."""
        own = list(self.table.columns.values())
        if self.recognised is None or self.options is None:
            return own
        heads = self.recognised.heads
        told = [name for name, head in heads.items() if is_told(head, self.options.random_labels)]
        return [*own, *(self.recognised.observed(name, self.options) for name in told)]


def describe(
    folder: Path,
    output: Path,
    recogniser: RecogniserOptions | None,
    *,
    attributes: Path | None = None,
    cache: Path | None = None,
    lacking: float = 0.25,
    log: Log,
) -> dict[str, Any]:
    """Describe a folder of photographs: write `attributes.csv` and `counts.json`.

    Args:
        recogniser: None where the table alone is counted.
        attributes: a user's own table.
        cache: where renders, features and recognisers are kept; None for `output`.
        lacking: a value is lacking where the upper end of its interval is below this fraction of an even
            share.

    Returns:
        What `counts.json` holds.

    Raises:
        UserError: there are fewer than `LEAST` photographs, or an input cannot be read or does not fit.
    """
    _check(folder, output, cache, lacking)
    names = find_photographs(folder)
    if len(names) < LEAST:
        raise UserError(
            f"{shown(folder)}: holds {len(names)} photographs; at least {LEAST} are needed to count"
        )
    table = Labels({}) if attributes is None else read_attributes(attributes, names)
    recogniser = _beside(recogniser, table)
    recognised = None
    if recogniser is not None:
        from loop.photographs.recognise import recognise  # torch is slow to import, and a table needs none

        recognised = recognise(folder, names, CacheFolder(cache or output), recogniser, log)
    found = Found(table, recognised, recogniser)
    counts = {
        "schema": SCHEMA,
        "folder": str(folder.resolve()),
        "photographs": len(names),
        "lacking": lacking,
        **_counted(found, lacking, recogniser.fit.seed if recogniser else 0),
        "recogniser": None if recogniser is None else _facts(recogniser, recognised),
        "unlike_vehicles": [] if recognised is None else list(recognised.unlike),
        "notes": list(table.notes),
    }
    place = DescriptionFolder(output)
    write_text(place.attributes, as_table(names, found).to_csv(index=False))
    write_json(place.counts, counts)
    return counts


def as_table(names: Sequence[str], found: Found) -> pd.DataFrame:
    """A row a photograph: `file`, the user's own columns, and of each attribute that is recognised the most
    probable value and, in `ATTRIBUTE_VALUE`, the probability of each."""
    columns: dict[str, Any] = {FILE: names}
    for name, one in found.table.columns.items():
        columns[name] = [one.values[i] if i >= 0 else "" for i in one.index]
    if found.recognised is not None:
        for name, probabilities in found.recognised.probabilities.items():
            values = found.recognised.heads[name].values
            columns[name] = [values[i] for i in probabilities.argmax(1)]
            columns |= {f"{name}_{value}": probabilities[:, k].round(4) for k, value in enumerate(values)}
    return pd.DataFrame(columns)


def informed(head: Head) -> float:
    """How far an attribute is recognised: 0 is guessing, 1 without an error. On labelled photographs where
    there are enough of them, else on renders.

    >>> import numpy as np
    >>> none = np.zeros((2, 2))
    >>> head = Head(("a", "b"), none, none[0], np.array([[8.0, 2.0], [2.0, 8.0]]), none)
    >>> round(informed(head), 2)
    0.6
    """
    counts = head.photographs if head.photographs.sum() >= LEAST else head.renders
    even = 1 / max(2, int((counts.sum(1) > 0).sum()))
    return float((balanced(counts) - even) / (1 - even))


def _beside(recogniser: RecogniserOptions | None, table: Labels) -> RecogniserOptions | None:
    """What is left to recognise beside a table; None where that is nothing."""
    if recogniser is None:
        return None
    left = tuple(name for name in recogniser.attributes if name not in table.columns)
    return replace(recogniser, attributes=left) if left else None


def is_told(head: Head, random_labels: bool) -> bool:
    """Whether an attribute is counted: it is recognised well enough, or so many photographs of a random
    choice are labelled that its intervals are right however seldom it is recognised."""
    return informed(head) >= TOLD or (random_labels and bool(head.photographs.sum() >= LEAST))


def _check(folder: Path, output: Path, cache: Path | None, lacking: float) -> None:
    for place in (output, cache or output):
        if place.resolve().is_relative_to(folder.resolve()):
            raise UserError(
                f"{shown(place)}: lies in {shown(folder)}, whose pictures are counted; give another place"
            )
    if not 0 < lacking <= 1:
        raise UserError(
            f"--lacking {lacking}: is not a fraction of an even share; give more than 0 and at most 1"
        )


def _counted(found: Found, lacking: float, seed: int) -> dict[str, Any]:
    observed = found.observed()
    attributes = {one.attribute: _values(one, found, lacking, seed) for one in observed}
    pairs = [_pair(down, across, lacking, seed) for down, across in combinations(observed, 2)]
    told = {one.attribute for one in observed}
    heads = {} if found.recognised is None else found.recognised.heads
    untold = {name: round(informed(head), 3) for name, head in heads.items() if name not in told}
    return {"attributes": attributes, "pairs": pairs, "untold": untold}


def _values(one: Observed, found: Found, lacking: float, seed: int) -> dict[str, Any]:
    even = 1 / len(one.values)
    values = [
        {"value": value, **_numbers(share), "lacks": share.high < lacking * even}
        for value, share in zip(one.values, count_values(one, seed), strict=True)
    ]
    facts = {
        "source": "table",
        "photographs": one.n,
        "enough": _is_enough(one.n, lacking * even),
        "values": values,
    }
    if one.confusion is None or found.recognised is None:
        return facts
    head = found.recognised.heads[one.attribute]
    labelled = int(head.photographs.sum())
    return {
        **facts,
        "source": "recognised",
        "accuracy_renders": balanced(head.renders),
        "accuracy_photographs": balanced(head.photographs) if labelled else None,
        "labelled": labelled,
        "confusion_renders": head.renders.tolist(),
        "confusion_photographs": head.photographs.tolist(),
    }


def _pair(down: Observed, across: Observed, lacking: float, seed: int) -> dict[str, Any]:
    even = 1 / (len(down.values) * len(across.values))
    both = int(((down.index >= 0) & (across.index >= 0)).sum())
    cells = [
        {"down": a, "across": b, **_numbers(share), "lacks": share.high < lacking * even}
        for a, row in zip(down.values, count_pairs(down, across, seed), strict=True)
        for b, share in zip(across.values, row, strict=True)
    ]
    return {
        "down": down.attribute,
        "across": across.attribute,
        "photographs": both,
        "enough": _is_enough(both, lacking * even),
        "cells": cells,
    }


def _is_enough(n: int, limit: float) -> bool:
    """Whether what none of n photographs shows can be told to be below a limit."""
    return n > 0 and wilson_interval(0.0, n)[1] < limit


def _numbers(share: Share) -> dict[str, Any]:
    return {
        name: round(value, 5) if isinstance(value, float) else value for name, value in asdict(share).items()
    }


def _facts(options: RecogniserOptions, recognised: Recognised | None) -> dict[str, Any]:
    assert recognised is not None
    return {
        "network": options.network,
        "renders": recognised.renders,
        "own_renders": options.renders is not None,
        "labels": None if options.labels is None else options.labels_for,
        "random_labels": options.labels is not None and options.random_labels,
        "aligned": options.aligns,
    }
