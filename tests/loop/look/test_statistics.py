"""Measures and distances: known pictures, and scipy's Wasserstein distance."""

import cv2
import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from loop.look.jpeg import quality
from loop.look.statistics import LEAST, distance, distances, measured
from tests.helpers.looks import rendered


def test_measures_of_known_pictures() -> None:
    halves = np.zeros((32, 32, 3), np.uint8)
    halves[:, 16:] = 255
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 255
    found = measured([halves, red], [2.0, 0.5])
    np.testing.assert_allclose(found.contrast[:, 0], [0.5, 0], atol=1e-6)
    np.testing.assert_allclose(found.framing[:, 0], np.log([2, 0.5]))
    # Of the outer tenth, 3 pixels wide, as many are black as white.
    np.testing.assert_allclose(found.colour[0], [50, 0, 0, 50, 0, 0], atol=0.05)
    np.testing.assert_allclose(
        found.colour[1], [53.24, 80.09, 67.20, 0, 0, 0], atol=0.1
    )  # CIE Lab of sRGB red
    np.testing.assert_allclose(found.channels[1], [1, 0, 0, 0, 0, 0], atol=1e-6)
    # The Laplacian is 1 in one column and -1 in the next, of 32.
    assert found.sharpness[0, 0] == pytest.approx(np.log(2 / 32), abs=1e-3)


def test_colours_are_those_of_the_surroundings() -> None:
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[4:, 4:-4, 0] = 255  # all red but for the outer tenth
    picture[:, :4, 1] = 255  # 160 pixels of the outer 160 + 2 × 144, or 448
    found = measured([picture], [1.0]).channels[0]
    share = 160 / 448
    np.testing.assert_allclose(found, [0, share, 0, 0, np.sqrt(share * (1 - share)), 0], atol=1e-6)


def test_noise_is_that_of_the_flat_parts() -> None:
    rng = np.random.default_rng(0)
    halves = np.full((64, 64, 3), 100, np.float64)
    halves[:, 32:] += rng.normal(0, 40, (64, 32, 1))  # half of the picture has detail
    values = []
    for deviation in (2, 6):
        noise = rng.normal(0, deviation, (64, 64, 1))
        values.append(measured([(halves + noise).clip(0, 255).astype(np.uint8)], [1.0]).noise[0, 0])
    assert np.exp(values[1]) / np.exp(values[0]) == pytest.approx(3, abs=0.7)


def test_distances_are_those_of_wasserstein() -> None:
    rng = np.random.default_rng(0)
    photographs, renders = rng.normal(0, 1, (4000, 2)), rng.normal([0.5, 0], [1, 2], (3000, 2))
    expected = [
        wasserstein_distance(photographs[:, i], renders[:, i]) / photographs[:, i].std() for i in range(2)
    ]
    assert distance("contrast", photographs, renders) == pytest.approx(np.mean(expected), rel=0.03)


def test_alike_is_no_distance_and_equal_photographs_ask_for_no_less_than_the_least() -> None:
    pictures = [rendered(i, 32)[0] for i in range(8)]
    found = measured(pictures, [1.0] * 8)
    assert dict(distances(found, found)) == dict.fromkeys(LEAST, 0.0)
    assert distance("framing", np.zeros((9, 1)), np.full((5, 1), 0.1)) == pytest.approx(0.1 / 0.05)


@pytest.mark.parametrize("asked", [1, 30, 75, 90, 100])
def test_the_quality_is_read_from_the_file(asked: int) -> None:
    picture = rendered(1)[0]
    file = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, asked])[1].tobytes()
    assert quality(file) == asked


def test_other_files_have_no_quality() -> None:
    assert quality(cv2.imencode(".png", rendered(1)[0])[1].tobytes()) is None
    assert quality(b"\xff\xd8\xff\xe0\x00") is None
    assert quality(b"") is None
