"""Pictures of the worst slices with mask outline and raw maps, and strips of what was added.

A map is drawn as a layer over the grey picture: its hue is the sign, its opacity the raw value over one
limit that all maps of the report share. Nothing is scaled picture by picture.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.slices.conjunctions import inside, slice_name
from generator.dataset.pixels import read_image, read_mask
from generator.planning.sampling import Where
from loop.report.layout.words import slice_words
from loop.report.run.content import Round, RunContent
from loop.report.run.weakness import weak_slices

SIDE = 128
"""Largest side of a picture in the report, in pixels."""
STRIP_SIDE = 72
LOWEST, MEDIAN = 4, 2
"""Pictures of a slice: those with the lowest p_true before, and those around the median."""
MOST_SLICES = 6
STRIP = 8
"""Pictures of a slice in the strip of what was added."""

POSITIVE, NEGATIVE = (255, 120, 0), (40, 110, 255)
"""RGB of evidence for and against the class."""
OPACITY = 0.9
"""Of a raw value at the limit."""
PERCENTILE = 99
"""Of the absolute raw values shown that decides the limit."""

Map = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Look:
    """What the network of one round makes of a picture."""

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
    looks: tuple[Look, ...]


@dataclass(frozen=True)
class Gallery:
    side: int
    limit: float
    beyond: float
    """Share of the raw values shown that lie past the limit and are drawn as if on it."""
    images: dict[str, str]
    """Id -> data URI; a picture that lies in several slices is kept once."""
    slices: tuple[tuple[Where, int, tuple[Shown, ...]], ...]
    """(slice, its pictures on holdout, those shown)."""


def gallery(run: RunContent) -> Gallery | None:
    """Holdout pictures of the weak slices by the rule of `LOWEST` and `MEDIAN`; None without pictures."""
    files = run.holdout_files().set_index("name")
    where = (run.chosen or run.planted or weak_slices(run, run.first))[:MOST_SLICES]
    picks = [(w, *_pick(run.first.pictures["holdout"], w, files.index)) for w in where]
    names = sorted({name for _, _, found in picks for name, _ in found})
    if not names:
        return None
    maps = {turn.number: {k: v for k, v in turn.maps().items() if k in names} for turn in run.ends}
    limit, beyond = shared_limit([m for found in maps.values() for m in found.values()])
    side = min(SIDE, int(run.config["render"]["size"]))
    ids = {name: f"picture{i}" for i, name in enumerate(names)}
    images = {ids[name]: png_uri(read_image(Path(str(files.loc[name, "image"])), side)) for name in names}
    draw = Drawing(run.ends, maps, side, limit)
    slices = tuple(
        (
            w,
            n,
            tuple(draw.shown(name, place, ids[name], str(files.loc[name, "mask"])) for name, place in found),
        )
        for w, n, found in picks
        if found
    )
    return Gallery(side, limit, beyond, images, slices)


def _pick(table: pd.DataFrame, where: Where, there: pd.Index[Any]) -> tuple[int, list[tuple[str, str]]]:
    """(number of pictures in the slice, [(name, place)]), each picture once."""
    found = table[inside(table, where) & table["name"].isin(there)]
    names = found.sort_values(["p_true", "name"])["name"].tolist()
    lowest, rest = names[:LOWEST], names[LOWEST:]
    start = min(max(0, (len(names) - MEDIAN) // 2 - LOWEST), max(0, len(rest) - MEDIAN))
    middle = rest[start : start + MEDIAN]
    return len(names), [*((name, "lowest") for name in lowest), *((name, "median") for name in middle)]


@dataclass(frozen=True)
class Drawing:
    """What all pictures of the report share."""

    turns: tuple[Round, ...]
    maps: dict[int, dict[str, Map]]
    """Round -> picture -> raw map."""
    side: int
    limit: float

    def shown(self, name: str, place: str, id: str, mask: str) -> Shown:
        table = self.turns[0].pictures["holdout"]
        label = str(table.loc[table["name"] == name, "label"].iloc[0])
        path = outline(read_mask(Path(mask), self.side)) if mask else ""
        return Shown(name, label, place, id, path, tuple(self._look(turn, name) for turn in self.turns))

    def _look(self, turn: Round, name: str) -> Look:
        table = turn.pictures["holdout"]
        row = table[table["name"] == name].iloc[0]
        raw = self.maps[turn.number].get(name)
        return Look(
            turn.number,
            str(row["predicted"]),
            float(row["confidence"]),
            float(row["p_true"]),
            bool(row["correct"]),
            "" if raw is None else png_uri(overlay(raw, self.side, self.limit)),
        )


def shared_limit(maps: Sequence[Map]) -> tuple[float, float]:
    """The raw value at full colour, and the share of values beyond it, over all maps shown."""
    values = np.concatenate([np.abs(m).ravel() for m in maps]) if maps else np.zeros(1, np.float32)
    values = values[np.isfinite(values)]
    limit = float(np.percentile(values, PERCENTILE)) if len(values) else 0.0
    return (limit, float((values > limit).mean())) if limit > 0 else (1.0, 0.0)


def overlay(raw: Map, side: int, limit: float) -> Pixels:
    """A raw map as a layer (side, side, 4) RGBA, upsampled bilinearly for show."""
    grown = cv2.resize(np.nan_to_num(raw.astype(np.float32)), (side, side), interpolation=cv2.INTER_LINEAR)
    return colour(np.asarray(grown), limit)


def colour(value: NDArray[Any], limit: float) -> Pixels:
    """RGBA of raw values: hue by sign, opacity by size, the same for every picture of one limit."""
    opacity = np.clip(np.abs(value) / limit, 0, 1) * OPACITY
    hue = np.where((value >= 0)[..., None], POSITIVE, NEGATIVE)
    return np.concatenate([hue, np.rint(255 * opacity)[..., None]], axis=-1).astype(np.uint8)


def outline(mask: NDArray[Any]) -> str:
    """The border of a mask (H, W) as an SVG path through its outermost pixel centres."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    paths = []
    for contour in contours:
        points = " ".join(f"{x + 0.5:g},{y + 0.5:g}" for x, y in contour[:, 0, :].tolist())
        paths.append(f"M{points}Z")
    return "".join(paths)


def png_uri(pixels: Pixels) -> str:
    """An RGB or RGBA picture as a data URI."""
    order = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    done, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, order), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert done
    return "data:image/png;base64," + base64.b64encode(encoded.tobytes()).decode()


@dataclass(frozen=True)
class Strip:
    """Some of the pictures that a round added to a slice."""

    round: int
    words: str
    name: str
    total: int
    images: tuple[tuple[str, str], ...]
    """(name, data URI)."""


def strips(run: RunContent) -> list[Strip]:
    """Evenly spaced pictures of what was added, by slice; a picture counts for the first it lies in."""
    found = []
    for turn in run.rounds:
        left = turn.added
        for where in turn.chosen:
            mine = left[inside(left, where)]
            left = left[~left["name"].isin(mine["name"])]
            if len(mine):
                found.append(_strip(turn, where, mine))
    return found


def _strip(turn: Round, where: Where, mine: pd.DataFrame) -> Strip:
    places = np.unique(np.linspace(0, len(mine) - 1, STRIP).round().astype(int))
    rows = mine.iloc[places]
    images = tuple(
        (str(name), png_uri(read_image(Path(image), STRIP_SIDE)))
        for name, image in zip(rows["name"], rows["image"], strict=True)
    )
    return Strip(turn.number, slice_words(where), slice_name(where), len(mine), images)
