"""The finder of what training photographs lack: values, and combinations, that few or none of them have.

It needs no network: it counts. A slice lacks pictures where even the upper end of the interval of its share
lies below `FEW` of an even share of the values that renders can have.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.metrics.intervals import wilson_mean
from analysis.slices.conjunctions import inside, slice_name
from generator.errors import UserError
from generator.planning.sampling import Where
from loop.controllers.base import Found, Observation

FEW = 0.25
"""Fraction of an even share below which a slice counts as lacking."""


def lacking(observation: Observation) -> list[Found]:
    """Slices of which the training photographs hold few or none, those that lack most first.

    Single values come first; a combination is named only where it lacks by itself, in no named value.

    Raises:
        UserError: the attributes of the training photographs are not known.
    """
    pictures, values = observation.training, observation.options
    if pictures is None:
        raise UserError("controller.name: 'lacking' needs data.attributes; give them, or choose another")
    attributes = [name for name in observation.attributes if name in pictures and name in values]
    found: list[Found] = []
    for order in range(1, observation.settings.max_order + 1):
        named = [one.where for one in found]
        for chosen in itertools.combinations(attributes, order):
            found += _lacking(pictures, {name: values[name] for name in chosen}, named)
    return sorted(found, key=lambda one: (len(one.where), -one.weight))[: observation.settings.slices]


def _lacking(
    pictures: pd.DataFrame, values: Mapping[str, Sequence[Any]], named: Sequence[Where]
) -> list[Found]:
    """Combinations of these attributes' values that lack, but for those inside of what is named already."""
    known = pictures[pictures[list(values)].notna().all(axis=1)]
    cells = [dict(zip(values, cell, strict=True)) for cell in itertools.product(*values.values())]
    even = 1 / len(cells)
    found = []
    for where in cells:
        if any(other.items() <= where.items() for other in named) or not len(known):
            continue
        share, _, high = wilson_mean(inside(known, where))
        if high < FEW * even:
            shown = f"{share:.1%} of {len(known)} training pictures"
            found.append(Found(where, f"{slice_name(where)}: {shown}, {even:.1%} if even", even - share))
    return found
