"""All changes of `train.rendered_look`, made to one render."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from loop.config.look import FramingSettings, LookSettings
from loop.look import backgrounds
from loop.look.borders import blended
from loop.look.camera import as_bytes, as_floats, drawn, graded, photographed, scaled
from loop.look.framing import Aspect, framed
from loop.look.spectrum import jittered

Pixels = NDArray[np.uint8]
Image = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Look:
    """Changes of a render; what is random comes from the generator of the call alone."""

    settings: LookSettings
    size: int
    """Side of the network's input in pixels."""
    pictures: Sequence[backgrounds.Source] = ()
    """Backgrounds, where they are photographs."""

    def __call__(self, pixels: Pixels, mask: Mask, rng: np.random.Generator) -> tuple[Pixels, Mask]:
        """A render as the network is shown it.

        Args:
            pixels: (H, W, 3), as it was rendered.
            mask: (H, W).

        Returns:
            The picture (S, S, 3) and its mask (S, S).
        """
        settings = self.settings
        pixels, mask = self._framed(pixels, mask, rng)
        values = None if settings.camera is None else drawn(settings.camera, rng)
        picture = as_floats(pixels) if values is None else graded(as_floats(pixels), values)
        picture = self._placed(picture, mask, rng)
        if values is not None:
            picture = photographed(picture, values, rng)
        picture = scaled(picture, self.size, self.size)
        jitter = settings.amplitude_jitter
        if jitter is not None and rng.random() < jitter.probability:
            picture = jittered(picture, jitter, rng)
        return as_bytes(picture), _nearest(mask, self.size)

    def _framed(self, pixels: Pixels, mask: Mask, rng: np.random.Generator) -> tuple[Pixels, Mask]:
        framing = self.settings.framing
        if framing is None:
            return pixels, mask
        return framed(pixels, mask, rng.uniform(*framing.margin), aspect_of(framing, rng))

    def _placed(self, picture: Image, mask: Mask, rng: np.random.Generator) -> Image:
        """With another background, or its own."""
        settings = self.settings.backgrounds
        if settings is None or rng.random() >= settings.fraction or not mask.any():
            return picture
        height, width = mask.shape
        behind = self._background(height, width, rng)
        blending = self.settings.borders[rng.integers(len(self.settings.borders))]
        kept = backgrounds.replaced(mask, settings.keep_ground, rng)
        reach = max(1.0, self.settings.border_width * min(height, width))
        return blended(picture, behind, kept, blending, reach)

    def _background(self, height: int, width: int, rng: np.random.Generator) -> Image:
        settings = self.settings.backgrounds
        if settings is None or settings.source == "noise":
            square = backgrounds.noise(max(height, width), rng, settings or backgrounds.PLAIN)
            return square[:height, :width]
        source = self.pictures[int(rng.integers(len(self.pictures)))]
        return backgrounds.part_of(source, height, width, rng)


def aspect_of(framing: FramingSettings, rng: np.random.Generator) -> Aspect:
    """The aspect of one picture; from a range, ratios and their inverses have equal chances."""
    if isinstance(framing.aspect, str):
        return framing.aspect
    low, high = np.log(framing.aspect)
    return float(np.exp(rng.uniform(low, high)))


def _nearest(mask: Mask, size: int) -> Any:
    if mask.shape == (size, size):
        return mask
    return cv2.resize(mask.astype(np.uint8), (size, size), interpolation=cv2.INTER_NEAREST_EXACT) > 0
