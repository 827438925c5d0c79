"""The photographs of a study of holes: which are in the hole, which train, and which are tested on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.slices.conjunctions import inside
from generator.errors import UserError
from loop.config.holes import HolesConfig
from loop.data.attributes import attributes_of
from loop.data.pictures import Labelled
from loop.data.sources import load_real
from loop.holes.arms import Rows
from loop.photographs.features import Picture, features
from loop.training.last_layer import Samples

Where = Sequence[dict[str, str]]


@dataclass(frozen=True)
class Photographs:
    """One split of the photographs with their features, classes and attributes."""

    samples: Samples
    attributes: pd.DataFrame

    def rows(self, where: Where) -> NDArray[np.bool_]:
        """Which have all values of one of these slices, (N,)."""
        text = self.attributes.astype(str)
        found = np.zeros(len(text), bool)
        for values in where:
            found |= inside(text, values).to_numpy()
        return found


@dataclass(frozen=True)
class Drawn:
    """What one seed trains on, rows of the training photographs."""

    base: Rows
    """Outside the hole."""
    more: Rows
    """Further ones outside the hole."""
    missing: Rows
    """All in the hole."""


def draw(outside: NDArray[np.bool_], inside: NDArray[np.bool_], config: HolesConfig, seed: int) -> Drawn:
    """Draw the training photographs of a seed.

    Args:
        outside, inside: which training photographs lie outside of the hole, and in it.
    """
    rng = np.random.default_rng([config.seed, seed])
    shuffled = rng.permutation(np.flatnonzero(outside))
    spare = round(config.spare * len(shuffled))
    base = shuffled[spare:][: round(config.subset * (len(shuffled) - spare))]
    return Drawn(base, shuffled[:spare], rng.permutation(np.flatnonzero(inside)))


def read_photographs(
    config: HolesConfig, cache: Path, advance: Callable[[int], None] = lambda n: None
) -> tuple[Photographs, Photographs]:
    """Training and test photographs.

    Raises:
        UserError: a class folder is of no class, an attribute of a hole is not in the table, or a picture
            cannot be read.
    """
    data = load_real(config.data, config.seed)
    if data is None or data.attributes is None:
        raise UserError("data: a study of holes needs photographs; set data.source to folder")
    labels = [_label(config, name) for name in data.classes]
    for name, hole in config.holes.items():
        unknown = {key for where in (*hole.photographs, *hole.unsure) for key in where} - {*data.attributes}
        if unknown:
            known = ", ".join(map(str, data.attributes))
            raise UserError(f"holes: {name}: the table has no column {min(unknown)!r}; it has {known}")

    def split(part: Labelled) -> Photographs:
        pictures = [Picture(Path(str(source))) for source in part.sources]
        found = features(pictures, config.network, cache, advance).whole
        assert data is not None
        assert data.attributes is not None
        known = attributes_of(part, data.attributes, Path(str(config.data.root)))
        return Photographs(Samples(found, np.array([labels[label] for label in part.labels])), known)

    return split(data.train), split(data.test)


def _label(config: HolesConfig, word: str) -> int:
    name = config.class_of(word)
    if name is None:
        raise UserError(f"classes: the photographs' folder {word!r} is of no class; add it to one")
    return list(config.classes).index(name)
