"""Which of several pictures a network would fail on, told from its failures on the probe."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.binning import bin_attributes, candidates
from generator.plan import Pick
from generator.spec import RenderSpec
from loop.arms.risk import failures
from loop.arms.weak import numbers


def hardest(probe: pd.DataFrame) -> Pick:
    """Takes those on which a failure is most likely, the likeliest first; the first ones where all are alike.

    The chance is that of `loop.arms.risk.failures` on all that varies from picture to picture in the probe
    and that a spec says: the grid's attributes, environment, light, distance, haze, …, numbers in bins.

    Args:
        probe: a verification, with `correct`.
    """
    attributes = list(candidates(probe))
    known, bins = bin_attributes(probe, attributes)
    failed = numbers(probe, "correct") < 1

    def pick(specs: Sequence[RenderSpec], count: int) -> list[RenderSpec]:
        if len(specs) <= count or not failed.any():
            return list(specs[:count])
        table = bins.apply(pd.DataFrame([spec.model_dump() for spec in specs]))
        chances = failures(known[attributes], failed, table[attributes])
        return [specs[i] for i in np.argsort(-chances, kind="stable")[:count]]

    return pick
