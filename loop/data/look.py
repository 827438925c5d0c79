"""The look of the renders in a training set, as `train.rendered_look` asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from generator.dataset.dataset import SUFFIXES
from generator.errors import UserError
from loop.config.look import BackgroundSettings, LookSettings
from loop.data.pictures import Batches, Source
from loop.look.look import Look


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
        return _in_folder(asked)
    if asked.source == "photographs":
        return _without_rendered_classes(data)
    return ()


def _in_folder(asked: BackgroundSettings) -> Sequence[Source]:
    assert asked.folder is not None, "checked with the configuration"
    found = sorted(path for path in asked.folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise UserError(
            f"train.rendered_look.backgrounds.folder: {asked.folder} holds no picture "
            f"({' '.join(SUFFIXES)}); put some there or name another folder"
        )
    return found


def _without_rendered_classes(data: Batches) -> Sequence[Source]:
    shown = set(data.labels[data.rendered].tolist())
    found = [
        source
        for source, label, mask in zip(data.data.sources, data.data.labels, data.data.masks, strict=True)
        if mask is None and label not in shown
    ]
    if not found:
        raise UserError(
            "train.rendered_look.backgrounds.source: 'photographs' takes those whose class no render shows, "
            "and there are none; use noise, or folder with pictures that show no vehicle"
        )
    return found
