"""Where the camera stands: framing that holds exactly, by projection of points alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from blender_scenes import camera
from blender_scenes.vehicles import build
from generator.spec import SIDES, RenderSpec
from tests.helpers.blender import make_spec

HAIR = 1e-7
"""Share of the picture's side; the spec allows half a pixel."""


def drawn(rng: np.random.Generator, **changes: Any) -> RenderSpec:
    """A spec with any camera at all."""
    fields: dict[str, Any] = {
        "elevation": rng.uniform(0, 89.5),
        "azimuth": rng.uniform(-360, 360),
        "roll": rng.uniform(-360, 360) * (rng.random() < 0.7),
        "focal": np.exp(rng.uniform(np.log(15), np.log(300))),
        "fill": rng.uniform(0.06, 1),
        "offset_x": rng.uniform(-0.5, 0.5),
        "offset_y": rng.uniform(-0.5, 0.5),
    }
    return make_spec(**{key: float(value) for key, value in fields.items()} | changes)


def cloud(rng: np.random.Generator) -> np.ndarray:
    """Points that stand for a vehicle of any proportions on the ground."""
    points = rng.uniform(-0.5, 0.5, (40, 3)) * rng.uniform((3, 1.5, 1), (14, 2.6, 4))
    return points - (0, 0, points[:, 2].min())


def box(spec: RenderSpec, points: np.ndarray) -> np.ndarray:
    """Left, top, right, bottom of the projected points, by the camera's matrices and shares of the side."""
    pose = camera.fit(spec, points)
    world = np.append(points, np.ones((len(points), 1)), 1)
    seen = (world @ pose.extrinsics.T)[:, :3] @ pose.intrinsics(1).T
    assert (seen[:, 2] > 0).all()
    flat = seen[:, :2] / seen[:, 2:]
    return np.append(flat.min(0), flat.max(0))


def test_a_box_has_its_size_and_lies_inside_as_near_to_its_place_as_it_can() -> None:
    for seed in range(300):
        rng = np.random.default_rng(seed)
        spec, points = drawn(rng), cloud(rng)
        seen = box(spec, points)
        sides = seen[2:] - seen[:2]
        assert sides.max() == pytest.approx(spec.fill, abs=1e-6), seed
        assert seen.min() >= -HAIR, seed
        assert seen.max() <= 1 + HAIR, seed
        for axis, offset in enumerate((spec.offset_x, spec.offset_y)):
            low, high = sides[axis] / 2, 1 - sides[axis] / 2
            middle = (seen[axis] + seen[axis + 2]) / 2
            assert middle == pytest.approx(min(max(0.5 + offset, low), high), abs=HAIR), seed


def test_a_cut_takes_its_share_of_the_box_and_leaves_the_other_axis_inside() -> None:
    for seed in range(300):
        rng = np.random.default_rng(seed)
        side, cut = SIDES[seed % 4], float(rng.uniform(0.01, 0.8))
        spec, points = drawn(rng, cut=cut, cut_side=side), cloud(rng)
        left, top, right, bottom = box(spec, points)
        beyond = {
            "left": -left / (right - left),
            "right": (right - 1) / (right - left),
            "top": -top / (bottom - top),
            "bottom": (bottom - 1) / (bottom - top),
        }
        assert beyond.pop(side) == pytest.approx(cut, abs=1e-6), (seed, side)
        assert max(beyond.values()) <= 1e-6, (seed, side)


def test_a_given_distance_is_kept_and_the_fill_is_not() -> None:
    for seed in range(200):
        rng = np.random.default_rng(seed)
        points, distance = cloud(rng), float(rng.uniform(0.1, 90))
        spec = drawn(rng, distance=distance)
        pose, middle = camera.fit(spec, points), (points.min(0) + points.max(0)) / 2
        stands = float(np.linalg.norm(pose.location - middle))
        inside = float(((points - middle) @ pose.rotation[:, 2]).max())
        assert stands == pytest.approx(max(distance, 1.02 * inside + 0.05)), seed
        seen = box(spec, points)
        sides = seen[2:] - seen[:2]
        for axis in (0, 1):
            if sides[axis] <= 1:
                assert seen[axis] >= -HAIR, seed
                assert seen[axis + 2] <= 1 + HAIR, seed
            else:
                assert seen[axis] + seen[axis + 2] == pytest.approx(1, abs=1e-6), seed


@pytest.mark.parametrize(("roll", "right", "down"), [(0, 0, -1), (90, 1, 0), (180, 0, 1), (-90, -1, 0)])
def test_a_roll_turns_the_picture_clockwise(roll: float, right: int, down: int) -> None:
    pose = camera.fit(make_spec(roll=roll, elevation=0.0), cloud(np.random.default_rng(0)))
    foot, top = pose.project(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.01]]))
    way = (top - foot) / np.linalg.norm(top - foot)
    assert way == pytest.approx([right, down], abs=1e-3)


def test_a_roll_turns_about_the_axis_alone() -> None:
    points = cloud(np.random.default_rng(1))
    still, turned = (camera.fit(make_spec(roll=roll, distance=20.0), points) for roll in (0.0, 33.0))
    assert turned.location == pytest.approx(still.location)
    assert turned.rotation[:, 2] == pytest.approx(still.rotation[:, 2])


def test_camera_rays_go_through_what_it_projects() -> None:
    points = build("van", 0).points[::500]
    pose = camera.fit(make_spec(azimuth=200.0, roll=20.0, cut=0.3), points)
    seen = pose.project(points)
    aimed = points - pose.location
    aimed /= np.linalg.norm(aimed, axis=1, keepdims=True)
    assert pose.ray(seen[:, 0], seen[:, 1]) == pytest.approx(aimed, abs=1e-9)
    assert pose.lift(seen[:, 0], seen[:, 1], pose.depth(points)) == pytest.approx(points, abs=1e-9)
