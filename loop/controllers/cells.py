"""Cells: combinations of one value of every attribute, of those that go together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from generator.planning.grid import FAMILY
from generator.planning.sampling import Where

OCCLUSION = ("occluder", "occlusion")
TIED = (OCCLUSION, ("shape", FAMILY))
"""Pairs of attributes of which not every value goes with every other."""
MOST_CELLS = 20_000
"""Most cells that are listed; of more, so many are drawn at random."""


def together(attributes: Sequence[str]) -> list[tuple[str, ...]]:
    """The attributes, each alone, and after them the pairs that are tied.

    >>> together(["family", "color", "shape"])
    [('color',), ('shape', 'family')]
    """
    tied = [pair for pair in TIED if set(pair) <= set(attributes)]
    free = [(name,) for name in attributes if not any(name in pair for pair in tied)]
    return [*free, *tied]


def seen_together(pictures: pd.DataFrame) -> Callable[[Where], bool]:
    """A test of slices: whether pictures of the probe have a slice's values of each pair of `TIED` that it
    asks for."""
    pairs = [pair for pair in TIED if set(pair) <= set(pictures)]
    there = {pair: set(pictures[list(pair)].itertuples(index=False, name=None)) for pair in pairs}

    def seen(where: Where) -> bool:
        asked = [pair for pair in pairs if set(pair) <= set(where)]
        return all(tuple(where[name] for name in pair) in there[pair] for pair in asked)

    return seen


def combinations(pictures: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Cells of the values that attributes have in the probe, a row each; of more than `MOST_CELLS`, that many
    draws, each cell once.

    Tied attributes have those values together that some picture has.

    Args:
        pictures: the attributes of the probe, (N, A).
    """
    parts = _parts(pictures)
    places = _places([len(part) for part in parts], rng)
    columns = [part.iloc[rows].reset_index(drop=True) for part, rows in zip(parts, places.T, strict=True)]
    cells: pd.DataFrame = pd.concat(columns, axis=1)[[*pictures]]
    return cells


def skip_combinations(pictures: pd.DataFrame, rng: np.random.Generator) -> None:
    """Advance a random stream by what `combinations` takes of it."""
    _places([len(part) for part in _parts(pictures)], rng)


def _parts(pictures: pd.DataFrame) -> list[pd.DataFrame]:
    """For each attribute or tied pair the values that some picture has, in order."""
    return [_values(pictures[list(names)]) for names in together([*pictures])]


def _values(pictures: pd.DataFrame) -> pd.DataFrame:
    """Each value of attributes that some picture has, in order."""
    known: pd.DataFrame = pictures.dropna().drop_duplicates().sort_values([*pictures])
    return known.reset_index(drop=True)


def _places(sizes: Sequence[int], rng: np.random.Generator) -> NDArray[np.int64]:
    """Index of each part's value in each cell, (C, parts)."""
    if math.prod(sizes) <= MOST_CELLS:
        return np.array([*product(*map(range, sizes))])
    drawn = [rng.integers(size, size=MOST_CELLS) for size in sizes]
    return np.unique(np.stack(drawn, axis=1), axis=0)
