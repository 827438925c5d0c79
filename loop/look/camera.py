"""What a camera and its file do to a picture: resolution, colours, sharpening, noise, JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from loop.config.look import CameraSettings, Rgb

Image = NDArray[np.float32]

KNEE = 0.75
"""Fraction of the full range above which bright colours are bent back; dark ones are below 1 - KNEE."""


@dataclass(frozen=True)
class Taken:
    """The values of one picture, drawn from the ranges of `CameraSettings`."""

    size: int | None
    downsampling: float
    gain: Rgb
    offset: Rgb
    saturation: float
    sharpening: float
    noise: float
    jpeg: int | None


def drawn(settings: CameraSettings, rng: np.random.Generator) -> Taken:
    """Values of a picture; as many random numbers are drawn whatever the settings are."""
    size, factor, sharpening, noise, quality = rng.random(5)
    return Taken(
        None if settings.size is None else round(_between(settings.size, size)),
        _between(settings.downsampling, factor),
        settings.gain,
        settings.offset,
        settings.saturation,
        _between(settings.sharpening, sharpening),
        _between(settings.noise, noise),
        None if settings.jpeg is None else round(_between(settings.jpeg, quality)),
    )


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share


def graded(picture: Image, values: Taken) -> Image:
    """A picture (H, W, 3) in the camera's colours. Before it gets another background, whose colours are not
    those of renders."""
    return saturated(toned(picture, values.gain, values.offset), values.saturation)


def photographed(picture: Image, values: Taken, rng: np.random.Generator) -> Image:
    """A picture (H, W, 3) after the rest of the chain, (h, w, 3) where the file has another size.

    Args:
        rng: of the noise.
    """
    picture = downsampled(resized(picture, values.size), values.downsampling)
    picture = noisy(sharpened(picture, values.sharpening), values.noise, rng)
    return compressed(picture, values.jpeg)


def resized(picture: Image, size: int | None) -> Image:
    """With a longest side of so many pixels; None changes nothing."""
    height, width = picture.shape[:2]
    if size is None or size == max(height, width):
        return picture
    factor = size / max(height, width)
    return scaled(picture, max(1, round(width * factor)), max(1, round(height * factor)))


def scaled(picture: Image, width: int, height: int) -> Image:
    """Reduced by area, enlarged by cubic interpolation."""
    if picture.shape[:2] == (height, width):
        return picture
    smaller = height * width <= picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how).clip(0, 1), np.float32)


def downsampled(picture: Image, factor: float) -> Image:
    """Reduced by a factor and enlarged again, without a change of size."""
    height, width = picture.shape[:2]
    small = scaled(picture, max(1, round(width / factor)), max(1, round(height / factor)))
    return scaled(small, width, height)


def toned(picture: Image, gain: Rgb, offset: Rgb) -> Image:
    """Each channel times its gain plus its offset. What would leave the range is bent back smoothly instead
    of cut off, so that bright and dark surfaces keep their detail."""
    factor, shift = np.array(gain), np.array(offset)
    found = bent(picture * factor + shift, factor + shift)
    return np.asarray((1 - bent(1 - found, 1 - shift)).clip(0, 1), np.float32)


def bent(values: NDArray[np.floating], highest: NDArray[np.float64]) -> NDArray[np.floating]:
    """Values above `KNEE` bent so that the highest possible one becomes 1, where it is more than that.

    A rational function with slope 1 at the knee.

    Args:
        highest: that each channel can have.
    """
    steep = np.maximum((highest - KNEE) / (1 - KNEE), 1)
    above = (values - KNEE).clip(0) / (1 - KNEE)
    return np.asarray(np.minimum(values, KNEE) + (1 - KNEE) * above / (1 + (1 - 1 / steep) * above))


def saturated(picture: Image, factor: float) -> Image:
    """With so many times the difference to the pixel's luminance."""
    if factor == 1:
        return picture
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None]
    return np.asarray((grey + np.float32(factor) * (picture - grey)).clip(0, 1), np.float32)


def sharpened(picture: Image, amount: float) -> Image:
    """An unsharp mask: the picture plus so much of its difference to its blurred self (sigma 1 px)."""
    if amount == 0:
        return picture
    blurred = cv2.GaussianBlur(picture, (0, 0), 1.0)
    return np.asarray((picture + np.float32(amount) * (picture - blurred)).clip(0, 1), np.float32)


def noisy(picture: Image, deviation: float, rng: np.random.Generator) -> Image:
    """With independent normal noise in each channel of each pixel."""
    if deviation == 0:
        return picture
    noise = rng.standard_normal(picture.shape, np.float32)
    return (picture + np.float32(deviation) * noise).clip(0, 1)


def compressed(picture: Image, quality: int | None) -> Image:
    """After compression by JPEG and back; None changes nothing."""
    if quality is None:
        return picture
    pixels = np.ascontiguousarray(as_bytes(picture)[..., ::-1])
    _, file = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return as_floats(np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


def as_bytes(picture: Image) -> NDArray[np.uint8]:
    """[0, 1] as 0 to 255, rounded."""
    return (picture * 255).round().clip(0, 255).astype(np.uint8)


def as_floats(pixels: NDArray[np.uint8]) -> Image:
    """0 to 255 as [0, 1]."""
    return np.asarray(pixels, np.float32) / np.float32(255)
