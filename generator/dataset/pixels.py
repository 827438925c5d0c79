"""Pixels of a set's files as arrays, refused where they are not what they should be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from generator.errors import UserError
from generator.spec import PARTS

Array = np.ndarray[Any, np.dtype[Any]]


def read_pixels(path: Path, mode: int = cv2.IMREAD_COLOR) -> Array:
    """A picture as OpenCV decodes it: (H, W, 3) BGR, or (H, W) where the mode is grey; uint8.

    Raises:
        UserError: the file is missing or is not a picture that can be read.
    """
    if not path.is_file():
        raise UserError(f"{path}: does not exist")
    try:
        array = cv2.imdecode(np.frombuffer(path.read_bytes() or b"\0", np.uint8), mode)
    except cv2.error:  # more pixels than OpenCV takes
        array = None
    if array is None:
        raise UserError(f"{path}: is not a picture that can be read; replace or remove it")
    return np.asarray(array)


def read_image(path: Path, size: int) -> Array:
    """An RGB picture (size, size, 3), uint8; resized by area where it has another size.

    Raises:
        UserError: the file is not a picture that can be read.
    """
    return _resized(read_pixels(path)[:, :, ::-1], size)


def read_mask(path: Path, size: int | None = None) -> Array:
    """A mask (H, W), or (size, size) where a size is given, bool: is the pixel's centre on the vehicle?

    Raises:
        UserError: the file is not a picture, or has values between black and white.
    """
    grey = read_pixels(path, cv2.IMREAD_GRAYSCALE)
    if not np.isin(grey, (0, 255)).all():
        value = int(grey[(grey != 0) & (grey != 255)][0])
        raise UserError(f"{path}: holds the value {value}; a mask is 0 or 255 in every pixel")
    if size is not None and grey.shape != (size, size):
        grey = cv2.resize(grey, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(grey > 127)


def read_parts(path: Path, size: int) -> Array:
    """A part mask (size, size), uint8: index into `generator.spec.PARTS`; resized by its nearest pixels.

    Raises:
        UserError: the file is not a picture, or names a part that does not exist.
    """
    index = read_pixels(path, cv2.IMREAD_GRAYSCALE)
    expect(path, bool((index < len(PARTS)).all()), "a part that does not exist")
    if index.shape != (size, size):
        index = cv2.resize(index, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(index)


def _resized(rgb: Array, size: int) -> Array:
    if rgb.shape[:2] != (size, size):
        rgb = cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(rgb)


def expect_there(path: Path) -> None:
    """Raise a UserError where a file of a rendered set is missing."""
    if not path.is_file():
        raise UserError(f"{path}: does not exist; render the set again, only what is missing is rendered")


def expect(path: Path, holds: bool, what: str) -> None:
    """Raise a UserError that the file has `what`, where something does not hold."""
    if not holds:
        raise UserError(f"{path}: has {what}; remove the file and render again")
