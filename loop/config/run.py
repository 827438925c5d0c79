"""The configuration of a run: what may be said in YAML, with its defaults and limits.

Data, networks and training are configured in `loop.config.training`, sets in `generator.planning.grid`,
scenes and renders in `generator.planning.scenes`, who renders in `generator.farm.settings`;
`loop.config.load` reads the files. A field is added where the part that reads it is described, with a
docstring that gives its unit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from analysis.slices.options import SliceTest
from generator.assets.card import read_card
from generator.errors import UserError
from generator.farm.settings import LEFT_OUT, FarmSettings
from generator.planning.grid import Grid, SetPlan, Share
from generator.planning.scenes import RenderSettings, SceneRanges
from loop.config.training import DataSettings, NetworkSettings, Positive, Section, TrainSettings

PARTS_LEFT_OUT = LEFT_OUT[1:]
"""What a vehicle can be rendered without."""


class ProbeSettings(Section):
    """Where weaknesses are looked for: a set to render, or pictures in a folder."""

    render: SetPlan | None = None
    folder: Path | None = None
    """`images/` and `masks/` with names that parse."""
    label: str | None = None
    """Class of the pictures in `folder` whose names say no shape, such as `y_60_bleft`."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.render is None) == (self.folder is None):
            raise ValueError("give either `render` or `folder`")
        return self


class AttributionSettings(Section):
    """What a verification looks at."""

    methods: Annotated[tuple[str, ...], Field(min_length=1)] = ("grad_cam", "grad_cam_pp")
    """Of `renforce list methods`. The first one's map at the last stage decides where a score is asked for
    without a method. Each is scored at every layer, for the true and for the predicted class."""
    layers: Literal["stages", "last"] | tuple[str, ...] = "stages"
    """`stages`: the last layer at each resolution; `last`: the last stage alone; or layers by their names."""
    maps: Literal["float16", "float32"] = "float16"
    """As which raw maps are kept; float16 has an exponent of its own for each map."""
    residual: bool = False
    """Whether the probe is rendered without its vehicles too, to see if the class survives: columns
    `residual` and `drop` of the probe, see `loop.evaluation.ablation`. Doubles the probe's renders, once a
    run. Not in comparisons."""
    parts: tuple[str, ...] = ()
    """What is left out one at a time besides, for the columns `part_drop_PART`: `shadow` or names of
    `generator.spec.PARTS`. Each takes a render of the whole probe."""

    faithfulness: bool = False
    """Whether the methods' maps are tried on the network too: average drop, increase in confidence, deletion
    and insertion on at most 64 pictures of the probe, see `loop.evaluation.faithfulness`. Not in
    comparisons."""

    @model_validator(mode="after")
    def _parts_are_left_out(self) -> Self:
        for part in self.parts:
            if part not in PARTS_LEFT_OUT:
                raise ValueError(f"parts: {part!r} is no part; use {', '.join(PARTS_LEFT_OUT)}")
        if self.parts and not self.residual:
            raise ValueError("parts: are measured where `residual` is true; set it or leave them out")
        return self


ControllerName = Literal[
    "none", "uniform", "stratified", "weak", "error", "entropy", "risk", "weak+risk", "oversample",
    "alignment", "alignment+error", "diagnosis", "bandit", "policy_gradient", "oracle",
]  # fmt: skip


class ControllerSettings(Section):
    """How the next pictures are chosen."""

    name: ControllerName = "weak+risk"
    """Who chooses: see `loop.controllers`."""
    rounds: Annotated[int, Field(ge=0)] = 1
    """Times that pictures are added and the network is trained again; 0 only verifies."""
    budget: Positive = 200
    """Pictures a round."""
    slices: Positive = 6
    """Weak slices a round, at most."""
    attributes: Literal["names", "all"] = "names"
    """What spans slices: what file names say, and the environment where `reinforce` lists environments; or
    all that varies from picture to picture, continuous attributes in bins."""
    max_order: Annotated[int, Field(ge=1, le=3)] = 2
    """Most attributes of a slice."""
    score: str = "correct"
    """Column of a verification by which slices are weak, higher is better: `p_true`, `correct`, or an
    alignment such as `energy_true`; see `loop.evaluation.evaluate`."""
    alignment: str = "energy_true"
    """That of the arms that go by alignment."""
    objective: str = "reward_true"
    """What the arm `policy_gradient` is paid for: it renders where this column is low."""
    level: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """False-discovery rate of weak slices, and of slices that a round has harmed."""
    margin: Annotated[float, Field(ge=0)] = 0.1
    """How far a weak slice must lie below the rest, its interval included, in the score's unit: a probe of
    many pictures finds differences that do not matter."""
    min_n: Annotated[int, Field(ge=2)] = 8
    """Smaller slices are not judged."""
    broaden: Share = 0.0
    """Share of a weak slice's pictures that leave one of its attributes free: the same in other colours, …"""
    explore: Share = 0.0
    """Share of the budget for pictures of anything, beside the weak slices."""
    idle: Literal["stop", "explore"] = "stop"
    """Where no slice is weak: the run ends, or the whole budget goes anywhere."""
    candidates: Positive = 1
    """Draws for each picture, of which the hardest is rendered: that on which the network most likely fails,
    told from its failures on the probe by all that varies there (`loop.controllers.hard_examples`). It takes
    as many times the vehicles: raise `reinforce.variants` where slices are small."""
    prune: Share = 0.0
    """Share of the rendered training pictures that the network has right and aligned, by `alignment`, which
    the next training goes without; its steps stay the same, so that the others are seen more often."""
    on_regression: Literal["report", "roll_back"] = "report"
    """A round that makes some slice or class significantly worse on the probe is told; or its pictures are
    taken out again and the next round goes on from the one before."""
    patience: Positive | None = 2
    """Rounds in a row after which the run ends, where each is rolled back or the interval of its gain on the
    probe includes 0."""
    hours: Annotated[float, Field(gt=0)] | None = None
    """No round begins once the steps of the run have taken longer."""

    def slice_test(self, seed: int) -> SliceTest:
        """How slices are tested; the margin is in the unit of what they are selected by."""
        return SliceTest(self.max_order, self.min_n, self.level, self.margin, seed)


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

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    render_seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    """Of the probe, holdout and reinforcement pictures; `seed` where it is not given. Runs of several seeds
    that share it are judged on the same pictures."""
    classes: dict[str, tuple[str, ...]]
    """Class of the data -> shapes that show it. Classes without shapes may be left out of it
    when the data are real. A model of the user's own may be left out where its card says its class."""
    data: DataSettings
    network: NetworkSettings = NetworkSettings()
    train: TrainSettings = TrainSettings()
    scene: SceneRanges = SceneRanges()
    render: RenderSettings = RenderSettings()
    farm: WholeFarm = FarmSettings()
    probe: ProbeSettings
    holdout: SetPlan
    reinforce: Grid
    """Attribute values and vehicles that reinforcement may use."""
    attribution: AttributionSettings = AttributionSettings()
    controller: ControllerSettings = ControllerSettings()

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

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    block: Annotated[int, Field(ge=0, lt=10**6)] = 0
    """Sets of different blocks never share a vehicle or an environment instance."""
    pictures: SetPlan
    scene: SceneRanges = SceneRanges()
    render: RenderSettings = RenderSettings()
    farm: FarmSettings = FarmSettings()

    @model_validator(mode="after")
    def _shapes_exist(self) -> Self:
        self.pictures.check_shapes(_own_shapes(self.farm))
        return self


def _own_shapes(farm: FarmSettings) -> list[str]:
    return [read_card(card).shape for card in farm.assets]


class Classes(BaseModel):
    """The classes of any configuration; the rest of it is not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    classes: Annotated[dict[str, tuple[str, ...]], Field(min_length=1)]
