"""Controllers that look at no score."""

from __future__ import annotations

from analysis.slices.conjunctions import slice_name
from generator.errors import UserError
from loop.controllers.base import Observation, RenderRequest, shares


def none(evidence: Observation) -> list[RenderRequest]:
    """Nothing."""
    return []


def uniform(evidence: Observation) -> list[RenderRequest]:
    """The whole budget anywhere; attributes are drawn independently (`Arm.sampling`)."""
    return [RenderRequest({}, evidence.settings.budget, "anywhere, by lot")]


def stratified(evidence: Observation) -> list[RenderRequest]:
    """The whole budget anywhere; all combinations of attributes take turns."""
    return [RenderRequest({}, evidence.settings.budget, "anywhere, all combinations in turn")]


def oracle(evidence: Observation) -> list[RenderRequest]:
    """The planted holes, evenly: what knowing them is worth.

    Raises:
        UserError: none is planted.
    """
    if not evidence.planted:
        raise UserError("controller.name: the oracle needs planted holes; give `data.rendered.holes`")
    counts = shares([1.0] * len(evidence.planted), evidence.settings.budget)
    return [
        RenderRequest(where, count, f"{slice_name(where)}: planted")
        for where, count in zip(evidence.planted, counts, strict=True)
    ]
