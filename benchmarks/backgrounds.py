"""Random backgrounds for `benchmarks.photographs`: coloured noise ("clouds") and dead leaves.

A network that was trained with few backgrounds takes anything dark and upright behind a car for a truck's
body. Pasting objects on many backgrounds: Dwibedi et al., "Cut, Paste and Learn", 2017.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]

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


def backgrounds(count: int, side: int, seed: int) -> Image:
    """Random backgrounds (count, 3, side, side), in [0, 1]; the same for the same seed."""
    rng = np.random.default_rng(seed)
    drawn = [clouds(side, rng) if rng.random() < CLOUDS else leaves(side, rng) for _ in range(count)]
    return np.ascontiguousarray(np.stack(drawn).transpose(0, 3, 1, 2))


def clouds(side: int, rng: np.random.Generator) -> Image:
    """Noise in one tone whose spectrum falls with frequency, as that of photographs does (side, side, 3).

    Four in ten also have upright bars, see `_posts`.

    Source: Field, "Relations between the statistics of natural images and the response properties of
    cortical cells", 1987: amplitude falls about as 1/f.
    """
    reach = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    reach[0, 0] = 1 / side
    grey = rng.normal(size=(side, side, 1)) + 1j * rng.normal(size=(side, side, 1))
    spectrum = grey + rng.uniform(0.2, 1) * rng.normal(size=(side, side, 3))
    noise = np.fft.ifft2(spectrum / reach[..., None] ** rng.uniform(0.5, 1.4), axes=(0, 1)).real
    noise = (noise - noise.mean((0, 1))) / noise.std((0, 1)).mean()
    tone = rng.choice(TONES) * rng.uniform(0.5, 1.5) + rng.normal(0, 0.05, 3)
    image = tone + noise * rng.uniform(0.04, 0.22)
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
