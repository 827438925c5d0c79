"""The folder of a description, and that of features: every file name.

`DescriptionFolder(path)`, what `renforce describe` writes:

| file | property | what it holds |
|---|---|---|
| `attributes.csv` | `attributes` | a row a photograph: most probable value and probability of each value |
| `counts.json` | `counts` | fractions of values and pairs with intervals, and how well they are recognised |
| `report.html` | `report` | the page for people |

`CacheFolder(path)`, what is made once and may be shared by several descriptions:

| file | property or method | what it holds |
|---|---|---|
| `renders/` | `renders` | the rendered set that is learned from, where none is given |
| `features/KEY/` | `features` | a `FeatureFolder` for each set of pictures |
| `recogniser-KEY.safetensors` | `recogniser(key)` | a trained recogniser |
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loop.run.output import Place


@dataclass(frozen=True)
class DescriptionFolder:
    """What `renforce describe` writes about a folder of photographs."""

    path: Path

    attributes = Place("attributes.csv")
    counts = Place("counts.json")
    report = Place("report.html")


@dataclass(frozen=True)
class CacheFolder:
    """Renders, features and recognisers, each made once."""

    path: Path

    renders = Place("renders")
    features = Place("features")

    def recogniser(self, key: str) -> Path:
        """The recogniser that was trained on certain renders with certain settings."""
        return self.path / f"recogniser-{key}.safetensors"


@dataclass(frozen=True)
class FeatureFolder:
    """The features of one set of pictures."""

    path: Path

    values = Place("features.npy")
    """`features.npy`: (N, D) float16."""
    vehicle = Place("vehicle.npy")
    """`vehicle.npy`: (N,) bool."""
