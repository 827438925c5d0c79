"""Training from trained weights: what is frozen stays to the bit, and each part learns at its own rate."""

from pathlib import Path

import numpy as np
import pytest
import torch

from generator.errors import UserError
from loop.config.training import TrainSettings
from loop.data.pictures import Batches, Labelled
from loop.training.classifier import Classifier, NetworkCard
from loop.training.fine_tuning import parameter_groups
from loop.training.train import train

CARD = NetworkCard("resnet18_narrow", ("a", "b"), 32, (0.5,) * 3, (0.25,) * 3)


@pytest.fixture(scope="module")
def data() -> Batches:
    pictures = np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3), dtype=np.uint8)
    return Batches(Labelled(tuple(pictures), (0, 1) * 8), 32)


def trained(data: Batches, folder: Path, **settings: object) -> dict[str, bool]:
    """Name in the state of a network -> whether two steps changed it."""
    classifier = Classifier(CARD, seed=0)
    before = {name: value.clone() for name, value in classifier.network.state_dict().items()}
    full = TrainSettings.model_validate({"epochs": 1, "batch_size": 8, "log": "none", **settings})
    train(classifier, data, full, steps_per_epoch=2, seed=0, checkpoint=folder / "t.ckpt")
    assert all(parameter.requires_grad for parameter in classifier.network.parameters())
    after = classifier.network.state_dict()
    return {name: not torch.equal(before[name], after[name]) for name in before}


def test_without_freezing_all_weights_and_statistics_change(data: Batches, tmp_path: Path) -> None:
    assert all(trained(data, tmp_path).values())


def test_a_frozen_body_keeps_weights_and_statistics(data: Batches, tmp_path: Path) -> None:
    changed = trained(data, tmp_path, freeze=["body"])
    assert {name for name, moved in changed.items() if moved} == {"fc.weight", "fc.bias"}


def test_a_frozen_layer_stays_and_the_others_learn(data: Batches, tmp_path: Path) -> None:
    changed = trained(data, tmp_path, freeze=["layer1."])
    assert not any(moved for name, moved in changed.items() if name.startswith("layer1."))
    assert all(moved for name, moved in changed.items() if not name.startswith("layer1."))


def test_frozen_batch_norm_keeps_statistics_and_learns_weights(data: Batches, tmp_path: Path) -> None:
    changed = trained(data, tmp_path, freeze_batch_norm=True)
    kept = {name for name, moved in changed.items() if not moved}
    assert kept == {name for name in changed if name.endswith(("mean", "var", "num_batches_tracked"))}


def test_the_first_step_of_the_body_is_shorter_by_the_ratio_of_the_rates(
    data: Batches, tmp_path: Path
) -> None:
    """One step of SGD is proportional to the rate, and so is the distance that a weight moves."""
    moved = []
    for body in (None, 0.005):
        classifier = Classifier(CARD, seed=0)
        before = {name: p.detach().clone() for name, p in classifier.network.named_parameters()}
        settings = TrainSettings.model_validate(
            {"epochs": 1, "batch_size": 8, "body_learning_rate": body, "weight_decay": 0, "augment": False,
             "log": "none"}
        )  # fmt: skip
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch.optim.lr_scheduler.OneCycleLR, "step", lambda self: None)
            train(classifier, data, settings, steps_per_epoch=1, seed=0, checkpoint=tmp_path / f"{body}.ckpt")
        after = {name: p.detach() for name, p in classifier.network.named_parameters()}
        moved.append(
            {name: (after[name] - before[name]).norm().item() for name in ("conv1.weight", "fc.weight")}
        )
    assert moved[1]["fc.weight"] == pytest.approx(moved[0]["fc.weight"])
    assert moved[1]["conv1.weight"] == pytest.approx(moved[0]["conv1.weight"] / 10, rel=1e-4)


def test_one_group_without_a_rate_of_the_body() -> None:
    """Checkpoints of trainings that began before there were rates of the body hold one group."""
    classifier = Classifier(CARD, seed=0)
    (group,) = parameter_groups(classifier, TrainSettings())
    assert len(group["params"]) == len(list(classifier.network.parameters()))


@pytest.mark.parametrize(
    ("freeze", "said"),
    [
        (["nolayer"], r"no layer of 'resnet18_narrow' begins with 'nolayer'; it has conv1, bn1, layer1"),
        (["body", "fc."], "leaves no layer to train"),
    ],
)
def test_what_cannot_be_frozen(data: Batches, tmp_path: Path, freeze: list[str], said: str) -> None:
    with pytest.raises(UserError, match=rf"train\.freeze: {said}"):
        trained(data, tmp_path, freeze=freeze)
