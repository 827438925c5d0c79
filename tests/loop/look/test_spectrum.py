"""Amplitude jitter and the measures of a spectrum, against numpy's Fourier transform."""

import numpy as np
import pytest

from loop.config.look import AmplitudeJitterSettings
from loop.look.spectrum import deviations, jittered, profile, slope

SETTINGS = AmplitudeJitterSettings(alpha=3, k=2, beta=0.25)


def picture(height: int, width: int) -> np.ndarray:  # type: ignore[type-arg]
    return np.random.default_rng(0).random((height, width, 3)).astype(np.float32)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 31), (32, 31), (31, 32)])
def test_phases_and_mean_stay(height: int, width: int) -> None:
    before = picture(height, width)
    after = jittered(before, SETTINGS, np.random.default_rng(1))
    assert after.shape == before.shape
    old, new = (np.fft.fft2(one.astype(np.float64), axes=(0, 1)) for one in (before, after))
    ratio = new / old  # of the same phase where it is real and positive
    np.testing.assert_allclose(ratio.imag, 0, atol=2e-3 * np.abs(ratio).max())
    assert (ratio.real > -1e-2).all()
    np.testing.assert_allclose(after.mean((0, 1)), before.mean((0, 1)), atol=1e-5)


def test_high_frequencies_change_more() -> None:
    before = picture(32, 32)
    spread = np.zeros((32, 32))
    for seed in range(40):
        after = jittered(before, SETTINGS, np.random.default_rng(seed))
        old, new = (np.abs(np.fft.fft2(one[..., 0].astype(np.float64))) for one in (before, after))
        spread += (new / old - 1) ** 2 / 40
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(32), np.fft.fftfreq(32)))
    low, middle, high = (
        np.sqrt(spread[(frequency > a) & (frequency <= b)].mean())
        for a, b in ((0, 0.1), (0.2, 0.3), (0.4, 0.5))
    )
    assert low < 0.5 < middle < high
    # The paper's formula at 16 cycles across and none down.
    assert deviations(32, 32, SETTINGS)[0, 16] == pytest.approx((6 * 16 / np.hypot(32, 32)) ** 2 + 0.25)


def test_nothing_is_changed_without_deviation() -> None:
    before = picture(16, 16)
    after = jittered(before, AmplitudeJitterSettings(alpha=0, beta=0), np.random.default_rng(0))
    np.testing.assert_allclose(after, before, atol=1e-6)


def test_the_profile_of_a_wave_is_at_its_frequency() -> None:
    x = np.arange(64) / 64
    grey = np.tile(np.sin(2 * np.pi * 9 * x), (64, 1)).astype(np.float32)
    assert profile(grey).argmax() == 9 - 1
    assert profile(grey).shape == (32,)


@pytest.mark.parametrize("exponent", [0.7, 1.3])
def test_the_slope_is_that_of_the_noise(exponent: float) -> None:
    rng = np.random.default_rng(0)
    reach = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64)))
    reach[0, 0] = 1
    found = []
    for _ in range(30):
        noise = np.fft.ifft2(np.fft.fft2(rng.normal(size=(64, 64))) / reach**exponent).real
        found.append(slope(profile(noise.astype(np.float32))))
    assert np.mean(found) == pytest.approx(exponent, abs=0.1)
