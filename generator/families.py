"""Families of a shape's vehicles: a minibus is a van, and so is a high panel van.

A vehicle's family is the first draw of its generator, so that it is known without building it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

USUAL = "usual"
"""The family of shapes that have but one, users' own models among them."""


class Families(NamedTuple):
    """The families of a shape, and how often each is drawn."""

    words: Sequence[str]
    """A word that stands here twice is drawn twice as often."""
    chances: Sequence[float] | None = None
    """Probability of each word, summing to 1; None where all are alike."""


FAMILIES: dict[str, Families] = {
    "taxi": Families(("sedan-taxi", "sedan-taxi", "wagon-taxi", "minivan-taxi")),
    "police": Families(("sedan-police", "sedan-police", "suv-police", "wagon-police")),
    "van": Families(("compact-van", "panel-van", "high-van", "minibus"), (0.2, 0.3, 0.25, 0.25)),
    "pickup": Families(
        ("compact-double-cab", "compact-single-cab", "large-double-cab", "large-single-cab"),
        (0.35, 0.15, 0.35, 0.15),
    ),
    "boxtruck": Families(("light-boxtruck", "medium-boxtruck", "large-boxtruck"), (0.45, 0.3, 0.25)),
    "semi": Families(("long-nose-semi", "day-cab-semi", "high-roof-semi", "low-roof-semi", "heavy-semi")),
    "dumptruck": Families(("bonneted-dumptruck", "cabover-dumptruck"), (0.45, 0.55)),
    "bus": Families(("short-bus", "midi-bus", "city-bus")),
    "schoolbus": Families(("short-schoolbus", "standard-schoolbus", "long-schoolbus")),
}
"""Shape -> its families; no two shapes share a word."""


def generator_of(*words: str | int) -> np.random.Generator:
    """A random generator that depends on nothing but `words`.

    >>> generator_of("vehicle", "van", 3).integers(1000) == generator_of("vehicle", "van", 3).integers(1000)
    np.True_
    """
    digest = hashlib.sha256("/".join(map(str, words)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def vehicle_generator(shape: str, variant: int) -> np.random.Generator:
    """The random generator that decides all of an individual vehicle, its family first."""
    return generator_of("vehicle", shape, variant)


def draw_family(shape: str, rng: np.random.Generator) -> str:
    """The family of the individual whose generator is `rng`; the shape is one of `FAMILIES`."""
    words, chances = FAMILIES[shape]
    return words[int(rng.choice(len(words), p=chances))]


@cache
def family_of(shape: str, variant: int) -> str:
    """The family of an individual vehicle.

    >>> family_of("van", 3), family_of("sedan", 3)
    ('panel-van', 'usual')
    """
    return draw_family(shape, vehicle_generator(shape, variant)) if shape in FAMILIES else USUAL


def families(shape: str) -> tuple[str, ...]:
    """All families of a shape, each once.

    >>> families("bus")
    ('short-bus', 'midi-bus', 'city-bus')
    """
    return tuple(dict.fromkeys(FAMILIES[shape].words)) if shape in FAMILIES else (USUAL,)


def shape_of(family: str) -> str | None:
    """The shape that a family belongs to; None for `USUAL`.

    Raises:
        ValueError: there is no such family.
    """
    found = next((shape for shape in FAMILIES if family in families(shape)), None)
    if found is None and family != USUAL:
        known = ", ".join(word for shape in FAMILIES for word in families(shape))
        raise ValueError(f"{family!r} is not a family: one of {known}, {USUAL}")
    return found
