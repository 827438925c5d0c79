"""Does a class follow a cue: is it called where the cue is, and missed where it is not?

A slice such as `environment=snow & shape=bus` says a class (all of its pictures are buses) and a cue (snow).
A network that goes by the cue calls *other* vehicles on snow buses, and buses elsewhere something else; a
handful of such pictures tells. Both must be so, each beyond chance: where data are missing, what is missed is
called some class too, but that class is not missed elsewhere, or only as often as errors scatter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.metrics.arrays import Bools
from analysis.metrics.significance import benjamini_hochberg, upper_tail_within
from analysis.slices.conjunctions import inside, values_of
from analysis.slices.evidence import UNKNOWN, Figure, compare
from analysis.slices.options import DEFAULTS, SliceTest
from generator.planning.sampling import Where

MATERIAL = 0.1
"""A smaller rise is no shortcut, however sure."""
ENOUGH = 8
"""Pictures with the cue, of the class and of others, from which it tells that a cue is *not* followed."""
MOST = 0.8
"""Share of a slice's pictures from which one class is its own."""


@dataclass(frozen=True)
class Pull:
    """How much more pictures with a cue are called a class than those without; both by `compare`."""

    own: Figure
    """Of the class's own pictures."""
    others: Figure
    """Of the others', within their classes."""
    p: float
    """Of both together, one-sided."""

    @property
    def known(self) -> bool:
        return self.own.known and self.others.known

    @property
    def telling(self) -> bool:
        """Whether pictures enough show the cue that none is followed where they do not follow it."""
        return self.known and min(self.own.n, self.others.n) >= ENOUGH

    def both(self, level: float) -> bool:
        """Whether the class's own pictures and the others follow it, each at the level, and by enough."""
        sure = max(self.own.p, self.others.p) <= level
        return sure and min(self.own.difference, self.others.difference) >= MATERIAL


NO_PULL = Pull(UNKNOWN, UNKNOWN, np.nan)


def called(pictures: pd.DataFrame) -> bool:
    """Whether it is known what the pictures are, and what they are called."""
    return {"label", "predicted"} <= set(pictures)


def class_and_cue(pictures: pd.DataFrame, where: Where) -> tuple[str, Where] | None:
    """The class that a slice is of and the attributes that say something else, its cue; None where it has
    no class or nothing but one.

    Args:
        pictures: `label` and the attributes.
    """
    labels = pictures.loc[inside(pictures, where), "label"].value_counts(normalize=True)
    if labels.empty or labels.iloc[0] < MOST:
        return None
    within = {name: pictures.loc[inside(pictures, {name: value}), "label"] for name, value in where.items()}
    says = [name for name in where if within[name].nunique() == 1]
    if len(says) == len(where):  # a tie without exceptions: the one that holds most of the class says it
        says = [max(says, key=lambda name: len(within[name]))]
    cue = {name: value for name, value in where.items() if name not in says}
    return (str(labels.index[0]), cue) if cue else None


def pull(pictures: pd.DataFrame, where: Where, *, seed: int = 0, n_boot: int = 1000) -> Pull:
    """How a slice's class follows its cue; not known where it has none, or where too few pictures tell.

    Args:
        pictures: `label`, `predicted` and the attributes.
    """
    found = class_and_cue(pictures, where)
    if found is None:
        return NO_PULL
    label, cue = found
    classes = pictures["label"]
    so = np.where(pictures["predicted"] == label, 1.0, 0.0)
    member, own = inside(pictures, cue).to_numpy(dtype=bool), (classes == label).to_numpy(dtype=bool)
    return Pull(
        compare(so[own], member[own], seed=seed, n_boot=n_boot),
        compare(so[~own], member[~own], within=classes[~own], seed=seed, n_boot=n_boot),
        upper_tail_within(member, so, pd.factorize(classes)[0]),
    )


def followed_cues(
    pictures: pd.DataFrame, attributes: Sequence[str], test: SliceTest = DEFAULTS, *, max_slices: int
) -> list[Where]:
    """Slices of one attribute that says a class and one that does not, whose class follows the other.

    The surest of all that can be tested, at a false-discovery rate (Benjamini-Hochberg); then, of what is
    left without its class and its cue, whose errors it explains, the surest, and so on.

    Args:
        pictures: the attributes, and `label` and `predicted`; without these nothing is named.
        test: `min_n`, the fewest pictures of a slice, and `level`, the rate.
        max_slices: most slices to name.
    """
    pairs = list(_pairs(pictures, attributes)) if called(pictures) else []
    left, named = pictures, list[Where]()
    while len(named) < max_slices:
        tested = [(where, pull(left, where, n_boot=2)) for where in _large(left, pairs, test.min_n)]
        tested = sorted(((w, found) for w, found in tested if found.known), key=lambda pair: pair[1].p)
        q = benjamini_hochberg(np.array([found.p for _, found in tested]), named=len(named))
        sure = [
            where
            for (where, found), value in zip(tested, q, strict=True)
            if value <= test.level and found.both(test.level)
        ]
        if not sure:
            break
        named.append(sure[0])
        left = left[~_told(left, sure[0])]
    return named


def _large(pictures: pd.DataFrame, slices: Sequence[Where], min_n: int) -> list[Where]:
    return [where for where in slices if np.count_nonzero(inside(pictures, where)) >= min_n]


def _told(pictures: pd.DataFrame, where: Where) -> Bools:
    """Pictures that a shortcut makes right or wrong: of its class, and with its cue."""
    found = class_and_cue(pictures, where)
    assert found is not None
    label, cue = found
    return (inside(pictures, cue) | (pictures["label"] == label)).to_numpy(dtype=bool)


def _pairs(pictures: pd.DataFrame, attributes: Sequence[str]) -> Iterator[Where]:
    for name in attributes:
        says = pictures.groupby(name, observed=True)["label"].nunique() == 1
        for value in filter(says.get, values_of(pictures[name])):
            for other in attributes:
                if other != name:
                    yield from ({name: value, other: cue} for cue in values_of(pictures[other]))
