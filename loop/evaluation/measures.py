"""Figures of a trained classifier on a set of pictures, by torchmetrics.

The logits come from `loop.evaluation.judge`; the figures of an evaluation with attribution are in
`loop.evaluation.summary`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch.nn.functional as F
from torch import Tensor
from torchmetrics.functional import classification as measures

from analysis.metrics.calibration import calibration_error
from analysis.metrics.f1 import macro_f1
from loop.data.pictures import Batches
from loop.evaluation.judge import Batch, Judgement, prediction_table

BATCH = 256


def large_batches(data: Batches) -> Iterator[Batch]:
    """A set, `BATCH` pictures at a time: larger than by default, since nothing but logits is kept."""
    for start in range(0, len(data), BATCH):
        rows = list(range(start, min(start + BATCH, len(data))))
        images, labels = data[rows]
        yield rows, images, labels


def measure(judgement: Judgement, classes: tuple[str, ...]) -> dict[str, Any]:
    """Figures of a set: fractions in [0, 1], None where a class was never predicted or has no picture.

    Returns:
        `n`, `loss`, `top1`, `top2`, `top5` (None with fewer classes than that), `macro_f1` over the classes
        that have pictures (`analysis.metrics.f1`), `calibration_error`, `classes` (precision, recall, n of
        each), `confusion` (rows are true classes).
    """
    logits, labels = judgement.logits, judgement.labels
    k = len(classes)
    probabilities = logits.softmax(1)
    predicted = logits.argmax(1)
    once = np.ones((1, len(labels)))  # every picture counts once, as in no resample
    confusion = measures.multiclass_confusion_matrix(probabilities, labels, num_classes=k)
    return {
        "n": len(labels),
        "loss": F.cross_entropy(logits, labels).item(),
        **{f"top{n}": _top(probabilities, labels, n) for n in (1, 2, 5)},
        "macro_f1": float(macro_f1(labels, predicted, once)[0]),
        "calibration_error": float(calibration_error(probabilities.amax(1), predicted == labels, once)[0]),
        "classes": _by_class(probabilities, labels, classes, confusion),
        "confusion": confusion.tolist(),
    }


def pictures(judgement: Judgement, classes: tuple[str, ...]) -> pd.DataFrame:
    """The columns of `loop.evaluation.judge.prediction_table`, and `top1` and `top2` (0 or 1); for intervals
    and comparisons."""
    # `stable`, so that equal logits rank in the order of the classes on every device.
    order = judgement.logits.argsort(dim=1, descending=True, stable=True)
    rank = (order == judgement.labels[:, None]).int().argmax(1).numpy()
    table = prediction_table(judgement.logits, judgement.labels.tolist(), classes)
    return table.assign(top1=(rank < 1).astype(float), top2=(rank < 2).astype(float))


def _top(probabilities: Tensor, labels: Tensor, n: int) -> float | None:
    classes = probabilities.shape[1]
    if n >= classes:
        return None
    return float(
        measures.multiclass_accuracy(probabilities, labels, num_classes=classes, top_k=n, average="micro")
    )


def _by_class(
    probabilities: Tensor, labels: Tensor, classes: tuple[str, ...], confusion: Tensor
) -> dict[str, dict[str, float | int | None]]:
    k = len(classes)
    precision, recall = (
        of(probabilities, labels, num_classes=k, average="none")
        for of in (measures.multiclass_precision, measures.multiclass_recall)
    )
    predicted, present = confusion.sum(0), confusion.sum(1)
    return {
        name: {
            "precision": float(precision[i]) if predicted[i] else None,
            "recall": float(recall[i]) if present[i] else None,
            "n": int(present[i]),
        }
        for i, name in enumerate(classes)
    }
