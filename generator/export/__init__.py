"""A set in the layouts that other libraries read: COCO, class folders, Hugging Face."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from generator.dataset.dataset import SPECS, expect_finished, read_set
from generator.errors import UserError
from generator.export import coco, huggingface, imagefolder
from generator.export.table import Labelled, label_by, label_classes
from generator.files import whole_folder

LAYOUTS: dict[str, Callable[[Labelled, Path], None]] = {
    "coco": coco.write,
    "imagefolder": imagefolder.write,
    "huggingface": huggingface.write,
}
"""Name of a layout -> what writes it into an empty folder."""
WITHOUT_MASKS = ("imagefolder",)
"""Layouts that have no place for masks."""


def export_set(
    folder: Path,
    layout: str,
    out: Path,
    *,
    by: str = "shape",
    classes: Mapping[str, Sequence[str]] | None = None,
) -> int:
    """Write a set in a layout and return the number of pictures.

    Files are hard links where the disk allows it, so that nothing is stored twice.

    Args:
        folder: of the set.
        layout: a key of `LAYOUTS`.
        out: a new or empty folder.
        by: the column that is a picture's class.
        classes: class -> the shapes that show it, instead of `by`.

    Raises:
        UserError: `out` is not empty, `folder` is not a set or a link in it leads out of it, a picture has no
            class, or one that was rendered lacks the mask that the layout would have.
    """
    if layout not in LAYOUTS:
        raise UserError(f"layout {layout!r} is unknown; one of {', '.join(LAYOUTS)}")
    expect_finished(folder)
    table = read_set(folder)
    _expect_inside(folder, table)
    if layout not in WITHOUT_MASKS and (folder / SPECS).exists():
        _expect_masks(folder, table)
    labelled = label_by(table, by) if classes is None else label_classes(table, classes)
    with whole_folder(out) as aside:
        LAYOUTS[layout](labelled, aside)
    return len(table)


def _expect_inside(folder: Path, table: pd.DataFrame) -> None:
    """Raise a UserError where a link of a set leads out of it: it may lead to what is not to be handed on."""
    real = folder.resolve()
    for path in map(Path, (*table["image"], *table.loc[table["mask"] != "", "mask"])):
        if not path.resolve().is_relative_to(real):
            raise UserError(
                f"{path}: leads to {path.resolve()}, out of the set; put the "
                "file itself there, as `cp -rL` does in a copy of the set"
            )


def _expect_masks(folder: Path, table: pd.DataFrame) -> None:
    """Raise a UserError where a picture of a rendered set has no mask."""
    if lacking := list(table.loc[table["mask"] == "", "name"]):
        raise UserError(
            f"{folder / 'masks' / lacking[0]}.png: does not exist ({len(lacking)} such); render the set "
            "again, only what is missing is rendered"
        )
