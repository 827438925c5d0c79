"""Penalties on evidence outside the mask: by hand, and what training with them does."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from loop.config.training import AttentionSettings, TrainSettings
from loop.data.pictures import Batches, Labelled
from loop.training.attention_loss import outside_cam, outside_gradients, penalty
from loop.training.classifier import Classifier, NetworkCard
from loop.training.train import train


def test_gradients_outside_by_hand() -> None:
    """Two classes, logits (w·x, 0): Σ log p = z − 2 log(1 + e^z), so its gradient is w (1 − 2σ(z))."""
    weight = torch.tensor([1.0, 2.0, 3.0, 4.0])
    x = torch.tensor([0.1, 0.2, -0.1, 0.05]).view(1, 1, 2, 2).requires_grad_()
    z = (x.flatten(1) * weight).sum(1)
    logits = torch.stack([z, torch.zeros(1)], 1)
    mask = torch.tensor([[1.0, 0.0], [1.0, 0.0]]).view(1, 1, 2, 2)
    factor = 1 - 2 * torch.sigmoid(torch.tensor(0.4)).item()
    assert outside_gradients(logits, x, mask).item() == pytest.approx(factor**2 * (4 + 16), rel=1e-5)


def test_cam_outside_by_hand() -> None:
    """One channel with weight ¼ (the mean of the gradient of a mean): the CAM is the map, halved in share."""
    maps = torch.tensor([[3.0, 1.0], [2.0, -5.0]]).view(1, 1, 2, 2).requires_grad_()
    logits = torch.stack([maps.mean((1, 2, 3)), torch.zeros(1)], 1)
    mask = torch.zeros(1, 1, 4, 4)
    mask[..., :2, :2] = 1
    mask[..., 2:, :1] = 1
    # Inside: all of 3, half of 2; outside 1 and 1 of 6.
    assert outside_cam(logits, torch.tensor([0]), maps, mask).item() == pytest.approx(2 / 6)


def toy_pictures() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two classes told by channel 0 or 1 inside the mask, and more loudly by channel 2 outside it."""
    generator = torch.Generator().manual_seed(0)
    images = 0.1 * torch.rand(64, 3, 8, 8, generator=generator)
    labels = torch.arange(64) % 2
    images[torch.arange(64), labels, 2:6, 0:3] += 1
    images[:, 2, 2:6, 5:8] += 3.0 * labels[:, None, None]
    masks = torch.zeros(64, 1, 8, 8)
    masks[..., :4] = 1
    return images, labels, masks


def trained_toy(kind: str | None, weight: float) -> tuple[float, float, float]:
    """Accuracy, and the evidence outside the mask of a small network by both measures, after training."""
    images, labels, masks = toy_pictures()
    with torch.random.fork_rng():
        torch.manual_seed(1)
        stem, head = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU()), nn.Linear(8, 2)
    optimiser = torch.optim.Adam([*stem.parameters(), *head.parameters()], 0.03)
    for _ in range(120):
        inputs = images.clone().requires_grad_()
        maps = stem(inputs)
        logits = head(maps.mean((2, 3)))
        loss = nn.functional.cross_entropy(logits, labels)
        if kind:
            loss = loss + penalty(
                AttentionSettings.model_validate({"kind": kind, "weight": weight}), logits_BK=logits,
                labels_B=labels, inputs_BCHW=inputs, activations_BCHW=maps, masks_B1HW=masks,
                masked_B=torch.ones(64, dtype=torch.bool),
            )  # fmt: skip
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    inputs = images.clone().requires_grad_()
    maps = stem(inputs)
    logits = head(maps.mean((2, 3)))
    accuracy = (logits.argmax(1) == labels).float().mean()
    by_map = outside_cam(logits, labels, maps, masks).mean()
    by_gradient = outside_gradients(logits, inputs, masks).mean()
    return accuracy.item(), by_gradient.item(), by_map.item()


@pytest.mark.parametrize(("kind", "weight", "measure"), [("gradients", 100.0, 1), ("cam", 2.0, 2)])
def test_it_lowers_the_evidence_outside_the_mask(kind: str, weight: float, measure: int) -> None:
    plain, taught = trained_toy(None, 0), trained_toy(kind, weight)
    assert plain[0] == taught[0] == 1.0
    assert taught[measure] < 0.5 * plain[measure], (plain, taught)


@pytest.mark.parametrize("kind", ["gradients", "cam"])
def test_a_network_of_the_zoo_trains_with_it(tmp_path: Path, kind: str) -> None:
    mask = np.zeros((32, 32), np.uint8)
    mask[:, :16] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    data = Batches(Labelled((picture,) * 4, (0, 1, 0, 1), (tmp_path / "mask.png", None) * 2), 32)
    settings = TrainSettings.model_validate(
        {
            "epochs": 1,
            "batch_size": 4,
            "learning_rate": 0.001,
            "log": "none",
            "attention_loss": {"kind": kind},
        }
    )
    classifier = Classifier(NetworkCard("alexnet_gap", ("a", "b"), 32, (0.4,) * 3, (0.15,) * 3), seed=0)
    history = train(classifier, data, settings, steps_per_epoch=1, seed=0, checkpoint=tmp_path / "t.ckpt")
    assert history.epochs[0]["penalty"] > 0


def test_pictures_without_a_mask_bear_no_penalty() -> None:
    x = torch.ones(1, 3, 4, 4, requires_grad=True)
    logits = nn.Flatten()(x)[:, :2]
    found = penalty(
        AttentionSettings(), logits_BK=logits, labels_B=torch.tensor([0]), inputs_BCHW=x, activations_BCHW=x,
        masks_B1HW=torch.zeros(1, 1, 4, 4), masked_B=torch.tensor([False]),
    )  # fmt: skip
    assert found.item() == 0
