"""Train a classifier with Lightning; the same seed gives the same weights, interrupted or not.

All randomness is a function of (seed, step): the order of the pictures, their augmentation and dropout. So a
training that goes on from the checkpoint of its last whole epoch ends with the same weights.

Elsewhere: batches are made in `loop.data.batches`, a step and the end of an epoch are in
`loop.training.module`, and what belongs to a training beside it (a new network, its file) in
`loop.training.fit`.
"""

from __future__ import annotations

import logging
import math
import signal
import warnings
from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import lightning as L
import torch
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch.utils.data import DataLoader

from generator.errors import UserError
from loop.config.training import TrainSettings
from loop.data.augment import Augmentation, augment
from loop.data.batches import AugmentedBatches, BatchIndices, Stream, TimedLoader
from loop.data.look import rendered_look
from loop.data.pictures import Batches
from loop.training.classifier import Classifier
from loop.training.logit_adjustment import log_prior
from loop.training.module import Advance, AtEpoch, ClassifierModule, History, best_weights
from loop.training.precision import resolved
from loop.training.weights import load_classifier

__all__ = ["History", "Stream", "augment", "forget", "steps_per_epoch", "train"]

VALIDATION_BATCH = 256


def train(
    classifier: Classifier,
    data: Batches,
    settings: TrainSettings,
    *,
    steps_per_epoch: int,
    seed: int,
    checkpoint: Path,
    valid: Batches | None = None,
    advance: Advance = lambda n: None,
    at_epoch: AtEpoch = lambda epoch: None,
) -> History:
    """Train in place and return the figures of each epoch.

    Args:
        data: the training pictures.
        seed: of the order of the pictures, of augmentation and of dropout.
        steps_per_epoch: optimiser steps that make an epoch, whatever the number of pictures is.
        checkpoint: kept after each epoch; where it exists the training goes on from there. Learning curves
            go to `logs/` beside it.
        valid: judged after each epoch; needed for `patience` and for keeping the best.
        advance: called with the number of steps done.
        at_epoch: called with the number of epochs done, before that epoch's checkpoint is written: after a
            kill it may be called again for the same epoch, with the same weights.

    Raises:
        UserError: the loss is no longer a number; the checkpoint is of another network; there is nothing
            to validate on, or to take backgrounds from; a logger or a compiler is missing.
    """
    check_validation(settings, valid)
    _check(classifier, checkpoint)
    augmentation = Augmentation(settings.augment, classifier.card.image_size, len(classifier.card.classes))
    batches = AugmentedBatches(
        data, augmentation, seed, masks=settings.attention_loss is not None,
        look=rendered_look(settings.rendered_look, data),
    )  # fmt: skip
    stream = Stream(len(data), settings.batch_size, steps_per_epoch, seed)
    loader = TimedLoader(batches, BatchIndices(stream), settings.workers)
    module = ClassifierModule(
        classifier, settings, steps=steps_per_epoch * settings.epochs, seed=seed, checkpoint=checkpoint,
        class_weights=_class_weights(settings, data, classifier),
        log_prior=_log_prior(settings, data, classifier), advance=advance, at_epoch=at_epoch,
        waited=lambda: loader.waited,
    )  # fmt: skip
    _hush()
    trainer = _trainer(settings, checkpoint)
    resume = str(checkpoint) if checkpoint.exists() else None
    try:
        trainer.fit(
            module, loader, None if valid is None else _validation(valid),
            ckpt_path=resume, weights_only=True if resume else None,
        )  # fmt: skip
    except SIGTERMException as ended:  # which would end the process with code 0, as if all had been done
        raise SystemExit(128 + signal.SIGTERM) from ended
    classifier.cpu().requires_grad_(True)  # frozen layers are attributed like all others
    # From the file, since with several devices the training was done by other processes.
    kept = torch.load(checkpoint, weights_only=True, mmap=True)
    if settings.keep == "best":
        best = load_classifier(best_weights(checkpoint), classifier.card)
        classifier.network.load_state_dict(best.network.state_dict())
    spent = kept["spent"]
    return History(tuple(kept["epochs"]), spent["seconds"], spent["loader_seconds"], int(spent["pictures"]))


def steps_per_epoch(pictures: int, batch_size: int) -> int:
    """Batches that hold so many pictures.

    >>> steps_per_epoch(101, 50)
    3
    """
    return math.ceil(pictures / batch_size)


def forget(checkpoint: Path) -> None:
    """Remove what a finished training needed to go on."""
    checkpoint.unlink(missing_ok=True)
    best_weights(checkpoint).unlink(missing_ok=True)


def _trainer(settings: TrainSettings, checkpoint: Path) -> L.Trainer:
    return L.Trainer(
        max_epochs=settings.epochs,
        accelerator="auto",
        devices=settings.devices,
        num_nodes=settings.nodes,
        strategy=settings.strategy,
        precision=resolved(settings.precision),
        deterministic=True,
        logger=_logger(settings.log, checkpoint.parent / "logs"),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,  # `BatchIndices` divides batches among devices itself
        default_root_dir=checkpoint.parent,
    )


def _validation(valid: Batches) -> DataLoader[Any]:
    whole = list(range(len(valid)))
    rows = [whole[at : at + VALIDATION_BATCH] for at in range(0, len(whole), VALIDATION_BATCH)]
    return DataLoader(valid, sampler=rows, batch_size=None)


def _class_weights(settings: TrainSettings, data: Batches, classifier: Classifier) -> torch.Tensor | None:
    """Inversely proportional to how often a class comes, (K,), mean 1 over the pictures."""
    if settings.class_weights == "equal":
        return None
    counts = torch.bincount(data.labels, minlength=len(classifier.card.classes))
    present = counts.clamp_min(1)  # a class without pictures is never looked up
    return len(data) / (int((counts > 0).sum()) * present).float()


def _log_prior(settings: TrainSettings, data: Batches, classifier: Classifier) -> torch.Tensor | None:
    if not settings.logit_adjusted_loss:
        return None
    return log_prior(data.labels, data.rendered, len(classifier.card.classes))


def check_validation(settings: TrainSettings, valid: Batches | None) -> None:
    """Check that there is something to choose epochs by, where that is asked for.

    Raises:
        UserError: there is not.
    """
    if valid is None and (settings.patience or settings.keep == "best"):
        raise UserError(
            "train: patience and keep: best need pictures to validate on; set data.valid_fraction, such as "
            "0.1"
        )


def _check(classifier: Classifier, checkpoint: Path) -> None:
    if not checkpoint.exists():
        return
    try:
        found = torch.load(checkpoint, weights_only=True, mmap=True).get("card")
    except (UnpicklingError, RuntimeError, EOFError, AttributeError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{checkpoint}: is not a checkpoint that can be read ({reason}); remove it") from None
    wanted = classifier.card.plain()
    for key, value in (found or {}).items():
        if key in ("network", "classes", "image_size") and value != wanted[key]:
            raise UserError(
                f"{checkpoint}: is of {key} {value!r}, not {wanted[key]!r}; remove it to start anew"
            )


def _logger(name: str, folder: Path) -> Any:
    """Lightning's logger of that name, writing below the folder, never to a server."""
    from lightning.pytorch import loggers

    make: dict[str, Callable[[], Any]] = {
        "none": lambda: False,
        "tensorboard": lambda: loggers.TensorBoardLogger(str(folder), name="", version=""),
        "mlflow": lambda: loggers.MLFlowLogger(tracking_uri=f"file:{folder.resolve()}"),
        "wandb": lambda: loggers.WandbLogger(save_dir=str(folder), offline=True),
    }
    try:
        if name == "wandb":
            folder.mkdir(parents=True, exist_ok=True)
        return make[name]()
    except ModuleNotFoundError as error:
        missing = str(error).splitlines()[0][:80]
        raise UserError(
            f"train.log: {name!r} is not installed ({missing}); install the extra with "
            f"`pip install 'renforce[{name}]'`, or set train.log to tensorboard"
        ) from None


def _hush() -> None:
    """Silence Lightning's advice on loaders and loggers, which the user of a command cannot follow."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
