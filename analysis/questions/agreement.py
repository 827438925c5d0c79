"""How maps differ: between methods, layers, networks and checkpoints; and pictures that show it, by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis import columns

Floats = NDArray[np.float32]


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman correlation of two maps (h, w) over the cells of the coarser; nan where one is constant.

    The finer is averaged by area to the grid of the coarser, so that no cell counts twice.
    """
    shape = min(one.shape, other.shape)
    a, b = (_shrunk(values, (shape[0], shape[1])).ravel() for values in (one, other))
    if np.ptp(a) == 0 or np.ptp(b) == 0 or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("nan")
    return float(np.corrcoef(stats.rankdata(a), stats.rankdata(b))[0, 1])


def map_agreement(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> NDArray[np.float64]:
    """`rank_correlation` of the maps of each picture that both have, in the order of the first."""
    return np.array([rank_correlation(one[name], other[name]) for name in one if name in other])


def slice_agreement(one: pd.DataFrame, other: pd.DataFrame, score: str) -> float:
    """Spearman correlation of two networks' slice means, as `find_slices` lists them by a score."""
    means = [table[table["score"] == score].set_index("slice")["mean"] for table in (one, other)]
    both = pd.concat(means, axis=1, join="inner").dropna().to_numpy()
    return float(stats.spearmanr(both[:, 0], both[:, 1]).statistic) if len(both) > 2 else float("nan")


def layer_curve(scores: pd.DataFrame, score: str = "energy") -> pd.DataFrame:
    """Mean corrected score and its standard error by method, layer and target, in the order of the file."""
    by = [columns.METHOD, columns.LAYER, columns.TARGET]
    grouped = scores.groupby(by, sort=False)[columns.corrected(score)]
    table = grouped.agg(["mean", "sem", "count"]).reset_index()
    return table.rename(columns={"count": "n"})


def successes_and_failures(pictures: pd.DataFrame, column: str, count: int = 2) -> dict[str, list[str]]:
    """Pictures by rule, not by hand: of the right and of the wrong predictions, the `count` with the highest
    and the lowest score, ties by name. Without a score a picture is left out."""
    found: dict[str, list[str]] = {}
    for kind, correct in (("right", 1.0), ("wrong", 0.0)):
        rows = pictures[(pictures[columns.CORRECT] == correct) & pictures[column].notna()]
        ordered = rows.sort_values([column, columns.NAME])[columns.NAME].tolist()
        lowest = ordered[:count]
        found[f"{kind}, least on the vehicle"] = lowest
        found[f"{kind}, most on the vehicle"] = [n for n in reversed(ordered) if n not in lowest][:count]
    return found


def alignment_by_round(rounds: Sequence[tuple[str, pd.DataFrame]], score: str = "energy") -> pd.DataFrame:
    """`layer_curve` of several evaluations, such as checkpoints, one under another with `round`."""
    return pd.concat([layer_curve(scores, score).assign(round=name) for name, scores in rounds])


def _shrunk(values: Floats, size: tuple[int, int]) -> NDArray[Any]:
    if values.shape == size:
        return values
    return np.asarray(cv2.resize(values, (size[1], size[0]), interpolation=cv2.INTER_AREA))
