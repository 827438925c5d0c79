"""What `Stage` renders: exact masks, the same bytes every time, the right side of the vehicle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generator.spec import ENVIRONMENTS, PARTS, SHAPES, VIEWS, view_azimuth
from tests.helpers.blender import ARRAYS, make_spec, render, run

LAMP = PARTS.index("lamp")


def _box(mask: np.ndarray) -> tuple[float, float, float, float]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def _same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(one[key], other[key]) for key in ARRAYS)


def test_mask_is_what_rays_through_pixel_centres_meet(tmp_path: Path) -> None:
    specs = [
        make_spec(
            shape=shape,
            environment=ENVIRONMENTS[i % 3],
            view=VIEWS[i % len(VIEWS)],
            azimuth=(45.0 * i + 20) % 360,
            variant=i,
            elevation=(2.0, 20.0, 35.0, 60.0)[i % 4],
            size=112,
            samples=1,
        )
        for i, shape in enumerate(SHAPES)
    ]
    pictures = render(specs, tmp_path, cast=True)
    for spec, picture in zip(specs, pictures, strict=True):
        assert picture["rgb"].shape == (112, 112, 3)
        assert set(np.unique(picture["mask"])) == {0, 255}
        assert np.count_nonzero(picture["mask"] != picture["cast"]) == 0, spec.shape
        assert np.array_equal(picture["parts"] > 0, picture["mask"] > 0)
        seen = {PARTS[i] for i in np.unique(picture["parts"])}
        assert {"body", "glass", "wheel", "lamp"} <= seen, (spec.shape, seen)


def test_bytes_depend_on_the_spec_alone(tmp_path: Path) -> None:
    first = make_spec(samples=4, denoise=True)
    others = [
        make_spec(shape="bus", color="w", environment="city", samples=4, denoise=True),
        make_spec(color="b", finish="metallic", sun_azimuth=200.0, azimuth=190.0, samples=2),
        make_spec(environment="meadow", environment_seed=3, variant=9, size=64),
    ]
    one = render([first, *others, first, others[0]], tmp_path)
    assert _same(one[0], one[4])
    assert _same(one[1], one[5])
    again = render([others[2], others[1], first, others[0]], tmp_path, threads=2)
    assert _same(one[0], again[2])
    assert _same(one[1], again[3])
    assert _same(one[2], again[1])
    assert _same(one[3], again[0])
    assert not np.array_equal(one[0]["rgb"], one[1]["rgb"])


def test_box_takes_its_share_of_the_picture_at_its_place(tmp_path: Path) -> None:
    wanted = [(0.8, 0.0, 0.0), (0.5, 0.15, -0.1), (0.6, -0.12, 0.1), (0.3, 0.3, 0.2)]
    specs = [
        make_spec(
            shape=shape, fill=fill, offset_x=x, offset_y=y, size=200, azimuth=60.0 * i, elevation=20.0 * i
        )
        for i, (shape, (fill, x, y)) in enumerate(
            zip(("sedan", "bus", "pickup", "boxtruck"), wanted, strict=True)
        )
    ]
    for (fill, x, y), picture in zip(wanted, render(specs, tmp_path), strict=True):
        left, top, right, bottom = _box(picture["mask"])
        assert max(right - left, bottom - top) == pytest.approx(200 * fill, abs=2)
        assert (left + right) / 2 == pytest.approx(100 + 200 * x, abs=1.5)
        assert (top + bottom) / 2 == pytest.approx(100 + 200 * y, abs=1.5)


def test_tail_lamps_are_seen_from_behind_and_head_lamps_from_before(tmp_path: Path) -> None:
    specs = [
        make_spec(
            shape=shape,
            color="s",
            azimuth=view_azimuth(view),
            elevation=8.0,
            size=96,
            samples=8,
            sun_azimuth=azimuth,
        )
        for shape in SHAPES
        for view, azimuth in (("f", 20.0), ("b", 160.0))
    ]
    pictures = render(specs, tmp_path)
    for shape, front, rear in zip(SHAPES, pictures[::2], pictures[1::2], strict=True):
        red = [
            int(
                np.count_nonzero(
                    _below_roof(p["parts"] == LAMP, p["mask"])
                    & (p["rgb"][..., 0] > 2.0 * p["rgb"][..., 2].astype(float))
                    & (p["rgb"][..., 0] > 3.0 * p["rgb"][..., 1].astype(float))
                )
            )
            for p in (front, rear)
        ]
        assert red[0] == 0, shape
        assert red[1] >= 8, shape


def _below_roof(what: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Only what lies in the lower two thirds of the vehicle's box: no beacons."""
    _, top, _, bottom = _box(mask)
    return what & (np.arange(len(what))[:, None] > top + (bottom - top) / 3)


def test_views_go_counter_clockwise_from_the_front(tmp_path: Path) -> None:
    """From its left a box truck's cab, which is lower than its box, points left."""
    specs = [
        make_spec(shape="boxtruck", color="w", azimuth=azimuth, elevation=5.0, size=96)
        for azimuth in (90.0, 270.0)
    ]
    left, right = (picture["mask"] > 0 for picture in render(specs, tmp_path))
    assert _roof_side(left) > 3
    assert _roof_side(right) < -3


def _roof_side(mask: np.ndarray) -> float:
    """Where the highest part of a vehicle is, in pixels right of its box's middle."""
    left, top, right, bottom = _box(mask)
    roof = mask[int(top) : int(top) + max(2, round(0.15 * (bottom - top)))]
    return float(np.flatnonzero(roof.any(0)).mean() - (left + right - 1) / 2)


def test_scratch_files_are_gone_and_a_missing_gpu_is_told(tmp_path: Path) -> None:
    small = make_spec(size=16).model_dump_json()
    code = f"""
import pathlib, tempfile
from generator.errors import UserError
stage = Stage()
saved['device'] = np.array(stage.device)
mine = []
held = tempfile.TemporaryDirectory
class Watched(held):
    def __init__(self, **options):
        super().__init__(**options)
        mine.append(pathlib.Path(self.name))
tempfile.TemporaryDirectory = Watched
stage.render(spec({small!r}))
saved['left'] = np.array([len(mine), sum(path.exists() for path in mine)])
try:
    Stage(device='gpu')
    saved['gpu'] = np.array('found')
except UserError as error:
    saved['gpu'] = np.array(str(error))
"""
    saved = run(code, tmp_path)
    assert str(saved["device"]) == "CPU"
    assert saved["left"].tolist() == [1, 0]
    assert str(saved["gpu"]) == "found" or "does not find it" in str(saved["gpu"])


def test_bytes_at_night_do_not_depend_on_what_came_before(tmp_path: Path) -> None:
    night = {"environment": "night", "size": 32, "samples": 1}
    specs = [
        make_spec(environment="studio", shape="bus", variant=2, size=32, samples=1),
        make_spec(shape="bus", variant=3, **night),
        make_spec(shape="bus", variant=4, distractors=2, azimuth=200.0, **night),
        make_spec(shape="semi", variant=4, azimuth=80.0, **night),
    ]
    together = render(specs, tmp_path)
    for spec, picture in zip(specs, together, strict=True):
        assert _same(picture, render([spec], tmp_path)[0]), spec.variant
