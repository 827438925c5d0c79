"""The camera's chain: each step against numpy or by what it does to high frequencies."""

import cv2
import numpy as np
import pytest

from loop.config.look import CameraSettings
from loop.look.camera import (
    compressed,
    downsampled,
    drawn,
    graded,
    noisy,
    photographed,
    resized,
    saturated,
    sharpened,
    toned,
)

RNG = np.random.default_rng(0)
PICTURE = (0.3 + 0.4 * RNG.random((48, 48, 3))).astype(np.float32)


def high_energy(picture: np.ndarray) -> float:  # type: ignore[type-arg]
    """Energy of the luminance above half of the highest frequency."""
    side = len(picture)
    grey = picture.mean(2)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    return float((np.abs(np.fft.fft2(grey - grey.mean())) ** 2)[frequency > 0.25].sum())


def test_the_default_camera_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    values = drawn(CameraSettings(), rng)
    np.testing.assert_array_equal(photographed(graded(PICTURE, values), values, rng), PICTURE)


def test_downsampling_and_jpeg_take_high_frequencies_away() -> None:
    before = high_energy(PICTURE)
    assert high_energy(downsampled(PICTURE, 2.0)) < 0.2 * before
    assert high_energy(downsampled(PICTURE, 3.0)) < high_energy(downsampled(PICTURE, 1.5))
    by_quality = [high_energy(compressed(PICTURE, quality)) for quality in (10, 40, 90)]
    assert by_quality == sorted(by_quality)
    assert by_quality[0] < 0.5 * before


def test_sharpening_raises_them_as_an_unsharp_mask_does() -> None:
    found = sharpened(PICTURE, 0.3)
    blurred = cv2.GaussianBlur(PICTURE, (0, 0), 1.0)
    np.testing.assert_allclose(found, (1.3 * PICTURE - 0.3 * blurred).clip(0, 1), atol=1e-6)
    assert high_energy(found) > 1.4 * high_energy(PICTURE)


def test_noise_has_the_deviation_that_is_asked_for() -> None:
    grey = np.full((100, 100, 3), 0.5, np.float32)
    found = noisy(grey, 0.04, np.random.default_rng(1))
    assert found.std() == pytest.approx(0.04, rel=0.02)
    assert abs(np.corrcoef(found[..., 0].ravel(), found[..., 1].ravel())[0, 1]) < 0.03


def test_gain_and_offset_are_linear_but_for_what_would_be_cut_off() -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[None, :, None].repeat(3, 2)
    found = toned(ramp, (0.5, 1.4, 1.0), (0.2, 0.0, -0.2))[0]
    np.testing.assert_allclose(found[:, 0], 0.5 * ramp[0, :, 0] + 0.2, atol=1e-6)
    linear = 1.4 * ramp[0, :, 0]
    np.testing.assert_allclose(found[linear < 0.75, 1], linear[linear < 0.75], atol=1e-6)
    assert (np.diff(found[:, 1]) > 0).all(), "nothing bright becomes alike"
    assert found[-1, 1] == pytest.approx(1)
    steps = np.diff(found[:, 1])
    assert np.abs(np.diff(steps)).max() < 0.1 * steps.max(), "there is no kink"
    dark = ramp[0, :, 0] - 0.2
    np.testing.assert_allclose(found[dark > 0.25, 2], dark[dark > 0.25], atol=1e-6)
    assert found[0, 2] == pytest.approx(0, abs=1e-6)
    assert (np.diff(found[:, 2]) > 0).all()


def test_saturation_is_the_difference_to_the_luminance() -> None:
    luminance = PICTURE @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(saturated(PICTURE, 0.0), np.dstack([luminance] * 3), atol=1e-5)
    half = saturated(PICTURE, 0.5)
    np.testing.assert_allclose(half, (PICTURE + luminance[..., None]) / 2, atol=1e-5)


def test_the_longest_side_is_the_files() -> None:
    assert resized(PICTURE[:24], 80).shape == (40, 80, 3)
    assert resized(PICTURE[:, :12], 24).shape == (24, 6, 3)
    assert resized(PICTURE, None) is PICTURE


def test_values_are_drawn_evenly_from_their_ranges() -> None:
    settings = CameraSettings(size=(20, 40), downsampling=(1, 3), noise=(0.1, 0.2), jpeg=(50, 60))
    rng = np.random.default_rng(0)
    values = [drawn(settings, rng) for _ in range(2000)]
    assert {one.jpeg for one in values} == set(range(50, 61))
    assert np.mean([one.downsampling for one in values]) == pytest.approx(2, abs=0.05)
    assert np.mean([one.noise for one in values]) == pytest.approx(0.15, abs=0.003)
    assert {one.sharpening for one in values} == {0.0}
