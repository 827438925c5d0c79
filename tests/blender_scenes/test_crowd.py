"""What is about the vehicle on demand: how much it hides, that it touches nothing, that a marker is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.spec import OCCLUDERS, RenderSpec
from tests.helpers.blender import ARRAYS, make_spec, render, run

WANTED = (0.15, 0.35, 0.55)
OCCLUDED = [
    make_spec(
        shape=shape,
        variant=7,
        environment=environment,
        occluder=occluder,
        occlusion=WANTED[i % 3],
        elevation=elevation,
        azimuth=43.0 * i + 10,
        size=64,
    )
    for i, (occluder, shape, environment, elevation) in enumerate(
        [
            ("pole", "sedan", "parking", 5.0),
            ("tree", "van", "meadow", 20.0),
            ("sign", "suv", "city", 30.0),
            ("cone", "hatchback", "parking", 3.0),
            ("hedge", "bus", "residential", 10.0),
            ("vehicle", "sedan", "highway", 12.0),
            ("pole", "bus", "snow", 35.0),
            ("tree", "coupe", "night", 45.0),
            ("vehicle", "boxtruck", "parking", 4.0),
        ]
    )
]
TREES = """
import bmesh
from mathutils.bvhtree import BVHTree
def tree_of(thing):
    body = bmesh.new()
    body.from_mesh(thing.data)
    body.transform(thing.matrix_world)
    tree = BVHTree.FromBMesh(body)
    body.free()
    return tree
def touching(things, others):
    stage.scene.view_layers[0].update()
    trees = [tree_of(other) for other in others]
    return sum(len(tree_of(one).overlap(tree)) for one in things for tree in trees)
"""


def test_occluders_hide_the_share_and_the_amodal_mask_is_that_of_the_bare_vehicle(tmp_path: Path) -> None:
    code = f"""{TREES}
from blender_scenes.occluders import KINDS
saved['kinds'] = np.array(list(KINDS))
stage = Stage()
for i, text in enumerate({[spec.model_dump_json() for spec in OCCLUDED]!r}):
    hidden = spec(text)
    picture, bare = stage.render(hidden), hidden.model_copy(update=dict(occluder='none', occlusion=0.0))
    saved[f'mask{{i}}'], saved[f'amodal{{i}}'] = picture.mask, picture.amodal
    saved[f'fraction{{i}}'] = picture.truth.visible_share
    saved[f'cast{{i}}'] = stage.cast(hidden)
    things = list(stage._crowd._collection.objects)
    saved[f'touching{{i}}'] = [len(things), touching(things, [stage._vehicle])]
    saved[f'bare{{i}}'] = stage.cast(bare)
"""
    saved = run(code, tmp_path)
    assert ("none", *saved["kinds"]) == OCCLUDERS
    for i, spec in enumerate(OCCLUDED):
        name = f"{spec.occluder} {i}"
        mask, bare = saved[f"mask{i}"], saved[f"bare{i}"]
        assert np.array_equal(mask, saved[f"cast{i}"]), name
        assert np.array_equal(saved[f"amodal{i}"], bare), name
        assert saved[f"touching{i}"].tolist() == [1, 0], name
        fraction = np.count_nonzero(mask) / np.count_nonzero(bare)
        assert saved[f"fraction{i}"] == pytest.approx(fraction), name
        assert 1 - fraction == pytest.approx(spec.occlusion, abs=0.05), name


CROWDED = [
    make_spec(
        shape=shape,
        environment=environment,
        environment_seed=4,
        distractors=5,
        elevation=elevation,
        azimuth=101.0 * i,
        fill=0.4,
        focal=35.0,
        size=64,
    )
    for i, (shape, environment, elevation) in enumerate(
        [("sedan", "city", 8.0), ("bus", "parking", 25.0), ("van", "studio", 50.0)]
    )
]


def test_distractors_stand_on_the_ground_touch_nothing_and_hide_nothing(tmp_path: Path) -> None:
    code = f"""{TREES}
stage = Stage()
for i, text in enumerate({[spec.model_dump_json() for spec in CROWDED]!r}):
    crowded = spec(text)
    bare = crowded.model_copy(update=dict(distractors=0))
    picture = stage.render(crowded)
    for layer in ('mask', 'amodal', 'rgb'):
        saved[f'{{layer}}{{i}}'] = getattr(picture, layer)
    things = list(stage._crowd._collection.objects)
    stage.scene.view_layers[0].update()
    saved[f'feet{{i}}'] = [min(v.co.z for v in thing.data.vertices) for thing in things]
    scenery = [screen.thing for screen in stage._environment.screens if not screen.thing.hide_render]
    saved[f'touching{{i}}'] = [
        touching(things, [stage._vehicle]),
        touching(things, scenery),
        sum(touching([one], things[:k]) for k, one in enumerate(things)),
    ]
    saved[f'bare{{i}}'], saved[f'bare_rgb{{i}}'] = stage.cast(bare), stage.render(bare).rgb
"""
    saved = run(code, tmp_path)
    for i, spec in enumerate(CROWDED):
        assert len(saved[f"feet{i}"]) == spec.distractors, spec.environment
        assert np.abs(saved[f"feet{i}"]).max() < 0.02, spec.environment
        assert saved[f"touching{i}"].tolist() == [0, 0, 0], spec.environment
        for layer in ("mask", "amodal"):
            assert np.array_equal(saved[f"{layer}{i}"], saved[f"bare{i}"]), spec.environment
        difference = np.abs(saved[f"rgb{i}"].astype(int) - saved[f"bare_rgb{i}"]).max(-1)
        assert np.count_nonzero(difference > 30) >= 15, spec.environment


MARKED = [
    make_spec(
        shape=shape,
        environment=environment,
        elevation=elevation,
        azimuth=azimuth,
        fill=0.8,
        marker=marker,
        size=64,
        samples=8,
    )
    for shape, environment, elevation, azimuth, marker in [
        ("sedan", "parking", 10.0, 90.0, "disc"),
        ("bus", "snow", 30.0, 0.0, "cross"),
        ("van", "night", 10.0, 180.0, "disc"),
        ("pickup", "meadow", 30.0, 140.0, "cross"),
        ("semi", "wet", 5.0, 225.0, "disc"),
    ]
]


def test_markers_are_seen_beside_the_vehicle_and_change_nothing_of_it(tmp_path: Path) -> None:
    code = f"""{TREES}
stage = Stage()
for i, text in enumerate({[spec.model_dump_json() for spec in MARKED]!r}):
    marked = spec(text)
    picture, bare = stage.render(marked), stage.render(marked.model_copy(update=dict(marker='none')))
    other = stage.render(marked.model_copy(update=dict(color='w')))
    stage.place(marked)
    things = list(stage._crowd._collection.objects)
    saved[f'touching{{i}}'] = [len(things), touching(things, [stage._vehicle])]
    saved[f'cast{{i}}'] = stage.cast(marked)
    for name, one in (('', picture), ('bare', bare), ('other', other)):
        for layer in ('rgb', 'mask', 'amodal', 'parts'):
            saved[f'{{name}}{{layer}}{{i}}'] = getattr(one, layer)
"""
    saved = run(code, tmp_path)
    for i, spec in enumerate(MARKED):
        name = f"{spec.shape} {spec.environment}"
        assert saved[f"touching{i}"].tolist() == [1, 0], name
        assert np.array_equal(saved[f"mask{i}"], saved[f"cast{i}"]), name
        for layer in ("mask", "amodal", "parts"):
            assert np.array_equal(saved[f"{layer}{i}"], saved[f"bare{layer}{i}"]), name
        away = saved[f"amodal{i}"] == 0
        painted = _pink(saved[f"rgb{i}"]) & away
        assert 20 <= np.count_nonzero(painted) <= 0.08 * away.size, name
        assert not (_pink(saved[f"barergb{i}"]) & away).any(), name
        elsewhere = _pink(saved[f"otherrgb{i}"]) & away
        assert np.count_nonzero(painted & elsewhere) >= 0.9 * np.count_nonzero(painted), name


HEDGED = [
    make_spec(occluder="hedge", occlusion=0.4, marker="disc", azimuth=60.0 * i, size=64, samples=8)
    for i in range(6)
]


def test_a_marker_is_not_painted_behind_what_stands_before_the_vehicle(tmp_path: Path) -> None:
    for hedged, picture in zip(HEDGED, render(HEDGED, tmp_path), strict=True):
        seen = _pink(picture["rgb"]) & (picture["amodal"] == 0)
        assert np.count_nonzero(seen) >= 10, hedged.azimuth


def _pink(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a picture has the markers' hue: more red than blue, and more blue than green, by far."""
    red, green, blue = rgb.astype(int).transpose(2, 0, 1)
    found: NDArray[np.bool_] = (red > blue + 20) & (blue > green + 20)
    return found


def test_bytes_do_not_depend_on_what_stood_there_before(tmp_path: Path) -> None:
    def crowded(**changes: object) -> RenderSpec:
        return make_spec(**{"size": 32, "samples": 2, "fill": 0.4, "distractors": 3} | changes)

    first = crowded(occluder="tree", occlusion=0.3, marker="cross")
    others = [
        crowded(azimuth=120.0, marker="disc"),
        make_spec(size=32),
        crowded(shape="bus", environment="city"),
    ]
    one = render([first, *others, first], tmp_path)
    again = render([others[2], others[0], first], tmp_path)
    for key in ARRAYS:
        assert np.array_equal(one[0][key], one[4][key]), key
        assert np.array_equal(one[0][key], again[2][key]), key
        assert np.array_equal(one[3][key], again[0][key]), key
