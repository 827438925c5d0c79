"""What surrounds a vehicle and how it is photographed: from where each nuisance attribute is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from generator.draws import Draw, Fixed, parse_draw
from generator.spec import ENVIRONMENTS, FINISHES, RenderSpec, check_value

BLOCK = 1000
"""How many vehicle variants, and environment instances, a block can hold."""

JITTERS = {"angle_jitter": 20.0, "azimuth_jitter": 22.5}
"""Draws that are no attributes of a picture but added to one -> degrees that they may reach."""

WHOLE = frozenset(name for name, field in RenderSpec.model_fields.items() if field.annotation is int)
"""Attributes that are whole numbers."""

Drawn = SerializeAsAny[Draw]
"""A field that may be written in any form of `generator.draws`."""


class SceneRanges(BaseModel):
    """From where nuisance attributes are drawn, independently; but for the jitters, the names and bounds
    are those of `RenderSpec`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Drawn = parse_draw(ENVIRONMENTS)
    instances: Annotated[int, Field(ge=1, le=BLOCK)] = 8
    """Instances of each environment in a set."""
    finish: Drawn = parse_draw(FINISHES)
    sun_elevation: Drawn = parse_draw({"uniform": [25, 70]})
    sun_azimuth: Drawn = parse_draw({"uniform": [0, 360]})
    angle_jitter: Drawn = parse_draw({"uniform": [-4, 4]})
    """Degrees from the nominal angle to the camera's elevation."""
    azimuth_jitter: Drawn = parse_draw({"uniform": [-12, 12]})
    """Degrees from the middle of the view to the camera's azimuth; 22.5 both ways fills the circle."""
    fill: Drawn = parse_draw({"uniform": [0.55, 0.85]})
    offset_x: Drawn = parse_draw({"uniform": [-0.06, 0.06]})
    offset_y: Drawn = parse_draw({"uniform": [-0.06, 0.06]})
    focal: Drawn = parse_draw({"uniform": [45, 90]})
    distance: Drawn = Fixed(value=None)
    roll: Drawn = Fixed(value=0.0)
    cut: Drawn = Fixed(value=0.0)
    cut_side: Drawn = Fixed(value="right")
    haze: Drawn = Fixed(value=0.0)
    distractors: Drawn = Fixed(value=0)
    occluder: Drawn = Fixed(value="none")
    """Where "none" is drawn, `occlusion` is 0, and the other way round."""
    occlusion: Drawn = Fixed(value=0.0)
    exposure: Drawn = Fixed(value=0.0)
    motion: Drawn = Fixed(value=0.0)
    motion_angle: Drawn = Fixed(value=0.0)
    defocus: Drawn = Fixed(value=0.0)
    sharpening: Drawn = Fixed(value=1.0)
    contrast: Drawn = Fixed(value=0.7)
    """Both are what cameras do by themselves; without, renders are duller than photographs."""
    noise: Drawn = Fixed(value=0.0)
    marker: Drawn = Fixed(value="none")

    @field_validator("*", mode="before")
    @classmethod
    def _parsed(cls, written: object, info: ValidationInfo) -> object:
        name = str(info.field_name)
        return written if name == "instances" else parse_draw(written, lambda value: _check(name, value))

    @model_validator(mode="after")
    def _occluder_and_share(self) -> Self:
        stands, hides = self.occluder.reaches(_stands), self.occlusion.reaches(_hides)
        if stands != hides:
            given, lacks = ("occluder", "occlusion") if stands else ("occlusion", "occluder")
            raise ValueError(f"{given} is given without {lacks}; give both or neither")
        return self

    def drawn(self, levels: Mapping[str, float]) -> dict[str, Any]:
        """A value of each draw at its level in [0, 1)."""
        values = {name: draw.at(levels[name], whole=name in WHOLE) for name, draw in self.draws().items()}
        if values["occluder"] == "none" or not values["occlusion"]:
            values |= {"occluder": "none", "occlusion": 0.0}
        return values

    @property
    def occludes(self) -> bool:
        """Whether something may stand before a vehicle."""
        return self.occluder.reaches(_stands)

    def together(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """Draws that are to take the place of these, and what goes with them: with an occluder a share above
        0, with a share an occluder, and with nothing of the one nothing of the other.

        Args:
            drawn: as configurations write them; `occluder` and `occlusion` only where `occludes`.
        """
        if not {"occluder", "occlusion"} & set(drawn):
            return dict(drawn)
        occluder, occlusion = (
            parse_draw(drawn[name]) if name in drawn else own.only(holds)
            for name, own, holds in (
                ("occluder", self.occluder, _stands),
                ("occlusion", self.occlusion, _hides),
            )
        )
        if occluder and occlusion and occluder.reaches(_stands) and occlusion.reaches(_hides):
            return {**drawn, "occluder": occluder.model_dump(), "occlusion": occlusion.model_dump()}
        return {**drawn, "occluder": "none", "occlusion": 0.0}

    def draws(self) -> dict[str, Draw]:
        """Name -> draw, always in the same order."""
        return {name: getattr(self, name) for name in SCENE_DRAWS}


SCENE_DRAWS = tuple(name for name in SceneRanges.model_fields if name != "instances")


def _stands(occluder: Any) -> bool:
    return bool(occluder != "none")


def _hides(share: Any) -> bool:
    return bool(share > 0)


def _check(name: str, value: Any) -> Any:
    if name not in JITTERS:
        return check_value(name, value)
    if not isinstance(value, int | float) or abs(value) > JITTERS[name]:
        raise ValueError(f"a jitter lies within {JITTERS[name]:g} degrees both ways")
    return float(value)


class RenderSettings(BaseModel):
    """What a picture costs and looks like, apart from what it shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: Annotated[int, Field(ge=16, le=4096)] = 224
    samples: Annotated[int, Field(ge=1, le=65536)] = 32
    denoise: bool = True
