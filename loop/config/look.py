"""The configuration of what makes renders look like photographs: `train.rendered_look`.

What the keys do is in `loop.look`, a module each; `renforce match` measures photographs and writes the
values. Ranges are pairs `[low, high]`, from which a value is drawn evenly for each picture.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from generator.files import read_yaml
from loop.config.section import Section


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise ValueError("the lower end of a range comes first")
    return pair


Ordered = AfterValidator(_ordered)
Fraction = Annotated[float, Field(ge=0, le=1)]
Rgb = tuple[Fraction, Fraction, Fraction]
Gain = Annotated[float, Field(gt=0, le=10)]
Offset = Annotated[float, Field(ge=-1, le=1)]
Ratio = Annotated[float, Field(ge=0.1, le=10)]
Slope = Annotated[float, Field(ge=0, le=4)]
Side = Annotated[int, Field(ge=16, le=4096)]
Factor = Annotated[float, Field(ge=1, le=16)]
Amount = Annotated[float, Field(ge=0, le=5)]
Saturation = Annotated[float, Field(ge=0, le=5)]
Quality = Annotated[int, Field(ge=1, le=100)]
Fractions = Annotated[tuple[Fraction, Fraction], Ordered]
Ratios = Annotated[tuple[Ratio, Ratio], Ordered]
Slopes = Annotated[tuple[Slope, Slope], Ordered]
Sides = Annotated[tuple[Side, Side], Ordered]
Factors = Annotated[tuple[Factor, Factor], Ordered]
Amounts = Annotated[tuple[Amount, Amount], Ordered]
Qualities = Annotated[tuple[Quality, Quality], Ordered]

Blending = Literal["hard", "feathered", "gaussian", "poisson"]


class FramingSettings(Section):
    """How renders are cropped to their vehicle, by the mask's box."""

    margin: Fractions = (0.0, 0.1)
    """Range of what is left around the box on each side, as a fraction of the box, 0 to 1. Masks alone know
    it: choose it by looking at your photographs."""
    aspect: Ratios | Literal["box", "square"] = "box"
    """Width divided by height of what is cropped, which is then stretched to the network's square, as
    photographs are. `box`: that of the vehicle's box; for photographs that are cropped to their object.
    `square`: 1, which stretches nothing. A range, each end 0.1 to 10: that of your photographs' files."""


class BackgroundSettings(Section):
    """Other backgrounds behind rendered vehicles."""

    fraction: Fraction = 0.5
    """Fraction of the renders, 0 to 1, each time they are shown, whose background is replaced; the others
    keep the rendered place."""
    source: Literal["noise", "photographs", "folder"] = "noise"
    """`noise`: coloured noise with the spectrum of photographs, and overlapping shapes. `photographs`: those
    training photographs whose class no render shows. `folder`: the pictures in `folder`."""
    folder: Path | None = None
    """Folder with pictures, at any depth, that show none of the rendered classes; goes together with the
    source `folder`."""
    keep_ground: Fraction = 0.6
    """Fraction of the replaced backgrounds, 0 to 1, of which only the part above a random height is replaced,
    so that the vehicle keeps its ground and its shadow."""
    slope: Slopes = (0.5, 1.4)
    """Range of the exponent s by which the noise's amplitude falls with frequency, as 1/fˢ, 0 to 4. In
    photographs s is about 1."""
    contrast: Fractions = (0.04, 0.22)
    """Range of the noise's standard deviation, as a fraction of the full range of values, 0 to 1."""
    chroma: Fractions = (0.2, 1.0)
    """Range of the noise that each channel has of its own, as a fraction of the noise that all have in
    common, 0 to 1; 0 is grey."""
    tones: Annotated[tuple[Rgb, ...], Field(min_length=1)] | None = None
    """Mean colours of the noise as lists of red, green and blue, 0 to 1, one drawn for each picture; null:
    those of foliage, sand, shade, concrete, brick, dusk, sky and plaster."""

    @model_validator(mode="after")
    def _folder_is_named(self) -> Self:
        if (self.folder is not None) != (self.source == "folder"):
            raise ValueError("`folder` and the source 'folder' go together; give both or neither")
        return self


class CameraSettings(Section):
    """What a camera and its file do to a picture.

    `gain`, `offset` and `saturation` come first, before another background; then, at the size of a
    photograph's file, `downsampling`, `sharpening`, `noise` and `jpeg`.
    """

    gain: tuple[Gain, Gain, Gain] = (1.0, 1.0, 1.0)
    """Factors of red, green and blue, above 0 and up to 10."""
    offset: tuple[Offset, Offset, Offset] = (0.0, 0.0, 0.0)
    """What is added to red, green and blue after `gain`, as a fraction of the full range, -1 to 1."""
    saturation: Saturation = 1.0
    """Factor of each colour's difference to grey, 0 to 5; 0 makes pictures grey."""
    size: Sides | None = None
    """Range of the longest side of a photograph's file in pixels, 16 to 4,096, to which a render is resized
    before all else; null: renders keep their own size."""
    downsampling: Factors = (1.0, 1.0)
    """Range of the factor by which resolution is lost, 1 to 16: a picture is reduced by it and enlarged
    again. 1 loses none."""
    sharpening: Amounts = (0.0, 0.0)
    """Range of the amount of an unsharp mask with a radius of 1 px, 0 to 5."""
    noise: Fractions = (0.0, 0.0)
    """Range of the standard deviation of independent noise in each channel of each pixel, as a fraction of
    the full range, 0 to 1."""
    jpeg: Qualities | None = None
    """Range of the quality of JPEG compression, 1 to 100; null: none."""


class AmplitudeJitterSettings(Section):
    """Random factors on the amplitudes of a picture's frequencies, the wider the higher the frequency (PASTA,
    Chattopadhyay et al. 2023).

    The factor's standard deviation at a frequency of u and v cycles a picture is
    (2 alpha √((u² + v²) / (2 S²)))ᵏ + beta, where S is the side in pixels.
    """

    probability: Fraction = 1.0
    """Fraction of the renders, 0 to 1, that are changed each time they are shown."""
    alpha: Annotated[float, Field(ge=0, le=20)] = 3.0
    """How much more high frequencies vary than low ones, 0 to 20."""
    k: Annotated[float, Field(gt=0, le=8)] = 2.0
    """Exponent of the growth with frequency, above 0 and up to 8."""
    beta: Annotated[float, Field(ge=0, le=1)] = 0.25
    """Standard deviation at the lowest frequency, 0 to 1."""


class LookSettings(Section):
    """What makes renders look like photographs, in training and to rendered pictures alone.

    The changes are made in this order: framing, background, camera, resizing to the network's input,
    amplitude jitter.
    """

    framing: FramingSettings | None = None
    """How renders are cropped; null: they stay whole."""
    backgrounds: BackgroundSettings | None = None
    """Other backgrounds; null: all stay where they were rendered."""
    borders: Annotated[tuple[Blending, ...], Field(min_length=1)] = (
        "hard",
        "feathered",
        "gaussian",
        "poisson",
    )
    """How a vehicle is blended into another background; one is drawn for each picture, so that the border
    tells nothing. `hard`: cut along the mask. `feathered`: mixed in proportion to the distance from the
    border. `gaussian`: by a blurred mask. `poisson`: the gradients of the render along the border, between
    the vehicle and the background (Pérez et al. 2003). No effect without `backgrounds`."""
    border_width: Annotated[float, Field(gt=0, le=0.2)] = 0.02
    """How far to both sides of the border pictures are blended, as a fraction of the render's shorter side,
    above 0 and up to 0.2; at least 1 px."""
    camera: CameraSettings | None = None
    """The chain of a camera; null: none."""
    amplitude_jitter: AmplitudeJitterSettings | None = None
    """Random factors on a picture's frequencies; null: none. Needs no photographs."""


def from_file(value: Any) -> Any:
    """The keys of a YAML file where its path is given instead of keys."""
    if not isinstance(value, str | Path):
        return value
    return read_yaml(
        Path(value), missing="no such file; `renforce match` writes one", empty="see docs/guide/matching.md"
    )
