"""Logits of a network for a set of pictures, and what they say about each picture.

Everything that judges pictures does it here: the evaluations (`loop.evaluation.evaluate`), the scores without
the vehicle (`loop.evaluation.ablation`) and the figures of a comparison (`loop.evaluation.measures`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import pandas as pd
import torch
from torch import Tensor

from analysis import columns
from analysis.methods.capture import eval_mode
from loop.config.training import Precision
from loop.data.pictures import Batches, Labelled
from loop.training.classifier import Classifier
from loop.training.precision import HALVES

BATCH = 64
"""Pictures of a batch by default."""

Batch = tuple[list[int], Tensor, Tensor]
"""Rows in the set, pictures (B, 3, S, S) uint8, and labels (B,) int64."""


@dataclass(frozen=True)
class Judgement:
    """The logits of a set, and its labels."""

    logits: Tensor
    """(N, K) float32."""
    labels: Tensor
    """(N,) int64."""
    seconds: float
    """For all forward passes, without decoding."""


def batches(data: Labelled, size: int) -> Iterator[Batch]:
    """The pictures of a set, `BATCH` at a time; no more than these are in memory.

    Args:
        size: side to which pictures are scaled, pixels.
    """
    for start in range(0, len(data), BATCH):
        rows = list(range(start, min(start + BATCH, len(data))))
        images, labels = Batches(data.at(rows), size)[list(range(len(rows)))]
        yield rows, images, labels


def judge(
    classifier: Classifier,
    given: Iterable[Batch],
    precision: Precision = "32-true",
    advance: Callable[[int], None] = lambda n: None,
) -> Judgement:
    """Judge every picture once; the classifier's mode is as before afterwards.

    Args:
        given: at least one batch.
        precision: of the activations; weights stay as they are.
        advance: called with the number of pictures of each batch once it is judged.
    """
    half = HALVES.get(precision)
    logits: list[Tensor] = []
    labels: list[Tensor] = []
    seconds = 0.0
    device = classifier.mean.device
    autocast = torch.autocast(device.type, half, enabled=half is not None)
    with eval_mode(classifier), torch.inference_mode(), autocast:
        for _, images, label in given:
            start = perf_counter()
            # The copy to the CPU waits for the device, so that the time is that of the whole pass.
            logits.append(classifier(images.to(device)).float().cpu())
            seconds += perf_counter() - start
            labels.append(label)
            advance(len(images))
    return Judgement(torch.cat(logits), torch.cat(labels), seconds)


def prediction_table(logits: Tensor, labels: Sequence[int], classes: Sequence[str]) -> pd.DataFrame:
    """What logits say of each picture: `label`, `predicted`, `correct`, `p_true`, `confidence`, `entropy` and
    `loss`, with units and ranges as in `analysis.columns`.

    Args:
        logits: (N, K), any floating type.
        labels: N class indices.
        classes: K names.
    """
    truth = torch.tensor(labels)
    log_p = logits.double().log_softmax(1)  # float32 loses the last digits of p close to 1
    predicted = logits.argmax(1)
    loss = -log_p.gather(1, truth[:, None])[:, 0]
    return pd.DataFrame(
        {
            columns.LABEL: [classes[i] for i in truth],
            columns.PREDICTED: [classes[i] for i in predicted],
            columns.CORRECT: (predicted == truth).double().numpy(),
            columns.P_TRUE: (-loss).exp().numpy(),
            columns.CONFIDENCE: log_p.exp().amax(1).numpy(),
            # `entr` is 0 at p = 0, where -p ln p would be nan.
            columns.ENTROPY: torch.special.entr(log_p.exp()).sum(1).numpy(),
            columns.LOSS: loss.numpy(),
        }
    )
