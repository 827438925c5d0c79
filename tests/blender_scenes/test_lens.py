"""Lens, shutter and sensor, by formula."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from blender_scenes.lens import (
    LUMINANCE,
    MID_GREY,
    READ_FRACTION,
    counted,
    develop,
    disc,
    finished,
    spread,
    streak,
)
from blender_scenes.passes import curve_srgb, decode_srgb, encode_srgb, uncurve_srgb
from tests.helpers.blender import make_spec


def scene(size: int = 40) -> np.ndarray:
    return np.random.default_rng(0).gamma(2.0, 0.2, (size, size, 3)).astype(np.float32)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_nothing_asked_for_changes_no_byte() -> None:
    assert np.array_equal(develop(scene(), make_spec(), rng()), encode_srgb(scene()))


@pytest.mark.parametrize("diameter", [0.1, 1.0, 2.5, 6.0, 20.0])
def test_disc_has_its_area_and_its_second_moment(diameter: float) -> None:
    kernel = disc(diameter)
    place = np.arange(len(kernel)) - len(kernel) // 2
    assert kernel.sum() == pytest.approx(1)
    assert np.array_equal(kernel, kernel.T)
    assert np.array_equal(kernel, kernel[::-1])
    if diameter >= 2.5:
        middle = kernel[len(kernel) // 2, len(kernel) // 2]
        assert 1 / middle == pytest.approx(np.pi * diameter**2 / 4, rel=0.03)
        # r² / 4 along each axis, and about a twelfth for the pixel's own width
        wanted = diameter**2 / 16 + 1 / 12
        assert (kernel.sum(0) * place**2).sum() == pytest.approx(wanted, rel=0.01, abs=0.04)
    else:
        assert kernel[len(kernel) // 2, len(kernel) // 2] > 0.4


@pytest.mark.parametrize("length", [0.3, 1.0, 7.0, 25.6])
@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, -60.0, 200.0])
def test_streak_has_its_length_and_direction(length: float, angle: float) -> None:
    kernel = streak(length, angle)
    place = np.arange(len(kernel)) - len(kernel) // 2
    assert kernel.sum() == pytest.approx(1)
    right, up = np.meshgrid(place, -place)
    turn = np.radians(angle)
    along, across = right * np.cos(turn) + up * np.sin(turn), up * np.cos(turn) - right * np.sin(turn)
    assert (kernel * along).sum() == pytest.approx(0, abs=1e-9)
    # length² / 12, and at most a quarter for the splat over two pixels along each axis
    assert 0 <= (kernel * along**2).sum() - length**2 / 12 <= 0.26 + 0.02 * length
    assert (kernel * across**2).sum() <= 0.26


def test_spreading_keeps_light_and_evenness_and_goes_the_right_way() -> None:
    light = np.zeros((41, 41, 3))
    light[20, 12] = (1.0, 50.0, 7.0)
    for kernel in (disc(6.0), streak(9.0, 25.0)):
        assert spread(light, kernel).sum((0, 1)) == pytest.approx([1.0, 50.0, 7.0])
        assert spread(np.full((30, 30, 3), 0.3), kernel) == pytest.approx(0.3)
        reach = len(kernel) // 2
        around = spread(light, kernel)[20 - reach : 21 + reach, 12 - reach : 13 + reach, 1]
        assert around == pytest.approx(50 * kernel, abs=1e-9)


def test_spread_is_a_plain_convolution() -> None:
    light, kernel = scene(12), streak(3.7, 25.0)
    reach = len(kernel) // 2
    padded = np.pad(light, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    wanted = np.zeros(light.shape)
    for row in range(12):
        for column in range(12):
            window = padded[row : row + 2 * reach + 1, column : column + 2 * reach + 1]
            wanted[row, column] = (window * kernel[::-1, ::-1, None]).sum((0, 1))
    assert spread(light, kernel) == pytest.approx(wanted, abs=1e-6)


def test_a_stop_doubles_the_light() -> None:
    grey = np.full((16, 16, 3), 0.1, np.float32)
    assert np.array_equal(develop(grey, make_spec(exposure=1.0), rng()), encode_srgb(2 * grey))
    assert np.array_equal(develop(grey, make_spec(exposure=-2.5), rng()), encode_srgb(grey / 2**2.5))


@pytest.mark.parametrize("noise", [0.01, 0.05, 0.15, 0.3])
def test_noise_at_mid_grey_is_what_was_asked_for(noise: float) -> None:
    grey = np.full((200, 200, 3), decode_srgb(MID_GREY), np.float32)
    picture = develop(grey, make_spec(noise=noise), rng(1)) / 255
    assert picture.std() == pytest.approx(noise, rel=0.02)
    channels = np.corrcoef(picture.reshape(-1, 3).T)
    assert np.abs(channels - np.eye(3)).max() < 0.02


def test_noise_has_a_part_that_grows_with_the_light_and_one_that_does_not() -> None:
    def deviation(light: float) -> float:
        return float((counted(np.full((300, 300, 3), light), 0.02, rng(2)) - light).std())

    grey = decode_srgb(MID_GREY)
    slope = float(curve_srgb(np.array(grey + 1e-6)) - curve_srgb(np.array(grey - 1e-6))) / 2e-6
    assert deviation(grey) * slope == pytest.approx(0.02, rel=0.02)
    assert (deviation(0) / deviation(grey)) ** 2 == pytest.approx(READ_FRACTION, rel=0.02)
    wanted = READ_FRACTION + (1 - READ_FRACTION) * 3
    assert (deviation(3 * grey) / deviation(grey)) ** 2 == pytest.approx(wanted, rel=0.02)


def test_noise_is_the_generators_alone() -> None:
    one, same, other = (develop(scene(), make_spec(noise=0.05), rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_sharpening_adds_local_contrast_and_keeps_hue_saturation_and_noise() -> None:
    half = np.full((60, 60, 3), (0.1, 0.2, 0.05))
    assert np.allclose(finished(half, 1.0, 0.0, 3.0), half), "nothing to add where all is even"
    edge = half.copy()
    edge[:, 30:] *= 2.5
    found = finished(edge, 0.8, 0.0, 3.0)
    assert np.allclose(found / edge, (found / edge)[..., :1]), "one factor for all channels"
    seen, before = (curve_srgb(picture @ LUMINANCE)[30] for picture in (found, edge))
    reach = [cv2.GaussianBlur(before[None], (0, 0), s, borderType=cv2.BORDER_REFLECT_101) for s in (0.9, 3.0)]
    assert np.allclose(seen, before + 0.8 * (reach[0] - reach[1])[0], atol=2e-3)
    assert seen[31] - seen[28] > 1.25 * (before[31] - before[28])
    checks = half * np.where(np.indices((60, 60)).sum(0) % 2, 1.1, 0.9)[..., None]
    spreads = [curve_srgb(picture @ LUMINANCE).std() for picture in (finished(checks, 1.0, 0.0, 4.5), checks)]
    assert spreads[0] == pytest.approx(spreads[1], rel=0.02), "what is as fine as noise stays"


def test_contrast_is_a_smooth_step_of_the_luminance_as_seen() -> None:
    greys = np.linspace(0, 1, 65)
    light = np.repeat(uncurve_srgb(greys)[None, :, None], 3, 2)
    found = curve_srgb(finished(light, 0.0, 0.5, 2.0)[0, :, 0])
    assert np.allclose(found[3:], 0.5 * greys[3:] + 0.5 * greys[3:] ** 2 * (3 - 2 * greys[3:]), atol=1e-9)
    assert found[[0, 32, 64]] == pytest.approx([0, 0.5, 1])
    assert (np.diff(found) > 0).all()
