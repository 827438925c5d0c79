"""A training that is stored: the weights of the training alone, and no checkpoint left."""

from pathlib import Path

import numpy as np
import pytest

from loop.config.training import TrainSettings
from loop.data.pictures import Batches, Labelled
from loop.training.fit import fit, new_classifier, total_steps
from loop.training.module import History
from loop.training.train import train
from loop.training.weights import save_classifier

SETTINGS = TrainSettings(epochs=2, batch_size=4, learning_rate=0.01, log="none")


@pytest.fixture(scope="module")
def data() -> Batches:
    pictures = np.random.default_rng(0).integers(0, 255, (8, 32, 32, 3), dtype=np.uint8)
    return Batches(Labelled(tuple(pictures), tuple(i % 2 for i in range(8))), 32)


def test_its_weights_are_those_of_the_training(data: Batches, tmp_path: Path) -> None:
    alone, stored = (
        new_classifier("resnet18_narrow", ("a", "b"), data, seed=1, pretrained=False) for _ in range(2)
    )
    checkpoint = tmp_path / "alone.ckpt"
    history = train(alone, data, SETTINGS, steps_per_epoch=3, seed=1, checkpoint=checkpoint)
    save_classifier(alone, tmp_path / "alone.safetensors")
    weights, checkpoint = tmp_path / "stored.safetensors", tmp_path / "stored.ckpt"
    found = fit(stored, data, SETTINGS, seed=1, checkpoint=checkpoint, epoch_pictures=11, weights=weights)
    assert weights.read_bytes() == (tmp_path / "alone.safetensors").read_bytes()
    assert found.losses == history.losses
    assert not checkpoint.exists()
    assert total_steps(11, SETTINGS) == 6


def test_a_kill_before_saving_loses_no_epoch(data: Batches, tmp_path: Path) -> None:
    """What is to be done before the weights are there is done again, from the checkpoint."""
    weights, checkpoint = tmp_path / "model.safetensors", tmp_path / "training.ckpt"
    steps: list[int] = []

    def killed(history: History) -> None:
        assert len(history.epochs) == 2
        assert not weights.exists()
        raise KeyboardInterrupt

    def once(before_saving: object) -> None:
        classifier = new_classifier("resnet18_narrow", ("a", "b"), data, seed=1, pretrained=False)
        fit(
            classifier, data, SETTINGS, seed=1, checkpoint=checkpoint, weights=weights,
            advance=steps.append, before_saving=before_saving,  # type: ignore[arg-type]
        )  # fmt: skip

    with pytest.raises(KeyboardInterrupt):
        once(killed)
    assert checkpoint.exists()
    assert not weights.exists()
    assert sum(steps) == 4
    steps.clear()
    once(lambda history: None)
    assert weights.exists()
    assert not checkpoint.exists()
    assert not steps, "no step is done again"
