"""Intervals of figures that are no means: macro F1 and the expected calibration error."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.metrics import calibration, f1
from analysis.metrics.stats import INTERVAL, Floats

RESAMPLES = 500


def macro_f1(pictures: pd.DataFrame, seed: int) -> tuple[float, float, float]:
    """Mean F1 over the classes of the pictures (`analysis.metrics.f1`), with its percentile interval."""
    means = f1.macro_f1(pictures["label"], pictures["predicted"], _weights(len(pictures), seed))
    low, high = np.percentile(means[1:], INTERVAL)
    return float(means[0]), float(low), float(high)


def calibration_error(pictures: pd.DataFrame, seed: int) -> tuple[float, float, float]:
    """Expected calibration error (`analysis.metrics.calibration`) with its basic bootstrap interval.

    Resampling adds noise to every bin and so raises this error; the basic interval (2·estimate minus the
    percentiles) takes that out, the percentile interval would double it. The figure itself has that noise
    too: where it is all of it, the interval ends at the figure.
    """
    weights = _weights(len(pictures), seed)
    errors = calibration.calibration_error(pictures["confidence"], pictures["correct"], weights)
    low, high = np.percentile(errors[1:], INTERVAL)
    found = float(errors[0])
    return found, max(0.0, 2 * found - float(high)), max(found, 2 * found - float(low))


def _weights(n: int, seed: int) -> Floats:
    """(1 + RESAMPLES, n): how often each picture is drawn; row 0 is the pictures themselves."""
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), RESAMPLES)
    return np.vstack([np.ones(n), drawn]).astype(np.float64)
