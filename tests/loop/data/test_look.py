"""The look in a training: renders alone get it, at every step another one, and a broken training goes on."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from generator.errors import UserError
from loop.config.look import LookSettings
from loop.config.training import TrainSettings
from loop.data.augment import Augmentation
from loop.data.batches import AugmentedBatches, BatchIndex
from loop.data.look import check_photographs_left, rendered_look
from loop.data.pictures import Batches, Labelled
from loop.training.classifier import Classifier, NetworkCard
from loop.training.train import train
from tests.helpers.looks import rendered, write_renders

SIZE = 32
LOOK: dict[str, Any] = {
    "framing": {},
    "backgrounds": {"fraction": 0.7},
    "camera": {"downsampling": [1, 2], "noise": [0, 0.05], "jpeg": [40, 90]},
    "amplitude_jitter": {"probability": 0.5},
}
INDICES = [0, 5, 2, 7]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Batches:
    """Four photographs of the classes 0, 1, 2, 2 and four renders of the classes 0 and 1."""
    folder = tmp_path_factory.mktemp("renders")
    names = write_renders(folder, 4, 48)
    photographs = np.random.default_rng(0).integers(0, 255, (4, SIZE, SIZE, 3), dtype=np.uint8)
    images = tuple(folder / "images" / f"{name}.png" for name in names)
    masks = tuple(folder / "masks" / f"{name}.png" for name in names)
    renders = Labelled(images, (0, 1, 0, 1), masks)
    return Batches(Labelled(tuple(photographs), (0, 1, 2, 2)) + renders, SIZE)


def batch(data: Batches, look: dict[str, Any] | None, step: int = 3, *, masks: bool = True) -> Any:
    settings = None if look is None else LookSettings.model_validate(look)
    augmentation = Augmentation(False, SIZE, 3)
    made = AugmentedBatches(data, augmentation, 1, masks=masks, look=rendered_look(settings, data))
    return made[BatchIndex(step, 0, INDICES)]


def test_without_a_look_nothing_changes(data: Batches) -> None:
    images, _, masks, _ = batch(data, None)
    assert torch.equal(images, data[INDICES][0])
    assert torch.equal(masks, data.masks(INDICES))
    untouched = images.clone()
    batch(data, LOOK)
    assert torch.equal(data[INDICES][0], untouched), "the pictures in memory stay as they are"


def test_renders_change_and_photographs_stay(data: Batches) -> None:
    images, labels, masks, shown = batch(data, LOOK)
    before = data[INDICES][0]
    assert shown.tolist() == [False, True, False, True]
    assert labels.tolist() == [0, 1, 2, 1]
    assert torch.equal(images[~shown], before[~shown])
    assert (images[shown] != before[shown]).float().mean() > 0.5
    assert not masks[~shown].any()
    assert (masks[shown].float().mean((1, 2, 3)) > 255 * 0.6).all(), "the vehicle fills its frame"


def test_the_look_is_that_of_the_seed_and_the_step(data: Batches) -> None:
    first, again, later = (batch(data, LOOK, step) for step in (3, 3, 4))
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert not torch.equal(first[0], later[0])
    without = batch(data, LOOK, masks=False)
    assert torch.equal(without[0], first[0])
    assert without[2].shape == (4, 0, SIZE, SIZE)


def test_masks_follow_their_pictures(data: Batches) -> None:
    """A crop without anything else is the crop of the file, and its mask the crop of the mask."""
    images, _, masks, _ = batch(data, {"framing": {"margin": [0, 0]}})
    picture, mask = rendered(1, 48)
    ys, xs = np.nonzero(mask)
    box = slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1)
    expected = cv2.resize(mask[box].astype(np.uint8), (SIZE, SIZE), interpolation=cv2.INTER_NEAREST_EXACT)
    np.testing.assert_array_equal(masks[1, 0].numpy() > 0, expected > 0)
    assert images[1].float().mean() == pytest.approx(picture[box].mean(), abs=4)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_broken_training_ends_with_the_same_weights(data: Batches, tmp_path: Path, workers: int) -> None:
    settings = TrainSettings.model_validate(
        {"epochs": 2, "batch_size": 4, "learning_rate": 0.01, "log": "none", "rendered_look": LOOK}
        | {"workers": workers}
    )

    def fresh() -> Classifier:
        card = NetworkCard("resnet18_narrow", ("a", "b", "c"), SIZE, (0.5,) * 3, (0.25,) * 3)
        return Classifier(card, seed=0)

    def weights(classifier: Classifier) -> torch.Tensor:
        return torch.cat([value.flatten() for value in classifier.network.parameters()])

    checkpoint = tmp_path / "broken.ckpt"
    whole, broken, resumed, plain = (fresh() for _ in range(4))
    train(whole, data, settings, steps_per_epoch=2, seed=1, checkpoint=tmp_path / "whole.ckpt")

    class StoppedError(Exception):
        pass

    def stop(epoch: int) -> None:
        if checkpoint.exists():
            raise StoppedError

    with pytest.raises(StoppedError):
        train(
            broken,
            data,
            settings,
            steps_per_epoch=2,
            seed=1,
            checkpoint=tmp_path / "broken.ckpt",
            at_epoch=stop,
        )
    train(resumed, data, settings, steps_per_epoch=2, seed=1, checkpoint=tmp_path / "broken.ckpt")
    assert torch.equal(weights(whole), weights(resumed))
    without = settings.model_copy(update={"rendered_look": None})
    train(plain, data, without, steps_per_epoch=2, seed=1, checkpoint=tmp_path / "plain.ckpt")
    assert not torch.equal(weights(whole), weights(plain))


def test_photographs_of_other_classes_are_backgrounds(data: Batches) -> None:
    settings = LookSettings.model_validate({"backgrounds": {"source": "photographs"}})
    look = rendered_look(settings, data)
    assert look is not None
    assert [id(one) for one in look.pictures] == [id(data.data.sources[i]) for i in (2, 3)]
    renders = Batches(data.data.at([4, 5, 6, 7]), SIZE)
    with pytest.raises(UserError, match="'photographs' takes those whose class no render shows"):
        rendered_look(settings, renders)
    check_photographs_left(("car", "dog"), ("car",))
    with pytest.raises(UserError, match="there are none; use noise, or folder"):
        check_photographs_left(("car", "truck"), ("truck", "car"))


def test_pictures_of_a_folder_are_backgrounds(data: Batches, tmp_path: Path) -> None:
    settings = LookSettings.model_validate({"backgrounds": {"source": "folder", "folder": tmp_path}})
    with pytest.raises(UserError, match=r"holds no picture .* put some there or name another folder"):
        rendered_look(settings, data)
    (tmp_path / "deep").mkdir()
    cv2.imwrite(str(tmp_path / "deep" / "a.png"), np.zeros((9, 9, 3), np.uint8))
    look = rendered_look(settings, data)
    assert look is not None
    assert list(look.pictures) == [tmp_path / "deep" / "a.png"]


def test_where_nothing_is_rendered_there_is_no_look(data: Batches) -> None:
    assert rendered_look(LookSettings(), Batches(data.data.at([0, 1]), SIZE)) is None
