"""Pictures and their classes, from photographs and rendered sets, ready for a network.

Where photographs come from is read in `loop.data.sources`; splits and duplicates are in `loop.data.splits`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from generator.dataset.dataset import read_set
from generator.dataset.pixels import read_image, read_mask, read_pixels
from generator.errors import UserError
from loop.config.run import LoopConfig

Source = Path | NDArray[np.uint8]
"""A file, or a picture (H, W, 3) in memory."""

IN_MEMORY = 2 << 30
"""Bytes of decoded pictures up to which they are kept; larger sets are decoded batch by batch."""


@dataclass(frozen=True)
class Labelled:
    """Pictures with their class indices, and the masks of those that have one."""

    sources: tuple[Source, ...]
    labels: tuple[int, ...]
    masks: tuple[Path | None, ...] = ()
    """One a picture, or none at all."""

    def __post_init__(self) -> None:
        if not self.masks:
            object.__setattr__(self, "masks", (None,) * len(self.sources))

    def __add__(self, other: Labelled) -> Labelled:
        return Labelled(self.sources + other.sources, self.labels + other.labels, self.masks + other.masks)

    def __len__(self) -> int:
        return len(self.sources)

    def at_most(self, per_class: int, seed: int) -> Labelled:
        """A seeded choice of at most so many pictures of each class."""
        order = np.random.default_rng(seed).permutation(len(self))
        labels = np.array(self.labels)
        chosen = [i for label in np.unique(labels) for i in order[labels[order] == label][:per_class]]
        return self.at(sorted(chosen))

    def named(self, names: Sequence[str]) -> Labelled:
        """The pictures whose files have these names, without suffixes, in this order; the first of a name."""
        stems = {s.stem: i for i, s in reversed(list(enumerate(self.sources))) if isinstance(s, Path)}
        return self.at([stems[name] for name in names])

    def without(self, names: Collection[str]) -> Labelled:
        """All but the pictures with masks whose files have these names, without suffixes."""
        out = set(names)
        kept = [
            i for i, (source, mask) in enumerate(zip(self.sources, self.masks, strict=True))
            if mask is None or not isinstance(source, Path) or source.stem not in out
        ]  # fmt: skip
        return self.at(kept)

    def at(self, indices: Sequence[int]) -> Labelled:
        """The pictures at these places, in this order."""
        return Labelled(
            tuple(self.sources[i] for i in indices),
            tuple(self.labels[i] for i in indices),
            tuple(self.masks[i] for i in indices),
        )


@dataclass(frozen=True)
class RealData:
    """Photographs: class names in order, and pictures to learn from, to choose epochs by and to test on."""

    classes: tuple[str, ...]
    train: Labelled
    test: Labelled
    valid: Labelled = Labelled((), ())
    """Empty where nothing is set aside."""
    notes: tuple[str, ...] = ()
    """What was found about the data that their user should know."""
    attributes: pd.DataFrame | None = None
    """Of the photographs by file, where they are known (`loop.data.attributes`)."""


class Batches(Dataset[tuple[Tensor, Tensor]]):
    """Whole batches by lists of indices: images (B, 3, S, S) uint8 and classes (B,) int64.

    `labels` (N,) has the classes of all; `rendered` (N,) is true for those with a mask, which renders alone
    have.

    Args:
        size: side to which pictures are scaled, pixels.
    """

    def __init__(self, data: Labelled, size: int) -> None:
        self.data, self.size = data, size
        self.labels = torch.tensor(data.labels, dtype=torch.int64)
        self.rendered = torch.tensor([mask is not None for mask in data.masks], dtype=torch.bool)
        fits = len(data) * size * size * 3 <= IN_MEMORY
        self.images = self._decode(range(len(data))) if fits and len(data) else None

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        images = self._decode(indices) if self.images is None else self.images[indices]
        return images, self.labels[indices]

    def masks(self, indices: Sequence[int]) -> Tensor:
        """Masks (B, 1, S, S) uint8 of 0 and 255; empty of pictures that have none."""
        found = [self.data.masks[i] for i in indices]
        empty = np.zeros((self.size, self.size), bool)
        read = [empty if path is None else read_mask(path, self.size) for path in found]
        return torch.from_numpy(np.stack(read)).unsqueeze(1).to(torch.uint8) * 255

    def whole(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """A rendered picture (H, W, 3) and its mask (H, W), at the size of its file."""
        source, mask = self.data.sources[index], self.data.masks[index]
        assert isinstance(source, Path), "renders are files"
        assert mask is not None, "renders have masks"
        return read_pixels(source)[:, :, ::-1], read_mask(mask)

    def sample(self, number: int) -> Tensor:
        """At most so many pictures, evenly spaced over the set: (n, 3, S, S) uint8."""
        return self[list(range(0, len(self), math.ceil(len(self) / number)))][0]

    def _decode(self, indices: Sequence[int]) -> Tensor:
        """In threads, since decoding releases the interpreter's lock."""
        pictures = in_threads(self._picture, [self.data.sources[i] for i in indices])
        return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()

    def _picture(self, source: Source) -> NDArray[np.uint8]:
        return source if isinstance(source, np.ndarray) else read_image(source, self.size)


def in_threads[Given, Done](do: Callable[[Given], Done], given: Iterable[Given]) -> list[Done]:
    """Results in the order of what is given."""
    return list(_threads(os.getpid()).map(do, given))


@cache
def _threads(process: int) -> ThreadPoolExecutor:
    """The same ones for all batches of a process: new ones each time would each leave memory behind that the
    allocator cannot give back."""
    return ThreadPoolExecutor()


def load_rendered(folder: Path, label_of: Callable[[str], int]) -> Labelled:
    """A rendered set with the class index of each shape.

    Args:
        folder: of the set.
        label_of: the class index of a shape.

    Raises:
        UserError: the set cannot be read.
    """
    table = read_set(folder)
    labels = [label_of(shape) for shape in table["shape"]]
    masks = tuple(Path(mask) if mask else None for mask in table["mask"])
    return Labelled(tuple(Path(image) for image in table["image"]), tuple(labels), masks)


def class_names(config: LoopConfig, real: RealData | None) -> tuple[str, ...]:
    """Classes in the order of the network's outputs.

    Raises:
        UserError: the configuration maps shapes to a class which the data do not have.
    """
    if real is None:
        return tuple(config.classes)
    for name in config.classes:
        if name not in real.classes:
            raise UserError(f"classes: {name!r} is not a class of the data; one of {', '.join(real.classes)}")
    return real.classes
