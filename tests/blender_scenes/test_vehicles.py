"""The catalogue and the camera, without Blender."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from blender_scenes.vehicles import BUILDERS, build
from blender_scenes.vehicles.mesh import SLOTS, slot_index
from generator.families import families, family_of, generator_of
from generator.spec import PARTS, SHAPES
from tests.helpers.blender import ROOT


def test_catalogue_is_the_specs_shapes() -> None:
    assert tuple(BUILDERS) == SHAPES
    assert set(SLOTS.values()) == set(PARTS[1:])


@pytest.mark.parametrize("shape", SHAPES)
def test_a_variant_is_one_individual(shape: str) -> None:
    one, same, other = build(shape, 4), build(shape, 4), build(shape, 5)
    assert np.array_equal(one.points, same.points)
    assert np.array_equal(one.faces, same.faces)
    size, size_other = (np.ptp(solid.points, axis=0) for solid in (one, other))
    assert np.abs(size - size_other).max() > 0.01
    assert len(one.faces) <= 25_000


@pytest.mark.parametrize("shape", SHAPES)
def test_a_vehicle_stands_on_the_ground_symmetric_and_faces_x(shape: str) -> None:
    solid = build(shape, 2)
    low, high = solid.points.min(0), solid.points.max(0)
    assert low[2] == pytest.approx(0, abs=1e-6)
    assert low[1] == pytest.approx(-high[1], abs=0.1)
    assert np.ptp(solid.points[:, 0]) > np.ptp(solid.points[:, 1])
    assert solid.faces[:, :3].min() >= 0
    assert solid.faces.max() < len(solid.points)
    middle = {
        slot: solid.points[solid.faces[solid.slots == slot_index(slot)][:, :3]][..., 0].mean()
        for slot in ("headlamp", "taillamp")
    }
    assert middle["headlamp"] > 0.5 > -1 > middle["taillamp"]


def test_shapes_have_the_proportions_of_their_names() -> None:
    def size(shape: str) -> np.ndarray:
        return np.median([np.ptp(build(shape, i).points, axis=0) for i in range(9)], axis=0)

    length, _, height = np.stack([size(shape) for shape in SHAPES]).T
    at = {shape: i for i, shape in enumerate(SHAPES)}
    assert height[at["sedan"]] < height[at["suv"]] < height[at["van"]] < height[at["boxtruck"]]
    assert length[at["hatchback"]] < length[at["sedan"]] < length[at["pickup"]] < length[at["bus"]]


def test_vehicles_are_of_the_families_that_their_variants_say() -> None:
    def sizes(shape: str, family: str) -> np.ndarray:
        """(vehicles, 3), metres."""
        mine = [v for v in range(60) if family_of(shape, v) == family][:4]
        return np.array([np.ptp(build(shape, v).points, axis=0) for v in mine])

    heights = {family: sizes("van", family)[:, 2] for family in families("van")}
    assert heights.pop("high-van").min() > 2.5 > max(height.max() for height in heights.values())
    lengths = [sizes("bus", family)[:, 0] for family in families("bus")]
    assert lengths[0].max() < 7.1 < lengths[1].mean() < 7.9 < lengths[2].min()
    taxis = {family: sizes("taxi", family)[:, 2].min() for family in families("taxi")}
    assert taxis["minivan-taxi"] > 1.8 > max(taxis["sedan-taxi"], taxis["wagon-taxi"])
    cabs = {family: sizes("pickup", family)[:, 0].mean() for family in families("pickup")}
    assert max(cabs["compact-double-cab"], cabs["compact-single-cab"]) < min(
        cabs["large-double-cab"], cabs["large-single-cab"]
    )


def test_randomness_depends_on_words_alone() -> None:
    code = "from generator.families import generator_of; print(generator_of('a', 1).integers(10**9))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {f"{generator_of('a', 1).integers(10**9)}\n"}
    assert generator_of("a", 1).integers(10**9) != generator_of("a", 2).integers(10**9)
