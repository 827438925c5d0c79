"""The values of a look that bring renders closest to photographs."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from loop.config.look import CameraSettings, FramingSettings, LookSettings
from loop.look.framing import framed
from loop.look.look import Look, aspect_of
from loop.look.statistics import Measures, distance, distances, measured

Render = tuple[NDArray[np.uint8], NDArray[np.bool_]]
"""A picture (H, W, 3) and its mask (H, W)."""

WEIGHTS = {"spectrum": 3.0, "contrast": 1.0, "colour": 1.0, "sharpness": 1.0, "noise": 1.0}
"""Measure -> weight of its distance, which the camera's values are to make small. The spectrum's is more,
since it is of many numbers."""
SEARCHED = ("downsampling", "sharpening", "noise")
GRID = ((1.0, 1.5, 2.5), (0.0, 0.4, 1.0, 2.0), (0.0, 0.01, 0.03))
"""Values of `SEARCHED` from the best of which the search goes on."""
LEAST, MOST = (1.0, 0.0, 0.0), (8.0, 5.0, 0.3)
"""Smallest and largest values of `SEARCHED`; the smallest change nothing."""
STEPS = (0.3, 0.3, 0.015)
"""First steps of the search."""
EVALUATIONS = 40
"""Of one search."""
PRICE = (0.1, 0.1, 1.0)
"""Added to the distances for each unit of `SEARCHED`: sharpening makes up for much of lost resolution, and of
values that are as good the smaller ones are taken."""
CLOSE = 0.6
"""Distance of framings that other views of vehicles explain."""
SPREADS = (0.0, 0.5, 1.0)
"""How wide a range around a value may be, as a fraction of what the value is above the smallest."""


@dataclass(frozen=True)
class Fit:
    """A search for values.

    The same random numbers are drawn for all candidates, so that only their values make a difference.
    """

    renders: Sequence[Render]
    photographs: Measures
    size: int
    """Side of the network's input in pixels."""

    def measured(self, camera: CameraSettings | None = None) -> Measures:
        """What the renders measure after a camera."""
        look = Look(LookSettings(camera=camera), self.size)
        with ThreadPoolExecutor() as threads:
            pictures = list(threads.map(lambda i: look(*self.renders[i], _rng(i))[0], self._numbers()))
        return measured(pictures, self._aspects())

    def _numbers(self) -> range:
        return range(len(self.renders))

    def framed(self, framing: FramingSettings | None) -> Fit:
        """The same search with renders that are cropped."""
        if framing is None:
            return self
        rngs = [_rng(i) for i in self._numbers()]
        cropped = [
            framed(*render, rng.uniform(*framing.margin), aspect_of(framing, rng))
            for render, rng in zip(self.renders, rngs, strict=True)
        ]
        return Fit(cropped, self.photographs, self.size)

    def framing(self) -> FramingSettings | None:
        """None, or the vehicle's box, where that is close enough to the aspects of the photographs; otherwise
        the range of those, which any renders can be given."""
        for candidate in (None, FramingSettings(aspect="box")):
            if self.framed(candidate)._framing_distance() < CLOSE:
                return candidate
        low, high = np.exp(np.quantile(self.photographs.framing, (0.1, 0.9))).clip(0.1, 10)
        return FramingSettings(aspect=(round(float(low), 2), round(float(high), 2)))

    def _framing_distance(self) -> float:
        return distance("framing", self.photographs.framing, np.log(self._aspects())[:, None])

    def _aspects(self) -> list[float]:
        """Width divided by height of each render, before it is made square."""
        return [mask.shape[1] / mask.shape[0] for _, mask in self.renders]

    # The camera

    def camera(self, start: CameraSettings) -> CameraSettings:
        """The camera's colours, downsampling, sharpening and noise; size and quality stay as in `start`."""
        coloured = self._colours(start)
        first = min((_at(coloured, values) for values in product(*GRID)), key=self._cost)
        camera = self._downhill(self._colours(first))
        camera = self._spread(self._downhill(self._colours(camera)))
        return _rounded(self._colours(camera))

    def _colours(self, camera: CameraSettings) -> CameraSettings:
        """With the saturation, gains and offsets that give colours and channels the photographs' means and
        deviations."""
        found, wanted = self.measured(camera), self.photographs
        more = wanted.colour[:, 4:].mean() / max(found.colour[:, 4:].mean(), 0.1)
        camera = _with(camera, saturation=float((camera.saturation * more).clip(0, 5)))
        given = self.measured(camera).channels[:, 3:].mean(0)
        factor = wanted.channels[:, 3:].mean(0) / np.maximum(given, 1e-3)
        camera = _with(camera, gain=tuple((factor * np.array(camera.gain)).clip(0.05, 10).tolist()))
        # Not the gains again: values that leave the range are cut off, and higher gains would cut more.
        missing = wanted.channels[:, :3].mean(0) - self.measured(camera).channels[:, :3].mean(0)
        return _with(camera, offset=tuple((np.array(camera.offset) + missing).clip(-1, 1).tolist()))

    def _downhill(self, camera: CameraSettings) -> CameraSettings:
        """The nearest minimum over `SEARCHED` (Nelder and Mead 1965)."""
        first = np.array([getattr(camera, name)[0] for name in SEARCHED])
        found = minimize(
            lambda values: self._cost(_at(camera, values)), first, method="Nelder-Mead",
            bounds=list(zip(LEAST, MOST, strict=True)),
            options={
                "initial_simplex": first + np.vstack([np.zeros(3), np.diag(STEPS)]),
                "maxfev": EVALUATIONS, "xatol": 1e-3, "fatol": 1e-3,
            },
        )  # fmt: skip
        return _at(camera, found.x)

    def _spread(self, camera: CameraSettings) -> CameraSettings:
        """With ranges around the values, where that brings renders closer."""
        for name, least in zip(SEARCHED, LEAST, strict=True):
            middle = getattr(camera, name)[0]
            reach = [share * (middle - least) for share in SPREADS]
            candidates = [_with(camera, **{name: (middle - r, middle + r)}) for r in reach]
            camera = min(candidates, key=self._cost)
        return camera

    def _cost(self, camera: CameraSettings) -> float:
        found = distances(self.photographs, self.measured(camera))
        middles = [float(np.mean(getattr(camera, name))) for name in SEARCHED]
        price = sum(each * middle for each, middle in zip(PRICE, middles, strict=True))
        return price + sum(weight * found[name] for name, weight in WEIGHTS.items())


def _rng(number: int) -> np.random.Generator:
    return np.random.default_rng([0, number])


def _with(camera: CameraSettings, **values: Any) -> CameraSettings:
    return CameraSettings.model_validate(camera.model_dump() | values)


def _at(camera: CameraSettings, values: Sequence[float]) -> CameraSettings:
    return _with(camera, **{name: (float(v), float(v)) for name, v in zip(SEARCHED, values, strict=True)})


def _rounded(camera: CameraSettings) -> CameraSettings:
    """Values with three decimals, to be read by people."""
    pairs = {
        name: tuple(round(v, 3) for v in getattr(camera, name)) for name in (*SEARCHED, "gain", "offset")
    }
    return _with(camera, **pairs, saturation=round(camera.saturation, 3))
