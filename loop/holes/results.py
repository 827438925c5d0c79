"""Gains of the arms of a study of holes, with intervals over seeds and test photographs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.metrics.bootstrap import resample_weights
from analysis.metrics.seeds import averaged_over_seeds, over_seeds, ratio_over_seeds

RESAMPLES = 1000
NONE, CEILING, MORE = "none", "photographs of the hole", "photographs of the rest"
"""Arms that add no renders."""
PARTS = ("inside", "outside")


@dataclass(frozen=True)
class Fitted:
    """One training of a study."""

    arm: str
    number: int
    """Of renders or photographs that were added."""
    inside: NDArray[np.bool_]
    """Which test photographs in the hole it names right."""
    outside: NDArray[np.bool_]
    """Which of the others."""


def compared(seeds: Mapping[int, Sequence[Fitted]]) -> dict[str, Any]:
    """Every arm's accuracy and its gain over `none`, in the hole and elsewhere, in points.

    Intervals are over seeds and test photographs (`analysis.metrics.seeds.over_seeds`), which all arms share.

    Returns:
        `n`, test photographs of each part, and `arms`: arm, number added, and for each part the accuracy and
        the gain; in the hole also the fraction of the ceiling's gain, where the ceiling gains at all.
    """
    first = next(iter(seeds.values()))
    draws = [{part: _draws(seeds, i, part) for part in PARTS} for i in range(len(first))]
    none = draws[0]
    (ceiling,) = [i for i, one in enumerate(first) if one.arm == CEILING and one.number == _most(first)]
    most = draws[ceiling]["inside"] - none["inside"]
    rows = []
    for one, drawn in zip(first, draws, strict=True):
        row: dict[str, Any] = {"arm": one.arm, "added": one.number}
        for part in PARTS:
            row[part] = vars(over_seeds(drawn[part], 0))
            row[f"{part}_gain"] = vars(over_seeds(drawn[part] - none[part], 0))
        row["fraction_of_ceiling"] = _fraction(drawn["inside"] - none["inside"], most)
        rows.append(row)
    return {"n": {part: len(getattr(first[0], part)) for part in PARTS}, "arms": rows}


def difference(
    seeds: Mapping[int, Sequence[Fitted]], arm: tuple[str, int], other: tuple[str, int]
) -> dict[str, float]:
    """How much more an arm gains in the hole than another, in points, with its interval."""
    first = next(iter(seeds.values()))
    where = {(one.arm, one.number): i for i, one in enumerate(first)}
    one, two = (_draws(seeds, where[key], "inside") for key in (arm, other))
    return vars(over_seeds(one - two, 0))


def _draws(seeds: Mapping[int, Sequence[Fitted]], i: int, part: str) -> NDArray[np.float64]:
    """Accuracy of the i-th training of each seed, in points, under each resample of test photographs, the
    first being none: (S, B)."""
    right_SN = np.stack([getattr(trainings[i], part) for trainings in seeds.values()])  # noqa: N806
    drawn: NDArray[np.float64] = 100 * right_SN @ _weights(right_SN.shape[1])
    return drawn


def _most(trainings: Sequence[Fitted]) -> int:
    return max(one.number for one in trainings if one.arm == CEILING)


def _fraction(gain: NDArray[np.float64], most: NDArray[np.float64]) -> dict[str, float]:
    """Ratio of two gains that are averaged over the same resamples of seeds and photographs."""
    mine, whole = (averaged_over_seeds(one[:, None], 0)[0] for one in (gain, most))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nan_to_num(mine / whole, nan=0.0, posinf=np.inf, neginf=-np.inf)
    return vars(ratio_over_seeds(ratio, len(gain)))


def _weights(pictures: int) -> NDArray[np.float64]:
    """(N, B) of which each column averages one resample, the first all pictures alike."""
    return resample_weights(pictures, 0, RESAMPLES).T / pictures
