"""Does a class follow a cue: is it predicted where the cue is, and missed where it is not?

A slice such as `environment=snow & shape=bus` has a class (all of its pictures are buses) and a cue (snow). A
network that goes by the cue predicts `bus` for *other* vehicles on snow, and something else for buses
elsewhere; a handful of such pictures decides. Both must be so, each beyond chance: where data are missing,
what is missed is predicted as some class too, but that class is not missed elsewhere, or only as often as
errors scatter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import columns
from analysis.metrics.arrays import Bools
from analysis.metrics.significance import benjamini_hochberg, upper_tail_within
from analysis.slices.conjunctions import inside, values_of
from analysis.slices.evidence import UNKNOWN, Figure, compare
from analysis.slices.options import DEFAULTS, SliceTest
from generator.planning.sampling import Where

MATERIAL = 0.1
"""A smaller rise is not a shortcut, however significant: a fraction of pictures."""
ENOUGH = 8
"""Pictures with the cue, of the class and of others each, that suffice to decide that it is *not*
followed."""
MOST = 0.8
"""Fraction of a slice's pictures from which one class is its own."""


@dataclass(frozen=True)
class Pull:
    """How much more often a class is predicted with a cue than without it; both by `compare`."""

    own: Figure
    """Of the class's own pictures."""
    others: Figure
    """Of the others', within their classes."""
    p: float
    """Of both together, one-sided; nan where it is not known."""

    @property
    def known(self) -> bool:
        """Whether there are pictures with and without the cue, of the class and of others."""
        return self.own.known and self.others.known

    @property
    def enough(self) -> bool:
        """Whether so many pictures have the cue that it is not followed where they do not follow it."""
        return self.known and min(self.own.n, self.others.n) >= ENOUGH

    def both(self, level: float) -> bool:
        """Whether the class's own pictures and the others follow it, each at the level, and by `MATERIAL`."""
        significant = max(self.own.p, self.others.p) <= level
        return significant and min(self.own.difference, self.others.difference) >= MATERIAL


NO_PULL = Pull(UNKNOWN, UNKNOWN, np.nan)


def has_predictions(pictures: pd.DataFrame) -> bool:
    """Whether both the labels and the predictions of the pictures are known."""
    return {columns.LABEL, columns.PREDICTED} <= set(pictures)


def class_and_cue(pictures: pd.DataFrame, where: Where) -> tuple[str, Where] | None:
    """The class that a slice is of, and its cue: the attributes that do not imply the class. None where it
    has no class, or nothing but one.

    Args:
        pictures: `label` and the attributes.
    """
    labels = pictures.loc[inside(pictures, where), columns.LABEL].value_counts(normalize=True)
    if labels.empty or labels.iloc[0] < MOST:
        return None
    within = {
        name: pictures.loc[inside(pictures, {name: value}), columns.LABEL] for name, value in where.items()
    }
    implying = [name for name in where if within[name].nunique() == 1]
    # A tie without exceptions: the attribute that holds most of the class implies it.
    if len(implying) == len(where):
        implying = [max(implying, key=lambda name: len(within[name]))]
    cue = {name: value for name, value in where.items() if name not in implying}
    return (str(labels.index[0]), cue) if cue else None


def pull(pictures: pd.DataFrame, where: Where, *, seed: int = 0, n_boot: int = 1000) -> Pull:
    """How a slice's class follows its cue; not known where it has none, or where too few pictures show it.

    Args:
        pictures: `label`, `predicted` and the attributes.
    """
    found = class_and_cue(pictures, where)
    if found is None:
        return NO_PULL
    label, cue = found
    classes = pictures[columns.LABEL]
    predicted = np.where(pictures[columns.PREDICTED] == label, 1.0, 0.0)
    member, own = inside(pictures, cue).to_numpy(dtype=bool), (classes == label).to_numpy(dtype=bool)
    return Pull(
        compare(predicted[own], member[own], seed=seed, n_boot=n_boot),
        compare(predicted[~own], member[~own], within=classes[~own], seed=seed, n_boot=n_boot),
        upper_tail_within(member, predicted, pd.factorize(classes)[0]),
    )


def followed_cues(
    pictures: pd.DataFrame, attributes: Sequence[str], test: SliceTest = DEFAULTS, *, max_slices: int
) -> list[Where]:
    """Slices of one attribute that implies a class and one that does not, whose class follows the other.

    That of the lowest p of all that can be tested, at a false-discovery rate (Benjamini-Hochberg); then,
    among the pictures without its class and its cue, whose errors it explains, again that of the lowest p,
    and so on.

    Args:
        pictures: the attributes, and `label` and `predicted`; without these nothing is named.
        test: `min_n`, the fewest pictures of a slice, and `level`, the rate.
        max_slices: most slices to name.
    """
    pairs = list(_pairs(pictures, attributes)) if has_predictions(pictures) else []
    left = pictures
    named: list[Where] = []
    while len(named) < max_slices:
        tested = [(where, pull(left, where, n_boot=2)) for where in _large(left, pairs, test.min_n)]
        tested = sorted(((w, found) for w, found in tested if found.known), key=lambda pair: pair[1].p)
        q = benjamini_hochberg(np.array([found.p for _, found in tested]), named=len(named))
        significant = [
            where
            for (where, found), value in zip(tested, q, strict=True)
            if value <= test.level and found.both(test.level)
        ]
        if not significant:
            break
        named.append(significant[0])
        left = left[~_explained(left, significant[0])]
    return named


def _large(pictures: pd.DataFrame, slices: Sequence[Where], min_n: int) -> list[Where]:
    return [where for where in slices if np.count_nonzero(inside(pictures, where)) >= min_n]


def _explained(pictures: pd.DataFrame, where: Where) -> Bools:
    """Pictures that a shortcut makes right or wrong: of its class, and with its cue."""
    found = class_and_cue(pictures, where)
    assert found is not None
    label, cue = found
    return (inside(pictures, cue) | (pictures[columns.LABEL] == label)).to_numpy(dtype=bool)


def _pairs(pictures: pd.DataFrame, attributes: Sequence[str]) -> Iterator[Where]:
    for name in attributes:
        implies = pictures.groupby(name, observed=True)[columns.LABEL].nunique() == 1
        for value in filter(implies.get, values_of(pictures[name])):
            for other in attributes:
                if other != name:
                    yield from ({name: value, other: cue} for cue in values_of(pictures[other]))
