"""Backgrounds: the slope and chroma that are asked for, parts of photographs, and what keeps its place."""

import numpy as np
import pytest

from loop.config.look import BackgroundSettings
from loop.look.backgrounds import clouds, part_of, replaced


def amplitude_slope(picture: np.ndarray) -> float:  # type: ignore[type-arg]
    """Least squares of ln amplitude on ln frequency over all frequencies of a picture."""
    side = len(picture)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side))).ravel()
    amplitude = np.abs(np.fft.fft2(picture.mean(2))).ravel()
    used = (frequency > 1.5 / side) & (frequency < 0.4)
    return -float(np.polyfit(np.log(frequency[used]), np.log(amplitude[used]), 1)[0])


@pytest.mark.parametrize("slope", [0.6, 1.0, 1.4])
def test_the_noise_falls_with_frequency_as_asked(slope: float) -> None:
    asked = BackgroundSettings(slope=(slope, slope), contrast=(0.05, 0.05), tones=((0.5, 0.5, 0.5),))
    rng = np.random.default_rng(0)
    drawn = [clouds(64, rng, asked) for _ in range(40)]
    whole = [one for one in drawn if one.min() > 0.01 and one.max() < 0.99]  # nothing is cut off
    found = np.array([amplitude_slope(one) for one in whole])
    # Four in ten have upright bars, which change the slope: the median is of those without.
    assert np.median(found) == pytest.approx(slope, abs=0.08)


def test_without_chroma_the_noise_is_grey() -> None:
    asked = BackgroundSettings(chroma=(0, 0), contrast=(0.05, 0.05))
    rng = np.random.default_rng(1)
    found = [clouds(48, rng, asked) for _ in range(8)]
    own = [np.diff(one - one.mean((0, 1)), axis=2).std() for one in found]
    assert min(own) < 1e-6  # of one without bars, whose shades have colours of their own


def test_a_part_of_a_photograph_is_as_large_as_fits() -> None:
    ramp = np.tile(np.arange(100, dtype=np.uint8)[None, :, None], (50, 1, 3))  # columns count up
    for seed in range(10):
        part = part_of(ramp, 25, 25, np.random.default_rng(seed)) * 255
        assert part.shape == (25, 25, 3)
        steps = np.diff(part[:, :, 0], axis=1)
        assert np.abs(steps).mean() == pytest.approx(2, abs=0.02)  # half the height: half the size
        assert (steps > 0).all() or (steps < 0).all()


def test_the_ground_stays_as_often_as_asked() -> None:
    mask = np.zeros((40, 10), bool)
    rng = np.random.default_rng(0)
    kept = [replaced(mask, 0.6, rng) for _ in range(2000)]
    grounded = [one for one in kept if one.any()]
    assert len(grounded) / 2000 == pytest.approx(0.6, abs=0.03)
    tops = np.array([one[:, 0].argmax() for one in grounded]) / 40
    assert tops.min() >= 0.25
    assert tops.mean() == pytest.approx(0.6125, abs=0.02)
    assert all(one[-1].all() for one in grounded)
