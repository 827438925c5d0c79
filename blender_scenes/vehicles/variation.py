"""How individuals of a shape differ: measures that vary about a table's, and draws from lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Rng = np.random.Generator


def varied[Measures: DataclassInstance](base: Measures, rng: Rng, spread: Mapping[str, float]) -> Measures:
    """`base` with each field of `spread` scaled by up to that fraction, up or down."""
    scales = rng.uniform(-1, 1, len(spread))
    changes = {
        name: getattr(base, name) * (1 + fraction * float(scale))
        for (name, fraction), scale in zip(spread.items(), scales, strict=True)
    }
    return replace(base, **changes)


def drawn[Choice](rng: Rng, options: Sequence[Choice], weights: Sequence[float] | None = None) -> Choice:
    """One of the options, equally likely but for `weights`."""
    total = None if weights is None else np.array(weights) / sum(weights)
    return options[int(rng.choice(len(options), p=total))]


def happens(rng: Rng, fraction: float) -> bool:
    """True in `fraction` of all cases."""
    return bool(rng.random() < fraction)
