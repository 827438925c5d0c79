"""From plans to specs: balance, holes, and sets that share nothing."""

import hashlib
import json
from collections import Counter

import pytest
from pydantic import ValidationError

from generator.errors import UserError
from generator.naming import spec_name
from generator.planning.grid import Grid, Hole, SetPlan, Slice
from generator.planning.plan import BASE, HOLDOUT, PROBE, REINFORCEMENT, plan_set, plan_slices
from generator.planning.scenes import BLOCK, RenderSettings, SceneRanges
from generator.spec import COLORS, SHAPES, VIEWS, RenderSpec

SCENE, RENDER = SceneRanges(), RenderSettings(size=32, samples=1)
SAMPLINGS = ("grid", "random", "sobol")


def planned(plan: SetPlan, seed: int = 0, block: int = BASE) -> list[RenderSpec]:
    return plan_set(plan, SCENE, RENDER, seed=seed, block=block)


def test_names_are_unique_and_cells_balanced() -> None:
    grid = len(SHAPES) * len(COLORS) * 3 * len(VIEWS)
    specs = planned(SetPlan(count=grid + 320, variants=4))
    assert len({spec_name(spec) for spec in specs}) == grid + 320
    cells = Counter((s.shape, s.color, s.angle, s.view) for s in specs)
    assert len(cells) == grid
    assert set(cells.values()) == {1, 2}


def test_same_seed_same_specs_and_another_seed_others() -> None:
    plan = SetPlan(count=50)
    assert planned(plan) == planned(plan)
    assert {s.hash for s in planned(plan)}.isdisjoint(s.hash for s in planned(plan, seed=1))


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("holes", [(), (Hole(where={"color": "y"}), Hole(where={"view": "b"}, keep=0.3))])
def test_more_pictures_leave_the_earlier_ones_as_they_are(sampling: str, holes: tuple[Hole, ...]) -> None:
    few, many = (planned(SetPlan(count=n, sampling=sampling, holes=holes)) for n in (50, 300))
    assert many[:50] == few


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_sets_share_no_vehicle_no_environment_instance_and_no_noise(sampling: str) -> None:
    plan = SetPlan(count=200, variants=20, sampling=sampling)
    sets = [planned(plan, block=block) for block in (BASE, PROBE, HOLDOUT)]
    grid = Grid(variants=20, sampling=sampling)
    sets += [
        plan_slices(
            grid, [Slice(where={"color": "y"}, budget=200)], SCENE, RENDER, seed=0, block=REINFORCEMENT + r
        )[0]
        for r in range(2)
    ]
    for identity in (
        lambda s: (s.shape, s.variant),
        lambda s: (s.environment, s.environment_seed),
        lambda s: s.noise_seed,
    ):
        seen = [identity(spec) for specs in sets for spec in {identity(s): s for s in specs}.values()]
        assert len(seen) == len(set(seen))


def test_holes_are_empty_and_thin_ones_thin() -> None:
    holes = (Hole(where={"shape": "van", "color": "y"}), Hole(where={"view": "b"}, keep=0.1))
    specs = planned(SetPlan(count=4800, holes=holes))
    assert not any(s.shape == "van" and s.color == "y" for s in specs)
    rear = sum(s.view == "b" for s in specs) / len(specs)
    assert 0.008 < rear < 0.03, "an eighth of the grid, a tenth of it kept"


def test_jitter_stays_within_its_range() -> None:
    for spec in planned(SetPlan(count=200)):
        assert abs(spec.elevation - spec.angle) <= 4
        assert abs(spec.azimuth - 45 * VIEWS.index(spec.view)) <= 12
        assert 0.55 <= spec.fill <= 0.85


def test_slices_share_the_budget_and_keep_to_themselves() -> None:
    wanted = (({"shape": "van", "color": "y"}, 34), ({"view": "b"}, 33), ({"color": "y"}, 33))
    slices = [Slice(where=where, budget=budget) for where, budget in wanted]
    parts = plan_slices(Grid(variants=5), slices, SCENE, RENDER, seed=0, block=REINFORCEMENT)
    assert list(map(len, parts)) == [34, 33, 33]
    assert all(s.shape == "van" and s.color == "y" for s in parts[0])
    assert all(s.view == "b" for s in parts[1])
    assert all(s.color == "y" for s in parts[2])
    specs = [spec for part in parts for spec in part]
    assert len({spec_name(s) for s in specs}) == 100
    assert all(BLOCK * REINFORCEMENT <= s.variant < BLOCK * (REINFORCEMENT + 1) for s in specs)


def test_what_slices_cannot_give_may_be_made_up_for() -> None:
    grid, part = (
        Grid(shapes="sedan", colors=["r", "y"], angles=5, variants=2),
        Slice(where={"color": "y"}, budget=30),
    )
    (short,) = plan_slices(grid, [part], SCENE, RENDER, seed=0, block=REINFORCEMENT)
    assert len(short) == 16
    mine, instead = plan_slices(grid, [part], SCENE, RENDER, seed=0, block=REINFORCEMENT, fill=True)
    assert len({spec_name(spec) for spec in (*mine, *instead)}) == 30
    assert mine == short


def test_another_choice_takes_other_pictures_of_the_same_kind() -> None:
    grid, part = Grid(shapes="sedan", colors="r", angles=5, variants=4), Slice(where={}, budget=24)
    plans = [
        plan_slices(grid, [part], SCENE, RENDER, seed=0, block=REINFORCEMENT, choice=choice)[0]
        for choice in (1, 2)
    ]
    one, two = ({spec_name(spec): spec for spec in plan} for plan in plans)
    shared = one.keys() & two.keys()
    assert 0 < len(shared) < 24
    assert all(one[name] == two[name] for name in shared)


def test_a_slice_may_narrow_the_scene() -> None:
    narrow = Slice(where={"color": "y"}, budget=20, scene={"fill": {"uniform": [0.5, 0.55]}})
    usual = Slice(where={"color": "r"}, budget=20)
    near, all_ = plan_slices(Grid(), [narrow, usual], SCENE, RENDER, seed=0, block=REINFORCEMENT)
    assert all(0.5 <= spec.fill <= 0.55 for spec in near)
    assert all(0.55 <= spec.fill <= 0.85 for spec in all_)
    with pytest.raises(ValidationError, match="filling"):
        Slice(where={}, budget=1, scene={"filling": 0.5})


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_too_many_pictures_for_the_vehicles(sampling: str) -> None:
    plan = SetPlan(count=100, variants=2, colors="r", shapes=("sedan", "bus"), sampling=sampling)
    with pytest.raises(UserError, match=r"count: \d+ of 100 pictures are all .* raise `variants`"):
        planned(plan)


def test_holes_that_leave_nothing() -> None:
    with pytest.raises(UserError, match="leave no picture"):
        planned(SetPlan(count=1, shapes=("van",), holes=(Hole(where={"shape": "van"}),)))


@pytest.mark.parametrize("where", [{"colour": "y"}, {"color": "yellow"}, {"angle": 91}, {"shape": "tank"}])
def test_slices_of_what_does_not_exist(where: dict[str, str | int]) -> None:
    with pytest.raises(ValidationError, match="is no"):
        SetPlan(count=1, holes=[{"where": where}])


def test_users_own_models_stand_among_the_shapes() -> None:
    plan = SetPlan(count=60, shapes=["sedan", "lorry"], holes=[{"where": {"shape": "lorry", "color": "y"}}])
    with pytest.raises(UserError, match=r"'lorry' is not a shape: one of sedan, .*; name the card"):
        planned(plan)
    specs = plan_set(plan, SCENE, RENDER, seed=0, block=BASE, assets={"lorry": "ab" * 32, "cab": "cd" * 32})
    assert {(spec.shape, spec.asset) for spec in specs} == {("sedan", ""), ("lorry", "ab" * 32)}
    assert len({spec_name(spec) for spec in specs}) == 60
    (reinforced,) = plan_slices(
        Grid(shapes=["sedan", "lorry"]), [Slice(where={"shape": "lorry"}, budget=5)], SCENE, RENDER,
        seed=0, block=REINFORCEMENT, assets={"lorry": "ab" * 32},
    )  # fmt: skip
    assert {spec.asset for spec in reinforced} == {"ab" * 32}


def test_pictures_of_sets_that_were_rendered_before_a_field_came_keep_their_identity() -> None:
    fields = json.loads(
        '{"shape":"sedan","color":"r","angle":20,"view":"fleft","variant":1,"asset":"","environment":"parking",'
        '"environment_seed":1,"sun_elevation":50.0,"sun_azimuth":30.0,"finish":"gloss","haze":0.0,'
        '"distractors":0,"occluder":"none","occlusion":0.0,"elevation":20.0,"azimuth":45.0,"fill":0.75,'
        '"offset_x":0.0,"offset_y":0.0,"focal":60.0,"distance":null,"roll":0.0,"cut":0.0,"cut_side":"right",'
        '"exposure":0.0,"motion":0.0,"motion_angle":0.0,"defocus":0.0,"sharpening":0.0,"contrast":0.0,'
        '"noise":0.0,"size":48,"samples":1,"denoise":false}'
    )
    spec = RenderSpec(**fields)
    before = json.dumps(["vehicles-v3", fields], sort_keys=True)
    assert spec.hash == hashlib.sha256(before.encode()).hexdigest()
    assert spec.hash != spec.model_copy(update={"marker": "disc"}).hash


def test_hash_depends_on_every_field() -> None:
    spec = planned(SetPlan(count=1))[0]
    for field, value in spec.model_dump().items():
        other = {
            str: {"shape": "bus", "color": "v", "view": "f", "environment": "city", "finish": "matte"}.get(
                field
            )
        }
        changed = (
            not value
            if isinstance(value, bool)
            else value + 1
            if isinstance(value, int | float)
            else other[str]
        )
        if changed != value:
            assert spec.model_copy(update={field: changed}).hash != spec.hash, field
