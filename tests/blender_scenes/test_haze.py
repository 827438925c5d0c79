"""Haze against its formula, and in a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_scenes import camera
from blender_scenes.haze import CEILING, air, haze
from blender_scenes.passes import decode_srgb, encode_srgb
from blender_scenes.vehicles import build
from generator.spec import HAZE_DISTANCE
from tests.helpers.blender import make_spec, render


@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.3, 0.9, 1.0])
def test_haze_replaces_its_share_at_its_distance_and_as_much_again_behind(fraction: float) -> None:
    light, color = np.full((1, 4, 3), 0.2), np.array([0.8, 0.7, 0.6])
    distance = np.array([[0.0, 1.0, 2.0, np.inf]]) * HAZE_DISTANCE
    seen = haze(light, distance, fraction, color)[0]
    assert seen[0] == pytest.approx([0.2] * 3)
    assert seen[1] == pytest.approx(0.2 * (1 - fraction) + color * fraction)
    assert seen[2] == pytest.approx(0.2 * (1 - fraction) ** 2 + color * (1 - (1 - fraction) ** 2))
    assert seen[3] == pytest.approx(color if fraction else [0.2] * 3)


def test_haze_absorbs_exponentially() -> None:
    distance = np.random.default_rng(1).uniform(0, 900, (5, 7))
    seen = haze(np.ones((5, 7, 3)), distance, 0.4, np.zeros(3))
    assert seen[..., 0] == pytest.approx(np.exp(np.log(0.6) * distance / 100.0), rel=1e-5)


def test_air_is_the_way_from_the_camera_to_the_ground_or_to_the_ceiling() -> None:
    pose = camera.fit(make_spec(elevation=10.0, focal=20.0, offset_y=0.2), build("sedan", 1).points)
    size = 24
    centres = (np.arange(size) + 0.5) / size
    down, right = np.meshgrid(centres, centres, indexing="ij")
    rays = pose.ray(right.ravel(), down.ravel())
    reach = np.where(rays[:, 2] < 0, -pose.location[2] / np.minimum(rays[:, 2], -1e-12), np.inf)
    depth = np.full(size * size, np.inf)
    met = np.isfinite(reach)
    depth[met] = (rays[met] * reach[met, None]) @ -pose.rotation[:, 2]
    found = air(pose, depth.reshape(size, size)).ravel()
    assert 0 < met.sum() < size * size
    assert found[met] == pytest.approx(reach[met])
    assert found[~met] * rays[~met, 2] == pytest.approx(CEILING)


def test_a_picture_shows_the_haze_of_its_spec(tmp_path: Path) -> None:
    specs = [
        make_spec(environment="meadow", elevation=4.0, haze=fraction, samples=24, denoise=True)
        for fraction in (0.0, 0.6)
    ]
    clear, hazy = render(specs, tmp_path)
    assert np.array_equal(clear["mask"], hazy["mask"])
    sky = np.isinf(hazy["depth"])
    linear = np.vectorize(decode_srgb)
    color = linear(hazy["rgb"][sky] / 255).mean(0)
    pose = camera.fit(specs[0], build("sedan", 1).points)
    wanted = haze(linear(clear["rgb"] / 255), air(pose, clear["depth"]), 0.6, color)
    off = np.abs(encode_srgb(wanted).astype(int) - hazy["rgb"]).mean(-1)
    change = np.abs(clear["rgb"].astype(int) - hazy["rgb"]).mean(-1)
    assert change[~sky].mean() > 25
    assert off.mean() < 6
