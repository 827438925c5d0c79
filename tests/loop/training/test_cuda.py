"""On a CUDA device: every network trains, and is judged, looked at and scored as on the processor."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

from analysis.methods.table import METHODS, explain
from analysis.zoo import ZOO, entry
from generator.dataset.dataset import read_set
from generator.naming import picture_name
from loop.config.controller import AttributionSettings
from loop.config.training import TrainSettings
from loop.data.pictures import Batches, Labelled
from loop.evaluation.evaluate import evaluate
from loop.evaluation.files import EvaluationFiles
from loop.training.classifier import Classifier, NetworkCard, channel_statistics
from loop.training.train import train

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
SIDE = 64


@pytest.fixture(scope="module")
def data() -> Batches:
    return pictures(SIDE)


def pictures(side: int) -> Batches:
    """Two classes that differ in colour."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 120, (32, side, side, 3), dtype=np.uint8)
    drawn[::2, :, :, 0] += 120
    return Batches(Labelled(tuple(drawn), (0, 1) * 16), side)


@pytest.fixture(autouse=True)
def _exact() -> Iterator[None]:
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    yield
    torch.backends.cudnn.allow_tf32 = before


def fresh(data: Batches, name: str) -> Classifier:
    assert data.images is not None
    return Classifier(
        NetworkCard(name, ("red", "blue"), data.images.shape[-1], *channel_statistics(data.images)), seed=0
    )


WHOLE = [(name, 224) for name in ("alexnet", "googlenet", "vgg16_bn")]
"""Networks that pool otherwise at the size that they are published for."""


@pytest.mark.parametrize(("name", "side"), [*((name, SIDE) for name in sorted(ZOO)), *WHOLE])
def test_a_network_trains_the_same_twice(tmp_path: Path, name: str, side: int) -> None:
    data = pictures(side)
    settings = TrainSettings(epochs=2, batch_size=8, learning_rate=0.01, precision="auto")
    one, other = fresh(data, name), fresh(data, name)
    losses = [
        train(network, data, settings, steps_per_epoch=4, seed=1, checkpoint=tmp_path / f"{i}.ckpt").losses
        for i, network in enumerate((one, other))
    ]
    assert np.isfinite(losses).all()
    assert losses[0] == losses[1]
    for key, weight in one.network.state_dict().items():
        assert torch.equal(weight, other.network.state_dict()[key]), key


@pytest.mark.parametrize("method", sorted(METHODS))
def test_maps_are_those_of_the_processor(data: Batches, method: str) -> None:
    """Of a network in double precision, so that no choice of kernels shows."""
    classifier = fresh(data, "resnet18_narrow").eval().double()
    images, labels = data[list(range(4))]
    image, layer = classifier.normalise(images.double()), entry("resnet18_narrow").cam_layer
    found = []
    for device in ("cpu", "cuda"):
        network = classifier.network.to(device)
        raw, refused, _ = explain(network, image.to(device), [layer], labels[None].to(device), [method])
        assert not refused
        found.append([one.maps.double().cpu() for one in raw.values()])
    for here, there in zip(*found, strict=True):
        assert here.abs().max() > 0
        assert (here - there).norm() / here.norm() < 1e-4


def test_a_verification_says_the_same(data: Batches, tmp_path: Path) -> None:
    table = written_set(tmp_path / "set")
    look, labels = AttributionSettings(methods=("grad_cam",), layers="last"), [0, 1] * 4
    classifier = fresh(data, "resnet18_narrow").eval()
    here, there = (
        evaluate(classifier.to(device), table, labels, EvaluationFiles(tmp_path / device, "probe"), look)
        for device in ("cpu", "cuda")
    )
    numbers = here.select_dtypes("number").columns
    assert len(numbers) > 10
    np.testing.assert_allclose(here[numbers], there[numbers], rtol=1e-3, atol=1e-4)


def written_set(folder: Path) -> pd.DataFrame:
    rng, mask = np.random.default_rng(1), np.zeros((SIDE, SIDE), np.uint8)
    mask[20:44, 12:52] = 255
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for i in range(8):
        name = f"{picture_name('sedan', 'r', 20, 'f', i)}.png"
        cv2.imwrite(str(folder / "images" / name), rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))
        cv2.imwrite(str(folder / "masks" / name), mask)
    return read_set(folder)
