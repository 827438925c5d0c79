"""A set in the layouts that other libraries read: COCO, class folders, Hugging Face."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from generator.dataset import read_set
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


def export_set(
    folder: Path,
    layout: str,
    out: Path,
    *,
    by: str = "shape",
    classes: Mapping[str, Sequence[str]] | None = None,
) -> int:
    """Write a set in a layout and return the number of pictures. Files are hard links where the disk
    allows it, so that nothing is stored twice.

    Args:
        layout: a key of `LAYOUTS`.
        by: the column that is a picture's class.
        classes: class -> the shapes that show it, instead of `by`.

    Raises:
        UserError: `out` is not empty, `folder` is no set, or a picture has no class.
    """
    if layout not in LAYOUTS:
        raise UserError(f"layout {layout!r} is unknown; one of {', '.join(LAYOUTS)}")
    table = read_set(folder)
    labelled = label_by(table, by) if classes is None else label_classes(table, classes)
    with whole_folder(out) as aside:
        LAYOUTS[layout](labelled, aside)
    return len(table)
