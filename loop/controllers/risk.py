"""Controllers that render where failures are to be expected, sure or not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.slices.conjunctions import slice_name, where_of
from loop.controllers.base import Observation, RenderRequest, anywhere, together
from loop.controllers.weak_slices import by_score, numbers

POWER = 2.0
"""Of the chance of a failure, in proportion to which cells are drawn: 1 leaves most of the budget where most
pictures are, a high one all of it in the worst cell."""
SURE = 0.5
"""Share of the budget for slices that are weak for sure, where there are any."""
MOST_CELLS = 20_000
"""Most combinations that are told apart; of more, so many are drawn by lot."""


def risk(evidence: Observation) -> list[RenderRequest]:
    """Cells drawn in proportion to a power of the chance that the network fails there.

    A slice is called weak when that is sure, and once it is half mended it is not; the chance of a failure
    can be told, roughly, of every cell and in every round, of one too whose values the probe shows in other
    combinations only. So nothing is tested here, and what is less sure gets less. Where the
    network never fails nothing is ordered, or all of it elsewhere (`controller.idle`).
    """
    pictures, settings = evidence.pictures, evidence.settings
    failed = numbers(pictures, "correct") < 1
    if not failed.any():
        return anywhere(settings, "no picture is wrong")
    drawn = np.random.default_rng((evidence.seed, len(evidence.rounds)))
    seen = pictures[list(evidence.attributes)]
    cells = combinations(seen, drawn)
    chances = chances_to_fail(seen, failed)(cells)
    worth = chances**POWER
    counts = drawn.multinomial(settings.budget, worth / worth.sum())
    found = sorted(np.flatnonzero(counts), key=lambda i: (-counts[i], -chances[i], i))
    rows = cells.to_dict("records")
    return [
        RenderRequest(
            where := where_of(rows[i], evidence.attributes),
            int(counts[i]),
            f"{slice_name(where)}: fails with a chance of {chances[i]:.2f}, {failed.mean():.2f} over all",
            drawn=True,
        )
        for i in found
    ]


def combinations(pictures: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Cells of the values that attributes have in the probe, a row each; of many, `MOST_CELLS` by lot.

    Tied attributes have those values together that some picture has.
    """
    parts = [_values(pictures[list(names)]) for names in together([*pictures])]
    if math.prod(map(len, parts)) <= MOST_CELLS:
        places = np.array([*product(*(range(len(part)) for part in parts))])
    else:
        drawn = [rng.integers(len(part), size=MOST_CELLS) for part in parts]
        places = np.unique(np.stack(drawn, axis=1), axis=0)
    columns = [part.iloc[rows].reset_index(drop=True) for part, rows in zip(parts, places.T, strict=True)]
    cells: pd.DataFrame = pd.concat(columns, axis=1)[[*pictures]]
    return cells


def _values(pictures: pd.DataFrame) -> pd.DataFrame:
    """Each value of attributes that some picture has, in order."""
    known: pd.DataFrame = pictures.dropna().drop_duplicates().sort_values([*pictures])
    return known.reset_index(drop=True)


def weak_and_risk(evidence: Observation) -> list[RenderRequest]:
    """Half of the budget for slices that are weak for sure by `controller.score`; the rest as `risk` does.

    A small slice has few cells, and chance may pass them by: what is sure of it gets its share. A wide one
    that is only a little below the rest is never sure: it gets its share of what is drawn. Where no slice is
    weak for sure all of the budget is drawn.
    """
    settings = evidence.settings
    sure = by_score(_with_settings(evidence, budget=int(SURE * settings.budget), idle="stop"))
    drawn = risk(_with_settings(evidence, budget=settings.budget - sum(order.count for order in sure)))
    return [*sure, *drawn]


def _with_settings(evidence: Observation, **settings: Any) -> Observation:
    return replace(evidence, settings=evidence.settings.model_copy(update=settings))


def chances_to_fail(
    pictures: pd.DataFrame, failed: pd.Series[Any]
) -> Callable[[pd.DataFrame], NDArray[np.float64]]:
    """The chance of a failure, told from attributes: logistic regression on their values and on pairs of
    them, each weight with a normal prior of deviation 1 in log-odds.

    Args:
        pictures: attributes of the probe, (N, A).
        failed: whether the network is wrong on each, (N,); on one at least.

    Returns:
        From a table of the same columns, (C, A), to chances, (C,); values that no picture of the probe has
        count as the mean.
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
