"""Pictures of the weakest slices with the outline of their mask and the maps before and after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.slices.conjunctions import inside
from generator.dataset.pixels import read_image, read_mask
from generator.planning.sampling import Where
from loop.report.layout.maps import Map, outline, overlay, png_uri, shared_limit
from loop.report.run.content.rounds import RoundContent
from loop.report.run.content.run import RunContent
from loop.report.run.content.weak_slices import weak_slices

SIDE = 128
"""Largest side of a picture in the report, in pixels."""
LOWEST, MEDIAN = 4, 2
"""Pictures of a slice: those with the lowest p_true before, and those around the median."""
MOST_SLICES = 6


@dataclass(frozen=True)
class Prediction:
    """What the network of one round predicts for a picture, and its map."""

    round: int
    predicted: str
    confidence: float
    p_true: float
    correct: bool
    overlay: str
    """Data URI; empty where there is no map."""


@dataclass(frozen=True)
class Shown:
    name: str
    label: str
    place: str
    """`lowest` or `median`, by the probability of the true class before."""
    id: str
    """Of the picture among `Gallery.images`."""
    outline: str
    """SVG path of the mask in pixels of the picture; empty without a mask."""
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True)
class Gallery:
    side: int
    limit: float
    beyond: float
    """Fraction of the raw values shown that are beyond the limit, and drawn as if on it."""
    images: dict[str, str]
    """Id -> data URI; a picture that lies in several slices is kept once."""
    slices: tuple[tuple[Where, int, tuple[Shown, ...]], ...]
    """(slice, number of its holdout pictures, those shown)."""


def gallery(run: RunContent) -> Gallery | None:
    """Holdout pictures of the reinforced, planted or weak slices, by rule; None without pictures."""
    files = run.holdout_files().set_index("name")
    slices = (run.chosen or run.planted or weak_slices(run, run.first))[:MOST_SLICES]
    picked = [(where, *_pick(run.first.pictures["holdout"], where, files.index)) for where in slices]
    names = sorted({name for _, _, found in picked for name, _ in found})
    if not names:
        return None
    maps = {one.number: _of(one.maps(), names) for one in run.ends}
    limit, beyond = shared_limit([raw for found in maps.values() for raw in found.values()])
    side = side_of(run)
    ids = {name: f"picture{i}" for i, name in enumerate(names)}
    images = {ids[name]: png_uri(read_image(Path(str(files.loc[name, "image"])), side)) for name in names}
    drawing = _Drawing(run.ends, maps, side, limit)
    drawn = []
    for where, n, found in picked:
        shown = [drawing.shown(name, place, ids[name], str(files.loc[name, "mask"])) for name, place in found]
        if shown:
            drawn.append((where, n, tuple(shown)))
    return Gallery(side, limit, beyond, images, tuple(drawn))


def side_of(run: RunContent) -> int:
    """Side of a picture on the page, in pixels: that of the renders, but no more than `SIDE`."""
    return min(SIDE, run.settings.render.size)


def _of(maps: dict[str, Map], names: list[str]) -> dict[str, Map]:
    return {name: raw for name, raw in maps.items() if name in names}


def _pick(table: pd.DataFrame, where: Where, there: pd.Index[Any]) -> tuple[int, list[tuple[str, str]]]:
    """(number of pictures in the slice, [(name, place)]), each picture once."""
    found = table[inside(table, where) & table["name"].isin(there)]
    names = found.sort_values(["p_true", "name"])["name"].tolist()
    lowest, rest = names[:LOWEST], names[LOWEST:]
    start = min(max(0, (len(names) - MEDIAN) // 2 - LOWEST), max(0, len(rest) - MEDIAN))
    middle = rest[start : start + MEDIAN]
    return len(names), [*((name, "lowest") for name in lowest), *((name, "median") for name in middle)]


@dataclass(frozen=True)
class _Drawing:
    """What all pictures of the gallery share."""

    rounds: tuple[RoundContent, ...]
    maps: dict[int, dict[str, Map]]
    """Round -> picture -> raw map."""
    side: int
    limit: float

    def shown(self, name: str, place: str, id: str, mask: str) -> Shown:
        table = self.rounds[0].pictures["holdout"]
        label = str(table.loc[table["name"] == name, "label"].iloc[0])
        path = outline(read_mask(Path(mask), self.side)) if mask else ""
        return Shown(name, label, place, id, path, tuple(self._predicted(one, name) for one in self.rounds))

    def _predicted(self, one: RoundContent, name: str) -> Prediction:
        table = one.pictures["holdout"]
        row = table[table["name"] == name].iloc[0]
        raw = self.maps[one.number].get(name)
        return Prediction(
            one.number,
            str(row["predicted"]),
            float(row["confidence"]),
            float(row["p_true"]),
            bool(row["correct"]),
            "" if raw is None else png_uri(overlay(raw, self.side, self.limit)),
        )
