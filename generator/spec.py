"""The vocabulary of a picture: attributes, nuisance factors, and the spec that joins them.

Free of Blender. Both sides of a worker process use it: `generator.planning.plan` writes specs,
`blender_scenes.stage` renders them. How a spec becomes a file name is in `generator.naming`.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any, NamedTuple, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from generator.errors import with_article
from generator.families import family_of

CATALOGUE = "vehicles-v3"
"""Version of the vehicles and scenes. It rises whenever a spec may render to other bytes."""

LATER = {"marker": "none"}
"""Fields that were added after sets of this catalogue had been rendered -> their value in those."""

HAZE_DISTANCE = 100.0
"""Metres from the camera at which `RenderSpec.haze` holds."""

SHAPES = (
    *("sedan", "hatchback", "wagon", "coupe", "convertible", "suv", "minivan", "taxi", "police"),
    *("van", "pickup", "boxtruck", "semi", "dumptruck", "bus", "schoolbus"),
)
"""Vehicles of the catalogue. Plugins may add others (`shapes`); users' own models have words of their own."""

_ADDED: dict[str, str] = {}
"""Shapes that plugins have added -> version of each."""


def shapes() -> tuple[str, ...]:
    """Words of the catalogue's shapes, then of those that plugins have added to it in this process."""
    return (*SHAPES, *_ADDED)


def add_shape(word: str, version: str) -> None:
    """Make a word known as a shape; `blender_scenes.vehicles.register_shape` says how it is built.

    Args:
        word: a lower-case letter, then letters and digits.
        version: part of the hash of the shape's specs, so that pictures of two versions have different ones.

    Raises:
        ValueError: the word is not of that form, or is taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*", word):
        raise ValueError(f"{word!r} is not a word of lower-case letters and digits that begins with a letter")
    if word in shapes():
        raise ValueError(f"{word!r} is a shape already; take another word")
    _ADDED[word] = version


class Color(NamedTuple):
    """A named paint: the word for people and its sRGB value in [0, 1]."""

    word: str
    srgb: tuple[float, float, float]


COLORS: dict[str, Color] = {
    "r": Color("red", (0.76, 0.04, 0.06)),
    "w": Color("white", (0.90, 0.90, 0.89)),
    "y": Color("yellow", (0.95, 0.78, 0.04)),
    "k": Color("black", (0.03, 0.03, 0.035)),
    "b": Color("blue", (0.05, 0.18, 0.68)),
    "g": Color("green", (0.05, 0.36, 0.13)),
    "s": Color("silver", (0.62, 0.64, 0.66)),
    "o": Color("orange", (0.95, 0.40, 0.02)),
    "n": Color("brown", (0.41, 0.21, 0.05)),
    "v": Color("violet", (0.46, 0.05, 0.66)),
}
"""Letter in file names -> paint. The one table of colours."""

VIEWS = ("f", "fleft", "left", "bleft", "b", "bright", "right", "fright")
"""Which side of the vehicle faces the camera, counter-clockwise from its front in steps of 45°.

Left and right are the vehicle's own (the driver's)."""

ENVIRONMENTS = (
    "studio",
    "parking",
    "city",
    "residential",
    "highway",
    "country",
    "gravel",
    "meadow",
    "snow",
    "night",
    "wet",
)
FINISHES = ("gloss", "metallic", "matte", "dirty")
OCCLUDERS = ("none", "pole", "tree", "sign", "cone", "hedge", "vehicle")
"""What may stand before the vehicle; "none" where nothing does."""
MARKERS = ("none", "disc", "cross")
"""What may be painted on the ground beside the vehicle."""
SIDES = ("left", "right", "top", "bottom")

PARTS = ("background", "body", "glass", "wheel", "lamp", "plate", "trim", "interior")
"""Index in `parts/NAME.png` -> part of the vehicle; 0 is everything that is not the vehicle."""


def view_azimuth(view: str) -> float:
    """Camera azimuth of the middle of a view, degrees counter-clockwise from the vehicle's front.

    >>> view_azimuth("f"), view_azimuth("left"), view_azimuth("fright")
    (0.0, 90.0, 315.0)
    """
    return 45.0 * VIEWS.index(view)


Degrees = Annotated[float, Field(ge=-360, le=360)]


class RenderSpec(BaseModel):
    """Everything that makes one picture; two equal specs give equal bytes.

    The vehicle stands at the origin on the plane z = 0, facing +x, its left side towards +y.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    shape: str
    """A word of `shapes()`, or that of a user's own model where `asset` is given."""
    color: str
    """Letter of `COLORS`."""
    angle: Annotated[int, Field(ge=0, le=89)]
    """Nominal camera elevation in degrees, as in the file name."""
    view: str
    """Nominal side that faces the camera: a word of `VIEWS`."""
    variant: Annotated[int, Field(ge=0)]
    """Which individual vehicle of the shape: seed of its continuous body parameters."""

    asset: str = ""
    """SHA-256, hex, of the user's own model and its asset card; "" for the shapes of the catalogue."""

    environment: str
    """A word of `ENVIRONMENTS`."""
    environment_seed: Annotated[int, Field(ge=0)]
    """Which instance of the environment: seed of its textures, tints and objects."""
    sun_elevation: Annotated[float, Field(ge=1, le=90)]
    """Degrees above the horizon."""
    sun_azimuth: Degrees
    """Degrees counter-clockwise from the vehicle's front."""
    finish: str
    """A word of `FINISHES`."""
    haze: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Fraction of the light from `HAZE_DISTANCE` metres away that haze replaces by its own."""
    distractors: Annotated[int, Field(ge=0, le=12)] = 0
    """Things and other vehicles in sight that do not belong to the mask and do not cover it; fewer where
    there is no room."""
    occluder: str = "none"
    """What stands before the vehicle: a word of `OCCLUDERS`."""
    occlusion: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    """Fraction of the vehicle's pixels that the occluder is to hide; what it hides is measured. From above,
    low things such as cones hide little, and less than requested."""

    marker: str = "none"
    """What is painted on the ground beside the vehicle, in a pink of its own: a cue that has nothing to do
    with it, to plant shortcuts with. Where the vehicle fills the picture little of it is seen."""

    elevation: Annotated[float, Field(ge=0, le=89.5)]
    """Camera elevation as rendered: `angle` and its jitter, degrees."""
    azimuth: Degrees
    """Camera azimuth as rendered, degrees counter-clockwise from the vehicle's front."""
    fill: Annotated[float, Field(gt=0.05, le=1.0)]
    """Fraction of the picture's side that the larger side of the vehicle's 2D box takes."""
    offset_x: Annotated[float, Field(ge=-0.5, le=0.5)]
    """The box's centre from the picture's, as a fraction of the picture's side, to the right."""
    offset_y: Annotated[float, Field(ge=-0.5, le=0.5)]
    """The same, downwards."""
    focal: Annotated[float, Field(ge=15, le=300)]
    """Focal length in millimetres on a sensor 36 mm wide."""
    distance: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Metres from the camera to the centre of the vehicle's 3D box; None: what gives `fill`, which
    is without effect otherwise."""
    roll: Degrees = 0.0
    """Turn of the camera about its axis, degrees; positive turns the picture's content clockwise."""
    cut: Annotated[float, Field(ge=0, le=0.8)] = 0.0
    """Fraction of the vehicle's 2D box, along one axis, that lies beyond the picture's edge. With 0 the box
    lies inside; offsets give way."""
    cut_side: str = "right"
    """The edge that cuts, a word of `SIDES`; the offset along its axis is without effect where `cut` is
    above 0."""

    exposure: Annotated[float, Field(ge=-5, le=5)] = 0.0
    """Stops, added to the light before it is encoded."""
    motion: Annotated[float, Field(ge=0, le=0.2)] = 0.0
    """Length of a straight camera shake, as a fraction of the picture's side."""
    motion_angle: Degrees = 0.0
    """Direction of the shake, degrees counter-clockwise from the picture's right."""
    defocus: Annotated[float, Field(ge=0, le=0.1)] = 0.0
    """Diameter of the disc to which a missed focus spreads a point, as a fraction of the picture's side."""
    sharpening: Annotated[float, Field(ge=0, le=3)] = 0.0
    """Local contrast that the camera adds: amount of an unsharp mask that reaches over 2 % of the side."""
    contrast: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Weight of a smooth step in the camera's tone curve."""
    noise: Annotated[float, Field(ge=0, le=0.3)] = 0.0
    """Standard deviation of the sensor's noise at mid grey, in sRGB values in [0, 1]."""

    size: Annotated[int, Field(ge=16, le=4096)]
    """Width and height in pixels."""
    samples: Annotated[int, Field(ge=1, le=65536)]
    """Samples a pixel."""
    denoise: bool
    """Whether the noise that is left is removed."""

    @field_validator("color", "view", "environment", "finish", "occluder", "marker", "cut_side")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        _one_of(str(info.field_name), value)
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.asset:
            _one_of("shape", self.shape)
        if (self.occluder == "none") != (self.occlusion == 0):
            raise ValueError(
                f"occluder {self.occluder!r} with occlusion {self.occlusion:g}: give both or neither"
            )
        return self

    @property
    def family(self) -> str:
        """Family of the vehicle, as its variant decides (`generator.families`)."""
        return family_of(self.shape, self.variant)

    def row(self) -> dict[str, Any]:
        """Every field, and the family, as a row of a table of pictures."""
        return {**self.model_dump(), "family": self.family}

    @property
    def hash(self) -> str:
        """Identity of the picture: SHA-256 over the catalogue's version and every field, hex.

        Fields of `LATER` count only where they are not as in older pictures. A shape that a plugin added has
        its own version besides the catalogue's.
        """
        fields = dict(part for part in self.model_dump().items() if part not in LATER.items())
        added = [] if self.asset or self.shape not in _ADDED else [_ADDED[self.shape]]
        payload = json.dumps([CATALOGUE, *added, fields], sort_keys=True)
        return hashlib.sha256(payload.encode()).hexdigest()

    @property
    def noise_seed(self) -> int:
        """Seed of the renderer's sampling and the sensor's noise, a 31-bit number that the hash decides."""
        return int(self.hash[:8], 16) & 0x7FFFFFFF


_KNOWN: dict[str, tuple[str, ...]] = {
    "color": tuple(COLORS),
    "view": VIEWS,
    "environment": ENVIRONMENTS,
    "finish": FINISHES,
    "occluder": OCCLUDERS,
    "marker": MARKERS,
    "cut_side": SIDES,
}

_FIELDS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]
    for name, field in RenderSpec.model_fields.items()
}


def check_value(field: str, value: Any) -> Any:
    """`value` as this field of a spec holds it.

    Raises:
        ValueError: one line with the value and what would be right.

    >>> check_value("haze", 1)
    1.0
    >>> check_value("view", "front")
    Traceback (most recent call last):
    ...
    ValueError: 'front' is not a view: one of f, fleft, left, bleft, b, bright, right, fright
    """
    if field == "shape" or field in _KNOWN:
        _one_of(field, value)
    try:
        return _FIELDS[field].validate_python(value)
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from None


def _one_of(field: str, value: Any) -> None:
    known = shapes() if field == "shape" else _KNOWN[field]
    if value not in known:
        raise ValueError(f"{value!r} is not {with_article(field)}: one of {', '.join(known)}")
