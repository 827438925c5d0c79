"""Sets of known content, written without Blender."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generator.dataset.dataset import begin, write_picture
from generator.naming import spec_name
from generator.planning.plan import RenderSettings, SceneRanges, SetPlan, plan_set
from generator.spec import RenderSpec


@dataclass(frozen=True)
class Numbers:
    """Those of `Truth` that the data set reads."""

    box: tuple[int, int, int, int]
    box_amodal: tuple[float, float, float, float]
    visible_share: float
    outside_share: float
    camera_distance: float


@dataclass(frozen=True)
class Square:
    """A picture of known content: a vehicle that is a square of 10 × 6 pixels."""

    rgb: Any
    mask: Any
    parts: Any
    depth: Any
    normals: Any
    coverage: Any
    amodal: Any
    truth: Any

    @classmethod
    def of(cls, size: int, *, hidden: int = 0) -> Square:
        """`hidden`: columns of the square that something covers, right of the ones seen."""
        rgb = np.zeros((size, size, 3), np.uint8)
        rgb[:, :, 0] = 200
        parts = np.zeros((size, size), np.uint8)
        parts[4:10, 8:18] = 1
        mask = np.where(parts > 0, 255, 0).astype(np.uint8)
        depth = np.where(parts > 0, 7.3, np.inf).astype(np.float32)
        normals = np.repeat(parts[:, :, None], 3, -1) * np.float32([0.6, 0.0, -0.8])
        amodal = mask.copy()
        amodal[4:10, 18 : 18 + hidden] = 255
        box = (8, 4, 18, 10)
        numbers = Numbers(box, (8.0, 4.0, 18.0 + hidden, 10.0), 10 / (10 + hidden), 0.0, 9.5)
        return cls(rgb, mask, parts, depth, normals, parts / np.float32(2), amodal, numbers)


def specs_of(count: int, seed: int = 0) -> list[RenderSpec]:
    """Specs of 32 px over the whole grid."""
    return plan_set(SetPlan(count=count), SceneRanges(), RenderSettings(size=32), seed=seed, block=0)


def written(folder: Path, count: int, layers: tuple[str, ...] = (), hidden: int = 0) -> list[RenderSpec]:
    """Begin a set in `folder` and write all pictures of it, each a `Square`; without a manifest."""
    specs = specs_of(count)
    begin(folder, specs)
    for spec in specs:
        write_picture(folder, spec_name(spec), Square.of(spec.size, hidden=hidden), layers)
    return specs
