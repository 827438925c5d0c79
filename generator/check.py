"""Is a rendered set what its specs say? Every file against its twin."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from generator.dataset import SPECS, STATED, read_specs, read_truth, statement
from generator.errors import UserError
from generator.layers import layer_path, read_layer
from generator.naming import spec_name
from generator.pixels import Array, expect, read_mask, read_pixels
from generator.spec import CATALOGUE, PARTS, RenderSpec

LAYER_HOLDS: dict[str, Callable[[Array], Array]] = {
    "depth": lambda metres: np.isfinite(metres) & (metres > 0),
    "normals": lambda vectors: np.abs(np.linalg.norm(vectors, axis=-1) - 1) < 1e-3,
    "coverage": lambda shares: shares > 0,
    "amodal": lambda inside: inside,
}
"""Layer -> what holds of its values wherever the vehicle is seen."""


def check_set(folder: Path) -> int:
    """Check every picture of a rendered set against its spec and return their number.

    Raises:
        UserError: the first file that is missing, unreadable, of another size, or at odds with its twin; or
            the specs are not those that the set was begun with.
    """
    specs = read_specs(folder)
    _check_plan(folder, specs)
    for spec in specs:
        name = spec_name(spec)
        image, mask, parts = (folder / kind / f"{name}.png" for kind in ("images", "masks", "parts"))
        expect(image, read_pixels(image).shape == (spec.size, spec.size, 3), "another size")
        index = read_pixels(parts, cv2.IMREAD_GRAYSCALE)
        expect(parts, bool((index < len(PARTS)).all()), "a part that does not exist")
        seen = read_mask(mask)
        expect(mask, np.array_equal(index > 0, seen), "pixels that disagree with the part mask")
        _check_truth(folder, name, seen)
    return len(specs)


def _check_plan(folder: Path, specs: Sequence[RenderSpec]) -> None:
    """Specs against what the set was begun with; a set of another catalogue counted its hash otherwise."""
    path = folder / STATED
    try:
        stated = json.loads(path.read_text())
    except (OSError, ValueError):
        raise UserError(f"{path}: is missing or no JSON; `renforce render` writes it") from None
    if stated.get("catalogue") == CATALOGUE and stated != statement(specs):
        raise UserError(f"{path}: is not of the specs in {SPECS}; one of them was changed")


def _check_truth(folder: Path, name: str, seen: Array) -> None:
    """Numbers and layers against the mask (H, W), bool."""
    box = read_truth(folder, name)["box"]
    expect(folder / "truth" / f"{name}.json", box == _box(seen), "another box than the mask")
    for layer, holds in LAYER_HOLDS.items():
        path = layer_path(folder, layer, name)
        if path.exists():
            array = read_layer(folder, layer, name)
            expect(path, array.shape[:2] == seen.shape, "another size")
            expect(path, bool(holds(array[seen]).all()), "values on the vehicle that cannot be")


def _box(mask: Array) -> list[int] | None:
    ys, xs = np.nonzero(mask)
    if len(xs) == 0:
        return None
    return [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1]
