"""Training: the order of pictures, augmentation, and the same weights with and without a break."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from generator.errors import UserError
from loop.config.training import TrainSettings
from loop.data.pictures import Batches, Labelled
from loop.training.classifier import Classifier, NetworkCard, channel_statistics
from loop.training.train import Stream, augment, forget, train

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
    return Classifier(NetworkCard(name, ("red", "blue"), 32, *channel_statistics(data.images)), seed=0)


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


def judged(data: Batches, **more: object) -> tuple[TrainSettings, Batches]:
    """Settings that look at a validation set, and one of which nothing can be learned: noise."""
    noise = np.random.default_rng(1).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
    settings = TrainSettings.model_validate(
        {"epochs": 6, "batch_size": 8, "learning_rate": 0.05, "log": "none", **more}
    )
    return settings, Batches(Labelled(tuple(noise), (0, 1) * 3), 32)


def test_it_stops_where_validation_gets_no_better_and_keeps_the_best(data: Batches, tmp_path: Path) -> None:
    settings, valid = judged(data, patience=2, keep="best")
    classifier = fresh(data, "alexnet_gap")
    history = train(
        classifier, data, settings, steps_per_epoch=2, seed=0, checkpoint=tmp_path / "g.ckpt", valid=valid
    )
    losses = [epoch["valid_loss"] for epoch in history.epochs]
    best = losses.index(min(losses))
    assert len(losses) == min(6, best + 3)
    images, labels = valid[list(range(6))]
    with torch.no_grad():
        again = torch.nn.functional.cross_entropy(classifier.eval()(images), labels)
    assert float(again) == pytest.approx(losses[best], rel=1e-5)
    forget(tmp_path / "g.ckpt")
    assert not list(tmp_path.glob("*g*"))


def test_a_checkpoint_of_another_network_is_refused(data: Batches, tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"epochs": 1, "log": "none"})
    path = tmp_path / "h.ckpt"
    train(fresh(data, "alexnet_gap"), data, settings, steps_per_epoch=1, seed=0, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(UserError, match="is of network 'alexnet_gap', not 'resnet18'; remove it"):
        train(fresh(data), data, settings, steps_per_epoch=1, seed=0, checkpoint=path)
    assert path.read_bytes() == before
    path.write_bytes(b"PK broken")
    with pytest.raises(UserError, match="is not a checkpoint that can be read"):
        train(fresh(data), data, settings, steps_per_epoch=1, seed=0, checkpoint=path)


def test_what_needs_more_is_said_before_anything_is_done(data: Batches, tmp_path: Path) -> None:
    path = tmp_path / "i.ckpt"
    for more, said in (
        ({"patience": 2}, "set data.valid_fraction"),
        ({"log": "wandb"}, "'wandb' is not installed"),
    ):
        settings = SETTINGS.model_copy(update=more)
        with pytest.raises(UserError, match=said):
            train(fresh(data, "alexnet_gap"), data, settings, steps_per_epoch=1, seed=0, checkpoint=path)
    assert not path.exists()


def test_balanced_classes_weigh_by_their_number() -> None:
    from loop.training.train import _class_weights

    blank = np.zeros((32, 32, 3), np.uint8)
    data = Batches(Labelled((blank,) * 8, (0,) * 6 + (1,) * 2), 32)
    classifier = Classifier(NetworkCard("alexnet_gap", ("a", "b"), 32, (0.5,) * 3, (0.5,) * 3), seed=0)
    weights = _class_weights(TrainSettings(class_weights="balanced"), data, classifier)
    assert weights is not None
    assert weights.tolist() == pytest.approx([8 / 12, 2.0])
    assert _class_weights(TrainSettings(), data, classifier) is None


def test_a_training_that_is_asked_to_end_ends_as_one_that_is_not_done(data: Batches, tmp_path: Path) -> None:
    steps: list[int] = []

    def ask(number: int) -> None:
        steps.append(number)
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit) as ended:
        train(fresh(data), data, SETTINGS, steps_per_epoch=6, seed=0, checkpoint=tmp_path / "c", advance=ask)
    assert ended.value.code == 128 + signal.SIGTERM
    assert sum(steps) == 1
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
