"""Does misalignment predict failure? Every score × method × layer × target, with intervals.

AUROC above ½: pictures that match the mask worse are wrong more often. Below ½: wrong predictions match the
mask *better*, as the first observation behind this project had it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy import stats

from analysis import columns
from analysis.metrics.arrays import Bools, Floats
from analysis.metrics.auroc import auroc
from analysis.metrics.bootstrap import drawn_weights, interval
from analysis.scores.intersection import THRESHOLDS, choose_threshold
from analysis.scores.table import SCORES

RESAMPLES = 300
COVARIATES = (columns.CONFIDENCE, columns.LOSS, columns.MASK_AREA)
"""Columns whose influence is removed for the partial AUROC."""
LEAST = 5
"""Fewer wrong or fewer right predictions are not judged."""
MAPS = [columns.METHOD, columns.LAYER, columns.TARGET]
"""Which map a row of the table of scores is of."""
KEYS = [*MAPS, "score"]


@dataclass(frozen=True)
class Found:
    """The best predictor, chosen on one half of the pictures and measured on the other."""

    row: dict[str, Any]
    chosen: float
    """Its AUROC on the half where it was chosen."""
    auroc: float
    low: float
    high: float
    n: int
    wrong: int


def failure_table(pictures: pd.DataFrame, scores: pd.DataFrame, seed: int) -> pd.DataFrame:
    """One row a score × method × layer × target.

    Args:
        pictures: with `name`, `correct`, and the columns `COVARIATES`.
        scores: as `loop.evaluation.evaluate` writes them.

    Returns:
        `KEYS`, `n`, `wrong`, and each with `_low` and `_high` (95 % bootstrap over pictures): `auroc` of the
        score, turned so that high means misaligned, for a wrong prediction; `partial`, the same of what is
        left of its ranks after a linear fit to the ranks of `COVARIATES`; `spearman` with the loss of the
        score itself. Corrected scores where there are any. Without `LEAST` of both kinds there is no row.
    """
    known = pictures.set_index(columns.NAME)
    rows = [
        dict(zip(KEYS, key, strict=True)) | _measures(values, known, seed)
        for key, values in _columns(scores)
        if _judged(values, known)
    ]
    return pd.DataFrame(rows)


def best_of_halves(pictures: pd.DataFrame, scores: pd.DataFrame, seed: int) -> Found | None:
    """The score that predicts failure best on a seeded half of the pictures, measured on the other half."""
    halves = _halves(pictures, seed)
    known = pictures.set_index(columns.NAME)
    tried = []
    for key, values in _columns(scores):
        first, second = (values[values.index.isin(half)] for half in halves)
        if _judged(first, known) and _judged(second, known):
            wrong = (known.loc[first.index, columns.CORRECT] == 0).to_numpy()
            tried.append((_auroc(-first.to_numpy(float), wrong), key, second))
    if not tried:
        return None
    chosen, key, second = max(tried, key=lambda entry: (entry[0], entry[1]))
    wrong = (known.loc[second.index, columns.CORRECT] == 0).to_numpy()
    value, low, high = _with_interval(-second.to_numpy(float), wrong, seed)
    return Found(dict(zip(KEYS, key, strict=True)), chosen, value, low, high, len(second), int(wrong.sum()))


def _halves(pictures: pd.DataFrame, seed: int) -> tuple[set[str], set[str]]:
    """Names of two seeded halves, each with as many wrong and as many right predictions, give or take one."""
    rng = np.random.default_rng(seed)
    order = np.concatenate(
        [
            rng.permutation(pictures.loc[pictures[columns.CORRECT] == value, columns.NAME].to_numpy(str))
            for value in (0, 1)
        ]
    )
    return set(order[0::2].tolist()), set(order[1::2].tolist())


def with_best_iou(scores: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Add `best_iou`: IoU at the threshold that is best on the *other* half of the pictures."""
    names = np.sort(scores[columns.NAME].unique())
    half = set(np.random.default_rng(seed).permutation(names)[: len(names) // 2].tolist())
    curve = [columns.iou_at(round(100 * threshold)) for threshold in THRESHOLDS]
    found = pd.Series(np.nan, scores.index, dtype=float)
    first = scores[columns.NAME].isin(half)
    for _, rows in scores.groupby(MAPS, sort=False):
        for here in (rows[first[rows.index]], rows[~first[rows.index]]):
            other = torch.tensor(rows.loc[~rows.index.isin(here.index), curve].to_numpy(float))
            if not other.isnan().all():
                found[here.index] = here[curve[choose_threshold(other)]]
    return scores.assign(best_iou=found)


def residual(value: Floats, covariates: Sequence[Floats]) -> Floats:
    """What is left of the value's ranks after a linear fit to the covariates' ranks."""
    ranks = stats.rankdata(value)
    design = np.column_stack([np.ones(len(value)), *(stats.rankdata(c) for c in covariates)])
    fit, *_ = np.linalg.lstsq(design, ranks, rcond=None)
    left: Floats = ranks - design @ fit
    # Rounding must not order what is the same.
    return left.round(9)


def _columns(scores: pd.DataFrame) -> list[tuple[tuple[str, ...], pd.Series[Any]]]:
    """((method, layer, target, score), values by picture, turned so that higher is better)."""
    found = []
    for where, rows in scores.groupby(MAPS, sort=False):
        table = rows.set_index(columns.NAME)
        for name, score in SCORES.items():
            column = columns.corrected(name) if score.correction else name
            sign = 1.0 if score.higher_is_better or score.correction else -1.0
            found.append(((*map(str, where), name), (sign * table[column]).dropna()))
        if "best_iou" in table:
            found.append(((*map(str, where), "best_iou"), table["best_iou"].dropna()))
    return found


def _judged(values: pd.Series[Any], known: pd.DataFrame) -> bool:
    wrong = int((known.loc[values.index, columns.CORRECT] == 0).sum())
    return min(wrong, len(values) - wrong) >= LEAST


def _measures(values: pd.Series[Any], known: pd.DataFrame, seed: int) -> dict[str, Any]:
    mine = known.loc[values.index]
    score, wrong = values.to_numpy(float), (mine[columns.CORRECT] == 0).to_numpy()
    covariates = [mine[name].to_numpy(float) for name in COVARIATES]
    found: dict[str, Any] = {"n": len(score), "wrong": int(wrong.sum())}
    for name, value in (("auroc", -score), ("partial", residual(-score, covariates))):
        found[name], found[f"{name}_low"], found[f"{name}_high"] = _with_interval(value, wrong, seed)
    loss = mine[columns.LOSS].to_numpy(float)
    found["spearman"], found["spearman_low"], found["spearman_high"] = _spearman(score, loss, seed)
    return found


def _with_interval(value: Floats, wrong: Bools, seed: int) -> tuple[float, float, float]:
    """AUROC and its interval: wrong and right predictions are resampled apart, so each keeps its number."""
    rng = np.random.default_rng(seed)
    weights = np.empty((RESAMPLES, len(value)))
    for side in (wrong, ~wrong):
        weights[:, side] = drawn_weights(rng, RESAMPLES, int(np.count_nonzero(side)))
    return _auroc(value, wrong), *interval(auroc(wrong, value, weights))


def _auroc(value: Floats, wrong: Bools) -> float:
    """Chance that a wrong prediction has a higher value than a right one, ties half."""
    return float(auroc(wrong, value, np.ones((1, len(value))))[0])


def _spearman(score: Floats, loss: Floats, seed: int) -> tuple[float, float, float]:
    """Rank correlation; resamples keep the ranks of the whole, which is close and fast."""
    x, y = stats.rankdata(score), stats.rankdata(loss)
    if x.std() == 0 or y.std() == 0:
        return np.nan, np.nan, np.nan
    rows = np.random.default_rng(seed).integers(0, len(x), (RESAMPLES, len(x)))
    a, b = ((side - side.mean(1, keepdims=True)) for side in (x[rows], y[rows]))
    drawn = (a * b).sum(1) / np.maximum(np.sqrt((a**2).sum(1) * (b**2).sum(1)), 1e-12)
    return float(np.corrcoef(x, y)[0, 1]), *interval(drawn)
