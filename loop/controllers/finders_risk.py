"""The finder of every cell with the chance that the network fails there, significant or not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.columns import CORRECT
from analysis.slices.conjunctions import slice_name, where_of
from generator.planning.sampling import Where
from loop.controllers.base import Found, Observation
from loop.controllers.cells import combinations
from loop.controllers.finders_weak import numbers


def risk(observation: Observation) -> list[Found]:
    """Cells of the probe's values, the weight of each the chance that the network fails there.

    A slice is called weak when that is significant, and once it is half mended it is not; the chance of a
    failure can be estimated, roughly, of every cell and in every round, also of one whose values the probe
    shows in other combinations only. So nothing is tested here. No cell where the network never fails.
    """
    pictures = observation.pictures
    failed = numbers(pictures, CORRECT) < 1
    if not failed.any():
        return []
    seen = pictures[list(observation.attributes)]
    cells = combinations(seen, decision_rng(observation))
    chances = chances_to_fail(seen, failed)(cells)
    wheres = [where_of(row, observation.attributes) for row in cells.to_dict("records")]
    overall = float(failed.mean())
    return [
        Found(where, partial(_reason, where, chance, overall), weight=chance, cell=True)
        for where, chance in zip(wheres, chances.tolist(), strict=True)
    ]


def _reason(where: Where, chance: float, overall: float) -> str:
    return f"{slice_name(where)}: fails with a chance of {chance:.2f}, {overall:.2f} over all"


def decision_rng(observation: Observation) -> np.random.Generator:
    """The random stream of a round's decision, from its beginning. What a finder takes of it an allocator has
    to skip."""
    return np.random.default_rng((observation.seed, len(observation.rounds)))


def chances_to_fail(
    pictures: pd.DataFrame, failed: pd.Series[Any]
) -> Callable[[pd.DataFrame], NDArray[np.float64]]:
    """The chance of a failure as a function of attributes: logistic regression on their values and on pairs
    of them, each weight with a normal prior of standard deviation 1 in log-odds.

    Args:
        pictures: attributes of the probe, (N, A).
        failed: whether the network is wrong on each, (N,); on one at least.

    Returns:
        From a table of the same columns, (C, A), to chances in [0, 1], (C,); values that no picture of the
        probe has count as the mean.
    """
    # Slow to import, and few controllers need it.
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures

    if failed.all():
        return lambda cells: np.ones(len(cells))
    model = make_pipeline(
        OneHotEncoder(handle_unknown="ignore"),
        PolynomialFeatures(2, interaction_only=True, include_bias=False),
        LogisticRegression(C=1.0, max_iter=1000),
    )
    fitted = model.fit(pictures.astype(str), failed)
    return lambda cells: np.asarray(fitted.predict_proba(cells.astype(str))[:, 1])
