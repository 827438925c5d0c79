"""Drawn vehicles: a body in its paint, with a lamp whose place tells the view; quick to make."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from generator.naming import picture_name
from generator.spec import COLORS

SIZE = 48
VIEWS = ("f", "left", "b")
PAINTS = ("r", "y", "b")
LAMPS = {"f": 8, "left": 20, "b": 32}
"""View -> left edge of the lamp, pixels."""


def drawn(view: str, color: str, rng: np.random.Generator, noise: float) -> np.ndarray:
    """A picture (SIZE, SIZE, 3) BGR; `noise` is the deviation of each pixel, of 255."""
    pixels = np.full((SIZE, SIZE, 3), 110.0)
    pixels[14:36, 6:42] = 255 * np.array(COLORS[color].srgb[::-1])
    pixels[18:32, LAMPS[view] : LAMPS[view] + 8] = 255.0
    return (pixels + rng.normal(0, noise, pixels.shape)).clip(0, 255).astype(np.uint8)


def write_renders(folder: Path, each: int, *, noise: float, seed: int = 0) -> Path:
    """A set made by hand: so many vehicles, each in every view and paint, with masks."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[14:36, 6:42] = 255
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for variant in range(each):
        for view in VIEWS:
            for color in PAINTS:
                name = f"{picture_name('sedan', color, 10, view, variant)}.png"
                cv2.imwrite(str(folder / "images" / name), drawn(view, color, rng, noise))
                cv2.imwrite(str(folder / "masks" / name), mask)
    return folder


def write_photographs(
    folder: Path, views: Sequence[str], colors: Sequence[str], *, noise: float, seed: int = 1
) -> list[str]:
    """Photographs of these views and colours, cropped as renders are; their names in order."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    names = [f"{i:04d}.png" for i in range(len(views))]
    for name, view, color in zip(names, views, colors, strict=True):
        cv2.imwrite(str(folder / name), drawn(view, color, rng, noise)[13:37, 5:43])
    return names
