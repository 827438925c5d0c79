"""Which of several pictures a network would fail on, estimated from its failures on the probe."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.slices.binning import bin_attributes, candidates
from generator.planning.plan import Pick
from generator.spec import RenderSpec
from loop.controllers.finders_risk import chances_to_fail
from loop.controllers.finders_weak import numbers


def hardest(probe: pd.DataFrame) -> Pick:
    """A choice of those pictures on which a failure is most likely, the likeliest first; of the first ones
    where all are alike.

    The chance is that of `loop.controllers.finders_risk.chances_to_fail` on all that varies from picture to
    picture in the probe and that a spec has: the grid's attributes, environment, light, distance, haze, …,
    numbers in bins.

    Args:
        probe: an evaluation, with `correct`.
    """
    attributes = list(candidates(probe))
    known, bins = bin_attributes(probe, attributes)
    failed = numbers(probe, "correct") < 1
    if not failed.any():
        return lambda specs, count: specs[:count]
    chances = chances_to_fail(known[attributes], failed)

    def pick(specs: Sequence[RenderSpec], count: int) -> Sequence[RenderSpec]:
        if len(specs) <= count:
            return specs
        table = bins.apply(pd.DataFrame([spec.row() for spec in specs]))
        return [specs[i] for i in np.argsort(-chances(table[attributes]), kind="stable")[:count]]

    return pick
