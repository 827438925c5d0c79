"""What pictures measure, and how far two collections of them are apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from loop.look.camera import as_floats
from loop.look.spectrum import profile

Floats = NDArray[np.float64]

QUANTILES = (np.arange(64) + 0.5) / 64
LEAST = {
    "spectrum": 0.05,
    "contrast": 0.005,
    "colour": 0.5,
    "sharpness": 0.05,
    "noise": 0.05,
    "framing": 0.05,
}
"""Measure -> the smallest deviation among photographs by which differences are divided: photographs that are
all alike are not asked for more than that."""


@dataclass(frozen=True)
class Measures:
    """Of N pictures, each as the network is given it, S pixels wide and high."""

    spectrum: Floats
    """(N, S // 2), `loop.look.spectrum.profile` of the luminance."""
    contrast: Floats
    """(N, 1), standard deviation of the luminance, as a fraction of the full range."""
    colour: Floats
    """(N, 6), mean and standard deviation of L (0 to 100), a and b of CIE Lab, of the `surroundings`, since
    paint is not the camera's."""
    sharpness: Floats
    """(N, 1), natural logarithm of the variance of the luminance's Laplacian."""
    noise: Floats
    """(N, 1), natural logarithm of the deviation of fine detail in the flattest tenth of the picture."""
    framing: Floats
    """(N, 1), natural logarithm of width divided by height, before the picture was made square."""
    channels: Floats
    """(N, 6), mean and standard deviation of red, green and blue of the `surroundings`, as fractions of the
    full range."""


def measured(pictures: Sequence[NDArray[np.uint8]], aspects: Sequence[float]) -> Measures:
    """The measures of pictures (S, S, 3).

    Args:
        aspects: width divided by height of each, before it was made square.
    """
    rows = [_row(as_floats(picture)) for picture in pictures]
    columns = {name: np.array([row[name] for row in rows], np.float64) for name in rows[0]}
    return Measures(framing=np.log(np.array(aspects, np.float64))[:, None], **columns)


def surroundings[Pixel: np.generic](picture: NDArray[Pixel]) -> NDArray[Pixel]:
    """The pixels (P, 3) of the outer tenth on the left, on the right and above, where least of a vehicle is.

    Of renders too, whose masks are known: what is compared has to be the same.
    """
    edge = max(1, len(picture) // 10)
    parts = (picture[:edge], picture[edge:, :edge], picture[edge:, -edge:])
    return np.concatenate([part.reshape(-1, 3) for part in parts])


def _row(picture: NDArray[np.float32]) -> dict[str, list[float]]:
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)
    lab = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB))
    edges = float(cv2.Laplacian(grey, cv2.CV_32F).var())
    return {
        "spectrum": profile(grey).tolist(),
        "contrast": [float(grey.std())],
        "colour": _moments(surroundings(lab)),
        "sharpness": [float(np.log(edges + 1e-6))],
        "noise": [_flattest(grey)],
        "channels": _moments(surroundings(picture)),
    }


def _flattest(grey: NDArray[np.float32]) -> float:
    """Of the blocks of 4 × 4 pixels; noise shows where there is nothing else."""
    fine = grey - np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0))
    side = len(grey) // 4 * 4
    blocks = fine[:side, :side].reshape(side // 4, 4, side // 4, 4).std((1, 3))
    return float(np.log(np.quantile(blocks, 0.1) + 1e-3))


def _moments(pixels: NDArray[np.generic]) -> list[float]:
    """Means and deviations of pixels (P, 3)."""
    exact = np.asarray(pixels, np.float64)
    return [*exact.mean(0), *exact.std(0)]


def distances(photographs: Measures, renders: Measures) -> Mapping[str, float]:
    """Measure -> how far renders are from photographs, in standard deviations among the photographs.

    0: distributed alike. 1: a value is on average one standard deviation away from where it would have to
    be. It is the mean, over the numbers of the measure, of the Wasserstein distance of their distributions.
    """
    pairs = {name: (getattr(photographs, name), getattr(renders, name)) for name in LEAST}
    return {name: distance(name, *pair) for name, pair in pairs.items()}


def distance(name: str, photographs: Floats, renders: Floats) -> float:
    """Of one measure, as in `distances`; rows are pictures, columns numbers."""
    ends = [np.quantile(values, QUANTILES, axis=0) for values in (photographs, renders)]
    apart = np.abs(ends[0] - ends[1]).mean(0)
    return float((apart / np.maximum(photographs.std(0), LEAST[name])).mean())
