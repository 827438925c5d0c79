"""Pairs of specs that differ in one attribute and nothing else."""

import pytest

from generator.errors import UserError
from generator.naming import spec_name
from generator.planning.grid import Grid
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.spec import VIEWS, view_azimuth
from loop.config.holes import PairSettings
from loop.holes.pairs import Pair, plan_pairs, specs_of

GRID = Grid.model_validate({"sampling": "random", "shapes": ["sedan", "van", "coupe"], "variants": 50})
REAR = PairSettings(attribute="view", values={"b": ("f",), "bleft": ("fleft",), "bright": ("fright",)})
RED = PairSettings(attribute="color", values={"r": ("w", "k")}, where={"shape": ("van", "coupe")})


def planned(settings: PairSettings, number: int = 60, seed: int = 0) -> list[Pair]:
    return plan_pairs(settings, number, GRID, SceneRanges(), RenderSettings(), seed=seed, block=7)


def test_twins_of_another_view_differ_in_view_and_azimuth_alone() -> None:
    for pair in planned(REAR):
        changed = {k: v for k, v in pair.with_.model_dump().items() if v != pair.without.model_dump()[k]}
        assert set(changed) == {"view", "azimuth"}
        assert pair.without.view in REAR.values[pair.with_.view]
        turned = (pair.with_.azimuth - pair.without.azimuth) % 360
        assert turned == pytest.approx(
            (view_azimuth(pair.with_.view) - view_azimuth(pair.without.view)) % 360
        )
        assert VIEWS[round(pair.without.azimuth / 45) % 8] == pair.without.view


def test_twins_of_another_colour_differ_in_colour_alone() -> None:
    pairs = planned(RED)
    for pair in pairs:
        assert pair.with_ == pair.without.model_copy(update={"color": "r"})
    assert {pair.without.color for pair in pairs} == {"w", "k"}
    assert {pair.with_.shape for pair in pairs} == {"van", "coupe"}


@pytest.mark.parametrize("number", [6, 30])
def test_any_first_part_is_balanced(number: int) -> None:
    views = [pair.with_.view for pair in planned(REAR)[:number]]
    assert {views.count(view) for view in REAR.values} == {number // 3}


def test_every_picture_has_a_name_of_its_own() -> None:
    pairs = planned(REAR, 300)
    specs = specs_of(pairs)
    assert len({spec_name(spec) for spec in specs}) == len(specs)
    assert len(pairs) > 250


def test_the_seed_decides() -> None:
    assert planned(REAR) == planned(REAR)
    assert planned(REAR) != planned(REAR, seed=1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"attribute": "shape", "values": {"van": ["bus"]}}, "'shape' cannot be changed in a pair"),
        ({"attribute": "view", "values": {"b": ["b"]}}, "'b' needs other values that its twin may have"),
        ({"attribute": "view", "values": {"b": []}}, "'b' needs other values"),
        (
            {"attribute": "view", "values": {"b": ["f"]}, "where": {"vue": ["x"]}},
            "'vue' is not another attri",
        ),
    ],
)
def test_pairs_that_are_none(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PairSettings.model_validate(settings)


def test_a_value_outside_the_grid() -> None:
    outside = PairSettings(attribute="color", values={"r": ("w",)}, where={"shape": ("bus",)})
    with pytest.raises(UserError, match="is outside the grid"):
        planned(outside)
