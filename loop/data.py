"""Pictures and their classes, from folders, torchvision and rendered sets, ready for a network."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.datasets import CIFAR10

from generator.dataset import SUFFIXES, read_image, read_set
from generator.errors import UserError
from loop.config import DataSettings, LoopConfig

Source = Path | NDArray[np.uint8]
"""A file, or a picture (H, W, 3) in memory."""

IN_MEMORY = 2 << 30
"""Bytes of decoded pictures up to which they are kept; larger sets are decoded batch by batch."""


@dataclass(frozen=True)
class Labelled:
    """Pictures with their class indices."""

    sources: tuple[Source, ...]
    labels: tuple[int, ...]

    def __add__(self, other: Labelled) -> Labelled:
        return Labelled(self.sources + other.sources, self.labels + other.labels)

    def __len__(self) -> int:
        return len(self.sources)

    def at_most(self, per_class: int, seed: int) -> Labelled:
        """A seeded choice of at most so many pictures of each class."""
        order = np.random.default_rng(seed).permutation(len(self))
        labels = np.array(self.labels)
        chosen = [i for label in np.unique(labels) for i in order[labels[order] == label][:per_class]]
        return self.at(sorted(chosen))

    def at(self, indices: Sequence[int]) -> Labelled:
        return Labelled(tuple(self.sources[i] for i in indices), tuple(self.labels[i] for i in indices))


@dataclass(frozen=True)
class RealData:
    """Class names in order, and the pictures to learn from and to be tested on."""

    classes: tuple[str, ...]
    train: Labelled
    test: Labelled


class Batches(Dataset[tuple[Tensor, Tensor]]):
    """Whole batches by lists of indices: images (B, 3, S, S) uint8 and classes (B,) int64."""

    def __init__(self, data: Labelled, size: int) -> None:
        self.data, self.size = data, size
        self.labels = torch.tensor(data.labels, dtype=torch.int64)
        fits = len(data) * size * size * 3 <= IN_MEMORY
        self.images = self._decode(range(len(data))) if fits else None

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        images = self._decode(indices) if self.images is None else self.images[indices]
        return images, self.labels[indices]

    def sample(self, number: int) -> Tensor:
        """At most so many pictures, evenly spaced over the set: (n, 3, S, S) uint8."""
        return self[list(range(0, len(self), math.ceil(len(self) / number)))][0]

    def _decode(self, indices: Sequence[int]) -> Tensor:
        """Decoding lets go of the interpreter's lock, so threads do it."""
        with ThreadPoolExecutor() as pool:
            pictures = list(pool.map(self._picture, (self.data.sources[i] for i in indices)))
        return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()

    def _picture(self, source: Source) -> NDArray[np.uint8]:
        return source if isinstance(source, np.ndarray) else read_image(source, self.size)


def load_real(settings: DataSettings, seed: int) -> RealData | None:
    """The data that the configuration names, None where it has rendered pictures only.

    Raises:
        UserError: a folder is missing, holds no class or an empty one, or the data cannot be had.
    """
    if settings.source == "rendered":
        return None
    assert settings.root is not None
    readers: dict[str, Callable[[DataSettings, int], RealData]] = {"folder": _folders, "cifar10": _cifar10}
    data = readers[settings.source](settings, seed)
    if settings.per_class is None:
        return data
    return replace(data, train=data.train.at_most(settings.per_class, seed))


def load_rendered(folder: Path, config: LoopConfig, classes: Sequence[str]) -> Labelled:
    """A rendered set with the class of each shape."""
    table = read_set(folder)
    labels = [classes.index(config.class_of(shape)) for shape in table["shape"]]
    return Labelled(tuple(Path(image) for image in table["image"]), tuple(labels))


def class_names(config: LoopConfig, real: RealData | None) -> tuple[str, ...]:
    """Classes in the order of the network's outputs.

    Raises:
        UserError: the configuration maps shapes to a class which the data do not have.
    """
    if real is None:
        return tuple(config.classes)
    for name in config.classes:
        if name not in real.classes:
            raise UserError(f"classes: {name!r} is no class of the data; one of {', '.join(real.classes)}")
    return real.classes


def _folders(settings: DataSettings, seed: int) -> RealData:
    root = Path(str(settings.root))
    if not root.is_dir():
        raise UserError(f"data.root: {root} is no folder; unpack the data there or name another")
    train, test = _split_folder(root, "train"), _split_folder(root, "test")
    classes = tuple(sorted(path.name for path in (train or root).iterdir() if path.is_dir()))
    if len(classes) < 2:
        raise UserError(f"{train or root}: holds {len(classes)} class folders; at least 2 are needed")
    if train is None or test is None:
        return _split(classes, _class_folders(root, classes), settings.test_share, seed)
    return RealData(classes, _class_folders(train, classes), _class_folders(test, classes))


def _split_folder(root: Path, part: str) -> Path | None:
    found = [path for path in root.iterdir() if path.is_dir() and f"_{path.name}".endswith(f"_{part}")]
    if len(found) > 1:
        raise UserError(
            f"{root}: holds {len(found)} {part} folders ({found[0].name}, {found[1].name}); keep one"
        )
    return found[0] if found else None


def _class_folders(root: Path, classes: Sequence[str]) -> Labelled:
    sources: list[Path] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        found = sorted(path for path in (root / name).glob("*") if path.suffix.lower() in SUFFIXES)
        if not found:
            raise UserError(
                f"{root / name}: holds no picture ({' '.join(SUFFIXES)}); add some or remove the class"
            )
        sources += found
        labels += [label] * len(found)
    return Labelled(tuple(sources), tuple(labels))


def _split(classes: tuple[str, ...], data: Labelled, share: float, seed: int) -> RealData:
    """Of each class the share goes to the test, chosen by a seeded shuffle."""
    order = np.random.default_rng(seed).permutation(len(data))
    labels = np.array(data.labels)
    test: set[int] = set()
    for label in range(len(classes)):
        mine = order[labels[order] == label]
        test.update(int(i) for i in mine[: max(1, round(share * len(mine)))])
    train = [i for i in range(len(data)) if i not in test]
    return RealData(classes, data.at(train), data.at(sorted(test)))


def _cifar10(settings: DataSettings, seed: int) -> RealData:
    try:
        train, test = (
            CIFAR10(str(settings.root), part, download=settings.download) for part in (True, False)
        )
    except (RuntimeError, OSError) as error:
        remedy = "set data.download to true or put the data there"
        raise UserError(f"data.root: no CIFAR-10 in {settings.root} ({error}); {remedy}") from None
    return RealData(tuple(train.classes), *(_in_memory(part, settings.image_size) for part in (train, test)))


def _in_memory(part: CIFAR10, size: int) -> Labelled:
    if size != part.data.shape[1]:
        raise UserError(f"data.image_size: {size} does not fit CIFAR-10; set it to {part.data.shape[1]}")
    return Labelled(tuple(part.data), tuple(part.targets))
