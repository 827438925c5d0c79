"""The look of the renders in a training set, as `train.rendered_look` asks for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from generator.dataset.dataset import SUFFIXES, pictures_in
from generator.errors import UserError
from loop.config.look import BackgroundSettings, LookSettings
from loop.data.pictures import Batches, Source
from loop.look.look import Look

NONE_LEFT = (
    "train.rendered_look.backgrounds.source: 'photographs' takes those whose class no render shows, and "
    "there are none; use noise, or folder with pictures that show no vehicle"
)


def rendered_look(settings: LookSettings | None, data: Batches) -> Look | None:
    """What changes the renders of a training set; None where nothing does, or there are none.

    Raises:
        UserError: there is no picture to take backgrounds from.
    """
    if settings is None or not data.rendered.any():
        return None
    asked = settings.backgrounds
    return Look(settings, data.size, () if asked is None else _pictures(asked, data))


def _pictures(asked: BackgroundSettings, data: Batches) -> Sequence[Source]:
    if asked.source == "folder":
        return background_files(asked.folder)
    if asked.source == "photographs":
        return _without_rendered_classes(data)
    return ()


def background_files(folder: Path | None) -> Sequence[Path]:
    """The backgrounds in a folder, at any depth.

    Raises:
        UserError: there are none.
    """
    found = pictures_in(folder, below=True) if folder else []
    if not found:
        raise UserError(
            f"train.rendered_look.backgrounds.folder: {folder} holds no picture ({' '.join(SUFFIXES)}); put "
            "some there or name another folder"
        )
    return found


def check_photographs_left(classes: Collection[str], rendered: Collection[str]) -> None:
    """Check that some photographs can be backgrounds.

    Args:
        classes: of the photographs.
        rendered: classes that renders show.

    Raises:
        UserError: every class is rendered.
    """
    if set(classes) <= set(rendered):
        raise UserError(NONE_LEFT)


def _without_rendered_classes(data: Batches) -> Sequence[Source]:
    shown = set(data.labels[data.rendered].tolist())
    rows = zip(data.data.sources, data.data.labels, data.data.masks, strict=True)
    found = [source for source, label, mask in rows if mask is None and label not in shown]
    if not found:
        raise UserError(NONE_LEFT)
    return found
