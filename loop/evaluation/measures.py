"""What a trained classifier is worth on a set of pictures, by torchmetrics, and how fast it is."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor
from torchmetrics.functional import classification as measures

from analysis.methods.capture import eval_mode
from analysis.metrics.calibration import calibration_error
from analysis.metrics.f1 import macro_f1
from loop.config.training import Precision
from loop.data.pictures import Batches
from loop.evaluation.evaluate import judge as said_of_each
from loop.training.classifier import Classifier
from loop.training.precision import HALVES

BATCH = 256


@dataclass(frozen=True)
class Judgement:
    """What the network said of each picture."""

    logits: Tensor
    """(N, K) float32."""
    labels: Tensor
    """(N,) int64."""
    seconds: float
    """For all forward passes, without decoding."""


def judge(classifier: Classifier, data: Batches, precision: Precision = "32-true") -> Judgement:
    """Look at every picture once; the classifier's mode is as before afterwards.

    Args:
        precision: as the network was trained; activations only, weights stay as they are.
    """
    half = HALVES.get(precision)
    found: list[Tensor] = []
    seconds = 0.0
    device = classifier.mean.device
    autocast = torch.autocast(device.type, half, enabled=half is not None)
    with eval_mode(classifier), torch.inference_mode(), autocast:
        for at in range(0, len(data), BATCH):
            images, _ = data[list(range(at, min(at + BATCH, len(data))))]
            start = perf_counter()
            found.append(classifier(images.to(device)).float().cpu())
            seconds += perf_counter() - start
    return Judgement(torch.cat(found), data.labels, seconds)


def measure(judgement: Judgement, classes: tuple[str, ...]) -> dict[str, Any]:
    """Figures of a set: shares in [0, 1], None where a class was never predicted or has no picture.

    Returns:
        `n`, `loss`, `top1`, `top2`, `top5` (None with fewer classes than that), `macro_f1` over the classes
        that have pictures (`analysis.metrics.f1`), `calibration_error`, `classes` (precision, recall, n of
        each), `confusion` (rows are true classes).
    """
    logits, labels = judgement.logits, judgement.labels
    k = len(classes)
    probabilities = logits.softmax(1)
    said, once = logits.argmax(1), np.ones((1, len(labels)))
    confusion = measures.multiclass_confusion_matrix(probabilities, labels, num_classes=k)
    return {
        "n": len(labels),
        "loss": F.cross_entropy(logits, labels).item(),
        **{f"top{n}": _top(probabilities, labels, n) for n in (1, 2, 5)},
        "macro_f1": float(macro_f1(labels, said, once)[0]),
        "calibration_error": float(calibration_error(probabilities.amax(1), said == labels, once)[0]),
        "classes": _by_class(probabilities, labels, classes, confusion),
        "confusion": confusion.tolist(),
    }


def pictures(judgement: Judgement, classes: tuple[str, ...]) -> pd.DataFrame:
    """The columns of `loop.evaluation.evaluate.judge`, and `top1` and `top2` (0 or 1); for intervals and
    comparisons."""
    order = judgement.logits.argsort(dim=1, descending=True, stable=True)
    rank = (order == judgement.labels[:, None]).int().argmax(1).numpy()
    said = said_of_each(judgement.logits, judgement.labels.tolist(), classes)
    return said.assign(top1=(rank < 1).astype(float), top2=(rank < 2).astype(float))


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
