"""Train a classifier with Lightning; the same seed gives the same weights, interrupted or not.

All randomness is a function of (seed, step): the order of the pictures, their augmentation and
dropout. So a run that goes on from the checkpoint of its last whole epoch ends with the same weights.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, Sampler

from generator.errors import UserError
from loop.classifier import Classifier
from loop.config import TrainSettings
from loop.data import Batches

Advance = Callable[[int], None]


def train(
    classifier: Classifier,
    data: Batches,
    settings: TrainSettings,
    *,
    steps_per_epoch: int,
    seed: int,
    checkpoint: Path,
    advance: Advance = lambda n: None,
) -> list[float]:
    """Train in place and return the mean loss of each epoch.

    Args:
        steps_per_epoch: optimiser steps that make an epoch, whatever the number of pictures is.
        checkpoint: kept after each epoch; where it exists the training goes on from there.
        advance: called with the number of steps done.

    Raises:
        UserError: the loss is no longer a number.
    """
    sampler = Stream(len(data), settings.batch_size, steps_per_epoch, seed)
    loader = DataLoader(data, sampler=sampler, batch_size=None)
    steps = steps_per_epoch * settings.epochs
    module = _Training(classifier, settings, steps, seed, checkpoint, advance)
    _hush()
    trainer = L.Trainer(
        max_epochs=settings.epochs,
        accelerator="auto",
        devices=1,
        precision=settings.precision,
        deterministic=True,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=checkpoint.parent,
    )
    resume = str(checkpoint) if checkpoint.exists() else None
    trainer.fit(module, loader, ckpt_path=resume, weights_only=True if resume else None)
    classifier.cpu()
    return module.losses


def steps_per_epoch(pictures: int, batch_size: int) -> int:
    return math.ceil(pictures / batch_size)


class Stream(Sampler[list[int]]):
    """Batches from an endless chain of shuffled passes over the data, cut into epochs of equal length."""

    def __init__(self, pictures: int, batch_size: int, steps: int, seed: int) -> None:
        self.pictures, self.batch_size, self.steps, self.seed, self.epoch = (
            pictures,
            batch_size,
            steps,
            seed,
            0,
        )

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls this before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[list[int]]:
        length = self.steps * self.batch_size
        first = self.epoch * length
        passes = range(first // self.pictures, (first + length - 1) // self.pictures + 1)
        chain = np.concatenate(
            [np.random.default_rng([self.seed, p]).permutation(self.pictures) for p in passes]
        )
        start = first - passes[0] * self.pictures
        for at in range(start, start + length, self.batch_size):
            yield chain[at : at + self.batch_size].tolist()


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Flip half of the pictures (B, 3, S, S) from side to side and shift all by up to S/8 pixels.

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


class _Training(L.LightningModule):  # type: ignore[misc]  # Lightning's types are not followed
    def __init__(
        self,
        classifier: Classifier,
        settings: TrainSettings,
        steps: int,
        seed: int,
        checkpoint: Path,
        advance: Advance,
    ) -> None:
        super().__init__()
        self.classifier, self.settings, self.steps, self.seed = classifier, settings, steps, seed
        self.checkpoint, self.advance = checkpoint, advance
        self.losses: list[float] = []
        self._sum = 0.0

    def on_train_start(self) -> None:
        self.advance(self.global_step)

    def on_train_epoch_start(self) -> None:
        self._sum = 0.0

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        images, labels = batch
        torch.manual_seed(_mix(self.seed, self.global_step, 0))  # dropout
        if self.settings.augment:
            generator = torch.Generator().manual_seed(_mix(self.seed, self.global_step, 1))
            images = augment(images.cpu(), generator).to(labels.device)
        loss = F.cross_entropy(self.classifier(images), labels)
        if not torch.isfinite(loss):
            rate = self.settings.learning_rate
            raise UserError(
                f"train: the loss is {loss.item()} at step {self.global_step}; lower "
                f"train.learning_rate (now {rate})"
            )
        self._sum += loss.item()
        self.advance(1)
        return loss

    def on_train_epoch_end(self) -> None:
        self.losses.append(self._sum / self.trainer.num_training_batches)
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        aside = self.checkpoint.with_name(f".{self.checkpoint.name}.part")
        self.trainer.save_checkpoint(aside)
        aside.replace(self.checkpoint)

    def configure_optimizers(self) -> Any:
        settings = self.settings
        optimiser = torch.optim.SGD(
            self.classifier.parameters(),
            lr=settings.learning_rate,
            momentum=0.9,
            nesterov=True,
            weight_decay=settings.weight_decay,
        )
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.learning_rate, self.steps)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["losses"] = self.losses

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.losses = checkpoint["losses"]


def _mix(*numbers: int) -> int:
    """One 32-bit seed from several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _hush() -> None:
    """Lightning's advice on loaders and loggers is not for the users of this command."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
