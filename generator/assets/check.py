"""What a user's own model looks like as a shape: examined by Blender in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from generator.errors import UserError
from generator.spec import COLORS, PARTS, VIEWS

SECONDS = 1800.0
"""How long Blender may take over a model."""
FOLLOWS = 25.0
"""Degrees of hue within which a pixel counts as having taken its colour."""
FEW = 0.10
"""Fraction of the vehicle's pixels: less paint than that is worth a warning."""
SHOWN = ("r", "b")
"""Colours in which the model is rendered."""

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Material:
    """One material of a model."""

    name: str
    part: str
    fraction: float
    """Fraction of the area that is seen from outside, in [0, 1]."""
    paint: bool


@dataclass(frozen=True)
class AssetReport:
    """What was found in a model."""

    format: str
    card: dict[str, Any]
    """Content of the card, given or guessed."""
    axes: tuple[str, str]
    """Forward and up."""
    files: tuple[str, ...]
    before: tuple[float, float, float]
    """Length, width, height in the model's units."""
    after: tuple[float, float, float]
    """The same in metres."""
    faces: int
    materials: tuple[Material, ...]
    paint: str
    """Which materials are the paint, and why."""
    notes: tuple[str, ...]
    """What was dropped or left out."""
    rgb: Array
    """(colours, views, S, S, 3), uint8."""
    parts: Array
    """(colours, views, S, S), index into `PARTS`."""

    @property
    def paint_fraction(self) -> float:
        """Fraction of the vehicle's pixels that are paint, over all views, in [0, 1]."""
        return float(np.mean(self.parts[self.parts > 0] == PARTS.index("body")))

    @property
    def followed(self) -> float:
        """Fraction of the vehicle's pixels whose hue is that of the colour in every colour, in [0, 1]."""
        follows = np.all([_of_hue(rgb, letter) for rgb, letter in zip(self.rgb, SHOWN, strict=True)], axis=0)
        return float(np.mean(follows[self.parts[0] > 0]))

    @property
    def warnings(self) -> list[str]:
        """What a user should check, one line each."""
        length, width, height = self.after
        most = max(self.materials, key=lambda material: material.fraction)
        checks = {
            f"wider ({width:.1f} m) than long ({length:.1f} m): is `forward` right?": width > length,
            f"{height:.1f} m high at {length:.1f} m length: are `up` and `length` right?": not (
                0.15 < height / length < 0.9
            ),
            "no glass found: name it under `parts`": "glass" not in {m.part for m in self.materials},
            f"{most.name!r} is {most.fraction:.0%} of what is seen: windows and tyres in it become paint": (
                most.paint and most.fraction > 0.9
            ),
            f"paint is {self.paint_fraction:.0%} of the vehicle's pixels: is it the right material?": (
                self.paint_fraction < FEW
            ),
            f"only {self.followed:.0%} of the vehicle's pixels took both colours": (
                self.paint_fraction >= FEW and self.followed < self.paint_fraction / 2
            ),
        }
        return [text for text, holds in checks.items() if holds]


def check_asset(path: Path) -> AssetReport:
    """Examine a card's model, or a model for which a card is guessed.

    Raises:
        UserError: it cannot be used; the message has the reason and the remedy.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-P", "-m", "blender_scenes.assets.check", str(path.absolute()), folder]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise UserError(f"{path}: took more than {SECONDS:.0f} s to import; make it smaller") from None
        result = Path(folder) / "facts.json"
        if not result.exists():
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
            raise UserError(f"{path}: Blender died over it (exit {done.returncode}): {last[0]}")
        facts = json.loads(result.read_text())
        if "refused" in facts:
            raise UserError(facts["refused"])
        with np.load(Path(folder) / "pictures.npz") as pictures:
            arrays = dict(pictures)
    facts["materials"] = tuple(Material(**material) for material in facts["materials"])
    report = AssetReport(**facts, **arrays)
    if report.paint_fraction == 0 or report.followed < FEW / 10:
        raise UserError(
            f"{path}: paint: no visible pixel took the colour ({report.paint}); name another material in the "
            f"card: {', '.join(repr(m.name) for m in _by_share(report))}"
        )
    return report


def _by_share(report: AssetReport) -> list[Material]:
    return sorted(report.materials, key=lambda material: -material.fraction)[:6]


def _of_hue(rgb: Array, letter: str) -> Array:
    """Which pixels of (v, S, S, 3) have the hue of a named colour, bright and coloured enough to tell."""
    wanted = _hsv(np.array([[COLORS[letter].srgb]], np.float32))[0, 0, 0]
    seen = np.array([_hsv(picture.astype(np.float32) / 255) for picture in rgb])
    turn = np.abs(seen[..., 0] - wanted)
    clear = (seen[..., 1] > 0.2) & (seen[..., 2] > 0.08)
    return np.asarray(clear & (np.minimum(turn, 360 - turn) < FOLLOWS))


def _hsv(rgb: Array) -> Array:
    """Hue in degrees, saturation and value in [0, 1]."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2HSV))


def turntable(report: AssetReport) -> Array:
    """All views in a row for each colour, with their names: one picture (H, W, 3), RGB."""
    rows = []
    for pictures, letter in zip(report.rgb, SHOWN, strict=True):
        word = COLORS[letter].word
        row = [_labelled(picture, f"{view} {word}") for picture, view in zip(pictures, VIEWS, strict=True)]
        rows.append(np.concatenate(row, axis=1))
    return np.concatenate(rows)


def _labelled(picture: Array, text: str) -> Array:
    strip = np.full((22, picture.shape[1], 3), 245, np.uint8)
    cv2.putText(strip, text, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (30, 30, 30), 1, cv2.LINE_AA)
    return np.concatenate([picture, strip])
