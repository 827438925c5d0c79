"""What a render says of its picture, against rays and against renders of another size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generator.spec import ENVIRONMENTS
from tests.helpers.blender import make_spec, render, run

CODE = """
stage = Stage()
for i, text in enumerate(texts):
    s = spec(text)
    picture, hits = stage.render(s), stage.hits(s)
    for key in ('mask', 'depth', 'normals', 'coverage', 'amodal'):
        saved[f'{key}{i}'] = getattr(picture, key)
    for key in ('mask', 'points', 'normals'):
        saved[f'hit_{key}{i}'] = getattr(hits, key)
    for key, value in vars(picture.truth).items():
        saved[f'truth_{key}{i}'] = np.array(value)
    mesh = stage._vehicle.data
    saved[f'vertices{i}'] = np.array([vertex.co for vertex in mesh.vertices])
"""
SPECS = [
    make_spec(shape=shape, environment=ENVIRONMENTS[i % 3], azimuth=80.0 * i + 28, variant=i, size=64, **more)
    for i, (shape, more) in enumerate(
        [
            ("sedan", {"samples": 16}),
            ("pickup", {"offset_x": 0.1, "elevation": 50.0}),
            ("bus", {"fill": 0.5, "offset_y": -0.12, "focal": 35.0}),
        ]
    )
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, np.ndarray]]:
    texts = [spec.model_dump_json() for spec in SPECS]
    saved = run(f"texts = {texts!r}\n{CODE}", tmp_path_factory.mktemp("truth"))
    return [
        {key[:-1]: array for key, array in saved.items() if key.endswith(str(i))} for i in range(len(SPECS))
    ]


def test_depth_is_that_of_what_the_ray_meets(found: list[dict[str, np.ndarray]]) -> None:
    for picture in found:
        world = np.append(picture["hit_points"], np.ones((64, 64, 1)), -1)
        depth = (world @ picture["truth_extrinsics"].T)[..., 2]
        wrong = np.abs(picture["depth"] - depth)
        assert wrong[picture["mask"] > 0].max() < 1e-3
        assert np.nanmax((wrong / depth)[depth < 200]) < 1e-3
        assert np.isinf(picture["depth"][np.isnan(depth)]).all()


def test_camera_matrices_take_hits_to_the_centres_of_their_pixels(found: list[dict[str, np.ndarray]]) -> None:
    centres = np.stack(np.meshgrid(np.arange(64) + 0.5, np.arange(64) + 0.5), -1)
    for picture in found:
        world = np.append(picture["hit_points"], np.ones((64, 64, 1)), -1)
        pixels = (world @ picture["truth_extrinsics"].T)[..., :3] @ picture["truth_intrinsics"].T
        pixels = pixels[..., :2] / pixels[..., 2:]
        assert np.abs(pixels - centres)[picture["mask"] > 0].max() < 0.01


def test_boxes_hold_what_they_should(found: list[dict[str, np.ndarray]]) -> None:
    for picture in found:
        corners, vertices = picture["truth_box_3d"], picture["vertices"]
        assert np.abs(corners[0] - vertices.min(0)).max() < 1e-5
        assert np.abs(corners[7] - vertices.max(0)).max() < 1e-5
        rows, columns = np.nonzero(picture["mask"])
        left, top, right, bottom = picture["truth_box"]
        assert (left, top, right, bottom) == (
            columns.min(),
            rows.min(),
            columns.max() + 1,
            rows.max() + 1,
        )
        whole = picture["truth_box_amodal"]
        assert np.abs(whole - (left, top, right, bottom)).max() < 1.5
        outer = picture["truth_box_3d_picture"]
        assert (outer.min(0) <= whole[:2] + 1e-9).all()
        assert (outer.max(0) >= whole[2:] - 1e-9).all()


def test_normals_are_those_of_the_faces(found: list[dict[str, np.ndarray]]) -> None:
    for picture in found:
        seen = picture["mask"] > 0
        normals = picture["normals"][seen]
        assert np.linalg.norm(normals, axis=-1) == pytest.approx(1, abs=1e-5)
        cosine = np.abs((normals * picture["hit_normals"][seen]).sum(-1))
        assert np.median(cosine) > 0.99


def test_nothing_is_hidden_or_cut_in_a_plain_picture(found: list[dict[str, np.ndarray]]) -> None:
    for picture in found:
        assert np.array_equal(picture["amodal"], picture["mask"])
        assert picture["truth_visible_share"] == 1.0
        assert picture["truth_outside_share"] == 0.0


def test_what_a_cut_leaves_is_what_the_whole_picture_shows_there(tmp_path: Path) -> None:
    """The lens shifts and the camera stays, so the cut picture is a window of the whole one."""
    whole, part = make_spec(roll=20.0, fill=0.8, size=64), make_spec(roll=20.0, fill=0.8, size=64, cut=0.4)
    code = f"""
stage = Stage()
for i, text in enumerate({[whole.model_dump_json(), part.model_dump_json()]!r}):
    picture = stage.render(spec(text))
    saved[f'mask{{i}}'], saved[f'cast{{i}}'] = picture.mask, stage.cast(spec(text))
    saved[f'outside{{i}}'] = picture.truth.outside_share
    saved[f'box{{i}}'] = np.array(picture.truth.box_amodal)
"""
    saved = run(code, tmp_path)
    assert np.array_equal(saved["mask0"], saved["cast0"])
    assert np.array_equal(saved["mask1"], saved["cast1"])
    assert saved["outside0"] == 0
    left, _, right, _ = saved["box1"]
    assert (right - 64) / (right - left) == pytest.approx(0.4, abs=1e-4)
    rest = np.count_nonzero(saved["mask1"]) / np.count_nonzero(saved["mask0"])
    assert rest == pytest.approx(1 - saved["outside1"], abs=0.02)


def test_coverage_is_the_mean_of_a_finer_mask(tmp_path: Path) -> None:
    """The pixel's filter is 1.5 pixels wide, so both are compared after a blur that hides its shape."""
    fields = {"size": 48, "samples": 256, "azimuth": 70.0}
    coarse, fine = render([make_spec(**fields), make_spec(**fields | {"size": 192, "samples": 1})], tmp_path)
    fraction = (fine["mask"] > 0).reshape(48, 4, 48, 4).mean((1, 3))
    coverage = coarse["coverage"]
    assert 0 <= coverage.min() <= coverage.max() <= 1
    assert coverage.sum() == pytest.approx(fraction.sum(), rel=0.005)
    assert np.abs(coverage - fraction).max() < 0.3
    assert np.abs(coverage - fraction).mean() < 0.01
    assert np.abs(_blurred(coverage) - _blurred(fraction)).max() < 0.05


def _blurred(picture: np.ndarray) -> np.ndarray:
    """Means of 3 × 3 pixels."""
    return np.lib.stride_tricks.sliding_window_view(picture, (3, 3)).mean((-1, -2))


def test_a_kept_scene_renders_the_same(tmp_path: Path) -> None:
    hidden = make_spec(size=32, environment="city", distractors=2, occluder="sign", occlusion=0.3)
    path = tmp_path / "scene.blend"
    code = f"""
import bpy
from pathlib import Path
from blender_scenes import passes
hidden = spec({hidden.model_dump_json()!r})
stage = Stage()
picture = stage.render(hidden)
saved['rgb'], saved['mask'] = picture.rgb, picture.mask
stage.save_blend(hidden, Path({str(path)!r}))
bpy.ops.wm.open_mainfile(filepath={str(path)!r})
bpy.context.scene.render.filepath = {str(tmp_path / "again.exr")!r}
bpy.ops.render.render(write_still=True)
layers = passes.read(Path({str(tmp_path / "again.exr")!r}))
saved['again'], saved['index'] = passes.encode_srgb(layers['rgb']), layers['object']
"""
    saved = run(code, tmp_path)
    assert np.array_equal(saved["index"] == 1, saved["mask"] > 0)
    assert np.array_equal(saved["again"], saved["rgb"])
    assert (saved["index"] == 2).any()


def test_lens_and_sensor_change_the_picture_alone(tmp_path: Path) -> None:
    plain = make_spec(size=32)
    through = {"exposure": 0.5, "motion": 0.05, "motion_angle": 20.0, "defocus": 0.03, "noise": 0.03}
    one, other, again = render([plain, make_spec(size=32, **through), plain], tmp_path)
    for key, array in one.items():
        assert np.array_equal(array, again[key]), key
        if key in ("mask", "parts", "depth", "amodal"):
            assert np.array_equal(array, other[key]), key
    assert other["rgb"].mean() > 1.05 * one["rgb"].mean()
