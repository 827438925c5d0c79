"""Strips of the pictures that were added, slice by slice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.slices.conjunctions import inside, slice_name
from generator.dataset.pixels import read_image
from generator.planning.sampling import Where
from loop.report.layout.maps import png_uri
from loop.report.layout.text import slice_text
from loop.report.run.content.rounds import RoundContent
from loop.report.run.content.run import RunContent

SIDE = 72
"""Of a picture, in pixels."""
MOST = 8
"""Pictures of a slice."""


@dataclass(frozen=True)
class Strip:
    """Some of the pictures that a round added to a slice."""

    round: int
    label: str
    name: str
    total: int
    images: tuple[tuple[str, str], ...]
    """(name, data URI)."""


def strips(run: RunContent) -> list[Strip]:
    """Evenly spaced pictures of what was added, by slice; a picture counts for the first it lies in."""
    found = []
    for one in run.rounds:
        left = one.added
        for where in one.chosen:
            mine = left[inside(left, where)]
            left = left[~left["name"].isin(mine["name"])]
            if len(mine):
                found.append(_strip(one, where, mine))
    return found


def _strip(one: RoundContent, where: Where, mine: pd.DataFrame) -> Strip:
    places = np.unique(np.linspace(0, len(mine) - 1, MOST).round().astype(int))
    rows = mine.iloc[places]
    images = tuple(
        (str(name), png_uri(read_image(Path(image), SIDE)))
        for name, image in zip(rows["name"], rows["image"], strict=True)
    )
    return Strip(one.number, slice_text(where), slice_name(where), len(mine), images)
