"""Every environment: exact masks, nothing before the vehicle, nothing black, each seed its look."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_scenes.environments.light import LIGHTS
from blender_scenes.scenery import Quads, boxes
from generator.spec import ENVIRONMENTS
from tests.helpers.blender import make_spec, render, run

CAMERAS = (
    {"elevation": 0.5, "azimuth": 100.0, "focal": 200.0},
    {"elevation": 3.0, "azimuth": 40.0, "fill": 0.25, "focal": 35.0},
    {"elevation": 25.0, "azimuth": 200.0, "fill": 0.4, "focal": 150.0},
    {"elevation": 89.0, "azimuth": -60.0, "focal": 24.0},
)
"""From the ground and from above, from 4 m and from 40 m."""


def test_every_environment_has_a_builder_and_a_light(tmp_path: Path) -> None:
    code = "from blender_scenes.environments import BUILDERS\nsaved['names'] = np.array(list(BUILDERS))"
    assert tuple(run(code, tmp_path)["names"]) == ENVIRONMENTS
    assert set(LIGHTS) == set(ENVIRONMENTS)


def test_masks_are_exact_and_no_environment_covers_the_vehicle(tmp_path: Path) -> None:
    """Nothing covers it exactly if all environments give the same mask."""
    specs = [
        make_spec(shape="boxtruck", environment=name, environment_seed=5, size=64, samples=6, **camera)
        for name in ENVIRONMENTS
        for camera in CAMERAS
    ]
    pictures = render(specs, tmp_path, cast=True)
    for i, (spec, picture) in enumerate(zip(specs, pictures, strict=True)):
        assert np.array_equal(picture["mask"], picture["cast"]), spec
        assert np.array_equal(picture["mask"], pictures[i % len(CAMERAS)]["mask"]), spec
        around = picture["rgb"][picture["mask"] == 0].max(-1)
        assert np.quantile(around, 0.5 if spec.environment == "night" else 0.05) >= 8, spec


def test_ground_is_flat_and_never_above_the_tyres_foot_and_faces_are_few(tmp_path: Path) -> None:
    code = """
from generator.spec import ENVIRONMENTS
stage = Stage()
for name in ENVIRONMENTS:
    built = stage._environments.show(name, 3)
    upright = {screen.thing.name for screen in built.screens}
    meshes = [thing for thing in built.collection.objects if thing.type == 'MESH']
    lying = [thing for thing in meshes if thing.name not in upright]
    stage.scene.view_layers[0].update()
    saved[f'{name}_height'] = np.array(
        [(thing.matrix_world @ v.co).z for thing in lying for v in thing.data.vertices]
    )
    saved[f'{name}_faces'] = np.array(sum(len(thing.data.polygons) for thing in meshes))
"""
    saved = run(code, tmp_path)
    for name in ENVIRONMENTS:
        height = saved[f"{name}_height"]
        assert -0.02 < height.min() <= height.max() <= 1e-6, name
        assert saved[f"{name}_faces"] < 20_000, name


def test_seeds_look_different_and_give_the_same_again(tmp_path: Path) -> None:
    specs = [
        make_spec(environment=name, environment_seed=seed, size=48, samples=2, elevation=12.0, fill=0.5)
        for seed in (1, 2, 1)
        for name in ENVIRONMENTS
    ]
    pictures = [picture["rgb"].astype(int) for picture in render(specs, tmp_path)]
    count = len(ENVIRONMENTS)
    for i, name in enumerate(ENVIRONMENTS):
        assert np.abs(pictures[i] - pictures[i + count]).mean() > 3, name
        assert np.array_equal(pictures[i], pictures[i + 2 * count]), name


def test_removed_environments_leave_nothing_behind(tmp_path: Path) -> None:
    code = """
import bpy
stage = Stage()
def count():
    return [len(kind) for kind in (bpy.data.objects, bpy.data.meshes, bpy.data.lights, bpy.data.materials,
                                   bpy.data.collections)]
saved['before'] = np.array(count())
for name in ('night', 'country', 'residential', 'wet'):
    stage._environments._build(name, 1).remove()
saved['after'] = np.array(count())
"""
    saved = run(code, tmp_path)
    assert saved["before"].tolist() == saved["after"].tolist()


def test_quads_keep_colour_and_surface_when_joined() -> None:
    part, whole = Quads(), Quads()
    part.add(boxes((0, 0, 0), (1, 1, 2)), (0.5, 0.25, 0.0), "leaf")
    whole.add(np.zeros((2, 4, 3)), [(1, 1, 1), (0, 0, 0)])
    whole.join(part, at=(10, 0, 0), turn=np.pi / 2)
    assert whole.points().reshape(-1, 4, 3).shape == (7, 4, 3)
    assert whole.slots().tolist() == [0, 0, 1, 1, 1, 1, 1]
    assert whole.colors()[-1].tolist() == [0.5, 0.25, 0.0]
    corners = whole.points()[8:]
    assert corners.min(0) == pytest.approx([9, 0, 0])
    assert corners.max(0) == pytest.approx([10, 1, 2])
