"""Mistakes in a run that can be found before its first picture is made.

What a configuration can find by itself is checked in `loop.config`; here is what needs the networks, the
methods, the probe or the controllers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import columns
from analysis.methods.capture import check_layers
from analysis.methods.table import find
from analysis.zoo import build, entry
from generator.dataset.dataset import expect_finished, read_set
from generator.dataset.manifest import blocks
from generator.draws import Draw, Listed
from generator.errors import UserError
from generator.planning.grid import GRID, SetPlan
from generator.planning.plan import BASE, HOLDOUT, PROBE, REINFORCEMENT
from loop.config.controller import AttributionSettings, ControllerSettings
from loop.config.run import LoopConfig
from loop.controllers import controller_named
from loop.data.look import background_files, check_photographs_left
from loop.data.pictures import RealData
from loop.evaluation.evaluate import LOWER_IS_BETTER, is_score
from loop.run.evaluations import labels_of
from loop.training.classifier import NetworkCard
from loop.training.weights import load_given


def check_run(config: LoopConfig, classes: Sequence[str], *, trained: bool = False) -> None:
    """Check what later steps use: the network, its weights and layers, the probe, the controller.

    Args:
        classes: in the order of the network's outputs.
        trained: the first network is there already, and given weights are needed no more.

    Raises:
        UserError: the first of them that they could not use.
    """
    name, size, weights = config.network.name, config.data.image_size, config.network.weights
    check_attribution(name, size, config.attribution)
    if isinstance(weights, Path) and not trained:
        card = NetworkCard(name, tuple(classes), size, (0.5,) * 3, (0.5,) * 3)
        load_given(weights, card, config.seed, config.network.classes)
    _check_backgrounds(config, classes)
    probe = None
    if config.probe.folder:
        expect_finished(config.probe.folder)
        probe = read_set(config.probe.folder)
        labels_of(probe, config, classes)
        _check_blocks(config, probe)
    if config.controller.rounds:
        check_controller(config, probe)
        _check_logit_adjustment(config, classes)


def check_photographs(config: LoopConfig, data: RealData | None) -> None:
    """Check that there are the photographs which the controller goes by.

    Raises:
        UserError: there are none, or their attributes are not known.
    """
    settings = config.controller
    if settings.rounds and settings.sees_photographs and not (data and len(data.valid)):
        raise UserError(
            f"controller.evidence: {settings.evidence!r} needs validation photographs; set "
            "data.valid_fraction, such as 0.3"
        )
    if settings.rounds and settings.name == "lacking" and not (data and data.attributes is not None):
        raise UserError(
            "controller.name: 'lacking' counts the attributes of training photographs; give them in "
            "data.attributes (`renforce describe` writes them)"
        )


def check_scores(settings: ControllerSettings, attribution: AttributionSettings) -> None:
    """Check the columns of an evaluation that a controller goes by.

    Args:
        attribution: what is measured.

    Raises:
        UserError: one is not a column of an evaluation, is not measured, or a lower value of it is better.
    """
    for key in ("score", "alignment", "objective"):
        name = getattr(settings, key)
        if not is_score(name):
            raise UserError(
                f"controller.{key}: {name!r} is not a score of an evaluation; use correct, p_true, "
                "energy_true, or another of `analysis.columns`"
            )
        if name == columns.DROP and not attribution.residual:
            raise UserError(
                f"controller.{key}: 'drop' is measured where `attribution.residual` is true; set that"
            )
        if [part for part in columns.parts_removed([name]) if part not in attribution.parts]:
            raise UserError(
                f"controller.{key}: {name!r} is measured for the parts in `attribution.parts`; add it there"
            )
        if name in LOWER_IS_BETTER:
            raise UserError(
                f"controller.{key}: of {name!r} less is better, and slices are weak where a score is low; "
                "use p_true, or the controller that goes by it"
            )


def check_attribution(network: str, image_size: int, settings: AttributionSettings) -> None:
    """Check that a network can be attributed as asked.

    Args:
        image_size: side of the pictures, pixels.

    Raises:
        UserError: there is no such network, method or layer.
    """
    entry(network)
    for method in settings.methods:
        find(method)
    if not isinstance(settings.layers, str):
        check_layers(build(network, 2, image_size), settings.layers)


def check_controller(config: LoopConfig, probe: pd.DataFrame | None) -> None:
    """Check that a round could decide.

    Args:
        probe: the set in the probe's folder, None where it is to be rendered.

    Raises:
        UserError: the controller could request pictures that cannot be had.
    """
    settings = config.controller
    controller = controller_named(settings.name)
    check_scores(settings, config.attribution)
    if settings.name == "oracle" and not (config.data.rendered and config.data.rendered.holes):
        raise UserError("controller.name: the oracle needs planted holes; give `data.rendered.holes`")
    if settings.name == "oracle":
        _check_holes_can_be_requested(config)
    if controller.sampling == "grid":
        _check_grid(config)
    if controller.by_slices:
        _check_probe_can_be_requested(config, probe)


def _check_backgrounds(config: LoopConfig, classes: Sequence[str]) -> None:
    asked = config.train.rendered_look and config.train.rendered_look.backgrounds
    if asked and asked.source == "folder":
        background_files(asked.folder)
    if asked and asked.source == "photographs":
        base = config.data.rendered
        shown = {config.class_of(shape) for shape in base.shape_words()} if base else set()
        real = () if config.data.source == "rendered" else classes
        check_photographs_left(real, {*shown, *config.reinforced})


def _check_logit_adjustment(config: LoopConfig, classes: Sequence[str]) -> None:
    if config.train.retrain_logit_adjustment and set(classes) <= set(config.reinforced):
        raise UserError(
            f"train.retrain_logit_adjustment: {config.train.retrain_logit_adjustment:g} raises classes over "
            f"others, and all of {', '.join(classes)} may be rendered; set it to 0, or let `reinforce` have "
            "shapes of some"
        )


def _check_grid(config: LoopConfig) -> None:
    try:
        config.reinforce.model_copy(update={"sampling": "grid"}).check_walkable()
    except ValueError as error:
        raise UserError(
            f"controller.name: {config.controller.name} walks a grid; reinforce.{error}"
        ) from None


def _check_holes_can_be_requested(config: LoopConfig) -> None:
    draws = config.reinforce.draws()
    for hole in config.data.rendered.holes if config.data.rendered else ():
        for attribute, value in hole.cells.items():
            known = draws[attribute].options() if attribute in draws else None
            if known is not None and value not in known:
                raise UserError(
                    f"reinforce.{GRID[attribute]}: has no {value!r}, which a hole of `data.rendered.holes` "
                    "has; add it, for the oracle requests pictures of it"
                )


def _check_probe_can_be_requested(config: LoopConfig, probe: pd.DataFrame | None) -> None:
    """A slice of the probe can be weak, and then pictures of it are wanted."""
    for attribute, draw in config.reinforce.draws().items():
        known = draw.options()
        if known is None:
            if attribute == "angle":  # a range of views is one of names
                _check_angles(config, probe)
            continue
        shown = _shown(config, probe, attribute)
        if shown is None:
            raise UserError(
                f"reinforce.{GRID[attribute]}: lists values, and the probe draws from a range, so slices may "
                "lie between them; give it that range too (`sampling: random`), or list the probe's"
            )
        for value in shown:
            if value not in known:
                raise UserError(
                    f"reinforce.{GRID[attribute]}: has no {value!r}, which the probe has; add it, for "
                    "pictures of such a slice may be wanted"
                )


def _check_angles(config: LoopConfig, probe: pd.DataFrame | None) -> None:
    """Those of the probe lie in the range that `reinforce` draws from."""
    low, high = config.reinforce.angles.ends
    least, most = _angles(config, probe)
    if least < round(low) or most > round(high):
        raise UserError(
            f"reinforce.angles: goes from {low:g} to {high:g}, the probe from {least:g} to {most:g}; widen "
            "it, for pictures of such angles may be wanted"
        )


def _angles(config: LoopConfig, probe: pd.DataFrame | None) -> tuple[float, float]:
    """The lowest and the highest of the probe."""
    if probe is not None:
        return float(probe["angle"].min()), float(probe["angle"].max())
    assert config.probe.render is not None
    return _planned_angles(config.probe.render).ends


def _shown(config: LoopConfig, probe: pd.DataFrame | None, attribute: str) -> Sequence[Any] | None:
    """Values of an attribute in the probe; None where they come from a range."""
    if probe is not None:
        return probe[attribute].dropna().unique().tolist() if attribute in probe else []
    assert config.probe.render is not None
    plan = config.probe.render
    return (config.scene.draws() | plan.draws() | {"angle": _planned_angles(plan)})[attribute].options()


def _planned_angles(plan: SetPlan) -> Draw:
    """Of all its slices, which may have angles of their own."""
    return Listed(items=tuple(part.angles or plan.angles for part in plan.slices or ()) or (plan.angles,))


def _check_blocks(config: LoopConfig, probe: pd.DataFrame) -> None:
    """Raise a UserError where a rendered probe has vehicles or places of what is trained on or held out."""
    taken = {BASE: config.data.rendered and "data.rendered", HOLDOUT: config.holdout and "holdout"}
    for block in blocks(probe):
        added = REINFORCEMENT <= block < REINFORCEMENT + config.controller.rounds
        if whose := "reinforce" if added else taken.get(block):
            raise UserError(
                f"probe.folder: {config.probe.folder} has vehicles or places of block {block}, as `{whose}` "
                f"has; render it with `block: {PROBE}`"
            )
