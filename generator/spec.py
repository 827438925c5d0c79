"""The vocabulary of a picture: attributes, nuisance factors, and the spec that joins them.

Free of Blender. Both sides of the worker process speak this module: `generator.plan` writes specs,
`blender_scenes.stage` renders them. How a spec becomes a file name is in `generator.naming`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

CATALOGUE = "vehicles-v1"
"""Version of the vehicles and scenes. It rises whenever a spec may render to other bytes."""

SHAPES = ("sedan", "hatchback", "suv", "van", "pickup", "boxtruck", "bus")


class Color(NamedTuple):
    """A named paint: the word for people and its sRGB value in [0, 1]."""

    word: str
    srgb: tuple[float, float, float]


COLORS: dict[str, Color] = {
    "r": Color("red", (0.72, 0.04, 0.05)),
    "w": Color("white", (0.90, 0.90, 0.88)),
    "y": Color("yellow", (0.93, 0.76, 0.05)),
    "k": Color("black", (0.03, 0.03, 0.035)),
    "b": Color("blue", (0.06, 0.17, 0.62)),
    "g": Color("green", (0.05, 0.38, 0.12)),
    "s": Color("silver", (0.62, 0.64, 0.66)),
    "o": Color("orange", (0.92, 0.36, 0.03)),
    "n": Color("brown", (0.30, 0.16, 0.08)),
    "v": Color("violet", (0.36, 0.10, 0.52)),
}
"""Letter in file names -> paint. The one table of colours."""

VIEWS = ("f", "fleft", "left", "bleft", "b", "bright", "right", "fright")
"""Which side of the vehicle faces the camera, counter-clockwise from its front in steps of 45°.

Left and right are the vehicle's own (the driver's)."""

ENVIRONMENTS = ("asphalt", "meadow", "street")
FINISHES = ("gloss", "metallic", "matte")

PARTS = ("background", "body", "glass", "wheel", "lamp", "plate", "trim", "interior")
"""Index in `parts/NAME.png` -> part of the vehicle; 0 is everything that is not the vehicle."""


def view_azimuth(view: str) -> float:
    """Camera azimuth of the middle of a view, degrees counter-clockwise from the vehicle's front."""
    return 45.0 * VIEWS.index(view)


Degrees = Annotated[float, Field(ge=-360, le=360)]


class RenderSpec(BaseModel):
    """Everything that makes one picture; two equal specs give equal bytes.

    The vehicle stands at the origin on the plane z = 0, facing +x, its left side towards +y.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: str
    color: str
    """Letter of `COLORS`."""
    angle: Annotated[int, Field(ge=0, le=89)]
    """Nominal camera elevation in degrees, as the file name says it."""
    view: str
    variant: Annotated[int, Field(ge=0)]
    """Which individual vehicle of the shape: seed of its continuous body parameters."""

    environment: str
    environment_seed: Annotated[int, Field(ge=0)]
    """Which instance of the environment: seed of its textures, tints and objects."""
    sun_elevation: Annotated[float, Field(ge=1, le=90)]
    """Degrees above the horizon."""
    sun_azimuth: Degrees
    finish: str

    elevation: Annotated[float, Field(ge=0, le=89.5)]
    """Camera elevation as rendered: `angle` and its jitter, degrees."""
    azimuth: Degrees
    """Camera azimuth as rendered, degrees counter-clockwise from the vehicle's front."""
    fill: Annotated[float, Field(gt=0.05, le=1.0)]
    """Share of the picture's side that the larger side of the vehicle's 2D box takes."""
    offset_x: Annotated[float, Field(ge=-0.5, le=0.5)]
    """The box's centre from the picture's, as a share of the picture's side, to the right."""
    offset_y: Annotated[float, Field(ge=-0.5, le=0.5)]
    """The same, downwards."""
    focal: Annotated[float, Field(ge=15, le=300)]
    """Focal length in millimetres on a sensor 36 mm wide."""

    size: Annotated[int, Field(ge=16, le=4096)]
    """Width and height in pixels."""
    samples: Annotated[int, Field(ge=1, le=65536)]
    denoise: bool

    @field_validator("shape", "color", "view", "environment", "finish")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        known = _KNOWN[str(info.field_name)]
        if value not in known:
            raise ValueError(f"{value!r} is no {info.field_name}: one of {', '.join(known)}")
        return value

    @property
    def hash(self) -> str:
        """Identity of the picture: SHA-256 over the catalogue's version and every field, hex."""
        payload = json.dumps([CATALOGUE, self.model_dump()], sort_keys=True)
        return hashlib.sha256(payload.encode()).hexdigest()

    @property
    def noise_seed(self) -> int:
        """Seed of the renderer's sampling, a 31-bit number that the hash decides."""
        return int(self.hash[:8], 16) & 0x7FFFFFFF


_KNOWN: dict[str, tuple[str, ...]] = {
    "shape": SHAPES,
    "color": tuple(COLORS),
    "view": VIEWS,
    "environment": ENVIRONMENTS,
    "finish": FINISHES,
}
