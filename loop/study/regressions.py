"""Regressions: slices that an arm of a study makes significantly worse than adding nothing does."""

# ruff: noqa: N803, N806 - array names end in their shapes

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.metrics.arrays import Bools, Floats
from analysis.metrics.seeds import Estimate, over_seeds, p_of_interval
from analysis.metrics.significance import benjamini_hochberg
from analysis.slices.conjunctions import Conjunctions, conjunctions
from analysis.slices.options import DEFAULTS, SliceTest
from loop.study.statistics import resamples_of

LEVEL = DEFAULTS.level
"""False-discovery rate over the slices of one comparison."""


def changes(
    before: Sequence[pd.DataFrame],
    after: Sequence[pd.DataFrame],
    attributes: Sequence[str],
    test: SliceTest,
) -> pd.DataFrame:
    """The change in accuracy of every slice, seed by seed on the same pictures.

    Pictures of several seeds are not independent: a training moves many of its pictures together, and
    where seeds share their pictures each is judged several times. So seeds and pictures are both drawn
    (`analysis.metrics.seeds.over_seeds`; crossed, the pigeonhole bootstrap of Owen 2007, which is rather too
    wide than too narrow), and p is that of Student's t with a degree of freedom less than there are seeds.

    Args:
        before: an evaluation for each seed, with `name`, `correct` and the attributes.
        after: of the same pictures.
        attributes: that span the slices.
        test: size and level; slices with fewer than `min_n` pictures in some seed are left out, and `seed`
            is that of the bootstrap. `margin` and `n_boot` have no part in it.

    Returns:
        A row a slice, the lowest `difference` first: `slice`; `n`, its pictures over all seeds; `difference`
        in [-1, 1] with its 95 % interval `low`, `high`; two-sided `p` and, over the slices, `q`; `worse`
        where q is at most `test.level` and the difference negative.
    """
    ends = np.cumsum([len(table) for table in before])[:-1]
    slices = _slices(pd.concat(before, ignore_index=True), attributes, test, ends)
    parts = np.split(slices.members, ends, axis=1)
    draws_SBK = np.stack(
        [_drawn(old, new, part) for old, new, part in zip(before, after, parts, strict=True)]
    )
    estimates = [over_seeds(draws_SBK[:, :, k], test.seed) for k in range(len(slices.parts))]
    p = np.array([p_value(estimate, len(before)) for estimate in estimates])
    rows = pd.DataFrame(
        {
            "slice": slices.names(),
            "n": slices.sizes,
            "difference": [estimate.mean for estimate in estimates],
            "low": [estimate.low for estimate in estimates],
            "high": [estimate.high for estimate in estimates],
            "p": p,
            "q": benjamini_hochberg(p),
        }
    )
    rows["worse"] = (rows["q"] <= test.level) & (rows["difference"] < 0)
    return rows.sort_values(["difference", "slice"], kind="stable", ignore_index=True)


def _slices(
    pictures: pd.DataFrame, attributes: Sequence[str], test: SliceTest, ends: NDArray[np.int64]
) -> Conjunctions:
    """Slices that are large enough in every seed, each set of pictures once: `shape=semi` is
    `label=truck & shape=semi`.

    Args:
        ends: where the pictures of one seed end and those of the next begin.
    """
    found = conjunctions(pictures, attributes, test.max_order, test.min_n)
    sizes = np.min([part.sum(1) for part in np.split(found.members, ends, axis=1)], axis=0)
    _, firsts = np.unique(np.packbits(found.members, axis=1), axis=0, return_index=True)
    kept = [i for i in sorted(firsts) if sizes[i] >= test.min_n]
    return Conjunctions([found.parts[i] for i in kept], found.members[kept])


def p_value(estimate: Estimate, seeds: int) -> float:
    """`analysis.metrics.seeds.p_of_interval` of an estimate."""
    return p_of_interval(estimate.mean, estimate.low, estimate.high, seeds)


def _drawn(before: pd.DataFrame, after: pd.DataFrame, members_KN: Bools) -> Floats:
    """Mean change of each slice under each resample of the pictures, (B, K)."""
    old, new = (table.set_index("name")["correct"].astype(float) for table in (before, after))
    change_N = (new.loc[old.index] - old).to_numpy()
    weights_BN = resamples_of(tuple(old.index))
    sums, n = weights_BN @ (members_KN * change_N).T, weights_BN @ members_KN.T.astype(np.float64)
    return np.asarray(np.divide(sums, n, out=np.zeros_like(sums), where=n > 0))
