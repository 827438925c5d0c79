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
"""Draws that are not attributes of a picture but are added to one -> degrees that they may reach."""

WHOLE = frozenset(name for name, field in RenderSpec.model_fields.items() if field.annotation is int)
"""Attributes that are whole numbers."""

Drawn = SerializeAsAny[Draw]
"""A field that may be written in any form of `generator.draws`."""


class SceneRanges(BaseModel):
    """From where each nuisance attribute of a picture is drawn, independently of the others.

    Every key takes any form of `generator.draws`: one value, a list, or a distribution. But for the jitters,
    names, units and bounds are those of `RenderSpec`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    environment: Drawn = parse_draw(ENVIRONMENTS)
    """Where the vehicle stands: words of `ENVIRONMENTS`, all of them unless you name some. Without effect
    where the set lists its own `environments`."""
    instances: Annotated[int, Field(ge=1, le=BLOCK)] = 8
    """How many instances of each environment a set has, a whole number from 1 to 1,000. They differ in their
    textures, tints and objects. More of them vary the backgrounds more; each takes time to build."""
    finish: Drawn = parse_draw(FINISHES)
    """What the paint is like: words of `FINISHES`, all of them unless you name some."""
    sun_elevation: Drawn = parse_draw({"uniform": [25, 70]})
    """Height of the sun above the horizon, 1 to 90 degrees. Low suns cast long shadows."""
    sun_azimuth: Drawn = parse_draw({"uniform": [0, 360]})
    """Direction of the sun, -360 to 360 degrees counter-clockwise from the vehicle's front. Fix it to study
    shadows or light from behind."""
    angle_jitter: Drawn = parse_draw({"uniform": [-4, 4]})
    """Degrees from the nominal angle to the camera's elevation, up to 20 either way. 0 puts every camera
    exactly at its angle. Without effect where `angles` is a range."""
    azimuth_jitter: Drawn = parse_draw({"uniform": [-12, 12]})
    """Degrees from the middle of the view to the camera's azimuth, up to 22.5 either way, which fills the
    circle. Without effect where `views` is a range."""
    fill: Drawn = parse_draw({"uniform": [0.55, 0.85]})
    """Fraction of the picture's side that the larger side of the vehicle's 2D box takes, above 0.05 and up to
    1. Lower it for small vehicles. Without effect where `distance` is given."""
    offset_x: Drawn = parse_draw({"uniform": [-0.06, 0.06]})
    """How far the box's centre lies from the picture's, to the right, as a fraction of the picture's side,
    -0.5 to 0.5. Widen it where photographs do not centre their vehicles."""
    offset_y: Drawn = parse_draw({"uniform": [-0.06, 0.06]})
    """The same, downwards."""
    focal: Drawn = parse_draw({"uniform": [45, 90]})
    """Focal length in millimetres on a sensor 36 mm wide, 15 to 300. Short ones exaggerate perspective."""
    distance: Drawn = Fixed(value=None)
    """Metres from the camera to the centre of the vehicle's 3D box, up to 1,000, instead of `fill`. Give it
    for a camera that stands where it stands, as on a mast. null: whatever distance gives `fill`."""
    roll: Drawn = Fixed(value=0.0)
    """Turn of the camera about its axis, -360 to 360 degrees; positive turns the content clockwise."""
    cut: Drawn = Fixed(value=0.0)
    """Fraction of the vehicle's 2D box, along one axis, that lies beyond the picture's edge, 0 to 0.8. 0:
    the box lies inside, and offsets give way."""
    cut_side: Drawn = Fixed(value="right")
    """The edge that cuts: left, right, top or bottom. The offset along its axis is without effect where
    `cut` is above 0."""
    haze: Drawn = Fixed(value=0.0)
    """Fraction of the light from 100 metres away that haze replaces by its own, 0 to 1."""
    distractors: Drawn = Fixed(value=0)
    """How many other things and vehicles are in sight, 0 to 12; fewer where there is no room. They neither
    belong to the mask nor cover it."""
    occluder: Drawn = Fixed(value="none")
    """What stands before the vehicle: words of `OCCLUDERS`. Give it together with `occlusion`: where "none"
    is drawn, `occlusion` is 0, and the other way round."""
    occlusion: Drawn = Fixed(value=0.0)
    """Fraction of the vehicle's pixels that the occluder is to hide, 0 to 0.9. What it does hide is measured
    and stands in the manifest; from above, low things such as cones hide less than requested."""
    exposure: Drawn = Fixed(value=0.0)
    """Stops that are added to the light before it is encoded, -5 to 5."""
    motion: Drawn = Fixed(value=0.0)
    """Length of a straight camera shake as a fraction of the picture's side, 0 to 0.2."""
    motion_angle: Drawn = Fixed(value=0.0)
    """Direction of the shake, -360 to 360 degrees counter-clockwise from the picture's right."""
    defocus: Drawn = Fixed(value=0.0)
    """Diameter of the disc to which a missed focus spreads a point, as a fraction of the picture's side, 0 to
    0.1."""
    sharpening: Drawn = Fixed(value=1.0)
    """Local contrast that the camera adds, 0 to 3: amount of an unsharp mask that reaches over 2 % of the
    side. Cameras do so by themselves; at 0, renders are duller than photographs."""
    contrast: Drawn = Fixed(value=0.7)
    """Weight of a smooth step in the camera's tone curve, 0 to 1. Cameras have one by themselves; at 0,
    renders are duller than photographs."""
    noise: Drawn = Fixed(value=0.0)
    """Standard deviation of the sensor's noise at mid grey, in sRGB values, 0 to 0.3."""
    marker: Drawn = Fixed(value="none")
    """What is painted on the ground beside the vehicle, in a pink of its own: words of `MARKERS`. A cue that
    has nothing to do with the vehicle, to plant shortcuts with."""

    @field_validator("*", mode="before")
    @classmethod
    def _parsed(cls, written: object, info: ValidationInfo) -> object:
        name = str(info.field_name)
        return written if name == "instances" else parse_draw(written, lambda value: _check(name, value))

    @model_validator(mode="after")
    def _occluder_and_fraction(self) -> Self:
        stands = self.occluder.reaches(_stands)
        hides = self.occlusion.reaches(_hides)
        if stands != hides:
            given, lacks = ("occluder", "occlusion") if stands else ("occlusion", "occluder")
            raise ValueError(f"{given} is given without {lacks}; give both or neither")
        return self

    def drawn(self, levels: Mapping[str, float]) -> dict[str, Any]:
        """A value of each draw at its level in [0, 1).

        >>> scene = SceneRanges.model_validate({"fill": {"uniform": [0.5, 0.7]}, "haze": [0, 0.2]})
        >>> values = scene.drawn(dict.fromkeys(SCENE_DRAWS, 0.5))
        >>> values["fill"], values["haze"], values["occlusion"]
        (0.6, 0.2, 0.0)
        """
        values = {name: draw.at(levels[name], whole=name in WHOLE) for name, draw in self.draws().items()}
        if values["occluder"] == "none" or not values["occlusion"]:
            values |= {"occluder": "none", "occlusion": 0.0}
        return values

    @property
    def occludes(self) -> bool:
        """Whether something may stand before a vehicle."""
        return self.occluder.reaches(_stands)

    def together(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """Draws that are to take the place of these, and what goes with them.

        An occluder comes with a fraction above 0 that it hides, such a fraction with an occluder, and without
        the one the other is off too.

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


def _hides(fraction: Any) -> bool:
    return bool(fraction > 0)


def _check(name: str, value: Any) -> Any:
    if name not in JITTERS:
        return check_value(name, value)
    if not isinstance(value, int | float) or abs(value) > JITTERS[name]:
        raise ValueError(f"a jitter lies within {JITTERS[name]:g} degrees both ways")
    return float(value)


class RenderSettings(BaseModel):
    """What a picture costs and looks like, apart from what it shows."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    size: Annotated[int, Field(ge=16, le=4096)] = 224
    """Width and height in pixels, 16 to 4,096. Match the size at which the network sees its pictures."""
    samples: Annotated[int, Field(ge=1, le=65536)] = 32
    """Samples a pixel, 1 to 65,536. Time grows in proportion to them, noise falls with their square root.
    Masks are exact with any number."""
    denoise: bool = True
    """Whether the noise that is left is removed. Turn it off where a network may learn from the denoiser's
    traces, and raise `samples` then."""
