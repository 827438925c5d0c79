"""Controllers: each turns what a verification showed and a budget of pictures into orders.

To add one: write a function `Observation -> list[RenderRequest]`, add a `Controller` to `CONTROLLERS` and
its name to `loop.config.run.ControllerName`.
"""

from __future__ import annotations

from collections.abc import Mapping

from loop.config.run import ControllerName
from loop.controllers.base import Controller, Observation, RenderRequest, Round
from loop.controllers.baselines import none, oracle, stratified, uniform
from loop.controllers.diagnosis import diagnosis
from loop.controllers.learned import bandit, policy_gradient
from loop.controllers.risk import risk, weak_and_risk
from loop.controllers.weak_slices import (
    alignment,
    alignment_and_error,
    by_entropy,
    by_error,
    by_score,
    oversample,
)

__all__ = ["CONTROLLERS", "Controller", "Observation", "RenderRequest", "Round"]

RIGHT = "no slice lies significantly below the rest, and no picture is wrong"

CONTROLLERS: Mapping[ControllerName, Controller] = {
    "none": Controller(
        none, "nothing is added; trained for as many steps as the others", goes_on=True,
        without="this controller adds none",
    ),
    "uniform": Controller(uniform, "anything, by lot", sampling="random"),
    "stratified": Controller(stratified, "anything, all combinations in balance", sampling="grid"),
    "weak": Controller(by_score, "weak slices by `controller.score`"),
    "error": Controller(by_error, "weak slices by errors"),
    "entropy": Controller(by_entropy, "slices of the most uncertain predictions"),
    "risk": Controller(risk, "combinations of the probe's values, the likelier they fail the more",
    without=RIGHT), "weak+risk": Controller(
        weak_and_risk, "slices weak by `controller.score`; beside, combinations as `risk` draws them",
        without=RIGHT,
    ),
    "oversample": Controller(oversample, "pictures that are there of slices weak by errors, again"),
    "alignment": Controller(alignment, "weak slices by `controller.alignment`"),
    "alignment+error": Controller(alignment_and_error, "weak slices by ranks of alignment and errors, added"),
    "diagnosis": Controller(diagnosis,
    "weak slices; for a shortcut its class without the cue and others with it"), "bandit": Controller(
        bandit, "slices by Thompson sampling, paid by the gain on the probe",
        without="no slice has `controller.min_n` pictures",
    ),
    "policy_gradient": Controller(policy_gradient, "attributes by a policy that REINFORCE improves"),
    "oracle": Controller(oracle, "the planted holes, which no other controller knows"),
}  # fmt: skip
"""Name in `controller.name` -> controller."""
