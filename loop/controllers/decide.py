"""From the verifications of the probe set to the pictures that should be made next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.scores.alignment import HEADLINE
from analysis.slices.binning import Bins, bin_attributes, candidates
from analysis.slices.conjunctions import inside
from analysis.slices.find import find_slices
from generator.assets.card import digests
from generator.draws import Draw
from generator.errors import UserError
from generator.naming import ATTRIBUTES
from generator.planning.grid import FAMILY, GRID, Slice
from generator.planning.plan import REINFORCEMENT, plan_slices
from generator.planning.scenes import SCENE_DRAWS
from generator.spec import RenderSpec
from loop.config.run import ControllerSettings, LoopConfig
from loop.controllers import CONTROLLERS, Observation, RenderRequest, Round
from loop.controllers.base import OCCLUSION
from loop.controllers.hard_examples import hardest
from loop.controllers.weak_slices import numbers

ELSEWHERE = "elsewhere, to keep what is known"
"""Reason for the share `controller.explore`."""
REPORTED = ("correct", "p_true", *(f"{score}_true" for score in HEADLINE))
"""Scores by which slices are listed, whichever decides."""


@dataclass(frozen=True)
class Decision:
    """What was found and what is wanted."""

    slices: pd.DataFrame
    """Every slice with its figures by every score, as `analysis.slices.find.find_slices` gives them; `score`
    says by which."""
    orders: tuple[RenderRequest, ...]


def decide(rounds: Sequence[Round], config: LoopConfig) -> Decision:
    """Let the configured controller order pictures.

    Args:
        rounds: from the first to the one to decide in.

    Raises:
        UserError: there is no such score, or no attribute that varies.
    """
    settings, pictures = config.controller, rounds[-1].pictures
    attributes = orderable(pictures, config)
    binned, bins = bin_attributes(pictures, unlisted(attributes, config))
    holes = config.data.rendered.holes if config.data.rendered else ()
    spread = round(settings.explore * settings.budget)
    evidence = Observation(
        (*(replace(past, pictures=bins.apply(past.pictures)) for past in rounds[:-1]), Round(binned)),
        attributes, settings.model_copy(update={"budget": settings.budget - spread}), config.seed,
        tuple(hole.where for hole in holes),
    )  # fmt: skip
    orders = [_drawable(order, bins, config) for order in _ordered(evidence, spread) if order.count]
    return Decision(_all_slices(binned, attributes, settings, config.seed), tuple(orders))


def _ordered(evidence: Observation, spread: int) -> list[RenderRequest]:
    """What the arm wants for its budget, and where that is anything, `spread` pictures of anything beside."""
    rest = evidence.settings.budget
    settings = evidence.settings.model_copy(update={"budget": rest or spread})  # of nothing no arm could tell
    wanted = CONTROLLERS[settings.name].decide(replace(evidence, settings=settings))
    beside = [replace(order, where={}, count=spread, why=ELSEWHERE, drawn=False) for order in wanted[-1:]]
    return [*(wanted if rest else ()), *beside]


def orderable(pictures: pd.DataFrame, config: LoopConfig) -> tuple[str, ...]:
    """Attributes that vary in the probe and that pictures can be ordered by.

    Raises:
        UserError: there is none.
    """
    gridded = [name for name in GRID if name in ATTRIBUTES or name in config.reinforce.draws()]
    if config.controller.attributes == "all":
        apart = () if config.scene.occludes else OCCLUSION
        gridded += [name for name in (FAMILY, *SCENE_DRAWS) if name not in {*gridded, *apart}]
    found = tuple(name for name in candidates(pictures) if name in gridded)
    if not found:
        raise UserError(
            f"probe: no attribute of {', '.join(gridded)} varies; add pictures that differ in one"
        )
    return found


def unlisted(attributes: Sequence[str], config: LoopConfig) -> list[str]:
    """Attributes of which `reinforce` does not list the values; numbers among them are put into bins."""
    draws = config.reinforce.draws()
    return [name for name in attributes if name not in draws or draws[name].options() is None]


def _drawable(order: RenderRequest, bins: Bins, config: LoopConfig) -> RenderRequest:
    """The order with draws for those attributes of its slice that are in bins or not in the grid."""
    draws = config.reinforce.draws()
    binned = {name for name, value in order.where.items() if name in bins.of and isinstance(value, str)}
    beside = {k: v for k, v in order.where.items() if k not in {*draws, FAMILY} or k in binned}
    drawn = bins.drawn(beside)
    if isinstance(degrees := drawn.get("angle"), Mapping):
        drawn["angle"] = _degrees(degrees["uniform"], draws["angle"])
    return replace(order, scene=config.scene.together(drawn))


def _degrees(whole: Sequence[float], draw: Draw) -> dict[str, Any]:
    """From where an elevation is drawn whose nearest whole number lies in a bin, within what a grid draws."""
    low, high = draw.ends
    return {"uniform": [max(whole[0] - 0.5, low), min(whole[1] + 0.5, high)]}


def _all_slices(
    pictures: pd.DataFrame, attributes: Sequence[str], settings: ControllerSettings, seed: int
) -> pd.DataFrame:
    tables = []
    for score in dict.fromkeys((settings.score, *REPORTED)):
        if score in pictures and pictures[score].notna().any():
            found = find_slices(pictures, attributes, score, settings.slice_test(seed))
            tables.append(found.assign(score=score))
    return pd.concat(tables, ignore_index=True)


def specify(
    orders: Sequence[RenderRequest], config: LoopConfig, turn: int, probe: pd.DataFrame
) -> list[list[RenderSpec]]:
    """Specs for what is to be rendered, from vehicles and environments that no other set has: a list an order
    for new pictures, and one more of what comes instead where slices have too few (`controller.idle`).

    Args:
        probe: the verification that was decided by; says which pictures are hard (`controller.candidates`).
    """
    hard = {"pick": hardest(probe)} if config.controller.candidates > 1 else {}
    sampling = CONTROLLERS[config.controller.name].sampling or config.reinforce.sampling
    grid = config.reinforce.model_copy(update={"sampling": sampling})
    return plan_slices(
        grid, [_slice(order) for order in orders if not order.again], config.scene, config.render,
        seed=config.rendering_seed, choice=config.seed, block=REINFORCEMENT + turn,
        assets=digests(config.farm.assets), fill=config.controller.idle == "explore",
        draws=config.controller.candidates, **hard,
    )  # fmt: skip


def _slice(order: RenderRequest) -> Slice:
    where = {name: value for name, value in order.where.items() if name not in order.scene}
    scene = {name: draw for name, draw in order.scene.items() if name not in GRID or name == "environment"}
    return Slice(where=where, budget=order.count, scene=scene, angles=order.scene.get("angle"))


def repeat(orders: Sequence[RenderRequest], rendered: pd.DataFrame, seed: int) -> list[list[str]]:
    """Names of training pictures to be learned from once more: a list an order for such.

    Each order takes the pictures of its slice in turn, by lot, until it has its number; one whose slice is
    not there gets none.

    Args:
        rendered: the rendered pictures that are trained on, with `name` and attributes.
    """
    names: list[list[str]] = []
    for i, order in enumerate(order for order in orders if order.again):
        mine = rendered.loc[_held(rendered, order), "name"].to_numpy(dtype=str)
        rng = np.random.default_rng([seed, i])
        turns = -(-order.count // len(mine)) if len(mine) else 0
        chosen = [rng.permutation(mine) for _ in range(turns)]
        names.append(np.concatenate(chosen)[: order.count].tolist() if chosen else [])
    return names


def thin(pictures: pd.DataFrame, settings: ControllerSettings, seed: int) -> list[str]:
    """Names of training pictures to be kept out: `controller.prune` of the easy ones, by lot.

    Easy ones are predicted right with at least the median of `controller.alignment`.

    Args:
        pictures: a verification of the training pictures.

    Raises:
        UserError: there is no such alignment.
    """
    aligned = numbers(pictures, settings.alignment, "controller.alignment")
    easy = pictures.loc[pictures["correct"].astype(bool) & (aligned >= aligned.median()), "name"]
    lot = np.random.default_rng(seed).permutation(easy.to_numpy(dtype=str))
    return sorted(lot[: round(settings.prune * len(lot))].tolist())


def _held(rendered: pd.DataFrame, order: RenderRequest) -> pd.Series[bool]:
    """Which pictures lie in an order's slice."""
    held = inside(rendered, {name: v for name, v in order.where.items() if name not in order.scene})
    for name, draw in ((name, draw) for name, draw in order.scene.items() if name in order.where):
        low, high = draw["uniform"] if isinstance(draw, Mapping) else (draw, draw)
        held &= rendered[name].between(low, high) if name in rendered else False
    return held
