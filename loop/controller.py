"""From a verification of the probe set to the pictures that should be made next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.slices import find_slices, select_weak
from generator.errors import UserError
from generator.plan import REINFORCEMENT, Cell, Where, plan_slices
from generator.spec import RenderSpec
from loop.config import ControllerSettings, LoopConfig

ATTRIBUTES = Cell._fields
"""What a controller may ask for."""


@dataclass(frozen=True)
class Decision:
    """What was found and what is to be rendered."""

    slices: pd.DataFrame
    """Every slice with its figures, as `analysis.slices.find_slices` gives it."""
    chosen: tuple[Where, ...]
    """Weak slices that do not explain one another, the most evident first."""
    why: tuple[str, ...]
    """The reason for each, in words."""


def decide(pictures: pd.DataFrame, settings: ControllerSettings, seed: int) -> Decision:
    """Choose the weak slices of a verified probe set.

    Raises:
        UserError: there is no such score, or no attribute that varies.
    """
    if settings.score not in pictures.select_dtypes("number"):
        known = ", ".join(map(str, pictures.select_dtypes("number")))
        raise UserError(f"controller.score: {settings.score!r} is no score; one of {known}")
    attributes = varying(pictures, ATTRIBUTES)
    if not attributes:
        raise UserError(
            f"probe: no attribute of {', '.join(ATTRIBUTES)} varies; add pictures that differ in one"
        )
    slices = find_slices(
        pictures, attributes, settings.score, min_n=settings.min_n, level=settings.level, seed=seed
    )
    weak = select_weak(
        pictures, attributes, settings.score,
        most=settings.slices, min_n=settings.min_n, level=settings.level, seed=seed,
    )  # fmt: skip
    rows = weak.to_dict("records")
    return Decision(
        slices,
        tuple({a: _plain(row[a]) for a in attributes if not pd.isna(row[a])} for row in rows),
        tuple(
            f"{row['slice']}: {settings.score} {row['mean']:.2f} [{row['low']:.2f}, {row['high']:.2f}] over "
            f"{row['n']} pictures, {row['rest_mean']:.2f} elsewhere, q = {row['q']:.2g}"
            for row in rows
        ),
    )


def specify(chosen: Sequence[Where], config: LoopConfig, turn: int) -> list[RenderSpec]:
    """Specs for the chosen slices, from vehicles and environments that no other set has."""
    return plan_slices(
        config.reinforce, chosen, config.controller.budget, config.scene, config.render,
        seed=config.seed, block=REINFORCEMENT + turn,
    )  # fmt: skip


def varying(pictures: pd.DataFrame, attributes: Sequence[str]) -> list[str]:
    """Those attributes that are known and take more than one value."""
    return [
        a for a in attributes if a in pictures and pictures[a].notna().all() and pictures[a].nunique() > 1
    ]


def _plain(value: object) -> str | int:
    """A value as configurations write it, not as pandas holds it."""
    return value if isinstance(value, str) else int(value)  # type: ignore[call-overload]
