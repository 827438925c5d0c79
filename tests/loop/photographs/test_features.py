"""Features: what the network is given, what comes out, and that they are made once."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from generator.errors import UserError
from loop.photographs import features as module
from loop.photographs.features import ROAD_VEHICLES, Extractor, Picture, cropped, features


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor("efficientnet_lite0")


def test_a_picture_is_resized_as_a_whole(tmp_path: Path) -> None:
    pixels = np.zeros((40, 300, 3), np.uint8)
    pixels[:, 150:] = (0, 0, 200)
    cv2.imwrite(str(tmp_path / "wide.png"), pixels)
    read = Picture(tmp_path / "wide.png").read()
    assert read.shape == (128, 192, 3)
    assert read[64, 20].tolist() == [0, 0, 0]
    assert read[64, 180].tolist() == [200, 0, 0]


def test_a_crop_has_a_margin_and_repeats_the_border() -> None:
    pixels = np.arange(100 * 80 * 3, dtype=np.uint32).reshape(100, 80, 3)
    mask = np.zeros((100, 80), bool)
    mask[0:50, 10:77] = True
    found = cropped(pixels, mask)
    assert found.shape == (50 + 4, 67 + 4, 3)  # 3 % of 67 is 2 on each side
    assert (found[2:, 2:-2] == pixels[0:52, 10:77]).all()
    assert (found[0] == found[2]).all()
    assert cropped(pixels, np.zeros((100, 80), bool)).shape == pixels.shape


def test_features_are_the_last_stage_pooled(extractor: Extractor) -> None:
    image = torch.randint(
        0, 256, (2, 3, 128, 192), generator=torch.Generator().manual_seed(0), dtype=torch.uint8
    )
    with torch.inference_mode():
        found, vehicle = extractor(image)
        stage = extractor.network.forward_features((image.float() - 127) / 128)  # type: ignore[operator]
    assert found.shape == (2, 7 * 1280)
    assert vehicle.shape == (2,)
    assert found[:, :1280].float() == pytest.approx(stage.mean((2, 3)), abs=2e-3)
    left = stage[:, :, :2, :2].mean((2, 3))
    cells = found[:, 1280:].float().reshape(2, 1280, 2, 3)
    assert cells[:, :, 0, 0] == pytest.approx(left, abs=2e-3)


def test_road_vehicles_are_classes_of_imagenet() -> None:
    assert len({*ROAD_VEHICLES}) == len(ROAD_VEHICLES) == 22
    assert {817, 867, 779} < {*ROAD_VEHICLES}
    assert not {466, 705, 829} & {*ROAD_VEHICLES}  # trains and trams


def test_features_are_made_once_and_batches_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{i}.png" for i in range(5)]
    for path in paths:
        cv2.imwrite(str(path), rng.integers(0, 255, (60, 90, 3), dtype=np.uint8))
    pictures = [Picture(path) for path in paths]
    done: list[int] = []
    first = features(pictures, "efficientnet_lite0", tmp_path / "a", done.append)
    monkeypatch.setattr(module, "BATCH", 2)
    second = features(pictures, "efficientnet_lite0", tmp_path / "b", done.append)
    assert done == [5, 2, 2, 1]
    assert first.values.dtype == np.float16
    assert np.abs(first.values.astype(np.float32) - second.values).max() < 0.01
    monkeypatch.setattr(module, "Extractor", None)
    again = features(pictures, "efficientnet_lite0", tmp_path / "a", done.append)
    assert (again.values == first.values).all()
    assert (again.key, done[-1]) == (first.key, 5)


def test_what_is_no_picture_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"bad\.png: is not a picture that can be read"):
        features([Picture(tmp_path / "bad.png")], "efficientnet_lite0", tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_network_without_weights_is_refused() -> None:
    with pytest.raises(UserError, match="network 'nothing' is unknown"):
        Extractor("nothing")
