"""Photographs as small pictures within a page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from generator.dataset.pixels import read_pixels
from loop.data.tables import FILE

THUMB = (96, 64)
"""Largest width and height of an example, pixels."""
QUALITY = 75
"""Of an example's JPEG."""


class Thumbnails:
    """Small pictures of photographs, the most probable first."""

    def __init__(self, folder: Path, table: pd.DataFrame) -> None:
        self.folder, self.table = folder, table
        self.missing = not folder.is_dir()
        self.made: dict[str, str] = {}

    def of(self, where: dict[str, str], most: int) -> tuple[str, ...]:
        """At most so many that show these values, as data URIs."""
        if self.missing:
            return ()
        table = self.table
        inside = np.all([table[name] == value for name, value in where.items()], axis=0)
        sure = np.ones(int(inside.sum()))
        for name, value in where.items():
            if (column := f"{name}_{value}") in table:
                sure = sure * table.loc[inside, column].astype(float).to_numpy()
        files = table.loc[inside, FILE].to_numpy()[np.argsort(-sure, kind="stable")][:most]
        return tuple(self._small(str(file)) for file in files)

    def _small(self, file: str) -> str:
        if file not in self.made:
            self.made[file] = _thumbnail(self.folder / file)
        return self.made[file]


def _thumbnail(path: Path) -> str:
    pixels = read_pixels(path)
    scale = min(THUMB[0] / pixels.shape[1], THUMB[1] / pixels.shape[0], 1.0)
    size: Sequence[int] = [max(1, round(scale * side)) for side in (pixels.shape[1], pixels.shape[0])]
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    done, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()
