"""What happens in a step of training and at the end of an epoch, as Lightning asks for it.

The training as a whole is in `loop.training.train`, the batches in `loop.data.batches`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import lightning as L
import torch
import torch.nn.functional as F
from torch import Tensor

from analysis.methods.capture import keep_outputs
from analysis.zoo import AUXILIARY_WEIGHT, entry, split_outputs
from generator.errors import UserError
from loop.config.training import TrainSettings
from loop.data.batches import Batch, mix
from loop.training.attention_loss import penalty
from loop.training.classifier import Classifier
from loop.training.fine_tuning import freeze, keep_statistics, parameter_groups
from loop.training.logit_adjustment import adjusted
from loop.training.weights import save_classifier

Advance = Callable[[int], None]
AtEpoch = Callable[[int], None]


@dataclass(frozen=True)
class History:
    """Figures of a training."""

    epochs: tuple[dict[str, float], ...]
    """`train_loss`, `train_accuracy` (of augmented pictures as they came; absent where they are mixed),
    `penalty` with an attention loss, and `valid_loss`, `valid_accuracy` where there is a validation set."""
    seconds: float
    """Of all steps, without validation and interruptions."""
    loader_seconds: float
    """Of these, those that the training waited for its batches."""
    pictures: int
    """That it was trained on, each counted as often as it came."""

    @property
    def losses(self) -> list[float]:
        """The training loss of each epoch."""
        return [epoch["train_loss"] for epoch in self.epochs]

    @property
    def loader_share(self) -> float:
        """Fraction of the time of training that it waited for its batches."""
        return self.loader_seconds / self.seconds if self.seconds else 0.0

    @property
    def pictures_per_second(self) -> float:
        """Over all steps."""
        return self.pictures / self.seconds if self.seconds else 0.0


def best_weights(checkpoint: Path) -> Path:
    """Where the weights of the best epoch so far are kept."""
    return checkpoint.with_name(f"{checkpoint.stem}.best.safetensors")


class ClassifierModule(L.LightningModule):  # type: ignore[misc]  # Lightning's types are not followed
    """A classifier in training.

    Args:
        steps: of the whole training.
        seed: of dropout.
        checkpoint: as in `loop.training.train.train`.
        class_weights: (K,), None for equal ones.
        log_prior: of the classes among the renders, (K,), see `loop.training.logit_adjustment`; None for an
            ordinary cross entropy.
        advance, at_epoch: as in `loop.training.train.train`.
        waited: gives how long batches were waited for until now, seconds.
    """

    def __init__(
        self,
        classifier: Classifier,
        settings: TrainSettings,
        *,
        steps: int,
        seed: int,
        checkpoint: Path,
        class_weights: Tensor | None,
        log_prior: Tensor | None,
        advance: Advance,
        at_epoch: AtEpoch,
        waited: Callable[[], float],
    ) -> None:
        super().__init__()
        self.classifier = classifier
        self.settings = settings
        self.steps = steps
        self.seed = seed
        self.checkpoint = checkpoint
        self.advance = advance
        self.at_epoch = at_epoch
        self.register_buffer("class_weights", class_weights, persistent=False)
        self.register_buffer("log_prior", log_prior, persistent=False)
        self.epochs: list[dict[str, float]] = []
        self.spent = {"seconds": 0.0, "loader_seconds": 0.0, "pictures": 0.0}
        self._waited = waited
        self._waited_before = 0.0
        self._began = 0.0
        self._sums: dict[str, float] = {}
        self._valid: list[tuple[Tensor, Tensor]] = []
        freeze(classifier, settings)
        if settings.channels_last:
            classifier.network.to(memory_format=torch.channels_last)
        if settings.compile:
            classifier.network.compile()

    # Steps

    def on_train_start(self) -> None:
        self.advance(self.global_step)
        self._stop_without_improvement()

    def on_train_epoch_start(self) -> None:
        self._sums = {}
        keep_statistics(self.classifier, self.settings)
        self._restart_clock()

    def on_train_batch_end(self, outputs: object, batch: object, index: int) -> None:
        self.spent["seconds"] += perf_counter() - self._began
        self.spent["loader_seconds"] += self._waited() - self._waited_before
        self._restart_clock()

    def _restart_clock(self) -> None:
        """Of the next step: what comes between epochs, such as validation, is not counted."""
        self._began = perf_counter()
        self._waited_before = self._waited()

    def training_step(self, batch: Batch, index: int) -> Tensor:
        images, labels, masks, rendered = batch
        torch.manual_seed(mix(self.seed, self.global_step, 0))  # of dropout; augmentation has 1
        inputs = self.classifier.normalise(images)
        if self.settings.channels_last:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        loss = self._loss(inputs, labels, masks, rendered)
        if not torch.isfinite(loss):
            raise UserError(
                f"train: the loss is {loss.item()} at step {self.global_step}; lower "
                f"train.learning_rate (now {self.settings.learning_rate})"
            )
        self.spent["pictures"] += len(images)
        self.advance(1)
        return loss

    def _loss(self, inputs: Tensor, labels: Tensor, masks: Tensor, rendered: Tensor) -> Tensor:
        """Cross entropy, that of auxiliary classifiers, and the penalty on evidence outside the mask."""
        attention = self.settings.attention_loss
        inputs.requires_grad_(attention is not None)  # the penalty may be one on input gradients
        layer = entry(self.classifier.card.network).cam_layer
        with keep_outputs(self.classifier.network, [layer] if attention else []) as pick:
            logits, auxiliary = split_outputs(self.classifier.network(inputs))
        loss, *beside = (
            F.cross_entropy(adjusted(one, rendered, self.log_prior), labels, self.class_weights)
            for one in (logits, *auxiliary)
        )
        loss = loss + AUXILIARY_WEIGHT * sum(beside)
        self._add("train_loss", loss)
        if labels.ndim == 1:
            self._add("train_accuracy", (logits.argmax(1) == labels).float().mean())
        if attention:
            extra = penalty(
                attention, logits_BK=logits, labels_B=labels, inputs_BCHW=inputs,
                activations_BCHW=pick(layer), masks_B1HW=masks.float() / 255, masked_B=rendered,
            )  # fmt: skip
            self._add("penalty", extra)
            loss = loss + extra
        return loss

    def _add(self, name: str, value: Tensor) -> None:
        self._sums[name] = self._sums.get(name, 0.0) + value.item()

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        images, labels = batch
        self._valid.append((self.classifier(images).float(), labels))

    # Ends of epochs

    def on_train_epoch_end(self) -> None:
        row = {name: value / self.trainer.num_training_batches for name, value in self._sums.items()}
        self.epochs.append({**row, **self._validated()})
        if self.logger is not None:
            self.logger.log_metrics(self.epochs[-1], step=len(self.epochs))
        if self.trainer.is_global_zero:
            self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
            if self.settings.keep == "best" and self._since_best() == 0:
                save_classifier(self.classifier, best_weights(self.checkpoint))
            self.at_epoch(len(self.epochs))
        aside = self.checkpoint.with_name(f".{self.checkpoint.name}.part")
        self.trainer.save_checkpoint(aside)
        if self.trainer.is_global_zero:
            aside.replace(self.checkpoint)
        self._stop_without_improvement()

    def _validated(self) -> dict[str, float]:
        if not self._valid:
            return {}
        logits, labels = (torch.cat(part) for part in zip(*self._valid, strict=True))
        self._valid = []
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(1) == labels).float().mean()
        return {"valid_loss": loss.item(), "valid_accuracy": accuracy.item()}

    def _since_best(self) -> int:
        """Epochs since the lowest validation loss; the first of equal ones counts."""
        losses = [epoch["valid_loss"] for epoch in self.epochs]
        return len(losses) - 1 - losses.index(min(losses))

    def _stop_without_improvement(self) -> None:
        if self.settings.patience and self.epochs and self._since_best() >= self.settings.patience:
            self.trainer.should_stop = True

    # What Lightning asks for

    def configure_optimizers(self) -> Any:
        settings = self.settings
        groups = parameter_groups(self.classifier, settings)
        optimiser = torch.optim.SGD(
            groups,
            lr=settings.learning_rate,
            momentum=0.9,
            nesterov=True,
            weight_decay=settings.weight_decay,
        )
        highest = [group["lr"] for group in groups]
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, highest, self.steps)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["card"] = self.classifier.card.plain()
        checkpoint["epochs"], checkpoint["spent"] = self.epochs, self.spent

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.epochs, self.spent = checkpoint["epochs"], checkpoint["spent"]
