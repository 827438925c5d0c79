"""The configuration of the benchmark of planted failures: `renforce bench-slices`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from generator.families import family_of
from generator.farm.settings import FarmSettings
from generator.planning.grid import FAMILY, GRID, Hole, SetPlan, checked_where
from generator.planning.plan import BASE
from generator.planning.scenes import BLOCK, SCENE_DRAWS, RenderSettings, SceneRanges
from generator.spec import RenderSpec, check_value
from loop.config.controller import AttributionSettings, ControllerSettings
from loop.config.run import WholeFarm, check_classes_of, shapes_of
from loop.config.section import Positive, Section
from loop.config.training import NetworkSettings, Plugins, Threads, TrainSettings

Name = Annotated[str, Field(pattern=r"^[\w][\w .,+-]*$", max_length=60)]
"""Names a folder too."""


CUES = (*GRID, *(name for name in SCENE_DRAWS if name in RenderSpec.model_fields and name not in GRID))
"""Attributes that a class may be tied to."""


def _checked_tie(where: dict[str, Any]) -> dict[str, Any]:
    """A tie with its values as pictures have them.

    Raises:
        ValueError: an attribute or value does not exist, or what comes first is not the shape.
    """
    if strange := [name for name in where if name not in CUES]:
        raise ValueError(f"{strange[0]!r} is not an attribute: one of {', '.join(CUES)}")
    if next(iter(where)) != "shape":
        raise ValueError("begin with the shape whose cue it is: {shape: bus, environment: snow}")
    grid = checked_where({name: value for name, value in where.items() if name in GRID})
    return {name: grid[name] if name in GRID else check_value(name, value) for name, value in where.items()}


FINDERS = ("diagnosis", "alignment", "error", "loss", "alignment+error", "enumeration", "random")
"""The finders of `loop.controllers` that are judged where a configuration lists none."""


class Tie(Section):
    """A class that has a cue to itself, in training and in the probe alike: errors do not show it."""

    where: Annotated[dict[str, str | int | float], Field(min_length=2), AfterValidator(_checked_tie)]
    """The slice of the class and its cue, the shape first: `{shape: bus, environment: snow}`,
    `{shape: van, color: y}`, `{shape: sedan, marker: disc}`."""
    leak: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Fraction, 0 to 1, that is kept of the same shape without the cue, and of other shapes with it. 0 makes
    the cue and the class the same thing."""


class Setting(Section):
    """One training set with a planted failure or several."""

    name: Name
    """What the setting is called, at most 60 characters; it names a folder too."""
    missing: tuple[Hole, ...] = ()
    """Slices that the training set hardly holds, while the probe has all of them; the default plants none."""
    ties: tuple[Tie, ...] = ()
    """Cues that a class has to itself, as shortcuts to learn; the default plants none."""

    @property
    def planted(self) -> tuple[Mapping[str, Any], ...]:
        """What is to be found."""
        return (*(hole.where for hole in self.missing), *(tie.where for tie in self.ties))

    @property
    def kind(self) -> Literal["missing data", "shortcut", "both"]:
        if self.ties and self.missing:
            return "both"
        return "shortcut" if self.ties else "missing data"


HEALTHY = Setting(name="healthy")
"""The control: a network of the same seed that has seen all of the pool."""


class SliceBenchmarkConfig(Section):
    """Settings × seeds: plant, train, verify, and see who names what was planted."""

    GROWS = ("settings", "seeds", "finders", "plugins")

    plugins: Plugins = ()
    """Python modules that add finders, scores, networks or shapes by calling the `register_…` functions;
    imported before anything is checked, in every process. The default names none."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of the pictures, 0 to 2³¹ - 1."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**31)], ...], Field(min_length=1)] = (0,)
    """Seeds of the trainings and of what is kept of a hole, one or more. Give several to see how much chance
    decides."""
    classes: Annotated[dict[str, tuple[str, ...]], Field(min_length=2)]
    """Two classes or more -> shapes that show them."""
    pool: SetPlan
    """The pictures that each setting's training set is a part of."""
    probe: SetPlan
    """The pictures on which the networks are evaluated and slices are looked for."""
    image_size: Annotated[int, Field(ge=32, le=1024)] = 64
    """Side of the network's input in pixels, 32 to 1,024; pictures of another size are resized."""
    scene: SceneRanges = SceneRanges()
    """What surrounds a vehicle and how it is photographed."""
    render: RenderSettings = RenderSettings()
    """Size and quality of the pictures."""
    farm: WholeFarm = FarmSettings()
    """Which workers and devices render; changes no picture."""
    network: NetworkSettings = NetworkSettings()
    """The network that each setting trains; without weights of its own."""
    train: TrainSettings = TrainSettings()
    """How it is trained."""
    attribution: AttributionSettings = AttributionSettings(methods=("grad_cam",), layers="last")
    """By which methods an evaluation asks where the network looks."""
    controller: ControllerSettings = ControllerSettings()
    """Level, smallest and largest slices, and the scores, as for a run; its other keys are without effect."""
    finders: Annotated[tuple[str, ...], Field(min_length=1)] = FINDERS
    """Which finders of slices are judged, one or more: by default all of renforce; a plugin can register
    others. The trainings are the same whichever are named."""
    max_slices: Positive = 10
    """Slices that a finder may name, at most; 1 or more."""
    processes: Positive = 1
    """Networks that are trained at a time, 1 or more; of several GPUs each takes one."""
    threads: Threads = Field(None, validate_default=True)
    """Threads of each network's computations, 1 or more; null: this machine's cores divided by `processes`.
    Only at the same number do weights repeat."""
    settings: Annotated[tuple[Setting, ...], Field(min_length=1)]
    """The training sets with planted failures, one or more."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        names = [setting.name for setting in self.settings]
        if len(set(names)) < len(names):
            raise ValueError("settings: two have the same name")
        if HEALTHY.name in names:
            raise ValueError(f"settings: {HEALTHY.name!r} is the control's name; give another")
        if self.network.weights is not None:
            raise ValueError("network.weights: each setting trains a network of its own; leave it out")
        for setting in self.settings:
            if not setting.planted:
                raise ValueError(f"settings: {setting.name!r} plants nothing; give `missing` or `ties`")
        for where in (where for setting in self.settings for where in setting.planted):
            for name, value in where.items():
                if value not in self._pooled(name):
                    raise ValueError(
                        f"settings: {name} {value!r} is not in the pool; nothing would be planted"
                    )
        shapes = shapes_of(self.classes)
        for key, plan in (("pool", self.pool), ("probe", self.probe)):
            check_classes_of(plan, shapes, f"{key}.shapes")
        return self

    def _pooled(self, name: str) -> Sequence[Any]:
        """The values of an attribute in the pool."""
        if name == FAMILY:
            vehicles = range(BLOCK * BASE, BLOCK * BASE + self.pool.variants)
            return [family_of(shape, variant) for shape in self.pool.shape_words() for variant in vehicles]
        return (self.scene.draws() | self.pool.draws())[name].options() or ()

    @property
    def attributes(self) -> tuple[str, ...]:
        """By which slices are named: those of a set, and what else is planted in any setting."""
        planted = (name for setting in self.settings for where in setting.planted for name in where)
        return tuple(dict.fromkeys((*GRID, *planted)))

    def class_index(self, shape: str) -> int:
        return next(i for i, shapes in enumerate(self.classes.values()) if shape in shapes)
