"""Backgrounds for rendered vehicles: coloured noise ("clouds"), dead leaves, or parts of photographs.

A network that was trained with few backgrounds takes anything dark and upright behind a car for a truck's
body. Pasting objects on many backgrounds: Dwibedi et al., "Cut, Paste and Learn", 2017.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.dataset.pixels import read_pixels
from loop.config.look import BackgroundSettings
from loop.look.camera import as_floats, scaled

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Source = Path | NDArray[np.uint8]
"""A file, or a picture (H, W, 3) in memory."""

CLOUDS = 0.75
"""Fraction of clouds; the rest are dead leaves."""
TONES = np.array(
    [
        [0.25, 0.30, 0.18],
        [0.40, 0.38, 0.30],
        [0.12, 0.14, 0.12],
        [0.50, 0.50, 0.52],
        [0.35, 0.25, 0.20],
        [0.20, 0.25, 0.35],
        [0.75, 0.80, 0.85],
        [0.85, 0.85, 0.83],
    ]
)
"""Foliage, sand, shade, concrete, brick, dusk, sky, plaster."""


PLAIN = BackgroundSettings()


def backgrounds(count: int, side: int, seed: int) -> Image:
    """Random backgrounds (count, 3, side, side), in [0, 1]; the same for the same seed."""
    rng = np.random.default_rng(seed)
    drawn = [noise(side, rng) for _ in range(count)]
    return np.ascontiguousarray(np.stack(drawn).transpose(0, 3, 1, 2))


def noise(side: int, rng: np.random.Generator, settings: BackgroundSettings = PLAIN) -> Image:
    """Clouds or leaves (side, side, 3)."""
    return clouds(side, rng, settings) if rng.random() < CLOUDS else leaves(side, rng)


def part_of(source: Source, height: int, width: int, rng: np.random.Generator) -> Image:
    """A random part of a picture, as large as its aspect allows, mirrored half of the time, (H, W, 3)."""
    picture = source if isinstance(source, np.ndarray) else read_pixels(source)[..., ::-1]
    scale = max(height / picture.shape[0], width / picture.shape[1])
    rows, columns = (max(1, round(side / scale)) for side in (height, width))
    top, left = (
        int(share * (side - taken + 1))
        for share, side, taken in zip(rng.random(2), picture.shape, (rows, columns), strict=False)
    )
    found = scaled(as_floats(picture[top : top + rows, left : left + columns]), width, height)
    return found[:, ::-1] if rng.random() < 0.5 else found


def replaced(mask: Mask, keep_ground: float, rng: np.random.Generator) -> Mask:
    """Where a picture keeps its pixels, (H, W): on the mask; and below a random height, with a probability
    of `keep_ground`."""
    keeps, height = rng.random() < keep_ground, rng.uniform(0.25, 1)
    kept = mask.copy()
    if keeps:
        kept[int(height * len(mask)) :] = True
    return kept


def clouds(side: int, rng: np.random.Generator, settings: BackgroundSettings = PLAIN) -> Image:
    """Noise in one tone whose spectrum falls with frequency, as that of photographs does (side, side, 3).

    Four in ten also have upright bars, see `_posts`.

    Source: Field, "Relations between the statistics of natural images and the response properties of
    cortical cells", 1987: amplitude falls about as 1/f.
    """
    reach = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    reach[0, 0] = 1 / side
    grey = rng.normal(size=(side, side, 1)) + 1j * rng.normal(size=(side, side, 1))
    spectrum = grey + rng.uniform(*settings.chroma) * rng.normal(size=(side, side, 3))
    field = np.fft.ifft2(spectrum / reach[..., None] ** rng.uniform(*settings.slope), axes=(0, 1)).real
    field = (field - field.mean((0, 1))) / field.std((0, 1)).mean()
    tones = TONES if settings.tones is None else np.array(settings.tones)
    tone = rng.choice(tones) * rng.uniform(0.5, 1.5) + rng.normal(0, 0.05, 3)
    image = tone + field * rng.uniform(*settings.contrast)
    if rng.random() < 0.4:
        _posts(image, tone, rng)
    return np.asarray(image.clip(0, 1), np.float32)


def _posts(image: NDArray[np.float64], tone: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Draw upright bars into the image, lighter or darker than its tone."""
    side = len(image)
    for _ in range(rng.integers(2, 14)):
        left = int(rng.uniform(0, side))
        width = int(rng.uniform(1, side / 8))
        top = int(rng.uniform(-0.2, 0.6) * side)
        height = int(rng.uniform(0.08, 0.8) * side)
        shade = tone * rng.uniform(0.2, 2) + rng.normal(0, 0.05, 3)
        image[max(top, 0) : max(top + height, 0), left : left + width] = shade


def leaves(side: int, rng: np.random.Generator) -> Image:
    """Ellipses and rectangles of all sizes that cover one another (side, side, 3).

    Source: Lee, Mumford, Huang, "Occlusion models for natural images", 2001: radii with density 1/r³.
    """
    image = np.zeros((side, side, 3), np.float32) + rng.random(3) * 0.9
    common = rng.random()
    for _ in range(rng.integers(3, 60)):
        color = tuple(np.clip(0.9 * common + rng.normal(0, 0.2, 3), 0, 1).tolist())
        radius = 1 / np.sqrt(rng.uniform((side / 1.6) ** -2, (side / 40) ** -2))
        x, y = rng.uniform(-0.1 * side, 1.1 * side, 2)
        across, down = radius * rng.uniform(0.3, 1, 2) + 1
        if rng.random() < 0.5:
            cv2.ellipse(image, ((x, y), (2 * across, 2 * down), rng.uniform(0, 180)), color, -1)
        else:
            first_corner = int(x - across), int(y - down)
            other_corner = int(x + across), int(y + down)
            cv2.rectangle(image, first_corner, other_corner, color, -1)
    return image.astype(np.float32)
