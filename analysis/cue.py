"""Does a class follow a cue: is it called where the cue is, and missed where it is not?

A slice such as `environment=snow & shape=bus` says a class (all of its pictures are buses) and a cue (snow).
What an empty scene is called differs between scenes for no reason that matters; a network that goes by the
cue also calls *other* vehicles on snow buses, and buses elsewhere something else. Few such pictures tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.conjunctions import inside
from analysis.evidence import UNKNOWN, Figure, compare

Where = Mapping[str, Any]

MOST = 0.8
"""Share of a slice's pictures from which one class is its own."""


def class_and_cue(pictures: pd.DataFrame, where: Where) -> tuple[str, Where] | None:
    """The class that a slice is of and the attributes that say something else, its cue; None where it has
    no class or nothing but one.

    Args:
        pictures: `label` and the attributes.
    """
    labels = pictures.loc[inside(pictures, where), "label"].value_counts(normalize=True)
    if labels.empty or labels.iloc[0] < MOST:
        return None
    cue = {
        name: value
        for name, value in where.items()
        if pictures.loc[inside(pictures, {name: value}), "label"].nunique() > 1
    }
    return (str(labels.index[0]), cue) if cue else None


def pull(pictures: pd.DataFrame, where: Where, *, seed: int = 0, n_boot: int = 1000) -> Figure:
    """Share of the pictures with the cue that are called the slice's class, beside pictures of the same
    classes without the cue (`analysis.evidence.compare`, within classes).

    Not known where no class has pictures with and without the cue, or the slice has no class or no cue.

    Args:
        pictures: `label`, `predicted` and the attributes.
    """
    found = class_and_cue(pictures, where)
    if found is None:
        return UNKNOWN
    label, cue = found
    called = np.where(pictures["predicted"] == label, 1.0, 0.0)
    member = inside(pictures, cue).to_numpy(dtype=bool)
    return compare(called, member, within=pictures["label"], seed=seed, n_boot=n_boot)
