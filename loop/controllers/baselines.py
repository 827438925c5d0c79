"""Controllers that look at no score."""

from __future__ import annotations

from analysis.slices.conjunctions import slice_name
from generator.errors import UserError
from loop.controllers.base import Evidence, Order, shares


def none(evidence: Evidence) -> list[Order]:
    """Nothing."""
    return []


def uniform(evidence: Evidence) -> list[Order]:
    """The whole budget anywhere; attributes are drawn independently (`Arm.sampling`)."""
    return [Order({}, evidence.settings.budget, "anywhere, by lot")]


def stratified(evidence: Evidence) -> list[Order]:
    """The whole budget anywhere; all combinations of attributes take turns."""
    return [Order({}, evidence.settings.budget, "anywhere, all combinations in turn")]


def oracle(evidence: Evidence) -> list[Order]:
    """The planted holes, evenly: what knowing them is worth.

    Raises:
        UserError: none is planted.
    """
    if not evidence.planted:
        raise UserError("controller.arm: the oracle needs planted holes; give `data.rendered.holes`")
    counts = shares([1.0] * len(evidence.planted), evidence.settings.budget)
    return [
        Order(where, count, f"{slice_name(where)}: planted")
        for where, count in zip(evidence.planted, counts, strict=True)
    ]
