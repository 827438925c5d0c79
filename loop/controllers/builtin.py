"""The controllers and finders that come with renforce, each by its name: the table to add one of ours to."""

from __future__ import annotations

from loop.config.controller import ControllerSettings
from loop.controllers.allocators import (
    broadened,
    by_chance,
    by_policy,
    even_fractions,
    half_by_chance,
    or_anything,
    oversampled,
    remedies,
    thompson,
)
from loop.controllers.base import Allocator, Controller, Finder, Found, Observation
from loop.controllers.finders_diagnosis import diagnosed
from loop.controllers.finders_lacking import lacking
from loop.controllers.finders_learned import expected_gains, policy_values
from loop.controllers.finders_risk import risk
from loop.controllers.finders_simple import anything, enumeration, nothing, planted, random
from loop.controllers.finders_weak import (
    CERTAINTY,
    RANKS,
    by_alignment,
    by_correctness,
    by_score,
    weak_by,
    with_certainty,
    with_ranks,
)


def _by_certainty(settings: ControllerSettings) -> str:
    return CERTAINTY


def _by_ranks(settings: ControllerSettings) -> str:
    return RANKS


def _by_p_true(settings: ControllerSettings) -> str:
    return "p_true"


WEAK_BY_SCORE = weak_by(by_score)
WEAK_BY_ERROR = weak_by(by_correctness)
WEAK_BY_ALIGNMENT = weak_by(by_alignment)
WEAK_BY_RANKS = weak_by(_by_ranks, "ranks of alignment and correctness", with_ranks)
WEAK_BY_CERTAINTY = weak_by(_by_certainty, "−entropy of the prediction", with_certainty)


def weak_and_risk(observation: Observation) -> list[Found]:
    """Slices weak by `controller.score`, then every cell with its chance of a failure."""
    return [*WEAK_BY_SCORE(observation), *risk(observation)]


def _or_anything(allocate: Allocator, by: str) -> Allocator:
    return or_anything(allocate, lambda settings: f"no slice is weak by {by.format(settings)}")


_BY_CHANCE = or_anything(by_chance, lambda settings: "no picture is wrong")
_BROADENED_BY_ERROR = _or_anything(broadened, "correct")
_THOMPSON = or_anything(thompson, lambda settings: f"no slice has {settings.min_n} pictures")
_ALL_CORRECT = "no slice lies significantly below the rest, and no picture is wrong"

CONTROLLERS = {
    "none": Controller(
        nothing,
        even_fractions,
        "nothing is added; trained for as many steps as the others",
        by_slices=False,
        goes_on=True,
        when_empty="this controller adds none",
    ),
    "uniform": Controller(
        anything("anywhere, at random"),
        even_fractions,
        "anything, at random",
        by_slices=False,
        sampling="random",
    ),
    "stratified": Controller(
        anything("anywhere, all combinations in turn"),
        even_fractions,
        "anything, all combinations in balance",
        by_slices=False,
        sampling="grid",
    ),
    "weak": Controller(
        WEAK_BY_SCORE,
        _or_anything(broadened, "{0.score}"),
        "weak slices by `controller.score`",
        ranks_by=by_score,
    ),
    "error": Controller(WEAK_BY_ERROR, _BROADENED_BY_ERROR, "weak slices by errors", ranks_by=by_correctness),
    "entropy": Controller(
        WEAK_BY_CERTAINTY,
        _or_anything(broadened, "−entropy of the prediction"),
        "slices of the most uncertain predictions",
        ranks_by=_by_certainty,
        ranking_words="certainty of the prediction",
        with_ranking=with_certainty,
    ),
    "risk": Controller(
        risk,
        _BY_CHANCE,
        "combinations of the probe's values, the likelier they fail the more",
        when_empty=_ALL_CORRECT,
    ),
    "weak+risk": Controller(
        weak_and_risk,
        half_by_chance(broadened, _BY_CHANCE),
        "slices weak by `controller.score`; beside, combinations as `risk` draws them",
        ranks_by=by_score,
        when_empty=_ALL_CORRECT,
    ),
    "oversample": Controller(
        WEAK_BY_ERROR,
        oversampled(_BROADENED_BY_ERROR),
        "pictures that are there of slices weak by errors, once more",
        ranks_by=by_correctness,
    ),
    "alignment": Controller(
        WEAK_BY_ALIGNMENT,
        _or_anything(broadened, "{0.alignment}"),
        "weak slices by `controller.alignment`",
        ranks_by=by_alignment,
    ),
    "alignment+error": Controller(
        WEAK_BY_RANKS,
        _or_anything(broadened, "ranks of alignment and correctness"),
        "weak slices by ranks of alignment and errors, added",
        ranks_by=_by_ranks,
        ranking_words="mean of the ranks by alignment and by correctness",
        with_ranking=with_ranks,
    ),
    "diagnosis": Controller(
        diagnosed,
        _or_anything(remedies, "diagnosis"),
        "weak slices; for a shortcut its class without the cue and others with it",
        ranks_by=by_score,
    ),
    "bandit": Controller(
        expected_gains,
        _THOMPSON,
        "slices by Thompson sampling, rewarded by the gain on the probe",
        ranks_by=by_score,
        when_empty="no slice has `controller.min_n` pictures",
    ),
    "policy_gradient": Controller(policy_values, by_policy, "attributes by a policy that REINFORCE improves"),
    "lacking": Controller(
        lacking,
        or_anything(broadened, lambda settings: "the training photographs lack nothing"),
        "slices of which the training photographs hold few or none",
        when_empty="the training photographs lack nothing",
    ),
    "oracle": Controller(planted, even_fractions, "the planted holes, which no other controller knows"),
}
"""Name in `controller.name` -> controller."""

FINDERS: dict[str, Finder] = {
    "diagnosis": diagnosed,
    "alignment": WEAK_BY_ALIGNMENT,
    "error": WEAK_BY_ERROR,
    "loss": weak_by(_by_p_true),
    "alignment+error": WEAK_BY_RANKS,
    "enumeration": enumeration,
    "random": random,
}
"""Name in `finders` of a slice benchmark -> finder. `loss` goes by the probability of the true class, which
orders pictures as the loss does."""
