"""All changes together: the order, the mask, and that the generator decides everything."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator.errors import UserError
from loop.config.load import resolve
from loop.config.look import LookSettings
from loop.config.training import TrainSettings
from loop.look.look import Look
from tests.helpers.looks import rendered

PICTURE, MASK = rendered(0)
ALL: dict[str, Any] = {
    "framing": {"margin": [0, 0.2]},
    "backgrounds": {"fraction": 1.0},
    "camera": {"size": [40, 60], "noise": [0, 0.05], "jpeg": [30, 90]},
    "amplitude_jitter": {},
}


def shown(settings: dict[str, Any], seed: int = 0, **more: Any) -> tuple[Any, Any]:
    look = Look(LookSettings.model_validate(settings), more.pop("size", 64), **more)
    return look(PICTURE, MASK, np.random.default_rng(seed))


def test_without_changes_a_render_stays_as_it_is() -> None:
    picture, mask = shown({})
    np.testing.assert_array_equal(picture, PICTURE)
    np.testing.assert_array_equal(mask, MASK)


def test_the_generator_decides_everything() -> None:
    first, again, other = (shown(ALL, seed, size=32) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert (first[0] != other[0]).mean() > 0.5
    assert first[0].shape == (32, 32, 3)
    assert first[0].dtype == np.uint8
    assert first[1].shape == (32, 32)


def test_a_box_fills_the_frame() -> None:
    picture, mask = shown({"framing": {"margin": [0, 0]}})
    ys, xs = np.nonzero(MASK)
    assert mask.any(0).all()
    assert mask.any(1).all()
    box = PICTURE[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    assert picture.mean() == pytest.approx(box.mean(), abs=2)


def test_a_photograph_behind_keeps_its_colours_and_the_vehicle_takes_the_cameras() -> None:
    white = np.full((50, 50, 3), 255, np.uint8)
    settings = {
        "backgrounds": {"fraction": 1.0, "source": "folder", "folder": "x", "keep_ground": 0.0},
        "borders": ["hard"],
        "camera": {"gain": [0.5, 0.5, 0.5]},
    }
    picture, mask = shown(settings, pictures=[white])
    assert (picture[~mask] == 255).all()
    np.testing.assert_allclose(picture[mask], PICTURE[mask] / 2, atol=0.51)


def test_a_fraction_of_the_backgrounds_is_replaced() -> None:
    settings = {"backgrounds": {"fraction": 0.3, "keep_ground": 0.0}, "borders": ["hard"]}
    look, rng = Look(LookSettings.model_validate(settings), 64), np.random.default_rng(0)
    changed = [(look(PICTURE, MASK, rng)[0] != PICTURE).any() for _ in range(600)]
    assert np.mean(changed) == pytest.approx(0.3, abs=0.05)


def test_each_blending_gets_its_share() -> None:
    """By how many pixels inside of the mask change: none where the border is hard."""
    settings = {"backgrounds": {"fraction": 1.0, "keep_ground": 0.0}, "borders": ["hard", "feathered"]}
    kept = [(shown(settings, seed)[0] == PICTURE)[MASK].all() for seed in range(200)]
    assert np.mean(kept) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"framing": {"margin": [0.3, 0.1]}},
            "rendered_look.framing.margin: the lower end of a range comes first",
        ),
        ({"backgrounds": {"source": "folder"}}, "`folder` and the source 'folder' go together"),
        ({"borders": ["soft"]}, "rendered_look.borders.0: Input should be 'hard'"),
        ({"camera": {"sharpen": 1}}, "rendered_look.camera.sharpen: no such key; known here: downsampling"),
        ("nowhere.yaml", "nowhere.yaml: no such file; `renforce match` writes one"),
    ],
)
def test_mistakes_are_named(asked: Any, message: str) -> None:
    with pytest.raises(UserError) as error:
        resolve(TrainSettings, {"rendered_look": asked})
    assert message in str(error.value)


def test_a_file_holds_the_keys(tmp_path: Path) -> None:
    (tmp_path / "look.yaml").write_text("framing: {margin: [0, 0.2]}\n")
    settings = resolve(TrainSettings, {}, [f"rendered_look={tmp_path / 'look.yaml'}"])
    assert settings.rendered_look == LookSettings.model_validate({"framing": {"margin": [0, 0.2]}})
    assert TrainSettings.model_validate(settings.model_dump(mode="json")) == settings
