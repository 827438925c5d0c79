"""The amplitude spectrum of pictures: its random jitter, its profile and its slope.

Jitter: Chattopadhyay et al., "PASTA: Proportional Amplitude Spectrum Training Augmentation for Syn-to-Real
Domain Generalization", 2023.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loop.config.look import AmplitudeJitterSettings

Floats = NDArray[np.float64]


def jittered(
    picture: NDArray[np.float32], settings: AmplitudeJitterSettings, rng: np.random.Generator
) -> NDArray[np.float32]:
    """A picture (H, W, 3) with other amplitudes and the same phases and mean; values may leave [0, 1].

    Unlike the paper's, a negative factor counts as a positive one, which keeps the phase, and the mean, which
    is exposure, stays.
    """
    height, width = picture.shape[:2]
    deviation = deviations(height, width, settings)[..., None]
    factor = np.abs(1 + deviation * rng.standard_normal((height, width // 2 + 1, picture.shape[2])))
    factor[0, 0] = 1
    for column in {0, *([width // 2] if width % 2 == 0 else [])}:
        # A real picture has the same amplitude at a frequency and at its opposite, both of which are here.
        factor[height // 2 + 1 :, column] = factor[1 : (height + 1) // 2, column][::-1]
    spectrum = np.fft.rfft2(picture, axes=(0, 1)) * factor
    return np.fft.irfft2(spectrum, (height, width), axes=(0, 1)).astype(np.float32)


def deviations(height: int, width: int, settings: AmplitudeJitterSettings) -> Floats:
    """Standard deviation of the factor of each frequency, (H, W // 2 + 1), as `np.fft.rfft2` orders them."""
    rows = np.fft.fftfreq(height, 1 / height)[:, None]
    columns = np.fft.rfftfreq(width, 1 / width)[None]
    reach = np.sqrt((rows**2 + columns**2) / (height**2 + width**2))
    return np.asarray((2 * settings.alpha * reach) ** settings.k + settings.beta)


def profile(grey: NDArray[np.float32]) -> Floats:
    """Natural logarithm of the mean amplitude at 1, 2, … S/2 cycles a picture, (S // 2,).

    Args:
        grey: (S, S). Its mean is taken off and a Hann window laid over it, so that opposite edges, which do
            not meet, count for nothing.
    """
    side = len(grey)
    line = np.hanning(side + 2)[1:-1]
    amplitude = np.abs(np.fft.fft2((grey - grey.mean()) * np.outer(line, line))) / side
    frequency = np.fft.fftfreq(side, 1 / side)
    ring = np.hypot(*np.meshgrid(frequency, frequency)).round().astype(int).ravel()
    total = np.bincount(ring, amplitude.ravel())[1 : side // 2 + 1]
    return np.log(total / np.bincount(ring)[1 : side // 2 + 1] + 1e-6)


def slope(logs: Floats) -> float:
    """The exponent s by which a profile falls, as 1/fˢ: least squares from 2 cycles to half of the highest,
    above which the camera decides."""
    cycles = np.arange(2, max(4, len(logs) // 2 + 1))
    return -float(np.polyfit(np.log(cycles), logs[cycles - 1], 1)[0])
