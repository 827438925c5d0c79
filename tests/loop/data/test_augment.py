"""Augmentation: masks follow their pictures, labels mix, the same seed gives the same batch."""

import pytest
import torch
from torch import Tensor

from loop.config.training import AugmentSettings
from loop.data.augment import Augmentation

GENERATOR = torch.Generator().manual_seed(0)
MASKS = (torch.rand(6, 1, 16, 16, generator=GENERATOR) < 0.5).to(torch.uint8) * 255
IMAGES = MASKS.expand(-1, 3, -1, -1).clone()
LABELS = torch.arange(6) % 3
NONE = IMAGES[:, :0]


def changed(
    asked: AugmentSettings | bool, masks: Tensor = MASKS, seed: int = 1
) -> tuple[Tensor, Tensor, Tensor]:
    return Augmentation(asked, 16, 3)(IMAGES, LABELS, masks, seed)


@pytest.mark.parametrize("asked", [True, AugmentSettings(flip=0.5), AugmentSettings(flip=1)])
def test_masks_move_with_their_pictures(asked: AugmentSettings | bool) -> None:
    images, labels, masks = changed(asked)
    assert torch.equal(images[:, :1], masks)
    assert not torch.equal(images, IMAGES)
    assert torch.equal(labels, LABELS)


@pytest.mark.parametrize(
    "asked",
    [
        AugmentSettings(crop=0.5, rotation=20, shift=0.1, scale=1.2, distortion=0.3),
        AugmentSettings(auto=True),
        AugmentSettings(mixup=0.4, cutmix=1.0),
    ],
)
def test_the_seed_decides_everything(asked: AugmentSettings) -> None:
    before = torch.get_rng_state()
    first, again, other = (changed(asked, NONE, seed)[0] for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.shape == IMAGES.shape
    assert first.dtype == torch.uint8


def test_mixed_labels_are_shares() -> None:
    _, shares, _ = changed(AugmentSettings(mixup=1.0), NONE)
    assert shares.shape == (6, 3)
    torch.testing.assert_close(shares.sum(1), torch.ones(6))
    assert ((shares > 0) & (shares < 1)).any()


def test_nothing_asked_changes_nothing() -> None:
    images, labels, masks = changed(False)
    assert images is IMAGES
    assert labels is LABELS
    assert masks is MASKS
