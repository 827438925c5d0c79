"""Figures of an evaluated set, each with its n and its 95 % bootstrap interval: what `metrics.json` holds.

Figures of a trained network without attribution, by torchmetrics, are in `loop.evaluation.measures`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import columns
from analysis.metrics.bootstrap import bootstrap_mean
from analysis.metrics.calibration import calibration_error
from analysis.metrics.f1 import macro_f1
from analysis.scores.table import SCORES
from analysis.slices.conjunctions import inside, slice_name
from generator.planning.grid import Hole

Figure = dict[str, float | int | None]


def figure(values: pd.Series[Any], seed: int) -> Figure:
    """Mean with interval; pictures without a value are counted as `missing`, all None where none has one."""
    present = values.dropna()
    counts = {"n": len(present), "missing": len(values) - len(present)}
    if present.empty:
        return {"mean": None, "low": None, "high": None, **counts}
    mean, low, high = bootstrap_mean(present.to_numpy(float), seed=seed)
    return {"mean": mean, "low": low, "high": high, **counts}


def summary(
    pictures: pd.DataFrame, classes: Sequence[str], holes: Sequence[Hole], seed: int
) -> dict[str, Any]:
    """Accuracy overall, per class and in planted holes, macro F1, calibration error, alignment.

    Args:
        pictures: table of an evaluation.
        classes: names, in the order of the network's outputs; those without a picture get no figure.
        holes: slices that were planted as missing from the training set.
        seed: of the bootstrap.
    """
    correct = pictures[columns.CORRECT]
    once = np.ones((1, len(pictures)))  # every picture counts once, as in no resample
    scores = [columns.score_column(score, target) for target in columns.TARGETS for score in SCORES]
    planted = [hole.where for hole in holes]
    present = [name for name in classes if (pictures[columns.LABEL] == name).any()]
    return {
        "accuracy": figure(correct, seed),
        "classes": {name: figure(correct[pictures[columns.LABEL] == name], seed) for name in present},
        "planted": {slice_name(where): figure(correct[inside(pictures, where)], seed) for where in planted},
        "macro_f1": float(macro_f1(pictures[columns.LABEL], pictures[columns.PREDICTED], once)[0]),
        "calibration_error": float(calibration_error(pictures[columns.CONFIDENCE], correct, once)[0]),
        "alignment": {name: figure(pictures[name], seed) for name in scores if name in pictures},
    }
