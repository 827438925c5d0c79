"""Checks that a rendered set is what its specs describe: every file against those that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from generator.dataset.dataset import SPECS, STATED, find_images, read_specs, statement
from generator.dataset.layers import layer_path, read_layer
from generator.dataset.manifest import AGAIN, MANIFEST, read_manifest, read_truth
from generator.dataset.pixels import Array, expect, expect_there, read_mask, read_pixels
from generator.errors import UserError
from generator.files import read_json_object
from generator.naming import spec_name
from generator.spec import CATALOGUE, PARTS, RenderSpec

LAYER_HOLDS: dict[str, Callable[[Array], Array]] = {
    "depth": lambda metres: np.isfinite(metres) & (metres > 0),
    "normals": lambda vectors: np.abs(np.linalg.norm(vectors, axis=-1) - 1) < 1e-3,
    "coverage": lambda fractions: fractions > 0,
    "amodal": lambda inside: inside,
}
"""Layer -> what holds of its values wherever the vehicle is seen."""


def check_set(folder: Path) -> int:
    """Check every picture of a rendered set against its spec and return their number.

    Raises:
        UserError: the first file that is missing, unreadable, of another size, or at odds with another of
            its picture; or a picture that no spec requested; or specs other than those that the set was
            begun with.
    """
    specs = read_specs(folder)
    hashes = _check_plan(folder, specs)
    for spec in specs:
        _check_picture(folder, spec)
    _check_images(folder, specs)
    _check_manifest(folder, specs, hashes=hashes)
    return len(specs)


def _check_plan(folder: Path, specs: Sequence[RenderSpec]) -> bool:
    """Compare the specs with what the set was begun with.

    Returns:
        Whether hashes of specs can be compared with those of the set: another catalogue has other hashes.
    """
    path = folder / STATED
    expect_there(path)
    stated = read_json_object(path, AGAIN)
    expected = statement(specs, None) | {key: stated[key] for key in ("without",) if key in stated}
    hashes = bool(stated.get("catalogue") == CATALOGUE)
    if not hashes:
        expected |= {key: stated[key] for key in ("catalogue", "specs_sha256") if key in stated}
    if stated != expected:
        raise UserError(f"{path}: is not of the specs in {SPECS}; one of them was changed")
    return hashes


def _check_picture(folder: Path, spec: RenderSpec) -> None:
    """The files of one picture against its spec and each other."""
    name = spec_name(spec)
    image, mask, parts = (folder / kind / f"{name}.png" for kind in ("images", "masks", "parts"))
    for path in (image, mask, parts):
        expect_there(path)
    expect(image, read_pixels(image).shape == (spec.size, spec.size, 3), "another size")
    index = read_pixels(parts, cv2.IMREAD_GRAYSCALE)
    expect(parts, bool((index < len(PARTS)).all()), "a part that does not exist")
    seen = read_mask(mask)
    expect(mask, np.array_equal(index > 0, seen), "pixels that disagree with the part mask")
    _check_truth(folder, name, seen)


def _check_images(folder: Path, specs: Sequence[RenderSpec]) -> None:
    """Images against the specs; those that are missing were found before."""
    requested = {f"{spec_name(spec)}.png" for spec in specs}
    if more := [image for image in find_images(folder) if image.name not in requested]:
        raise UserError(f"{more[0]}: is not of the set ({len(more)} such); move it out of images/")


def _check_manifest(folder: Path, specs: Sequence[RenderSpec], *, hashes: bool) -> None:
    """Names, and hashes where those of the specs can be compared, of the rows against the specs."""
    table = read_manifest(folder, map(spec_name, specs))
    if hashes and "hash" in table:
        noted = dict(zip(table["name"], table["hash"], strict=True))
        if other := [spec_name(spec) for spec in specs if noted[spec_name(spec)] != spec.hash]:
            raise UserError(
                f"{folder / MANIFEST}: has other hashes than the specs in {len(other)} rows, {other[0]!r} "
                f"first; {AGAIN}"
            )


def _check_truth(folder: Path, name: str, seen: Array) -> None:
    """Numbers and layers against the mask (H, W), bool."""
    truth = read_truth(folder, name)
    expect(folder / "truth" / f"{name}.json", truth.box == _box(seen), "another box than the mask")
    for layer, holds in LAYER_HOLDS.items():
        path = layer_path(folder, layer, name)
        if layer != "amodal" and path.parent.is_dir() and not path.exists():
            raise UserError(
                f"{path}: does not exist, though others of that folder do; render again with `farm.layers` "
                f"naming {layer!r}, or remove {path.parent}"
            )
        if path.exists():
            array = read_layer(folder, layer, name)
            expect(path, array.shape[:2] == seen.shape, "another size")
            expect(path, bool(holds(array[seen]).all()), "values on the vehicle that cannot be")
    _check_amodal(folder, name, seen, truth.visible_share)


def _check_amodal(folder: Path, name: str, seen: Array, visible_share: float) -> None:
    """The whole of a vehicle that something hides against what is seen of it."""
    path = layer_path(folder, "amodal", name)
    if not path.exists():
        if 0 < visible_share < 1:
            raise UserError(
                f"{path}: does not exist, though something hides the vehicle; remove images/{name}.png and "
                "render again"
            )
        return
    whole = np.count_nonzero(read_layer(folder, "amodal", name))
    fraction = np.count_nonzero(seen) / whole if whole else 0.0
    expect(path, abs(fraction - visible_share) < 1e-6, "another fraction of the vehicle than truth/ has")


def _box(mask: Array) -> tuple[int, int, int, int] | None:
    ys, xs = np.nonzero(mask)
    if len(xs) == 0:
        return None
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1
