"""The configuration of a study of holes: what photographs lack, and which renders are to make up for it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from generator.farm.settings import FarmSettings
from generator.planning.grid import GRID, Grid
from generator.planning.scenes import RenderSettings, SceneRanges
from loop.config.section import Positive, Section
from loop.config.training import DataSettings, Plugins

Values = dict[str, tuple[str, ...]]
"""A value of an attribute -> the values that may stand in its place."""


class PairSettings(Section):
    """Renders in pairs: the same vehicle, place, light and camera, with one attribute changed."""

    attribute: str
    """Attribute that changes: `view` or `color`."""
    values: Values
    """Value -> the values that its twin may have instead, such as `{b: [f], bleft: [fleft]}`."""
    where: Values = Field(default_factory=dict)
    """Other attributes and the values that pairs are limited to, such as `{shape: [coupe]}`; {}: all."""

    @field_validator("attribute")
    @classmethod
    def _changeable(cls, attribute: str) -> str:
        if attribute not in ("view", "color"):
            raise ValueError(f"{attribute!r} cannot be changed in a pair; use view or color")
        return attribute

    @model_validator(mode="after")
    def _differ(self) -> Self:
        for value, others in self.values.items():
            if not others or value in others:
                raise ValueError(f"values: {value!r} needs other values that its twin may have")
        for attribute in self.where:
            if attribute not in GRID or attribute == self.attribute:
                raise ValueError(f"where: {attribute!r} is not another attribute of {', '.join(GRID)}")
        return self


class HoleSettings(Section):
    """One hole: photographs that are left out of training, and the pairs of renders that are tried."""

    photographs: Annotated[tuple[dict[str, str], ...], Field(min_length=1)]
    """What is left out, by columns of `data.attributes`: pictures with all values of one of these."""
    unsure: tuple[dict[str, str], ...] = ()
    """What is neither trained nor tested on, since it may lie in the hole; the default has none."""
    targeted: PairSettings
    """Pairs across the hole: from what photographs have to what they lack."""
    control: PairSettings
    """Pairs of what photographs have, as many: what renders of anything else give."""


class HolesConfig(Section):
    """Photographs with planted holes, and what renders do for the photographs of just that."""

    plugins: Plugins = ()
    """Python modules that add networks or shapes; imported before anything is checked. The default names
    none."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of the renders, 0 to 2³¹ - 1."""
    seeds: Annotated[tuple[int, ...], Field(min_length=2)] = tuple(range(8))
    """Seeds of the trainings, two or more: each draws its training photographs anew, the same for all
    arms."""
    classes: dict[str, tuple[str, ...]]
    """Class -> shapes that show it; the class folders of photographs have the names of shapes too."""
    data: DataSettings
    """The photographs; their table of attributes is needed."""
    network: str = "efficientnet_lite0"
    """Network with ImageNet weights whose features the last layer is trained on."""
    holes: dict[str, HoleSettings]
    """Name -> hole."""
    uniform: tuple[PairSettings, ...]
    """Pairs of anything, for the arm that does not choose."""
    budgets: tuple[Positive, ...] = (150, 600)
    """Numbers of renders, both of a pair counted."""
    spare: Annotated[float, Field(gt=0, lt=1)] = 0.25
    """Fraction of the training photographs that is kept aside, in (0, 1), for the arm that adds more
    photographs of what is there."""
    subset: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Fraction of the training photographs that a seed learns from, above 0 and up to 1."""
    components: Positive = 256
    """Principal components of the features that are kept."""
    inverse_penalty: Annotated[float, Field(gt=0)] = 0.05
    """Inverse strength of the L2 penalty on the last layer, above 0."""
    alignment: Literal["none", "moments"] = "none"
    """Whether the renders' features get the photographs' mean and deviation, measured on the renders of what
    photographs have too."""
    ridge: Annotated[float, Field(gt=0)] = 0.1
    """Penalty of the ridge regression that learns how features change, above 0."""
    transfer_weight: Annotated[float, Field(ge=0)] = 0.25
    """Weight of a transferred sample beside a photograph of weight 1, 0 or more."""
    invariance: Annotated[float, Field(ge=0)] = 2.0
    """Strength of the penalty on directions in which the features of pairs differ, 0 or more; 0 is off."""
    pictures: Grid
    """Attribute values and vehicles that pairs are made of."""
    scene: SceneRanges = SceneRanges()
    """What surrounds a vehicle and how it is photographed."""
    render: RenderSettings = RenderSettings()
    """Size and quality of the pictures."""
    farm: FarmSettings = FarmSettings()
    """Which workers and devices render; changes no picture."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.data.attributes is None:
            raise ValueError(
                "data.attributes: a study of holes needs the photographs' attributes; give a table"
            )
        return self

    def class_of(self, word: str) -> str | None:
        """The class of a shape; None where no class has it."""
        return next((name for name, shapes in self.classes.items() if word in shapes), None)
