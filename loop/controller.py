"""From a verification of the probe set to the pictures that should be made next."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.alignment import HEADLINE
from analysis.conjunctions import inside, varying
from analysis.slices import find_slices, select_weak
from generator.assets import digests
from generator.errors import UserError
from generator.naming import ATTRIBUTES
from generator.plan import REINFORCEMENT, plan_slices
from generator.sampling import Where
from generator.spec import RenderSpec
from loop.config import ControllerSettings, LoopConfig

REPORTED = ("correct", "p_true", *(f"{score}_true" for score in HEADLINE))
"""Scores by which slices are listed, whichever decides."""


@dataclass(frozen=True)
class Decision:
    """What was found and what is to be rendered."""

    slices: pd.DataFrame
    """Every slice with its figures by every score, as `analysis.slices.find_slices` gives them; `score`
    says by which."""
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
    weak = select_weak(
        pictures, attributes, settings.score,
        most=settings.slices, min_n=settings.min_n, level=settings.level, seed=seed,
    )  # fmt: skip
    rows = weak.to_dict("records")
    chosen = tuple({a: _plain(row[a]) for a in attributes if not pd.isna(row[a])} for row in rows)
    return Decision(
        _all_slices(pictures, attributes, settings, seed),
        chosen,
        tuple(_why(row, where, pictures, settings.score) for row, where in zip(rows, chosen, strict=True)),
    )


def _all_slices(
    pictures: pd.DataFrame, attributes: Sequence[str], settings: ControllerSettings, seed: int
) -> pd.DataFrame:
    tables = []
    for score in dict.fromkeys((settings.score, *REPORTED)):
        if score in pictures and pictures[score].notna().any():
            found = find_slices(
                pictures, attributes, score, min_n=settings.min_n, level=settings.level, seed=seed
            )
            tables.append(found.assign(score=score))
    return pd.concat(tables, ignore_index=True)


def _why(row: Mapping[Hashable, Any], where: Where, pictures: pd.DataFrame, score: str) -> str:
    """The reason for a slice in words: its score, and where the network looks there."""
    mine = inside(pictures, where)
    here, elsewhere = (pictures.loc[rows, "energy_true"].mean() for rows in (mine, ~mine))
    return (
        f"{row['slice']}: {score} {row['mean']:.2f} [{row['low']:.2f}, {row['high']:.2f}] over {row['n']} "
        f"pictures, {row['rest_mean']:.2f} elsewhere, q = {row['q']:.2g}; evidence on the vehicle "
        f"{here:.2f}, {elsewhere:.2f} elsewhere"
    )


def specify(chosen: Sequence[Where], config: LoopConfig, turn: int) -> list[RenderSpec]:
    """Specs for the chosen slices, from vehicles and environments that no other set has."""
    return plan_slices(
        config.reinforce, chosen, config.controller.budget, config.scene, config.render,
        seed=config.seed, block=REINFORCEMENT + turn, assets=digests(config.farm.assets),
    )  # fmt: skip


def _plain(value: object) -> str | int:
    """A value as configurations write it, not as pandas holds it."""
    return value if isinstance(value, str) else int(value)  # type: ignore[call-overload]
