"""From the evaluations of the probe to the pictures that should be made next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.columns import CORRECT, NAME
from analysis.scores.table import HEADLINE
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
from loop.config.controller import ControllerSettings
from loop.config.run import LoopConfig
from loop.controllers.base import Observation, RenderRequest, Round
from loop.controllers.cells import OCCLUSION
from loop.controllers.finders_weak import numbers
from loop.controllers.hard_examples import hardest
from loop.controllers.registry import controller_named

EXPLORE = "elsewhere, to keep what is known"
"""Reason for the fraction `controller.explore`."""
REPORTED = ("correct", "p_true", *(f"{score}_true" for score in HEADLINE))
"""Columns by which slices are listed, whichever decides."""


@dataclass(frozen=True)
class Decision:
    """What was found and what is wanted."""

    slices: pd.DataFrame
    """Every slice with its figures by every score, as `analysis.slices.find.find_slices` gives them; `score`
    says by which."""
    requests: tuple[RenderRequest, ...]


def decide(rounds: Sequence[Round], config: LoopConfig, training: pd.DataFrame | None = None) -> Decision:
    """Let the configured controller request pictures.

    Args:
        rounds: from the first to the one to decide in.
        training: attributes of the photographs and renders that are learned from; None where those of
            photographs are not known.

    Raises:
        UserError: there is no such controller or score, or no attribute that varies.
    """
    settings, pictures = config.controller, rounds[-1].pictures
    attributes = requestable(pictures, config)
    binned, bins = bin_attributes(pictures, unlisted(attributes, config))
    holes = config.data.rendered.holes if config.data.rendered else ()
    exploring = round(settings.explore * settings.budget)
    observation = Observation(
        rounds=(*(replace(past, pictures=bins.apply(past.pictures)) for past in rounds[:-1]), Round(binned)),
        attributes=attributes,
        settings=settings.model_copy(update={"budget": settings.budget - exploring}),
        seed=config.seed,
        planted=tuple(hole.where for hole in holes),
        training=training,
        options=_options(config),
    )
    wanted = [request for request in _requested(observation, exploring) if request.count]
    requests = [_drawable(request, bins, config) for request in wanted]
    return Decision(_all_slices(binned, attributes, settings, config.seed), tuple(requests))


def _options(config: LoopConfig) -> dict[str, Sequence[Any]]:
    """The values of each attribute of which `reinforce` lists them."""
    listed = {name: draw.options() for name, draw in config.reinforce.draws().items()}
    return {name: options for name, options in listed.items() if options is not None}


def _requested(observation: Observation, exploring: int) -> list[RenderRequest]:
    """What the controller requests for its budget and, where that is anything, `exploring` pictures of
    anything beside."""
    rest = observation.settings.budget
    # A controller without a budget could request nothing, so it is asked with that of exploring.
    settings = observation.settings.model_copy(update={"budget": rest or exploring})
    wanted = controller_named(settings.name).decide(replace(observation, settings=settings))
    beside = [
        replace(request, where={}, count=exploring, reason=EXPLORE, drawn=False) for request in wanted[-1:]
    ]
    return [*(wanted if rest else ()), *beside]


def renderable(photographs: pd.DataFrame, config: LoopConfig) -> pd.DataFrame:
    """Evaluated photographs of which renders can be requested: `reinforce` gives their attributes' values.

    Raises:
        UserError: there is none.
    """
    draws = config.reinforce.draws()
    shared = [name for name in draws if name in photographs]
    kept = photographs[shared].notna().all(axis=1)
    for name in shared:
        if (options := draws[name].options()) is not None:
            kept &= photographs[name].isin(list(options))
    if not shared or not kept.any():
        lacking = f"the column {', '.join(draws)}" if not shared else "a value that `reinforce` gives"
        raise UserError(
            f"data.attributes: no validation photograph has {lacking}; name attributes and values as renders "
            "have them, or set controller.evidence to renders"
        )
    return photographs[kept].reset_index(drop=True)


def requestable(pictures: pd.DataFrame, config: LoopConfig) -> tuple[str, ...]:
    """Attributes that vary in the probe and that pictures can be requested by.

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


def _drawable(request: RenderRequest, bins: Bins, config: LoopConfig) -> RenderRequest:
    """The request with draws for those attributes of its slice that are in bins or not in the grid."""
    draws = config.reinforce.draws()
    binned = {name for name, value in request.where.items() if name in bins.of and isinstance(value, str)}
    beside = {k: v for k, v in request.where.items() if k not in {*draws, FAMILY} or k in binned}
    drawn = bins.drawn(beside)
    if isinstance(degrees := drawn.get("angle"), Mapping):
        drawn["angle"] = _degrees(degrees["uniform"], draws["angle"])
    return replace(request, scene=config.scene.together(drawn))


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
    requests: Sequence[RenderRequest], config: LoopConfig, round_number: int, probe: pd.DataFrame
) -> list[list[RenderSpec]]:
    """Specs for what is to be rendered, of vehicles and environments that no other set has.

    Args:
        probe: the evaluation that was decided by; it tells which pictures are hard (`controller.candidates`).

    Returns:
        A list for each request of new pictures, and one more of what comes instead where slices have too few
        (`controller.idle`).
    """
    hard = {"pick": hardest(probe)} if config.controller.candidates > 1 else {}
    sampling = controller_named(config.controller.name).sampling or config.reinforce.sampling
    grid = config.reinforce.model_copy(update={"sampling": sampling})
    return plan_slices(
        grid, [_slice(request) for request in requests if not request.oversampled], config.scene,
        config.render, seed=config.rendering_seed, choice=config.seed, block=REINFORCEMENT + round_number,
        assets=digests(config.farm.assets), fill=config.controller.idle == "explore",
        draws=config.controller.candidates, **hard,
    )  # fmt: skip


def _slice(request: RenderRequest) -> Slice:
    where = {name: value for name, value in request.where.items() if name not in request.scene}
    scene = {name: draw for name, draw in request.scene.items() if name not in GRID or name == "environment"}
    return Slice(where=where, budget=request.count, scene=scene, angles=request.scene.get("angle"))


def oversample(requests: Sequence[RenderRequest], rendered: pd.DataFrame, seed: int) -> list[list[str]]:
    """Names of training pictures to be learned from once more: a list for each request of such.

    Each request takes the pictures of its slice in turn, in random order, until it has its number; one whose
    slice is not there gets none.

    Args:
        rendered: the rendered pictures that are trained on, with `name` and attributes.
    """
    names: list[list[str]] = []
    for i, request in enumerate(request for request in requests if request.oversampled):
        mine = rendered.loc[_in_slice(rendered, request), NAME].to_numpy(dtype=str)
        rng = np.random.default_rng([seed, i])
        times = -(-request.count // len(mine)) if len(mine) else 0
        chosen = [rng.permutation(mine) for _ in range(times)]
        names.append(np.concatenate(chosen)[: request.count].tolist() if chosen else [])
    return names


def prune(pictures: pd.DataFrame, settings: ControllerSettings, seed: int) -> list[str]:
    """Names of training pictures to be left out: the fraction `controller.prune` of the easy ones, at random.

    Easy ones are predicted correctly with at least the median of `controller.alignment`.

    Args:
        pictures: an evaluation of the training pictures.

    Raises:
        UserError: there is no such alignment.
    """
    aligned = numbers(pictures, settings.alignment, "controller.alignment")
    easy = pictures.loc[pictures[CORRECT].astype(bool) & (aligned >= aligned.median()), NAME]
    shuffled = np.random.default_rng(seed).permutation(easy.to_numpy(dtype=str))
    return sorted(shuffled[: round(settings.prune * len(shuffled))].tolist())


def _in_slice(rendered: pd.DataFrame, request: RenderRequest) -> pd.Series[bool]:
    """Which pictures lie in a request's slice."""
    found = inside(rendered, {name: v for name, v in request.where.items() if name not in request.scene})
    for name, draw in ((name, draw) for name, draw in request.scene.items() if name in request.where):
        low, high = draw["uniform"] if isinstance(draw, Mapping) else (draw, draw)
        found &= rendered[name].between(low, high) if name in rendered else False
    return found
