"""Renders and photographs of known content, made without Blender."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from generator.naming import spec_name
from loop.look.backgrounds import clouds, leaves
from tests.helpers.sets import specs_of

Array = np.ndarray[Any, np.dtype[Any]]


def rendered(number: int, size: int = 64) -> tuple[Array, Array]:
    """A picture (S, S, 3) uint8 and its mask (S, S) bool: dead leaves before clouds, within an ellipse."""
    rng = np.random.default_rng([7, number])
    y, x = np.mgrid[:size, :size] / size
    across, down = rng.uniform(0.3, 0.45), rng.uniform(0.2, 0.35)
    mask = ((x - 0.5) / across) ** 2 + ((y - 0.5) / down) ** 2 < 1
    picture = np.where(mask[..., None], leaves(size, rng), clouds(size, rng))
    return (picture * 255).round().astype(np.uint8), mask


def write_renders(folder: Path, count: int, size: int = 64) -> list[str]:
    """A set of such pictures; their names."""
    names = [spec_name(spec) for spec in specs_of(count)]
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number, name in enumerate(names):
        picture, mask = rendered(number, size)
        cv2.imwrite(str(folder / "images" / f"{name}.png"), picture[..., ::-1])
        cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask.astype(np.uint8) * 255)
    return names
