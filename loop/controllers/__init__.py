"""Controllers: each turns what a verification showed and a budget of pictures into orders.

To add one: write a function `Observation -> list[RenderRequest]`, add a `Controller` to `CONTROLLERS` and
its name to `loop.config.run.ControllerName`.
"""

from __future__ import annotations

from collections.abc import Mapping

from loop.config.run import ControllerName, ControllerSettings
from loop.controllers.base import Controller, Observation, RenderRequest, Round
from loop.controllers.baselines import none, oracle, stratified, uniform
from loop.controllers.diagnosis import diagnosis
from loop.controllers.learned import bandit, policy_gradient
from loop.controllers.risk import risk, weak_and_risk
from loop.controllers.weak_slices import (
    CERTAINTY,
    RANKS,
    alignment,
    alignment_and_error,
    by_entropy,
    by_error,
    by_score,
    oversample,
    with_certainty,
    with_ranks,
)

__all__ = ["CONTROLLERS", "Controller", "Observation", "RenderRequest", "Round"]

RIGHT = "no slice lies significantly below the rest, and no picture is wrong"


def _score(settings: ControllerSettings) -> str:
    return settings.score


def _correct(settings: ControllerSettings) -> str:
    return "correct"


CONTROLLERS: Mapping[ControllerName, Controller] = {
    "none": Controller(
        none,
        "nothing is added; trained for as many steps as the others",
        goes_on=True,
        when_empty="this controller adds none",
    ),
    "uniform": Controller(uniform, "anything, at random", sampling="random"),
    "stratified": Controller(stratified, "anything, all combinations in balance", sampling="grid"),
    "weak": Controller(by_score, "weak slices by `controller.score`", ranks_by=_score),
    "error": Controller(by_error, "weak slices by errors", ranks_by=_correct),
    "entropy": Controller(
        by_entropy,
        "slices of the most uncertain predictions",
        ranks_by=lambda settings: CERTAINTY,
        ranking_words="certainty of the prediction",
        with_ranking=with_certainty,
    ),
    "risk": Controller(
        risk, "combinations of the probe's values, the likelier they fail the more", when_empty=RIGHT
    ),
    "weak+risk": Controller(
        weak_and_risk,
        "slices weak by `controller.score`; beside, combinations as `risk` draws them",
        ranks_by=_score,
        when_empty=RIGHT,
    ),
    "oversample": Controller(
        oversample, "pictures that are there of slices weak by errors, again", ranks_by=_correct
    ),
    "alignment": Controller(
        alignment, "weak slices by `controller.alignment`", ranks_by=lambda settings: settings.alignment
    ),
    "alignment+error": Controller(
        alignment_and_error,
        "weak slices by ranks of alignment and errors, added",
        ranks_by=lambda settings: RANKS,
        ranking_words="mean of the ranks by alignment and by correctness",
        with_ranking=with_ranks,
    ),
    "diagnosis": Controller(
        diagnosis,
        "weak slices; for a shortcut its class without the cue and others with it",
        ranks_by=_score,
    ),
    "bandit": Controller(
        bandit,
        "slices by Thompson sampling, paid by the gain on the probe",
        ranks_by=_score,
        when_empty="no slice has `controller.min_n` pictures",
    ),
    "policy_gradient": Controller(policy_gradient, "attributes by a policy that REINFORCE improves"),
    "oracle": Controller(oracle, "the planted holes, which no other controller knows"),
}
"""Name in `controller.name` -> controller."""
