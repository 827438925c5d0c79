"""From which weights a round begins, where an earlier one was rolled back."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from generator.files import write_json
from loop.config.run import LoopConfig
from loop.data.pictures import Batches, Labelled
from loop.run.run import Run
from loop.training.classifier import NetworkCard, fresh_classifier
from loop.training.weights import save_classifier

CONFIG: dict[str, Any] = {
    "seed": 1,
    "classes": {"sedan": ["sedan"], "bus": ["bus"]},
    "data": {"source": "rendered", "image_size": 32, "rendered": {"count": 4, "shapes": ["sedan", "bus"]}},
    "network": {"name": "resnet18_narrow"},
    "probe": {"render": {"count": 4, "shapes": ["sedan", "bus"]}},
    "holdout": {"count": 4, "shapes": ["sedan", "bus"]},
    "reinforce": {"shapes": ["sedan", "bus"]},
    "controller": {"rounds": 3},
}


def begun(folder: Path, retrain: str, rolled_back: bool) -> Run:
    """Two rounds are done, with weights of their own; the second may have been rolled back."""
    content = {**CONFIG, "train": {"retrain": retrain, "log": "none"}}
    run = Run(LoopConfig.model_validate(content), folder, lambda line: None)
    card = NetworkCard("resnet18_narrow", run.classes, 32, (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
    run.__dict__["_network_card"] = card  # as if measured on pictures
    for number in (0, 1):
        classifier = fresh_classifier(run._network_card, 10 + number, pretrained=False)
        place = run.folder.round(number)
        place.path.mkdir(parents=True)
        save_classifier(classifier, place.weights)
    gate = {"gain": 0.0, "low": -0.1, "high": 0.1, "harmed": ["color=r"], "kept": not rolled_back}
    write_json(run.folder.round(1).gate, gate)
    return run


def test_renders_that_teach_nothing_are_told(tmp_path: Path) -> None:
    """Of one class alone, beside photographs, with a prior of their own."""
    picture, mask = np.zeros((32, 32, 3), np.uint8), tmp_path / "mask.png"
    data = {**CONFIG["data"], "source": "folder", "root": "photos"}
    for adjusted, labels, rendered, told in (
        (True, (0, 1, 1), (False, False, True), "; renders of bus alone teach nothing"),
        (True, (0, 1, 1), (False, True, True), "; renders of bus alone teach nothing"),
        (True, (0, 1, 0), (False, True, True), ""),
        (True, (1, 1), (True, True), ""),
        (True, (0, 1), (False, False), ""),
        (False, (0, 1, 1), (False, False, True), ""),
    ):
        content = {**CONFIG, "data": data, "train": {"logit_adjusted_loss": adjusted, "log": "none"}}
        run = SimpleNamespace(config=LoopConfig.model_validate(content), classes=("sedan", "bus"))
        masks = tuple(mask if one else None for one in rendered)
        batches = Batches(Labelled((picture,) * len(labels), labels, masks), 32)
        assert Run._taught(run, batches).startswith(told)  # type: ignore[arg-type]
        assert bool(Run._taught(run, batches)) == bool(told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("retrain", "rolled_back", "seed"),
    [("finetune", False, 11), ("finetune", True, 10), ("scratch", False, 1), ("scratch", True, 1)],
)
def test_a_round_begins_with_the_weights_that_stand_or_fresh_ones(
    retrain: str, rolled_back: bool, seed: int, tmp_path: Path
) -> None:
    run = begun(tmp_path, retrain, rolled_back)
    found, expected = run._start(2), fresh_classifier(run._network_card, seed, pretrained=False)
    pairs = zip(found.parameters(), expected.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
