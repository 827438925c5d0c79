"""Intervals of figures that are no means: macro F1 and the expected calibration error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.stats import CALIBRATION_BINS, INTERVAL, Floats

RESAMPLES = 500


def macro_f1(pictures: pd.DataFrame, classes: Sequence[str], seed: int) -> tuple[float, float, float]:
    """Mean F1 over the classes that occur as label or prediction, with its percentile interval."""
    label = _one_hot(pictures["label"], classes)
    predicted = _one_hot(pictures["predicted"], classes)
    weights = _weights(len(pictures), seed)
    hits, sizes = weights @ (label * predicted), weights @ (label + predicted)
    values = np.divide(2 * hits, sizes, out=np.full_like(hits, np.nan), where=sizes > 0)
    means = np.nanmean(values, axis=1)
    low, high = np.percentile(means[1:], INTERVAL)
    return float(means[0]), float(low), float(high)


def calibration_error(pictures: pd.DataFrame, seed: int) -> tuple[float, float, float]:
    """Expected calibration error with its basic bootstrap interval.

    Resampling adds noise to every bin and so raises this error; the basic interval (2·estimate minus the
    percentiles) takes that out, the percentile interval would double it.
    """
    confidence = pictures["confidence"].to_numpy(float)
    gap = pictures["correct"].to_numpy(float) - confidence
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = np.zeros((len(pictures), CALIBRATION_BINS))
    gaps[np.arange(len(pictures)), bins] = gap
    errors = np.abs(_weights(len(pictures), seed) @ gaps).sum(1) / len(pictures)
    low, high = np.percentile(errors[1:], INTERVAL)
    return float(errors[0]), max(0.0, float(2 * errors[0] - high)), max(0.0, float(2 * errors[0] - low))


def _weights(n: int, seed: int) -> Floats:
    """(1 + RESAMPLES, n): how often each picture is drawn; row 0 is the pictures themselves."""
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), RESAMPLES)
    return np.vstack([np.ones(n), drawn]).astype(np.float64)


def _one_hot(values: pd.Series[str], classes: Sequence[str]) -> Floats:
    return np.stack([(values == name).to_numpy(float) for name in classes], axis=1)
