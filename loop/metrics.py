"""Figures of a verified set, each with its n and its 95 % bootstrap interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from torchmetrics.functional.classification import binary_calibration_error

from analysis.alignment import SCORES
from analysis.conjunctions import inside, slice_name
from analysis.f1 import macro_f1
from analysis.slices import bootstrap_mean
from analysis.stats import CALIBRATION_BINS
from generator.grid import Hole

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
    """Accuracy overall, per class and in planted holes, macro F1, calibration error, alignment."""
    correct = pictures["correct"]
    scores = [f"{score}_{target}" for target in ("true", "predicted") for score in SCORES]
    planted = [hole.where for hole in holes]
    present = [name for name in classes if (pictures["label"] == name).any()]
    return {
        "accuracy": figure(correct, seed),
        "classes": {name: figure(correct[pictures["label"] == name], seed) for name in present},
        "planted": {slice_name(where): figure(correct[inside(pictures, where)], seed) for where in planted},
        "macro_f1": float(macro_f1(pictures["label"], pictures["predicted"], np.ones((1, len(pictures))))[0]),
        "calibration_error": _calibration_error(pictures),
        "alignment": {name: figure(pictures[name], seed) for name in scores if name in pictures},
    }


def _calibration_error(pictures: pd.DataFrame) -> float:
    """Expected calibration error, from confidence and correctness."""
    confidence = torch.tensor(pictures["confidence"].to_numpy(float))
    right = torch.tensor(pictures["correct"].to_numpy(int))
    return float(binary_calibration_error(confidence, right, n_bins=CALIBRATION_BINS))
