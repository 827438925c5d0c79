"""`make sheet`: one picture of a rendered set, shapes down and views across, for people to look at.

python -m benchmarks.sheet SET FILE.jpg
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from generator.dataset import read_image, read_set
from generator.files import write_bytes
from generator.spec import SHAPES, VIEWS

CELL = 128


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw a contact sheet: shapes down, views across.")
    parser.add_argument("set", type=Path)
    parser.add_argument("file", type=Path)
    args = parser.parse_args()
    _, jpeg = cv2.imencode(".jpg", sheet(read_set(args.set))[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    write_bytes(args.file, jpeg.tobytes())


def sheet(table: pd.DataFrame) -> NDArray[np.uint8]:
    """Shapes × views, RGB; of each pair another picture, so that colours, angles and places change."""
    rows = []
    for i, shape in enumerate(SHAPES):
        cells = []
        for j, view in enumerate(VIEWS):
            found = table[(table["shape"] == shape) & (table["view"] == view)]
            cells.append(read_image(Path(found["image"].iloc[(3 * i + 5 * j) % len(found)]), CELL))
        rows.append(np.hstack(cells))
    return np.vstack(rows)


if __name__ == "__main__":
    main()
