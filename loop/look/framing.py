"""Crops of a picture to the box of its mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Aspect = float | Literal["box", "square"]
"""Width divided by height, or that of the box, or 1."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Window:
    """A part of a picture in pixels; it may extend beyond the picture."""

    x: int
    y: int
    width: int
    height: int


def window(mask: Mask, margin: float, aspect: Aspect) -> Window:
    """What to crop for a mask (H, W) with at least one pixel.

    Args:
        margin: what is left on each side of the box, as a fraction of the box.
        aspect: other than `box`, the window grows until it has it.
    """
    ys, xs = np.nonzero(mask)
    width, height = (round((1 + 2 * margin) * np.ptp(v)) + 1 for v in (xs, ys))
    if aspect == "square":
        width = height = max(width, height)
    elif aspect != "box":
        width, height = max(width, round(height * aspect)), max(height, round(width / aspect))
    x, y = (round((v.min() + v.max() + 1) / 2) - side // 2 for v, side in ((xs, width), (ys, height)))
    return Window(x, y, width, height)


def inside(part: Window, height: int, width: int) -> Window:
    """What of a window lies inside of a picture."""
    x, y = max(part.x, 0), max(part.y, 0)
    return Window(x, y, min(part.x + part.width, width) - x, min(part.y + part.height, height) - y)


def cut(picture: NDArray[Any], part: Window) -> NDArray[Any]:
    """A part of a picture (H, W) or (H, W, C); beyond the picture its border is repeated."""
    height, width = picture.shape[:2]
    left, top = max(-part.x, 0), max(-part.y, 0)
    right, bottom = max(part.x + part.width - width, 0), max(part.y + part.height - height, 0)
    padded = cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_REPLICATE)
    x, y = part.x + left, part.y + top
    return np.asarray(padded[y : y + part.height, x : x + part.width])


def framed[Pixels: NDArray[Any]](
    picture: Pixels, mask: Mask, margin: float, aspect: Aspect
) -> tuple[Pixels, Mask]:
    """A picture and its mask, cropped; unchanged where the mask is empty.

    With the aspect of the box nothing beyond the picture is shown: the margin ends there.
    """
    if not mask.any():
        return picture, mask
    part = window(mask, margin, aspect)
    if aspect == "box":
        part = inside(part, *mask.shape)
    return cut(picture, part), cut(mask.astype(np.uint8), part) > 0  # type: ignore[return-value]
