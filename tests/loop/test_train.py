"""Training: the order of pictures, augmentation, and the same weights with and without a break."""

from pathlib import Path

import numpy as np
import pytest
import torch

from generator.errors import UserError
from loop.classifier import Card, Classifier, channel_statistics
from loop.config import TrainSettings
from loop.data import Batches, Labelled
from loop.train import Stream, augment, train

SETTINGS = TrainSettings(epochs=3, batch_size=8, learning_rate=0.01)


@pytest.fixture(scope="module")
def data() -> Batches:
    """Red and blue pictures with noise: two classes that any network learns."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 120, (24, 32, 32, 3), dtype=np.uint8)
    labels = tuple(i % 2 for i in range(24))
    for picture, label in zip(pictures, labels, strict=True):
        picture[:, :, 2 * label] += 120
    return Batches(Labelled(tuple(pictures), labels), 32)


def fresh(data: Batches, name: str = "resnet18") -> Classifier:
    assert data.images is not None
    return Classifier(Card(name, ("red", "blue"), 32, *channel_statistics(data.images)), seed=0)


def weights(classifier: Classifier) -> torch.Tensor:
    return torch.cat([tensor.double().flatten() for tensor in classifier.network.state_dict().values()])


class InterruptedTrainingError(Exception):
    pass


@pytest.mark.parametrize("name", ["resnet18", "vgg16_bn"])
def test_a_broken_training_ends_with_the_same_weights(data: Batches, tmp_path: Path, name: str) -> None:
    settings = SETTINGS.model_copy(update={"epochs": 2})
    whole, broken = fresh(data, name), fresh(data, name)
    losses = train(whole, data, settings, steps_per_epoch=3, seed=1, checkpoint=tmp_path / "a.ckpt")
    steps = 0

    def interrupt(number: int) -> None:
        nonlocal steps
        steps += number
        if steps == 5:
            raise InterruptedTrainingError

    checkpoint = tmp_path / "b.ckpt"
    with pytest.raises(InterruptedTrainingError):
        train(broken, data, settings, steps_per_epoch=3, seed=1, checkpoint=checkpoint, advance=interrupt)
    resumed = fresh(data, name)
    again = train(resumed, data, settings, steps_per_epoch=3, seed=1, checkpoint=checkpoint)
    assert torch.equal(weights(whole), weights(resumed))
    assert not torch.equal(weights(whole), weights(broken))
    assert again.losses == losses.losses


def test_it_learns(data: Batches, tmp_path: Path) -> None:
    classifier = fresh(data)
    losses = train(classifier, data, SETTINGS, steps_per_epoch=6, seed=0, checkpoint=tmp_path / "c.ckpt")
    assert losses.losses[-1] < losses.losses[0]
    images, labels = data[list(range(24))]
    accuracy = (classifier.eval()(images).argmax(1) == labels).float().mean()
    assert accuracy == 1.0


def test_another_seed_gives_other_weights(data: Batches, tmp_path: Path) -> None:
    one, other = fresh(data), fresh(data)
    settings = SETTINGS.model_copy(update={"epochs": 1})
    train(one, data, settings, steps_per_epoch=2, seed=0, checkpoint=tmp_path / "d.ckpt")
    train(other, data, settings, steps_per_epoch=2, seed=1, checkpoint=tmp_path / "e.ckpt")
    assert not torch.equal(weights(one), weights(other))


def test_a_loss_that_is_no_number_stops_the_training(data: Batches, tmp_path: Path) -> None:
    classifier = fresh(data)
    with torch.no_grad():
        next(classifier.network.parameters()).fill_(float("nan"))
    with pytest.raises(UserError, match=r"loss is nan at step 0; lower train\.learning_rate"):
        train(classifier, data, SETTINGS, steps_per_epoch=1, seed=0, checkpoint=tmp_path / "f.ckpt")
    assert not (tmp_path / "f.ckpt").exists()


def test_each_pass_shows_every_picture_once() -> None:
    stream = Stream(pictures=10, batch_size=4, steps=3, seed=5)
    seen: list[int] = []
    for epoch in range(5):
        stream.set_epoch(epoch)
        batches = list(stream)
        assert [len(batch) for batch in batches] == [4, 4, 4]
        seen += [i for batch in batches for i in batch]
    assert len(seen) == 60
    for start in range(0, 60, 10):
        assert sorted(seen[start : start + 10]) == list(range(10))


def test_augmentation_only_flips_and_shifts() -> None:
    image = torch.arange(3 * 16 * 16).remainder(251).to(torch.uint8).view(1, 3, 16, 16)
    out = augment(image.expand(64, -1, -1, -1), torch.Generator().manual_seed(0))
    padded = torch.nn.functional.pad(image.float(), [2] * 4, mode="reflect").to(torch.uint8)
    windows = [padded[0, :, y : y + 16, x : x + 16] for y in range(5) for x in range(5)]
    possible = windows + [window.flip(2) for window in windows]
    assert all(any(torch.equal(one, window) for window in possible) for one in out)
    assert len({one.numpy().tobytes() for one in out}) > 20
