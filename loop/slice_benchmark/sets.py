"""Which pictures of a pool a planted setting's training set holds, and of the probe its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.metrics.arrays import Bools
from analysis.slices.conjunctions import inside
from loop.config.slice_benchmark import Setting, Tie


def planted_rows(pool: pd.DataFrame, setting: Setting, seed: int) -> Bools:
    """Which pictures of the pool a setting's training set holds."""
    rng, keep = np.random.default_rng([seed, 0]), np.ones(len(pool), dtype=bool)
    for hole in setting.missing:
        keep &= ~inside(pool, hole.where).to_numpy(bool) | (rng.random(len(pool)) < hole.keep)
    return np.asarray(keep & tied_rows(pool, setting.ties, seed))


def tied_rows(pictures: pd.DataFrame, ties: Sequence[Tie], seed: int) -> Bools:
    """Which pictures are left where a shape and its cue come together or not at all, but for leaks."""
    rng, keep = np.random.default_rng([seed, 1]), np.ones(len(pictures), dtype=bool)
    for tie in ties:
        (owner, whose), *cue = tie.where.items()
        same = (pictures[owner] == whose).to_numpy()
        cued = inside(pictures, dict(cue)).to_numpy(bool)
        keep &= (same == cued) | (rng.random(len(pictures)) < tie.leak)
    return keep
