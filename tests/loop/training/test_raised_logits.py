"""Logits that are raised after training, round by round, in runs that render and train."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from safetensors.torch import load_file
from torch import Tensor

from generator.files import read_jsonl
from loop.config.run import LoopConfig
from loop.config.study import beginning
from loop.run.run import Run

CONFIG = """
seed: 1
classes: {sedan: [sedan], bus: [bus]}
data:
  source: rendered
  image_size: 32
  rendered: &set {count: 8, shapes: [sedan, bus], colors: [r], angles: [20], views: [f, left], variants: 2}
network: {name: resnet18_narrow}
train: {epochs: 1, batch_size: 4, learning_rate: 0.01, log: none}
render: {size: 32, samples: 1, denoise: false}
scene: {environment: [studio], instances: 2}
attribution: {methods: [grad_cam], layers: last}
probe: {render: *set}
holdout: *set
reinforce: {shapes: [bus], colors: [r], angles: [20], views: [f, left], variants: 2}
controller: {rounds: 2, budget: 2, patience: null}
"""


def config(folder: Path, arm: str, **train: Any) -> LoopConfig:
    content = yaml.safe_load(CONFIG)
    content["train"] |= train
    content["controller"]["name"] = arm
    return LoopConfig.model_validate({**content, "farm": {"cache": str(folder / "cache")}})


def weights(folder: Path, name: str, arm: str, **train: Any) -> list[dict[str, Tensor]]:
    """Of a whole run, round by round."""
    run = folder / name
    Run(config(folder, arm, **train), run, lambda line: None).execute()
    return [load_file(run / f"rounds/{turn:02d}/model.safetensors") for turn in range(3)]


@pytest.mark.parametrize(("arm", "retrain"), [("none", "finetune"), ("uniform", "scratch")])
def test_later_networks_name_the_reinforced_class_more_readily(
    arm: str, retrain: str, tmp_path: Path
) -> None:
    plain = weights(tmp_path, "plain", arm, retrain=retrain)
    raised = weights(tmp_path, "raised", arm, retrain=retrain, retrain_logit_adjustment=0.5)
    for turn, (before, after) in enumerate(zip(plain, raised, strict=True)):
        found = (after.pop("fc.bias") - before.pop("fc.bias")).tolist()
        assert found == pytest.approx([0, 0.5 if turn else 0], abs=1e-4), "of sedans and buses, not added up"
        for name, tensor in before.items():
            assert (tensor - after[name]).abs().max() < 1e-3, f"{name}: learns as without"
    ledger = read_jsonl(tmp_path / "raised/ledger.jsonl")
    said = ["the logits of bus raised by 0.5" in line["why"] for line in ledger if line["step"] == "train"]
    assert said == [False, True, True]


def test_runs_that_differ_in_it_begin_alike(tmp_path: Path) -> None:
    plain, raised = (config(tmp_path, "none", retrain_logit_adjustment=by) for by in (0, 0.5))
    assert beginning(plain) == beginning(raised)
