"""Successes and failures by rule, with every method's map of the last layer side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.columns import score_column
from analysis.methods.map_store import PICTURE
from analysis.questions.agreement import successes_and_failures
from generator.dataset.pixels import read_image, read_mask
from loop.report.layout.maps import Map, outline, overlay, png_uri, shared_limit
from loop.report.run.content.run import RunContent

EACH = 2
"""Pictures by each rule."""
ENERGY = score_column("energy", "true")

Kind = tuple[str, str, str]
"""(method, layer, target) of a map."""


@dataclass(frozen=True)
class Tile:
    title: str
    overlay: str
    """Data URI."""


@dataclass(frozen=True)
class Example:
    rule: str
    name: str
    caption: str
    image: str
    outline: str
    tiles: tuple[Tile, ...]


def examples(run: RunContent, layer: str, side: int) -> tuple[Example, ...]:
    """Holdout pictures with the maps of a layer, and of methods that have no layer; empty without maps."""
    files = run.holdout_files().set_index("name")
    store = run.first.store()
    pictures = run.first.pictures["holdout"]
    if store is None or files.empty:
        return ()
    rules = successes_and_failures(pictures[pictures["name"].isin(files.index)], ENERGY, EACH)
    names = [name for found in rules.values() for name in found]
    kinds = [kind for kind in store.kinds if kind[1] in (layer, PICTURE)]
    drawing = _Drawing.of({kind: store.read(kind, names) for kind in kinds}, side)
    known = pictures.set_index("name")
    return tuple(
        drawing.example(rule, name, known.loc[name], files.loc[name])
        for rule, found in rules.items()
        for name in found
    )


@dataclass(frozen=True)
class _Drawing:
    """What all examples share: a column of maps has one scale."""

    maps: Mapping[Kind, Mapping[str, Map]]
    limits: Mapping[Kind, float]
    side: int

    @classmethod
    def of(cls, maps: Mapping[Kind, Mapping[str, Map]], side: int) -> _Drawing:
        limits = {kind: shared_limit(list(found.values()))[0] for kind, found in maps.items()}
        return cls(maps, limits, side)

    def example(self, rule: str, name: str, row: Any, file: Any) -> Example:
        """One picture.

        Args:
            row: of the evaluation.
            file: `image` and `mask`, paths.
        """
        prediction = f"{row['label']}, predicted {row['predicted']} {row['confidence']:.0%}"
        image = read_image(Path(file["image"]), self.side)
        edge = outline(read_mask(Path(file["mask"]), self.side)) if file["mask"] else ""
        caption = f"{prediction}, energy {row[ENERGY]:.2f}"
        return Example(rule, name, caption, png_uri(image), edge, self._tiles(name))

    def _tiles(self, name: str) -> tuple[Tile, ...]:
        tiles = []
        for kind, found in self.maps.items():
            layer = overlay(found[name], self.side, self.limits[kind])
            tiles.append(Tile(f"{kind[0]}, {kind[2]}", png_uri(layer)))
        return tuple(tiles)
