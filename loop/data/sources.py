"""Where photographs and their classes come from: folders, torchvision's sets, a table of labels.

Folders are read in `loop.data.folders`; splits and duplicates are in `loop.data.splits`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torchvision import datasets

from generator.errors import UserError
from loop.config.load import LONGEST
from loop.config.training import DataSettings
from loop.data.attributes import with_attributes
from loop.data.folders import VALID_WORDS, check_names, read_folders
from loop.data.pictures import Labelled, RealData
from loop.data.splits import drop_duplicates, set_aside, split, subset
from loop.data.tables import FILE, expect_columns, expect_once, read_csv

SPLITS = ("train", "valid", "test")
SPLIT_WORDS = {"valid": VALID_WORDS, "train": ("train",), "test": ("test",)}
"""Names of the splits in torchvision's data sets."""


def load_real(settings: DataSettings, seed: int) -> RealData | None:
    """The data that the configuration names, None where it has rendered pictures only.

    Raises:
        UserError: a folder is missing, holds no class or an empty one, labels are missing or unknown, a
            name is not UTF-8, or the data cannot be had.
    """
    if settings.source == "rendered":
        return None
    readers: dict[str, Callable[[DataSettings, int], RealData]] = {
        "folder": _folders,
        "cifar10": _torchvision,
        "torchvision": _torchvision,
        "listed": _listed,
    }
    data = subset(readers[settings.source](settings, seed), settings.classes)
    check_names(data)
    data = set_aside(data, settings.valid_fraction, seed)
    data = with_attributes(drop_duplicates(data, settings.duplicates), settings)
    if settings.per_class is None:
        return data
    return replace(data, train=data.train.at_most(settings.per_class, seed))


def _root(settings: DataSettings) -> Path:
    root = Path(str(settings.root))
    if not root.is_dir():
        raise UserError(f"data.root: {root} is not a folder; unpack the data there or name another")
    return root


def _folders(settings: DataSettings, seed: int) -> RealData:
    return read_folders(_root(settings), settings, seed)


# A pile of pictures and a table


def _listed(settings: DataSettings, seed: int) -> RealData:
    table = _label_table(Path(str(settings.labels)))
    classes = tuple(sorted(table["label"].unique()))
    if len(classes) < 2:
        raise UserError(f"{settings.labels}: names {len(classes)} class; at least 2 are needed")
    root = _root(settings)
    sources = tuple(_inside(root, name, settings.labels) for name in table["file"])
    data = Labelled(sources, tuple(classes.index(label) for label in table["label"]))
    if "split" not in table:
        return split(classes, data, settings.test_fraction, seed)
    parts = {part: data.at(np.flatnonzero(table["split"] == part).tolist()) for part in SPLITS}
    for part in ("train", "test"):
        absent = sorted(set(range(len(classes))) - set(parts[part].labels))
        if absent:
            raise UserError(
                f"{settings.labels}: no {part} picture of class {classes[absent[0]]!r}; add one or drop it"
            )
    return RealData(classes, parts["train"], parts["test"], parts["valid"])


def _label_table(path: Path) -> pd.DataFrame:
    table = read_csv(path, "data.labels")
    expect_columns(table, (FILE, "label"), path)
    unlabelled = table.loc[table["label"] == "", "file"]
    if len(unlabelled):
        raise UserError(f"{path}: {unlabelled.iloc[0]!r} has no label; give one or remove the row")
    if "split" in table and not table["split"].isin(SPLITS).all():
        wrong = table.loc[~table["split"].isin(SPLITS), "split"].iloc[0]
        raise UserError(f"{path}: {wrong!r} is not a split; one of {', '.join(SPLITS)}")
    expect_once(table, path)
    return table


def _inside(root: Path, name: str, table: Path | None) -> Path:
    """A listed file; it must exist and lie below the root, whatever the table says."""
    path = root / name
    try:
        below, there = path.resolve().is_relative_to(root.resolve()), path.is_file()
    except (OSError, ValueError):  # too long, or with a NUL
        shown = name if len(name) <= LONGEST else f"{name[:LONGEST]}…"
        raise UserError(
            f"{table}: {shown!r} cannot be the name of a file; correct it or remove the row"
        ) from None
    if not below:
        raise UserError(f"{table}: {name!r} lies outside {root}; list files below it")
    if not there:
        raise UserError(f"{table}: {name!r} is not in {root}; put it there or remove the row")
    return path


# Torchvision


def _torchvision(settings: DataSettings, seed: int) -> RealData:
    """Its train and test splits, and the validation split where it has one; else a split of the whole."""
    name = settings.dataset or "CIFAR10"
    kind = getattr(datasets, name, None)
    if not isinstance(kind, type) or not hasattr(kind, "__getitem__"):
        raise UserError(
            f"data.dataset: {name!r} is not a data set of torchvision; such as CIFAR100, StanfordCars"
        )
    options = inspect.signature(kind).parameters
    if "train" in options:
        parts = {part: _open(kind, settings, train=part == "train") for part in ("train", "test")}
    elif "split" in options:
        parts = {part: _open_split(kind, settings, part) for part in SPLITS}
    else:
        whole = _open(kind, settings)
        return split(_classes(whole, settings), _pictures(whole, settings), settings.test_fraction, seed)
    classes = _classes(parts["train"], settings)
    read = {part: _pictures(found, settings) for part, found in parts.items() if found is not None}
    if "test" not in read:
        read["test"] = read.pop("valid")
    return RealData(classes, read["train"], read["test"], read.get("valid", Labelled((), ())))


def _open(kind: Any, settings: DataSettings, **options: Any) -> Any:
    name, has_download = kind.__name__, "download" in inspect.signature(kind).parameters
    title = "CIFAR-10" if name == "CIFAR10" else name
    if has_download:
        options["download"] = settings.download
    try:
        return kind(str(settings.root), **options)
    except (RuntimeError, OSError, TypeError) as error:
        remedy = "set data.download to true or put the data there" if has_download else "put the data there"
        reason = " ".join(str(error).split())
        raise UserError(f"data.root: no {title} in {settings.root} ({reason}); {remedy}") from None


def _open_split(kind: Any, settings: DataSettings, part: str) -> Any:
    """A split by the word that the data set knows for it; None where it has no such split."""
    for word in SPLIT_WORDS[part]:
        try:
            return _open(kind, settings, split=word)
        except ValueError as error:
            if isinstance(error, UserError):
                raise
    return None


def _classes(found: Any, settings: DataSettings) -> tuple[str, ...]:
    classes = tuple(map(str, getattr(found, "classes", ())))
    if len(classes) < 2:
        raise UserError(
            f"data.dataset: {settings.dataset!r} names {len(classes)} classes; 2 or more are needed"
        )
    return classes


def _pictures(found: Any, settings: DataSettings) -> Labelled:
    """Files where the data set keeps files, its array where it has one, else each picture decoded."""
    labels = _labels(found)
    data = getattr(found, "data", None)
    if isinstance(data, np.ndarray) and data.ndim == 4 and 3 in (data.shape[1], data.shape[3]):
        # STL10 and SVHN have channels first.
        pictures = data if data.shape[3] == 3 else data.transpose(0, 2, 3, 1)
        return Labelled(tuple(_at_size(np.ascontiguousarray(one), settings) for one in pictures), labels)
    files = getattr(found, "samples", None) or getattr(found, "_samples", None)
    if files:
        return Labelled(tuple(Path(path) for path, _ in files), tuple(int(label) for _, label in files))
    decoded = (np.asarray(found[i][0].convert("RGB")) for i in range(len(found)))
    return Labelled(tuple(_at_size(picture, settings) for picture in decoded), labels)


def _labels(found: Any) -> tuple[int, ...]:
    given = next(
        (getattr(found, name) for name in ("targets", "labels", "_labels") if hasattr(found, name)), None
    )
    if given is None:
        given = [found[i][1] for i in range(len(found))]
    labels = tuple(int(label) for label in given)
    last = len(found.classes) - 1 if hasattr(found, "classes") else max(labels)
    if labels and (min(labels) < 0 or max(labels) > last):
        raise UserError(f"data: labels run from {min(labels)} to {max(labels)}; the classes are 0 to {last}")
    return labels


def _at_size(picture: NDArray[np.uint8], settings: DataSettings) -> NDArray[np.uint8]:
    """Resized, but for CIFAR's own 32 px, where another size is refused: nothing is gained by it."""
    size = settings.image_size
    if settings.source == "cifar10" and size != picture.shape[0]:
        raise UserError(f"data.image_size: {size} does not fit CIFAR-10; set it to {picture.shape[0]}")
    if picture.shape[:2] == (size, size):
        return picture
    return np.asarray(cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
