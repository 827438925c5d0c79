"""The table of scores that a map gets against the vehicle's mask, open to users' own.

The functions lie in the modules beside this one, by family; each takes a `Pair` of maps and masks and returns
`(B,)` float32. A picture without a score gets nan, never 0. A user's package adds one by

    from analysis.scores.table import Score, register_score

    def hit(pair):
        return pair.where_scored((pair.mass_inside > 0).float())

    register_score("hit", Score(hit, "energy", True, (0.0, 1.0)))

in a module that the configuration lists under `plugins`; evaluations then have `hit_true` and
`hit_predicted`, by which a controller may go (`controller.score: hit_true`).
"""

# ruff: noqa: N803 - tensor names end in their shapes

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from analysis import columns
from analysis.registry import register
from analysis.scores.energy import energy, pixel_ap, pixel_auroc, pointing, rank
from analysis.scores.entropy import bce, cross_entropy, kl
from analysis.scores.intersection import coverage, dice, iou, soft_iou
from analysis.scores.pair import Pair
from analysis.scores.reinforcement import reward, soft_reward
from generator.errors import UserError

INFINITE = float("inf")


def _fraction(fraction_B: Tensor) -> Tensor:
    return fraction_B


@dataclass(frozen=True)
class Score:
    """A score and what its values mean."""

    function: Callable[[Pair], Tensor]
    """Maps beside their masks -> (B,) float32, nan where there is no score (`Pair.where_scored`)."""
    family: str
    """Under which documentation lists it: intersection, energy, entropy, reinforcement, or a user's own."""
    higher_is_better: bool
    bounds: tuple[float, float]
    """Lowest and highest value, infinite where there is none."""
    correction: Literal["line", "mixture"] | None = None
    """How it is corrected for chance (`analysis.scores.correction`): `line` for scores that are linear in P
    or go by the order of pixels alone; `mixture` for others; None for scores that cannot be corrected."""
    chance: Callable[[Tensor], Tensor] = _fraction
    """Of scores with the correction `line`: the vehicle's fraction of the picture (B,) -> what a uniform map
    scores (B,). By default that fraction: as much evidence on the vehicle as it takes of the picture."""


SCORES: dict[str, Score] = {
    "coverage": Score(coverage, "intersection", True, (0.0, 1.0)),
    "iou": Score(iou, "intersection", True, (0.0, 1.0)),
    "dice": Score(dice, "intersection", True, (0.0, 1.0)),
    "soft_iou": Score(soft_iou, "intersection", True, (0.0, 1.0), "mixture"),
    "energy": Score(energy, "energy", True, (0.0, 1.0), "line"),
    "rank": Score(rank, "energy", True, (0.0, 1.0), "line"),
    "pointing": Score(pointing, "energy", True, (0.0, 1.0), "line"),
    "pixel_auroc": Score(
        pixel_auroc, "energy", True, (0.0, 1.0), "line", lambda fraction_B: torch.full_like(fraction_B, 0.5)
    ),
    "pixel_ap": Score(pixel_ap, "energy", True, (0.0, 1.0), "line"),
    "bce": Score(bce, "entropy", False, (0.0, INFINITE), "mixture"),
    "cross_entropy": Score(cross_entropy, "entropy", False, (0.0, INFINITE), "mixture"),
    "kl": Score(kl, "entropy", False, (0.0, INFINITE), "mixture"),
    "reward": Score(reward, "reinforcement", True, (-INFINITE, 1.0), "line", torch.zeros_like),
    "soft_reward": Score(soft_reward, "reinforcement", True, (-INFINITE, 1.1), "mixture"),
}
"""Name -> score; `register_score` adds to it. Magnitudes are in `analysis.scores.alignment.evidence`."""

HEADLINE = ("coverage", "iou", "energy", "bce", "reward")
"""Scores by which slices are listed: one or two a family."""


def register_score(name: str, score: Score) -> None:
    """Let evaluations, controllers and reports have a score of a user's own.

    Args:
        name: lower-case letters, digits and underscores; its columns are `NAME_true` and `NAME_predicted`.

    Raises:
        UserError: the name has other characters, is taken, or would name another column of an evaluation.
    """
    named = [columns.describe(columns.score_column(name, target)).name for target in columns.TARGETS]
    named.append(columns.describe(name, columns.SCORES_TABLE).name)
    if named != ["SCORE_TARGET", "SCORE_TARGET", "SCORE"]:
        raise UserError(
            f"score {name!r}: its columns would be named as others of an evaluation; choose another name"
        )
    register(SCORES, "score", name, score)
