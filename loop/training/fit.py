"""Train a network and store it: what a run, a comparison and a slice benchmark do alike.

How a network begins is in `loop.training.classifier` (`fresh_card`, `fresh_classifier`) and
`loop.training.weights`, how it learns in `loop.training.train`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from loop.config.training import TrainSettings
from loop.data.pictures import Batches
from loop.training.classifier import Classifier, fresh_card, fresh_classifier
from loop.training.module import Advance, AtEpoch, History
from loop.training.train import forget, steps_per_epoch, train
from loop.training.weights import save_classifier


def new_classifier(
    network: str, classes: tuple[str, ...], data: Batches, seed: int, *, pretrained: bool
) -> Classifier:
    """A network that was not trained on these pictures yet.

    Args:
        network: name in `analysis.zoo`.
        classes: in the order of the outputs.
        data: the training pictures; they give the size and, unless `pretrained`, the normalisation.
        seed: of the weights.
        pretrained: take the weights and the normalisation of the network's library.
    """
    card = fresh_card(network, classes, data.size, data.sample, pretrained=pretrained)
    return fresh_classifier(card, seed, pretrained=pretrained)


def total_steps(pictures: int, settings: TrainSettings) -> int:
    """Optimiser steps of a whole training whose epochs are as long as this number of pictures."""
    return steps_per_epoch(pictures, settings.batch_size) * settings.epochs


def fit(
    classifier: Classifier,
    data: Batches,
    settings: TrainSettings,
    *,
    seed: int,
    checkpoint: Path,
    epoch_pictures: int | None = None,
    valid: Batches | None = None,
    weights: Path | None = None,
    advance: Advance = lambda n: None,
    at_epoch: AtEpoch = lambda epoch: None,
    before_saving: Callable[[History], None] = lambda history: None,
) -> History:
    """Train in place, save the weights, and remove the checkpoint.

    Interrupted at any point, the same call goes on from the checkpoint and ends with the same weights.

    Args:
        checkpoint: kept after each epoch while the training is under way.
        epoch_pictures: pictures that an epoch is as long as, so that trainings on different numbers of
            pictures take equally many steps; None for all of `data`.
        valid: judged after each epoch; needed for `patience` and for keeping the best.
        weights: file for the trained network; None to save nothing.
        advance, at_epoch: as in `loop.training.train.train`.
        before_saving: called with the trained network in place; what it writes is written again after a kill
            between it and the saving.

    Raises:
        UserError: as in `loop.training.train.train`.
    """
    length = len(data) if epoch_pictures is None else epoch_pictures
    history = train(
        classifier, data, settings, steps_per_epoch=steps_per_epoch(length, settings.batch_size), seed=seed,
        checkpoint=checkpoint, valid=valid, advance=advance, at_epoch=at_epoch,
    )  # fmt: skip
    before_saving(history)
    if weights is not None:
        save_classifier(classifier, weights)
    forget(checkpoint)
    return history
