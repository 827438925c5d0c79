"""Augmentation: random changes of training pictures; masks and labels follow.

Which changes is an option, `train.augment`; what batches they are made to is in `loop.data.batches`.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2

from loop.config.training import AugmentSettings


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Flip half of the pictures (B, C, S, S) from side to side and shift all by up to S/8 pixels.

    Borders are filled by reflection.
    """
    batch, _, side, _ = images.shape
    reach = side // 8
    flipped = torch.rand(batch, generator=generator) < 0.5
    shift = torch.randint(0, 2 * reach + 1, (2, batch, 1), generator=generator)
    columns = torch.arange(side).expand(batch, side)
    columns = torch.where(flipped[:, None], columns.flip(1), columns) + shift[0]
    rows = torch.arange(side) + shift[1]
    padded = F.pad(images.float(), [reach] * 4, mode="reflect").to(images.dtype)
    picked = padded.permute(0, 2, 3, 1)[
        torch.arange(batch)[:, None, None], rows[:, :, None], columns[:, None, :]
    ]
    return picked.permute(0, 3, 1, 2)


class Augmentation:
    """The changes that `train.augment` names; all randomness comes from the seed of the batch.

    Args:
        asked: False for none, True for those of `augment`, or settings.
        size: side of the pictures, pixels.
        num_classes: of the labels, where pictures are mixed.
    """

    def __init__(self, asked: bool | AugmentSettings, size: int, num_classes: int) -> None:
        self.asked = asked
        if isinstance(asked, AugmentSettings):
            self.picture = v2.Compose(_changes(asked, size))
            self.mixes = _mixes(asked, num_classes)

    def __call__(
        self, images: Tensor, labels: Tensor, masks: Tensor, seed: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Change a batch.

        Args:
            images: (B, 3, S, S) uint8.
            labels: (B,) class indices.
            masks: (B, 1, S, S) uint8, or (B, 0, S, S) where none are needed.

        Returns:
            The same three; labels are (B, K) fractions that add up to 1 where
            pictures are mixed.
        """
        if self.asked is False:
            return images, labels, masks
        if self.asked is True:
            generator = torch.Generator().manual_seed(seed)
            both = augment(torch.cat([images, masks], 1), generator)
            return both[:, :3], labels, both[:, 3:]
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            pairs = [self._one(image, mask) for image, mask in zip(images, masks, strict=True)]
            images, masks = (torch.stack(part) for part in zip(*pairs, strict=True))
            return (*self._mixed(images, labels), masks)

    def _one(self, image: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        if not mask.shape[0]:
            return self.picture(tv_tensors.Image(image)).as_subclass(Tensor), mask
        changed, followed = self.picture(tv_tensors.Image(image), tv_tensors.Mask(mask))
        return changed.as_subclass(Tensor), followed.as_subclass(Tensor)

    def _mixed(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        if self.mixes is None:
            return images, labels
        mixed, fractions = self.mixes(images.float(), labels)
        return mixed.round().to(torch.uint8), fractions


def _changes(asked: AugmentSettings, size: int) -> list[Any]:
    changes: list[Any] = []
    if asked.auto:
        changes.append(v2.AutoAugment(v2.AutoAugmentPolicy.IMAGENET))
    if asked.rotation or asked.shift or asked.scale > 1:
        shift = (asked.shift, asked.shift) if asked.shift else None
        scale = (1 / asked.scale, asked.scale) if asked.scale > 1 else None
        changes.append(
            v2.RandomAffine(asked.rotation, shift, scale, interpolation=v2.InterpolationMode.BILINEAR)
        )
    if asked.distortion:
        changes.append(v2.RandomPerspective(asked.distortion, p=1.0))
    if asked.crop < 1:
        changes.append(v2.RandomResizedCrop(size, scale=(asked.crop, 1.0), antialias=True))
    return [*changes, v2.RandomHorizontalFlip(asked.flip)]


def _mixes(asked: AugmentSettings, num_classes: int) -> Any:
    mixes: list[Any] = []
    if asked.mixup:
        mixes.append(v2.MixUp(alpha=asked.mixup, num_classes=num_classes))
    if asked.cutmix:
        mixes.append(v2.CutMix(alpha=asked.cutmix, num_classes=num_classes))
    return v2.RandomChoice(mixes) if mixes else None
