"""Class folders, `CLASS/NAME.png`, as torchvision's ImageFolder and many others read them."""

from __future__ import annotations

from pathlib import Path

from generator.export.table import Labelled, expect_folder_names
from generator.files import link


def write(labelled: Labelled, out: Path) -> None:
    """Write a folder for each class into `out`; classes without a picture have none, as readers refuse those.

    Raises:
        UserError: a class cannot be the name of a folder.
    """
    expect_folder_names(labelled.labels)
    for image, label in zip(labelled.table["image"], labelled.labels, strict=True):
        link(image, out / label / Path(image).name)
