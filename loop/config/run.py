"""The configuration of a run and of a set: every key that may stand in YAML, with its default and limits.

Data, networks and training are configured in `loop.config.training`, evaluations and controllers in
`loop.config.controller`, sets in `generator.planning.grid`, scenes and renders in
`generator.planning.scenes`, the farm in `generator.farm.settings`; `loop.config.load` reads the files. A key
is added as a field with a docstring: what it is, unit, range, default, when to change it. `renforce config`
and docs/reference/config.md show these docstrings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from generator.assets.card import read_card
from generator.errors import UserError
from generator.farm.settings import FarmSettings
from generator.planning.grid import Grid, SetPlan
from generator.planning.scenes import RenderSettings, SceneRanges
from loop.config.controller import AttributionSettings, ControllerSettings, ProbeSettings
from loop.config.section import Section
from loop.config.training import DataSettings, NetworkSettings, Plugins, TrainSettings


def check_classes_of(plan: Grid, shapes: Collection[str], key: str) -> None:
    """Refuse, with a ValueError, a plan that has shapes of no class.

    Args:
        shapes: of all classes.
        key: where the plan's shapes are said, all shapes where nothing is.
    """
    for shape in plan.shape_words():
        if shape not in shapes:
            raise ValueError(
                f"classes: no class for shape {shape!r}, which {key} has; add it to one, or list in {key} "
                "only shapes that have one"
            )


def whole_vehicles(farm: FarmSettings) -> FarmSettings:
    """Refuse, with a ValueError, a farm that leaves something out of the pictures of a run."""
    if farm.without:
        raise ValueError(
            "farm.without: leaves it out of every picture that is trained and judged on; leave it empty "
            "(attribution.residual and attribution.parts compare with pictures without)"
        )
    return farm


WholeFarm = Annotated[FarmSettings, AfterValidator(whole_vehicles)]
"""A farm for pictures of whole vehicles."""


def shapes_of(classes: Mapping[str, Collection[str]]) -> list[str]:
    """All shapes of some classes; a ValueError where one stands under two."""
    shapes = [shape for shown in classes.values() for shape in shown]
    if twice := sorted({shape for shape in shapes if shapes.count(shape) > 1}):
        raise ValueError(f"classes: {twice[0]!r} stands under two classes")
    return shapes


class LoopConfig(Section):
    """A whole run: `renforce loop` and, with `controller.rounds` 0, `renforce verify`."""

    plugins: Plugins = ()
    """Python modules that add controllers, finders, scores, attribution methods, networks or shapes by
    calling the `register_…` functions, such as `my_package.controllers`; imported before anything is
    checked, in every process. The default names none."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of everything random in the run, 0 to 2³¹ - 1. The same seed gives the same run; repeat a run with
    several to see how much chance decides."""
    render_seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    """Seed of the probe, holdout and reinforcement pictures, 0 to 2³¹ - 1; null: `seed`. Runs of several
    seeds that share it are judged on the same pictures."""
    classes: dict[str, tuple[str, ...]]
    """Class of the data -> shapes that show it. Classes without shapes may be left out of it when the data
    are real. A model of your own may be left out where its asset card names its class."""
    data: DataSettings
    """What the network learns from, and the pictures it is tested on."""
    network: NetworkSettings = NetworkSettings()
    """The network, and the weights it starts from."""
    train: TrainSettings = TrainSettings()
    """How the network is trained, in the first round and in later ones."""
    scene: SceneRanges = SceneRanges()
    """What surrounds a vehicle and how it is photographed, in every set of the run."""
    render: RenderSettings = RenderSettings()
    """Size and quality of the pictures."""
    farm: WholeFarm = FarmSettings()
    """Which workers and devices render; changes no picture."""
    probe: ProbeSettings
    """The pictures on which weaknesses are looked for."""
    holdout: SetPlan
    """A rendered set by which no decision is made: gains on it are the honest ones."""
    reinforce: Grid
    """Attribute values and vehicles that the controller may render."""
    attribution: AttributionSettings = AttributionSettings()
    """By which methods an evaluation asks where the network looks."""
    controller: ControllerSettings = ControllerSettings()
    """How the next pictures are chosen, and when the run ends."""

    @field_validator("farm")
    @classmethod
    def _cards_say_classes(cls, farm: FarmSettings, info: ValidationInfo) -> FarmSettings:
        classes = info.data.get("classes", {})
        listed = {shape for shapes in classes.values() for shape in shapes}
        for card in map(read_card, farm.assets):
            if card.class_ in classes and card.shape not in listed:
                classes[card.class_] = (*classes[card.class_], card.shape)
        return farm

    @model_validator(mode="after")
    def _shapes_have_one_class(self) -> Self:
        shapes = shapes_of(self.classes)
        plans = {
            "data.rendered": self.data.rendered, "probe.render": self.probe.render, "holdout": self.holdout,
            "reinforce": self.reinforce,
        }  # fmt: skip
        for key, plan in plans.items():
            if plan is not None:
                plan.check_shapes(_own_shapes(self.farm))
                check_classes_of(plan, shapes, f"{key}.shapes")
        return self

    @model_validator(mode="after")
    def _photographs_have_attributes(self) -> Self:
        if self.controller.sees_photographs and self.data.attributes is None:
            raise ValueError(
                f"controller.evidence: {self.controller.evidence!r} goes by the attributes of photographs; "
                "give them in data.attributes (`renforce describe` writes them)"
            )
        return self

    @model_validator(mode="after")
    def _renders_teach(self) -> Self:
        if self.train.logit_adjusted_loss and len(self.classes) < 2:
            raise ValueError(
                f"train.logit_adjusted_loss: true teaches how rendered classes differ, and only "
                f"{', '.join(self.classes)} has renders; set it to false, or give another class shapes"
            )
        return self

    @model_validator(mode="after")
    def _weights_are_kept(self) -> Self:
        given = isinstance(self.network.weights, Path) and self.controller.rounds
        if given and self.train.retrain == "scratch":
            raise ValueError(
                "train.retrain: 'scratch' would compare the network of network.weights with another, trained "
                "anew; set it to finetune"
            )
        return self

    @property
    def rendering_seed(self) -> int:
        """Of the probe, holdout and reinforcement pictures."""
        return self.seed if self.render_seed is None else self.render_seed

    @property
    def reinforced(self) -> tuple[str, ...]:
        """The classes that reinforcement may render, in the order of `classes`."""
        shapes = set(self.reinforce.shape_words())
        return tuple(name for name, shown in self.classes.items() if shapes & set(shown))

    def class_of(self, shape: str) -> str:
        """Raises a UserError where no class has the shape."""
        for name, shapes in self.classes.items():
            if shape in shapes:
                return name
        raise UserError(f"classes: no class for shape {shape!r}; add it to one")


class RenderConfig(Section):
    """One set of pictures: `renforce render`."""

    plugins: Plugins = ()
    """Python modules that add shapes by calling `register_shape`, such as `my_package.shapes`; imported
    before anything is checked, in every process. The default names none."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of everything that is drawn, 0 to 2³¹ - 1. The same seed gives the same pictures."""
    block: Annotated[int, Field(ge=0, lt=10**6)] = 0
    """Number of the block that vehicles and environment instances are taken from, 0 to 999,999. Sets of
    different blocks never share one: give a test set another block than the training set."""
    pictures: SetPlan
    """Which pictures the set has."""
    scene: SceneRanges = SceneRanges()
    """What surrounds a vehicle and how it is photographed."""
    render: RenderSettings = RenderSettings()
    """Size and quality of the pictures."""
    farm: FarmSettings = FarmSettings()
    """Which workers and devices render, and what is kept of each picture."""

    @model_validator(mode="after")
    def _shapes_exist(self) -> Self:
        self.pictures.check_shapes(_own_shapes(self.farm))
        return self


def _own_shapes(farm: FarmSettings) -> list[str]:
    return [read_card(card).shape for card in farm.assets]


class Classes(BaseModel):
    """The classes of any configuration; the rest of it is not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    classes: Annotated[dict[str, tuple[str, ...]], Field(min_length=1)]
    """Class -> shapes that show it."""
