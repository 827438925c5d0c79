"""Photographs in folders of classes, and whether file names can be stored.

Other sources are in `loop.data.sources`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generator.dataset.dataset import SUFFIXES, pictures_in
from generator.errors import UserError
from generator.files import shown
from loop.config.training import DataSettings
from loop.data.pictures import Labelled, RealData
from loop.data.splits import split

VALID_WORDS = ("valid", "validation", "val")
"""Names of the validation split."""


def read_folders(root: Path, settings: DataSettings, seed: int) -> RealData:
    """`root/train/CLASS/*` and `root/test/CLASS/*`, or `root/CLASS/*` to be split.

    Args:
        seed: of the split.

    Raises:
        UserError: one of train and test alone, fewer than two classes, one without pictures, or one that
            is tested and not learned.
    """
    train, test = _split_folder(root, "train"), _split_folder(root, "test")
    if train and not test:
        raise UserError(_lone(root, train, "test"))
    if test and not train:
        raise UserError(_lone(root, test, "train"))
    classes = tuple(sorted(path.name for path in (train or root).iterdir() if path.is_dir()))
    if len(classes) < 2:
        raise UserError(f"{train or root}: holds {len(classes)} class folders; at least 2 are needed")
    if train is None or test is None:
        return split(classes, class_folders(root, classes), settings.test_fraction, seed)
    if settings.classes is None:
        _check_tested(train, test, classes)
    return RealData(classes, class_folders(train, classes), class_folders(test, classes))


def _split_folder(root: Path, part: str) -> Path | None:
    found = [path for path in root.iterdir() if path.is_dir() and f"_{path.name}".endswith(f"_{part}")]
    if len(found) > 1:
        raise UserError(
            f"{root}: holds {len(found)} {part} folders ({found[0].name}, {found[1].name}); keep one"
        )
    return found[0] if found else None


def _lone(root: Path, there: Path, other: str) -> str:
    """What is wrong with one of the two folders alone, such as `train` beside `val`."""
    words = VALID_WORDS if other == "test" else ()
    valid = next((found for word in words if (found := _split_folder(root, word))), None)
    mend = f"rename {valid.name} to test" if valid else "add one"
    return (
        f"{root}: has {there.name} but no {other} folder; {mend}, "
        f"or set data.root to {there} to have it split"
    )


def _check_tested(train: Path, test: Path, classes: Sequence[str]) -> None:
    """Refuse classes that are tested and not learned; an empty folder is none."""
    folders = sorted(path for path in test.iterdir() if path.is_dir() and path.name not in classes)
    extra = [shown(path.name) for path in folders if pictures_in(path)]
    if extra:
        named = f"{', '.join(extra[:4])}{' …' * (len(extra) > 4)}"
        raise UserError(
            f"{test}: holds pictures of {named}, of which {train} has no folder; add or remove it, "
            "or choose classes with data.classes"
        )


def class_folders(root: Path, classes: Sequence[str]) -> Labelled:
    """The pictures of `root/CLASS/*`, class by class.

    Raises:
        UserError: a class has no picture.
    """
    sources: list[Path] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        found = pictures_in(root / name)
        if not found:
            raise UserError(
                f"{shown(root / name)}: holds no picture ({' '.join(SUFFIXES)}); add some or remove the class"
            )
        sources += found
        labels += [label] * len(found)
    return Labelled(tuple(sources), tuple(labels))


# Names


def check_names(data: RealData) -> None:
    """Refuse what neither JSON nor parquet could hold: names that Python could not decode.

    Raises:
        UserError: the first folder or picture whose name is not UTF-8.
    """
    for source in (data.train + data.valid + data.test).sources:
        if isinstance(source, Path) and _undecoded(source):
            place = next(path for path in (*reversed(source.parents), source) if _undecoded(path))
            raise UserError(f"{shown(place)}: its name is not UTF-8; rename it")


def _undecoded(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return True
    return False
