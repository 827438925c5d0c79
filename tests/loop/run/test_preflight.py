"""What a run is told before its first picture is made."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from generator.dataset.dataset import begin, write_manifest, write_picture
from generator.errors import UserError
from generator.naming import spec_name
from generator.planning.grid import SetPlan
from generator.planning.plan import plan_set
from generator.planning.scenes import RenderSettings, SceneRanges
from loop.comparison.comparison import Comparison
from loop.config.comparison import CompareConfig
from loop.config.load import load
from loop.config.run import LoopConfig
from loop.config.slice_benchmark import SliceBenchmarkConfig
from loop.evaluation.evaluate import is_score
from loop.run.preflight import check_run
from loop.slice_benchmark.benchmark import SliceBenchmark
from tests.helpers.runs import TWO_CLASSES
from tests.helpers.sets import Square

CONFIGS = Path(__file__).parents[3] / "configs"
CLASSES = ("sedan", "bus")
DRAWN = {"uniform": [5, 35]}
RANGE = {"shapes": ["sedan", "bus"], "angles": {"uniform": [5, 40]}, "sampling": "random"}


def check(**more: Any) -> None:
    check_run(LoopConfig.model_validate({**TWO_CLASSES, **more}), CLASSES)


def test_what_can_be_done_is_not_refused() -> None:
    check()
    check(attribution={"layers": ["layer2", "layer3.1#0"]})
    gone = {"network": {"weights": "gone.pt"}, "train": {"retrain": "finetune"}}
    check_run(LoopConfig.model_validate({**TWO_CLASSES, **gone}), CLASSES, trained=True)
    check(probe={"render": {"count": 4, "shapes": ["sedan"], "angles": [35, 5]}})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"network": {"name": "resnet_18"}}, "network 'resnet_18' is unknown: use one of alexnet"),
        ({"attribution": {"methods": ["grad_cat"]}}, "method 'grad_cat' is unknown: use one of"),
        ({"attribution": {"layers": ["layer9"]}}, "layer 'layer9' is unknown: use one of conv1"),
        (
            {"network": {"weights": "no.pt"}, "train": {"retrain": "finetune"}},
            "network.weights: no.pt does not exist",
        ),
        (
            {"controller": {"score": "accuracy"}},
            "controller.score: 'accuracy' is not a score of an evaluation",
        ),
        ({"controller": {"alignment": "energy"}}, "controller.alignment: 'energy' is not a score"),
        ({"controller": {"objective": "p_tru"}}, "controller.objective: 'p_tru' is not a score"),
        ({"controller": {"score": "loss"}}, "controller.score: of 'loss' less is better"),
        (
            {"controller": {"score": "drop"}},
            "'drop' is measured where `attribution.residual` is true; set that",
        ),
        (
            {
                "controller": {"score": "part_drop_wheel"},
                "attribution": {"residual": True, "parts": ["shadow"]},
            },
            "controller.score: 'part_drop_wheel' is measured for the parts in `attribution.parts`; "
            "add it there",
        ),
        (
            {
                "probe": {
                    "render": {
                        "shapes": ["sedan"],
                        "slices": [{"where": {}, "budget": 4}, {"where": {}, "budget": 2, "angles": [60]}],
                    }
                }
            },
            "reinforce.angles: has no 60, which the probe has",
        ),
        (
            {"probe": {"render": {"count": 4, "shapes": ["sedan"], "sampling": "random", "angles": DRAWN}}},
            "reinforce.angles: lists values, and the probe draws from a range",
        ),
        (
            {
                "probe": {"render": {**RANGE, "count": 4, "angles": {"uniform": [5, 80]}}},
                "reinforce": RANGE,
            },
            "reinforce.angles: goes from 5 to 40, the probe from 5 to 80; widen it",
        ),
        (
            {
                "controller": {"name": "oracle"},
                "data": {"rendered": {"count": 4, "shapes": ["sedan"], "holes": [{"where": {"color": "y"}}]}},
                "probe": {"render": {"count": 4, "shapes": ["sedan"], "colors": ["r"]}},
                "reinforce": {"shapes": ["sedan", "bus"], "colors": ["r"]},
            },
            "reinforce.colors: has no 'y', which a hole of `data.rendered.holes` has",
        ),
        (
            {"reinforce": {"shapes": ["sedan", "bus"], "environments": ["city"]}},
            "reinforce.environments: has no 'studio', which the probe has",
        ),
        ({"controller": {"name": "oracle"}}, "the oracle needs planted holes; give `data.rendered.holes`"),
        (
            {"train": {"retrain_logit_adjustment": 0.4}},
            "train.retrain_logit_adjustment: 0.4 raises classes over others, and all of sedan, bus may be "
            "rendered",
        ),
        (
            {"controller": {"name": "stratified"}, "reinforce": RANGE},
            "controller.name: stratified walks a grid; reinforce.angles: a grid walks lists of values",
        ),
        (
            {"probe": {"render": {"count": 4, "shapes": ["sedan"], "angles": [5, 60]}}},
            "reinforce.angles: has no 60, which the probe has; add it",
        ),
    ],
)  # fmt: skip
def test_what_a_later_step_could_not_use_is_told(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as error:
        check(**keys)
    assert said in str(error.value)
    if "controller" in keys or "probe" in keys:
        check(**{**keys, "controller": {**keys.get("controller", {}), "rounds": 0}})


def test_comparisons_and_planted_settings_are_looked_at_too(tmp_path: Path) -> None:
    planted = load(SliceBenchmarkConfig, CONFIGS / "bench-slices.yaml", ["network.name=resnet_18"])
    with pytest.raises(UserError, match="network 'resnet_18' is unknown"):
        SliceBenchmark(planted, tmp_path)
    asked = ["data.root=photos", "networks=[resnet18_narrow]", "attribution.layers=[layer9]", "recipes={}"]
    with pytest.raises(UserError, match="layer 'layer9' is unknown"):
        Comparison(load(CompareConfig, CONFIGS / "compare.yaml", asked), tmp_path, lambda line: None)
    with pytest.raises(UserError, match=r"network\.weights: each setting trains a network of its own"):
        load(SliceBenchmarkConfig, CONFIGS / "bench-slices.yaml", ["network.weights=mine.pt"])


def test_a_hand_made_probe_is_looked_at(tmp_path: Path) -> None:
    for kind in ("images", "masks"):
        (tmp_path / kind).mkdir()
        cv2.imwrite(str(tmp_path / kind / "sedan_y_60_bleft_0007.png"), np.full((32, 32), 255, np.uint8))
    with pytest.raises(UserError, match=r"reinforce\.angles: has no 60, which the probe has"):
        check(probe={"folder": str(tmp_path)})
    check(probe={"folder": str(tmp_path)}, reinforce={"shapes": ["sedan"], "angles": [5, 60]})
    check(probe={"folder": str(tmp_path)}, controller={"name": "uniform"})
    for kind in ("images", "masks"):
        (tmp_path / kind / "sedan_y_60_bleft_0007.png").rename(tmp_path / kind / "van_y_60_bleft_0007.png")
    with pytest.raises(UserError, match="classes: no class for shape 'van'; add it to one"):
        check(probe={"folder": str(tmp_path)}, controller={"name": "uniform"})


@pytest.mark.parametrize(
    ("block", "data", "whose"),
    [
        (0, "rendered", "data.rendered"),
        (0, "photographs", None),
        (1, "rendered", None),
        (2, "photographs", "holdout"),
        (3, "photographs", "reinforce"),
        (50, "photographs", None),
    ],
)
def test_a_rendered_probe_of_what_is_trained_on_is_refused(
    tmp_path: Path, block: int, data: str, whose: str | None
) -> None:
    specs = plan_set(SetPlan(count=4, shapes=["sedan"]), SceneRanges(), RenderSettings(), seed=0, block=block)
    begin(tmp_path, specs)
    for spec in specs:
        write_picture(tmp_path, spec_name(spec), Square.of(spec.size))
    write_manifest(tmp_path)
    real = {"data": {"source": "folder", "root": "photos"}} if data == "photographs" else {}
    if whose is None:
        check(probe={"folder": str(tmp_path)}, **real)
        return
    with pytest.raises(UserError, match=f"has vehicles or places of block {block}, as `{whose}` has; render"):
        check(probe={"folder": str(tmp_path)}, **real)
    if whose == "reinforce":
        check(probe={"folder": str(tmp_path)}, controller={"rounds": 0}, **real)


def test_a_comparison_does_not_look_at_what_it_trains_on() -> None:
    one = {"folder": "set", "classes": {"truck": ["bus"]}}
    written = yaml.safe_load((CONFIGS / "compare.yaml").read_text())
    written["data"]["root"] = "photos"
    for variant in written["variants"]:
        variant.setdefault("data", {})["rendered_fraction"] = 0.5
    with pytest.raises(ValidationError, match=r"probe\.folder: is rendered\.folder, which is trained on"):
        CompareConfig.model_validate({**written, "rendered": one, "probe": {**one, "folder": "./set"}})


def test_scores_are_the_columns_of_a_verification() -> None:
    """What is told of pictures is none."""
    assert all(map(is_score, ("correct", "p_true", "energy_true", "pointing_predicted", "on_wheel_true")))
    assert not any(map(is_score, ("angle", "name", "energy", "energy_top")))
