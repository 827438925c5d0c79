"""Families of vehicles: told without building, ordered, kept out."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError

from generator.dataset.manifest import MANIFEST, read_manifest
from generator.errors import UserError
from generator.families import FAMILIES, USUAL, families, family_of, shape_of
from generator.naming import spec_name
from generator.planning.grid import Grid, Hole, SetPlan, Slice
from generator.planning.plan import BASE, REINFORCEMENT, plan_set, plan_slices
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.spec import SHAPES, RenderSpec

SCENE, RENDER = SceneRanges(), RenderSettings(size=32, samples=1)
SAMPLINGS = ("grid", "random", "sobol")


def planned(plan: SetPlan) -> list[RenderSpec]:
    return plan_set(plan, SCENE, RENDER, seed=0, block=BASE)


def test_a_family_is_of_one_shape_and_every_shape_has_one() -> None:
    words = [family for shape in FAMILIES for family in families(shape)]
    assert len(words) == len(set(words))
    assert USUAL not in words
    assert set(FAMILIES) < set(SHAPES)
    assert all(shape_of(family) == shape for shape in FAMILIES for family in families(shape))
    assert families("sedan") == (USUAL,) == (family_of("sedan", 3),)
    assert shape_of(USUAL) is None


@pytest.mark.parametrize("shape", FAMILIES)
def test_families_are_as_frequent_as_they_are_to_be(shape: str) -> None:
    words, chances = FAMILIES[shape]
    seen = Counter(family_of(shape, variant) for variant in range(2000))
    for family in families(shape):
        mine = [1 / len(words) if chances is None else chances[i] for i, w in enumerate(words) if w == family]
        assert seen[family] / 2000 == pytest.approx(sum(mine), abs=0.04)


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_slice_of_a_family_has_its_vehicles_alone(sampling: str) -> None:
    slices = [
        Slice(where={"family": "minibus", "color": "y"}, budget=40),
        Slice(where={"shape": "van"}, budget=40),
        Slice(where={"family": USUAL}, budget=40),
    ]
    grid = Grid(shapes=["sedan", "van", "bus"], variants=30, sampling=sampling)
    mine, vans, usual = plan_slices(grid, slices, SCENE, RENDER, seed=0, block=REINFORCEMENT)
    assert [len(mine), len(vans), len(usual)] == [40, 40, 40]
    assert {(spec.family, spec.shape, spec.color) for spec in mine} == {("minibus", "van", "y")}
    assert {spec.family for spec in vans} == set(families("van"))
    assert {spec.shape for spec in usual} == {"sedan"}
    names = [spec_name(spec) for spec in (*mine, *vans, *usual)]
    assert len(set(names)) == 120, "no combination gets a vehicle twice"


def test_a_slice_of_a_family_gives_what_there_is() -> None:
    grid = Grid(shapes="van", colors="r", angles=5, views="f", variants=30)
    asked = Slice(where={"family": "minibus"}, budget=30)
    (mine,) = plan_slices(grid, [asked], SCENE, RENDER, seed=0, block=REINFORCEMENT)
    there = [v for v in range(30) if family_of("van", 1000 * REINFORCEMENT + v) == "minibus"]
    assert 3 < len(there) < 15
    assert sorted(spec.variant % 1000 for spec in mine) == there


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_hole_of_a_family_is_empty_and_a_thin_one_thin(sampling: str) -> None:
    def counted(*holes: Hole) -> Counter[str]:
        plan = SetPlan(count=3000, shapes=["van", "sedan"], variants=40, sampling=sampling, holes=holes)
        return Counter(spec.family for spec in planned(plan))

    whole = counted()
    empty = counted(Hole(where={"family": "minibus"}))
    thin = counted(Hole(where={"family": "minibus"}, keep=0.3))
    assert empty["minibus"] == 0
    assert sum(empty.values()) == 3000
    assert thin["minibus"] / whole["minibus"] == pytest.approx(0.3, abs=0.1)
    assert empty["high-van"] / empty["panel-van"] == pytest.approx(
        whole["high-van"] / whole["panel-van"], rel=0.2
    )
    yellow = SetPlan(count=900, shapes="van", variants=40, sampling=sampling,
                     holes=(Hole(where={"family": "minibus", "color": "y"}),))  # fmt: skip
    colors = Counter(spec.color for spec in planned(yellow) if spec.family == "minibus")
    assert colors["y"] == 0 < min(colors[c] for c in "rwkb")


def test_a_hole_of_a_family_leaves_what_there_is_in_one_combination() -> None:
    one = {"shapes": "van", "colors": "r", "angles": 5, "views": "f", "variants": 60}
    left = sum(family_of("van", variant) != "minibus" for variant in range(60))
    holes = (Hole(where={"family": "minibus"}),)
    for seed in range(20):
        plan = SetPlan(count=left, **one, holes=holes)
        assert len(plan_set(plan, SCENE, RENDER, seed=seed, block=BASE)) == left
    with pytest.raises(UserError, match=f"{left} of {left + 1} pictures .* give outside `holes`; raise"):
        planned(SetPlan(count=left + 1, **one, holes=holes))


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_family_of_few_vehicles_is_taken_from_all_combinations(sampling: str) -> None:
    grid = Grid(shapes=["sedan", "van"], variants=12, sampling=sampling)
    there = sum(family_of("van", 1000 * REINFORCEMENT + variant) == "panel-van" for variant in range(12))
    assert there == 1
    asked = Slice(where={"family": "panel-van"}, budget=100)
    (mine,) = plan_slices(grid, [asked], SCENE, RENDER, seed=0, block=REINFORCEMENT)
    assert len({(spec.color, spec.angle, spec.view) for spec in mine}) == len(mine) == 100


@pytest.mark.parametrize("where", [{"family": "minibus", "color": "y"}, {"family": USUAL}])
def test_a_family_that_no_shape_of_the_grid_has(where: dict[str, str]) -> None:
    grid, asked = Grid(shapes="bus", sampling="random"), Slice(where=where, budget=5)
    with pytest.raises(UserError, match=r"slice \{'family': '\w+'.* is outside the grid"):
        plan_slices(grid, [asked], SCENE, RENDER, seed=0, block=REINFORCEMENT)


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"family": "minibuss"}, "'minibuss' is not a family: one of sedan-taxi, .*minibus"),
        (
            {"shape": "bus", "family": "minibus"},
            "'minibus' is not a family of bus: one of short-bus, midi-bus",
        ),
        ({"shape": "sedan", "family": "minibus"}, "'minibus' is not a family of sedan: one of usual"),
        ({"style": "minibus"}, "'style' is not an attribute: one of shape, .*family"),
    ],
)
def test_mistakes_are_told(where: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Slice(where=where, budget=1)


def test_a_manifest_from_before_has_the_family_too(tmp_path: Path) -> None:
    specs = planned(SetPlan(count=30, shapes=["van", "sedan"]))
    rows = [{"name": spec_name(spec), **spec.model_dump()} for spec in specs]
    pd.DataFrame(rows).to_parquet(tmp_path / MANIFEST)
    table = read_manifest(tmp_path, [row["name"] for row in rows])
    assert table["family"].tolist() == [spec.family for spec in specs]
    assert table["family"].nunique() > 3
