"""Measure photographs and a rendered set, and find the look that brings the renders closest.

What is measured is in `loop.look.statistics`, the search in `loop.look.fit`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from generator.dataset.dataset import SUFFIXES, pictures_in, read_set
from generator.dataset.pixels import read_image, read_mask, read_pixels
from generator.errors import UserError
from loop.config.look import BackgroundSettings, CameraSettings, LookSettings
from loop.look.fit import Fit, Render
from loop.look.jpeg import quality
from loop.look.spectrum import slope
from loop.look.statistics import Measures, distances, measured, surroundings

FEWEST = 20
"""Photographs, or renders, of which a distribution can be measured."""
MOST_PHOTOGRAPHS, MOST_RENDERS = 400, 96
"""That are measured, evenly spaced over all."""
BEYOND = 2
"""How many times larger than the network's input a file's longest side may be for its pixels to count."""
TONES = 8


@dataclass(frozen=True)
class Match:
    """The look that was found, and how far renders are from the photographs."""

    look: LookSettings
    backgrounds: BackgroundSettings
    """Noise with the photographs' statistics; not part of the look."""
    photographs: int
    renders: int
    before: Mapping[str, float]
    """Measure -> distance of the renders without a look, as `loop.look.statistics.distances` has it."""
    after: Mapping[str, float]
    """The same with the look; by renders that the search did not see."""

    def table(self) -> list[str]:
        """The distances, a line each."""
        rows = [f"{name:<10} {self.before[name]:>7.2f} {self.after[name]:>7.2f}" for name in self.before]
        return [f"{'distance':<10} {'before':>7} {'after':>7}", *rows]

    def text(self) -> str:
        """YAML for `train.rendered_look`, with the distances and what else could be used as comments."""
        head = [
            f"Look of {self.renders} renders like {self.photographs} photographs; for train.rendered_look.",
            "Distances in standard deviations among the photographs:",
            *self.table(),
        ]
        more = ["Backgrounds like the photographs:", *_yaml(self.backgrounds)]
        jitter = ["Random amplitudes, which need no photographs:", "amplitude_jitter: {}"]
        given = _dumped(self.look.model_dump(mode="json", exclude_unset=True))
        return "".join([_comment(head), given, "\n", _comment(more), "\n", _comment(jitter)])


def _yaml(settings: BackgroundSettings) -> list[str]:
    content = {"backgrounds": settings.model_dump(mode="json", exclude_unset=True)}
    return _dumped(content).splitlines()


def _dumped(content: Any) -> str:
    return yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=100)


def _comment(lines: Sequence[str]) -> str:
    return "".join(f"# {line}\n" for line in lines)


def match(photographs: Path, renders: Path, size: int) -> Match:
    """Find the look of a rendered set that is closest to photographs.

    Args:
        photographs: folder of pictures, at any depth.
        renders: folder of a rendered set.
        size: side of the network's input in pixels.

    Raises:
        UserError: one of the folders holds too few pictures, or renders have no masks.
    """
    files = _spaced(_photographs(photographs), MOST_PHOTOGRAPHS)
    loaded = _spaced(_renders(renders), MOST_RENDERS)
    seen = _Photographs.read(files, size)
    fit, others = (
        Fit([_pixels(*one) for one in part], seen.measures, size) for part in (loaded[::2], loaded[1::2])
    )
    framing = fit.framing()
    camera = fit.framed(framing).camera(seen.file(size))
    settings = LookSettings(framing=framing, camera=camera) if framing else LookSettings(camera=camera)
    before = distances(seen.measures, others.measured())
    after = distances(seen.measures, others.framed(framing).measured(camera))
    return Match(settings, seen.noise(), len(files), len(loaded), before, after)


def _spaced[One](all_: Sequence[One], most: int) -> list[One]:
    places = np.linspace(0, len(all_) - 1, min(most, len(all_))).round().astype(int)
    return [all_[place] for place in places]


def _photographs(folder: Path) -> list[Path]:
    found = pictures_in(folder, below=True)
    if len(found) < FEWEST:
        raise UserError(
            f"{folder}: holds {len(found)} pictures ({' '.join(SUFFIXES)}); at least {FEWEST} are needed "
            "to measure"
        )
    return found


def _renders(folder: Path) -> list[tuple[str, str]]:
    """Picture and mask of each."""
    if not folder.is_dir():
        raise UserError(f"{folder}: is not a folder; give a set of `renforce render`")
    table = read_set(folder)
    masked = table[table["mask"] != ""]
    if len(masked) < FEWEST:
        raise UserError(
            f"{folder}: holds {len(masked)} pictures with masks; at least {FEWEST} renders are needed to "
            "measure; render more"
        )
    return list(zip(masked["image"], masked["mask"], strict=True))


def _pixels(image: str, mask: str) -> Render:
    return read_pixels(Path(image))[:, :, ::-1], read_mask(Path(mask))


@dataclass(frozen=True)
class _Photographs:
    """What photographs measure."""

    measures: Measures
    sides: NDArray[np.int64]
    """(N,), longest side of each file in pixels."""
    qualities: list[int]
    """Of those files that are JPEG."""
    borders: NDArray[np.float64]
    """(N, P, 3), red, green and blue of the surroundings' pixels, 0 to 1."""

    @classmethod
    def read(cls, files: Sequence[Path], size: int) -> _Photographs:
        shapes = [read_pixels(file).shape[:2] for file in files]
        pictures = [read_image(file, size) for file in files]
        qualities = [quality(file.read_bytes()) for file in files]
        return cls(
            measured(pictures, [width / height for height, width in shapes]),
            np.array([max(shape) for shape in shapes]),
            [found for found in qualities if found is not None],
            np.array([surroundings(picture) for picture in pictures]) / 255,
        )

    def file(self, size: int) -> CameraSettings:
        """Size and quality of the files. Of a file much larger than the network's input neither shows."""
        low, high = (min(round(side), BEYOND * size) for side in np.quantile(self.sides, (0.1, 0.9)))
        shows = np.median(self.sides) <= BEYOND * size and 2 * len(self.qualities) > len(self.sides)
        jpeg = tuple(np.quantile(self.qualities, (0.1, 0.9)).round().astype(int).tolist()) if shows else None
        return CameraSettings.model_validate({"size": (max(low, 16), max(high, 16)), "jpeg": jpeg})

    def noise(self) -> BackgroundSettings:
        """Backgrounds whose slope, contrast and tones are those of the photographs."""
        slopes = np.array([slope(one) for one in self.measures.spectrum])
        common = self.borders.mean(2).std(1)
        own = (self.borders[..., 0] - self.borders[..., 1]).std(1) / np.sqrt(2)
        return BackgroundSettings(
            fraction=0.5,
            slope=_middle(slopes.clip(0, 4)),
            contrast=_middle(common),
            chroma=_middle((own / np.maximum(common, 1e-3)).clip(0, 1)),
            tones=_tones(self.borders.mean(1)),
        )


def _middle(values: NDArray[np.float64]) -> tuple[float, float]:
    """Where eight tenths of the values lie."""
    low, high = np.quantile(values, (0.1, 0.9))
    return round(float(low), 3), round(float(high), 3)


def _tones(colours: NDArray[np.float64]) -> tuple[tuple[float, float, float], ...]:
    """Mean colours of groups of equal number, from dark to bright."""
    ordered = colours[np.argsort(colours.sum(1), kind="stable")]
    return tuple(
        tuple(round(float(value), 2) for value in group.mean(0))  # type: ignore[misc]
        for group in np.array_split(ordered, TONES)
    )
