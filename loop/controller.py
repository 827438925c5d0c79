"""From the verifications of the probe set to the pictures that should be made next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.alignment import HEADLINE
from analysis.conjunctions import inside, varying
from analysis.slices import find_slices
from generator.assets import digests
from generator.errors import UserError
from generator.grid import GRID, Slice
from generator.naming import ATTRIBUTES
from generator.plan import REINFORCEMENT, plan_slices
from generator.spec import RenderSpec
from loop.arms import ARMS, Evidence, Order, Round
from loop.config import ControllerSettings, LoopConfig

REPORTED = ("correct", "p_true", *(f"{score}_true" for score in HEADLINE))
"""Scores by which slices are listed, whichever decides."""


@dataclass(frozen=True)
class Decision:
    """What was found and what is wanted."""

    slices: pd.DataFrame
    """Every slice with its figures by every score, as `analysis.slices.find_slices` gives them; `score`
    says by which."""
    orders: tuple[Order, ...]


def decide(rounds: Sequence[Round], config: LoopConfig) -> Decision:
    """Let the configured controller order pictures.

    Args:
        rounds: from the first to the one to decide in.

    Raises:
        UserError: there is no such score, or no attribute that varies.
    """
    settings, pictures = config.controller, rounds[-1].pictures
    attributes = varying(pictures, orderable(config))
    if not attributes:
        known = ", ".join(orderable(config))
        raise UserError(f"probe: no attribute of {known} varies; add pictures that differ in one")
    holes = config.data.rendered.holes if config.data.rendered else ()
    evidence = Evidence(
        tuple(rounds), tuple(attributes), settings, config.seed, tuple(hole.where for hole in holes)
    )
    orders = ARMS[settings.arm].decide(evidence)
    return Decision(_all_slices(pictures, attributes, settings, config.seed), tuple(orders))


def orderable(config: LoopConfig) -> list[str]:
    """Attributes that a controller may ask for: those of names, and the environment where it is one."""
    return [name for name in GRID if name in ATTRIBUTES or name in config.reinforce.draws()]


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


def specify(orders: Sequence[Order], config: LoopConfig, turn: int) -> list[RenderSpec]:
    """Specs for what is to be rendered, from vehicles and environments that no other set has."""
    grid = config.reinforce.model_copy(update={"sampling": _sampling(config)})
    return plan_slices(
        grid, [Slice(where=dict(order.where), budget=order.count) for order in orders if not order.again],
        config.scene, config.render,
        seed=config.rendering_seed, block=REINFORCEMENT + turn, assets=digests(config.farm.assets),
    )  # fmt: skip


def _sampling(config: LoopConfig) -> str:
    return ARMS[config.controller.arm].sampling or config.reinforce.sampling


def repeat(orders: Sequence[Order], rendered: pd.DataFrame, seed: int) -> list[str]:
    """Names of training pictures to be learned from once more, as the orders ask.

    Each order takes the pictures of its slice in turn, by lot, until it has its number; one whose slice is
    not there gets none.

    Args:
        rendered: the rendered pictures that are trained on, with `name` and attributes.
    """
    names: list[str] = []
    for i, order in enumerate(order for order in orders if order.again):
        mine = rendered.loc[inside(rendered, order.where), "name"].to_numpy(dtype=str)
        rng = np.random.default_rng([seed, i])
        turns = -(-order.count // len(mine)) if len(mine) else 0
        chosen = [rng.permutation(mine) for _ in range(turns)]
        names += np.concatenate(chosen)[: order.count].tolist() if chosen else []
    return names
