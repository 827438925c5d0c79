"""From a decision to the specs that are rendered."""

import numpy as np
import pandas as pd
import pytest

from generator.planning.grid import Grid
from generator.planning.scenes import SceneRanges
from loop.config.controller import ControllerSettings
from loop.controllers import RenderRequest, Round
from loop.controllers.decide import decide, prune, specify
from tests.helpers.controllers import config_of, flat, probe


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_a_share_of_what_is_right_and_aligned_is_thinned(share: float) -> None:
    """Of 40, 30 are right, of which the 20 with the higher alignment are easy."""
    table = pd.DataFrame({"name": [f"p{i}" for i in range(40)], "energy_true": np.arange(40) / 40})
    table["correct"] = (np.arange(40) >= 10).astype(float)
    asked = ControllerSettings(prune=share)
    out = prune(table, asked, seed=0)
    aligned = table["energy_true"] >= table["energy_true"].median()
    easy = set(table.loc[aligned & (table["correct"] == 1), "name"])
    assert len(out) == len(set(out)) == round(share * len(easy))
    assert set(out) <= easy
    assert out == prune(table, asked, seed=0)
    assert share == 1 or out != prune(table, asked, seed=1)


@pytest.mark.parametrize("name", ["weak", "risk", "weak+risk", "policy_gradient", "diagnosis", "bandit"])
def test_a_weak_family_is_ordered_by_the_name_of_its_vehicles(name: str) -> None:
    kinds = {"sedan": ("usual",), "van": ("minibus", "high-van"), "bus": ("short-bus", "city-bus")}
    table = probe(each=24)
    turn = np.arange(len(table)) // 2 % 2
    table["family"] = [kinds[s][t % len(kinds[s])] for s, t in zip(table["shape"], turn, strict=True)]
    table["variant"] = np.arange(len(table)) // 4 % 6
    bad = (table["family"] == "minibus").to_numpy()
    table["correct"] = np.where(bad, np.arange(len(table)) % 8 == 0, table["correct"])
    table["p_true"] = table["reward_true"] = np.where(bad, 0.2, 0.9)
    config = config_of(name=name, slices=3, attributes="all", budget=60)
    decision = decide([Round(table)], config)
    mine = [request for request in decision.requests if request.where.get("family") == "minibus"]
    assert sum(request.count for request in mine) > 0.5 * 60
    specs = [spec for some in specify(decision.requests, config, 0, table) for spec in some]
    assert sum(spec.family == "minibus" for spec in specs) > 0.5 * 60
    assert {spec.shape for spec in specs if spec.family == "minibus"} == {"van"}


def test_a_controller_can_order_by_what_the_scene_draws() -> None:
    rng = np.random.default_rng(0)
    table = probe(each=30).drop(columns=["p_true", "correct"])
    table["fill"] = rng.uniform(0.4, 0.9, len(table))
    near = table["fill"] > 0.775
    table["p_true"] = np.where(near & (table["color"] == "y"), 0.3, 0.9) + rng.normal(0, 0.03, len(table))
    table["correct"] = (table["p_true"] > 0.5).astype(float)
    config = config_of(attributes="all", budget=40, slices=4)
    decision = decide([Round(table)], config)
    assert decision.requests
    for request in decision.requests:
        assert request.where["color"] == "y"
        assert request.scene["fill"]["uniform"][0] >= 0.75
    specs = flat(specify(decision.requests, config, 0, table))
    assert len(specs) == 40
    assert all(spec.color == "y" and spec.fill >= 0.75 for spec in specs)
    by_names = decide([Round(table)], config_of(name="weak", attributes="names", budget=40, slices=4))
    assert {tuple(request.where) for request in by_names.requests} == {("color",)}


def test_a_range_of_angles_is_ordered_in_bins() -> None:
    """What is seen from above 30 degrees is wrong; no single degree is."""
    rng = np.random.default_rng(0)
    table = probe(each=40).drop(columns=["p_true", "correct"])
    table["angle"] = rng.integers(2, 41, len(table))
    right = rng.random(len(table)) < np.where(table["angle"] > 30, 0.3, 0.95)
    table = table.assign(correct=right.astype(float), p_true=0.5)
    config = config_of(name="weak", budget=60, slices=3, broaden=0.0, explore=0.0)
    ranges = {"angles": {"uniform": [2, 40]}, "sampling": "random"}
    config = config.model_copy(update={"reinforce": Grid(**config.reinforce.model_dump() | ranges)})
    decision = decide([Round(table)], config)
    assert sum(request.count for request in decision.requests) == 60
    for request in decision.requests:
        assert set(request.where) == {"angle"}
        low, high = map(int, str(request.where["angle"]).split(".."))
        assert low >= 28
        assert request.scene["angle"] == {"uniform": [low - 0.5, min(high + 0.5, 40)]}
    specs = flat(specify(decision.requests, config, 0, table))
    assert len(specs) == 60
    assert len({spec.elevation for spec in specs}) == 60
    assert all(28 <= spec.angle <= 40 and spec.angle == round(spec.elevation) for spec in specs)
    planted = {
        "rendered": {**config.data.rendered.model_dump(), **ranges, "holes": [{"where": {"angle": 35}}]}
    }
    knows = config.model_copy(
        update={
            "controller": config.controller.model_copy(update={"name": "oracle"}),
            "data": config.data.model_validate({**config.data.model_dump(), **planted}),
        }
    )
    (hole,) = decide([Round(table)], knows).requests
    assert (hole.where, hole.scene) == ({"angle": 35}, {})


@pytest.mark.parametrize("by", ["occlusion", "occluder"])
def test_what_is_hidden_is_ordered_with_what_hides_it(by: str) -> None:
    rng = np.random.default_rng(0)
    table = probe(each=40).drop(columns=["p_true", "correct"])
    table["occluder"] = rng.choice(["none", "pole", "tree"], len(table))
    share = np.where(table["occluder"] == "none", 0.0, rng.uniform(0.1, 0.5, len(table)))
    wrong = share > 0.3 if by == "occlusion" else (table["occluder"] == "tree").to_numpy()
    right = rng.random(len(table)) < np.where(wrong, 0.2, 0.95)
    table = table.assign(occlusion=share, correct=right.astype(float), p_true=0.5)
    scene = SceneRanges.model_validate(
        {"occluder": ["none", "pole", "tree"], "occlusion": [0, {"uniform": [0.1, 0.5]}]}
    )
    config = config_of(name="weak", attributes="all", budget=60, slices=3, broaden=0.0)
    config = config.model_copy(update={"scene": scene})
    decision = decide([Round(table)], config)
    assert {name for request in decision.requests for name in request.where} <= {"occlusion", "occluder"}
    specs = flat(specify(decision.requests, config, 0, table))
    assert len(specs) == 60
    if by == "occlusion":
        assert all(0.25 < spec.occlusion <= 0.5 for spec in specs)
        assert {spec.occluder for spec in specs} == {"pole", "tree"}
    else:
        assert all(spec.occluder == "tree" and 0.1 <= spec.occlusion <= 0.5 for spec in specs)
    for name in ("risk", "policy_gradient"):
        own = {"name": name, "objective": "correct"}
        freely = config.model_copy(update={"controller": config.controller.model_copy(update=own)})
        cells = decide([Round(table)], freely).requests
        assert all((cell.where["occluder"] == "none") == (cell.where["occlusion"] == "0") for cell in cells)
        assert len(flat(specify(cells, freely, 0, table))) == 60
    without = decide([Round(table)], config.model_copy(update={"scene": SceneRanges()}))
    assert not {name for request in without.requests for name in request.where} & {"occlusion", "occluder"}


def test_of_several_draws_the_hardest_is_rendered() -> None:
    """What is far away fails in every colour and shape: requests say these, the draws the distance."""
    rng = np.random.default_rng(0)
    table = probe(each=30).drop(columns=["p_true", "correct"])
    table["fill"] = rng.uniform(0.4, 0.9, len(table))
    table["correct"] = (rng.random(len(table)) > np.where(table["fill"] < 0.525, 0.8, 0.1)).astype(float)
    scene = SceneRanges.model_validate({"fill": {"uniform": [0.4, 0.9]}})
    requests = [RenderRequest({"color": "y"}, 20, "yellow"), RenderRequest({"shape": "bus"}, 20, "buses")]
    plain, same, hard = (
        flat(specify(requests, config_of(candidates=draws).model_copy(update={"scene": scene}), 0, pictures))
        for draws, pictures in ((1, table), (4, table.assign(correct=1.0)), (4, table))
    )
    assert plain[:20] == same[:20], "nothing is hard where nothing fails"
    assert [len(specs) for specs in (plain, same, hard)] == [40, 40, 40]
    assert all(spec.color == "y" for spec in hard[:20])
    assert all(spec.shape == "bus" for spec in hard[20:])
    far = [np.mean([spec.fill < 0.525 for spec in specs]) for specs in (plain, hard)]
    assert far[0] < 0.4
    assert far[1] > 0.75
