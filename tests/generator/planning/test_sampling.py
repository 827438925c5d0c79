"""Sets at random, as Sobol sequences, and by slices: what is drawn is what was asked for."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from generator.draws import parse_draw
from generator.errors import UserError
from generator.naming import spec_name
from generator.planning.grid import Grid, Hole, SetPlan, Slice
from generator.planning.plan import plan_set, plan_slices
from generator.planning.scenes import JITTERS, SCENE_DRAWS, RenderSettings, SceneRanges
from generator.spec import _KNOWN, ENVIRONMENTS, SHAPES, VIEWS, RenderSpec

RENDER = RenderSettings(size=32, samples=1)
SCENE = SceneRanges(
    finish={"choice": {"gloss": 0.5, "metallic": 0.3, "matte": 0.2}},
    focal={"normal": [50, 10], "within": [35, 85]},
    distance={"log_uniform": [4, 40]},
    distractors={"uniform": [0, 5]},
)
CONTINUOUS = ("sun_elevation", "sun_azimuth", "fill", "offset_x", "offset_y", "focal", "distance")


def planned(scene: SceneRanges = SCENE, seed: int = 0, **plan: Any) -> list[RenderSpec]:
    return plan_set(SetPlan(**plan), scene, RENDER, seed=seed, block=0)


def column(specs: list[RenderSpec], name: str) -> Any:
    return np.array([getattr(spec, name) for spec in specs])


@pytest.fixture(scope="module", params=["grid", "random", "sobol"])
def specs(request: pytest.FixtureRequest) -> list[RenderSpec]:
    return planned(count=1024, variants=40, sampling=request.param)


def test_continuous_marginals(specs: list[RenderSpec]) -> None:
    expected = {
        "sun_elevation": stats.uniform(25, 45),
        "sun_azimuth": stats.uniform(0, 360),
        "fill": stats.uniform(0.55, 0.3),
        "focal": stats.truncnorm(-1.5, 3.5, 50, 10),
        "distance": stats.loguniform(4, 40),
    }
    for name, distribution in expected.items():
        assert stats.kstest(column(specs, name), distribution.cdf).pvalue > 0.01, name
    jitter = column(specs, "azimuth") - 45 * np.array([VIEWS.index(spec.view) for spec in specs])
    assert stats.kstest(jitter, stats.uniform(-12, 24).cdf).pvalue > 0.01


def test_marginals_of_words_and_whole_numbers(specs: list[RenderSpec]) -> None:
    expected = {
        "finish": {"gloss": 0.5, "metallic": 0.3, "matte": 0.2},
        "distractors": dict.fromkeys(range(6), 1 / 6),
        "environment": dict.fromkeys(ENVIRONMENTS, 1 / len(ENVIRONMENTS)),
        "shape": dict.fromkeys(SHAPES, 1 / len(SHAPES)),
        "view": dict.fromkeys(VIEWS, 1 / len(VIEWS)),
        "angle": dict.fromkeys((5, 20, 35), 1 / 3),
    }
    for name, shares in expected.items():
        found = Counter(column(specs, name).tolist())
        assert set(found) == set(shares), name
        observed = [found[value] for value in shares]
        assert stats.chisquare(observed, [share * len(specs) for share in shares.values()]).pvalue > 0.01, (
            name
        )


def cube(specs: list[RenderSpec]) -> Any:
    """The nuisance attributes as points of the unit cube, by their distributions' own CDFs."""
    cdfs = {"focal": stats.truncnorm(-1.5, 3.5, 50, 10).cdf, "distance": stats.loguniform(4, 40).cdf}
    spans = {"sun_elevation": (25, 70), "sun_azimuth": (0, 360), "fill": (0.55, 0.85)}
    columns = []
    for name in CONTINUOUS:
        low, high = spans.get(name, (-0.06, 0.06))
        columns.append(cdfs.get(name, stats.uniform(low, high - low).cdf)(column(specs, name)))
    return np.clip(np.array(columns).T, 0, 1)


def test_sobol_fills_the_space_more_evenly_than_chance() -> None:
    random, sobol = (
        [qmc.discrepancy(cube(planned(count=256, sampling=s, seed=seed, variants=20))) for seed in range(3)]
        for s in ("random", "sobol")
    )
    assert max(sobol) < 0.5 * min(random)


def test_a_hole_is_one_whichever_way_its_number_is_written() -> None:
    for five in (5, "5"):
        holes = [{"where": {"angle": five}, "keep": 0}]
        specs = planned(count=30, angles=[5, 20], variants=4, holes=holes)
        assert {spec.angle for spec in specs} == {20}


def test_environments_of_the_set_vary_where_the_scene_has_one() -> None:
    places = ["city", "snow", "night"]
    specs = planned(SceneRanges(environment="studio"), count=60, sampling="sobol", environments=places)
    counts = Counter(spec.environment for spec in specs)
    assert set(counts) == set(places)
    assert max(counts.values()) - min(counts.values()) <= 6


def test_sobol_balances_words_too() -> None:
    specs = planned(count=512, sampling="sobol", shapes=["sedan", "bus"], angles=[5, 20], variants=40)
    pairs = Counter((spec.shape, spec.angle) for spec in specs)
    assert set(pairs.values()) == {128}


def test_fixing_one_attribute_leaves_the_others_where_names_decide() -> None:
    other = SCENE.model_copy(update={"focal": SceneRanges(focal=50).focal})
    free, fixed = planned(count=60), planned(other, count=60)
    assert [spec.model_copy(update={"focal": 50.0}) for spec in free] == fixed


def test_ranges_of_the_camera_are_rounded_in_names() -> None:
    specs = planned(
        count=400, sampling="sobol", variants=200, angles={"uniform": [0, 60]}, views={"uniform": [-60, 60]}
    )
    assert all(spec.angle == round(spec.elevation) for spec in specs)
    turned = [(spec.azimuth - 45 * VIEWS.index(spec.view) + 180) % 360 - 180 for spec in specs]
    assert np.abs(turned).max() <= 22.5
    assert {spec.view for spec in specs} == {"fright", "f", "fleft"}
    assert stats.kstest(column(specs, "elevation"), stats.uniform(0, 60).cdf).pvalue > 0.01
    assert len({spec_name(spec) for spec in specs}) == 400


@pytest.mark.parametrize("sampling", ["grid", "random", "sobol"])
def test_slices_stay_inside_and_have_their_budgets(sampling: str) -> None:
    wheres = [
        {"shape": "van", "color": "y"},
        {"view": "b", "environment": "city"},
        {"color": "y", "angle": 20},
    ]
    slices = [{"where": where, "budget": n} for where, n in zip(wheres, (30, 50, 20), strict=True)]
    specs = planned(slices=slices, sampling=sampling, environments=["city", "meadow"], variants=30)
    assert len({spec_name(spec) for spec in specs}) == 100
    for where, part in zip(wheres, (specs[:30], specs[30:80], specs[80:]), strict=True):
        for attribute, value in where.items():
            assert {getattr(spec, attribute) for spec in part} == {value}
    more = planned(
        slices=[*slices, {"where": {"shape": "bus"}, "budget": 9}],
        sampling=sampling, environments=["city", "meadow"], variants=30,
    )  # fmt: skip
    assert more[:100] == specs


def test_slices_of_a_range_keep_to_their_angle() -> None:
    plan = {"angles": {"uniform": [0, 60]}, "sampling": "sobol", "variants": 50}
    specs = planned(slices=[{"where": {"angle": 30}, "budget": 20}], **plan)
    assert {spec.angle for spec in specs} == {30}
    assert all(29.5 <= spec.elevation <= 30.5 for spec in specs)


def test_environments_of_the_grid_are_balanced() -> None:
    specs = planned(
        count=96, environments=["city", "meadow", "parking"], shapes="sedan", colors="r", angles=5
    )
    assert set(Counter((spec.view, spec.environment) for spec in specs).values()) == {4}


@pytest.mark.parametrize("sampling", ["random", "sobol"])
def test_holes_of_random_sets_are_empty_and_thin_ones_thin(sampling: str) -> None:
    holes = (Hole(where={"shape": "van", "color": "y"}), Hole(where={"view": "b"}, keep=0.1))
    specs = planned(count=1200, holes=holes, sampling=sampling, variants=40)
    assert not any(spec.shape == "van" and spec.color == "y" for spec in specs)
    rear = sum(spec.view == "b" for spec in specs)
    assert stats.binomtest(rear, 1200, 0.0125 / 0.8875).pvalue > 0.01, "a tenth of an eighth"


def test_a_slice_outside_the_grid() -> None:
    with pytest.raises(UserError, match="outside the grid"):
        planned(slices=[{"where": {"shape": "bus"}, "budget": 1}], shapes=["sedan"])


def test_reinforcement_gives_what_there_is() -> None:
    grid = Grid(shapes="sedan", colors="r", angles=5, variants=3)
    (given,) = plan_slices(grid, [Slice(where={"view": "b"}, budget=50)], SCENE, RENDER, seed=0, block=3)
    assert len(given) == 3


@pytest.mark.parametrize(
    ("asked", "occluder", "occlusion"),
    [
        ({"occluder": "pole"}, "pole", [{"uniform": [0.1, 0.5]}]),
        ({"occluder": "none"}, "none", 0.0),
        (
            {"occlusion": {"uniform": [0.2, 0.3]}},
            {"choice": {"pole": 1.0, "tree": 1.0}},
            {"uniform": (0.2, 0.3)},
        ),
        ({"occlusion": 0}, "none", 0.0),
        ({"occluder": "none", "occlusion": {"uniform": [0.2, 0.3]}}, "none", 0.0),
        ({"occluder": "tree", "occlusion": 0.4}, "tree", 0.4),
    ],
)
def test_an_occluder_and_its_share_go_together(asked: dict[str, Any], occluder: Any, occlusion: Any) -> None:
    scene = SceneRanges.model_validate(
        {"occluder": {"choice": {"none": 3, "pole": 1, "tree": 1}}, "occlusion": [0, {"uniform": [0.1, 0.5]}]}
    )
    found = scene.together({"fill": 0.5, **asked})
    assert found["fill"] == 0.5
    assert found["occluder"] == occluder
    assert parse_draw(found["occlusion"]) == parse_draw(occlusion)
    assert Slice(where={}, budget=1, scene=found).within(scene).occludes == (occluder != "none")


def test_occluder_and_occlusion_are_drawn_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_KNOWN, "occluder", ("none", "pole"))
    with pytest.raises(ValueError, match="occlusion is given without occluder; give both or neither"):
        SceneRanges(occlusion={"uniform": [0, 0.5]})
    with pytest.raises(ValueError, match="occluder is given without occlusion; give both or neither"):
        SceneRanges(occluder=["none", "pole"])
    scene = SceneRanges(occluder=["none", "pole"], occlusion=[0, {"uniform": [0.1, 0.5]}])
    specs = planned(scene, count=400, variants=20)
    assert all((spec.occluder == "none") == (spec.occlusion == 0) for spec in specs)
    assert stats.binomtest(sum(spec.occluder == "pole" for spec in specs), 400, 0.25).pvalue > 0.01


def test_every_attribute_of_a_picture_is_drawn_or_set_somewhere() -> None:
    by_the_grid = {"shape", "color", "angle", "view", "variant", "asset"}
    by_the_planner = {"elevation", "azimuth", "environment_seed"}
    drawn = set(SCENE_DRAWS) - set(JITTERS)
    assert drawn | by_the_grid | by_the_planner | set(RenderSettings.model_fields) == set(
        RenderSpec.model_fields
    )
    neutral = SceneRanges()
    finished = {"sharpening": 1.0, "contrast": 0.7}
    for name, field in RenderSpec.model_fields.items():
        if name in drawn and not field.is_required():
            assert getattr(neutral, name).options() == (finished.get(name, field.default),), name
