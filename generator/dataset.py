"""A set of pictures on disk: begin, add, resume, check, read.

    DATASET/
      dataset.json        schema and catalogue version, number of pictures, hash of all specs
      specs.jsonl         what was asked for, one spec a line
      images/NAME.png     8-bit RGB; there only when the picture is whole
      masks/NAME.png      8-bit, 0 or 255
      parts/NAME.png      8-bit, index into `generator.spec.PARTS`
      manifest.parquet    one row a picture, made from the above

Pictures made by hand need `images/` alone (any of `SUFFIXES`), `masks/` where there are masks, and
names that parse.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import pandas as pd
from pydantic import ValidationError

from generator.errors import UserError
from generator.files import remove_parts, write_bytes, write_json, write_jsonl
from generator.naming import parse_name, spec_name
from generator.spec import CATALOGUE, PARTS, RenderSpec

SCHEMA = 1
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")

Array = np.ndarray[Any, np.dtype[Any]]


class Picture(Protocol):
    """What a render gives: `rgb` (H, W, 3), `mask` and `parts` (H, W), all uint8."""

    @property
    def rgb(self) -> Array: ...
    @property
    def mask(self) -> Array: ...
    @property
    def parts(self) -> Array: ...


def begin(folder: Path, specs: Sequence[RenderSpec]) -> None:
    """Write down what is to be rendered, or check that the folder was begun with the same specs.

    Raises:
        UserError: the folder holds another set, or something that is no set.
    """
    plan = {
        "schema": SCHEMA,
        "catalogue": CATALOGUE,
        "pictures": len(specs),
        "specs_sha256": hashlib.sha256("".join(spec.hash for spec in specs).encode()).hexdigest(),
    }
    stated = folder / "dataset.json"
    if stated.exists():
        if json.loads(stated.read_text()) != plan:
            raise UserError(
                f"{folder}: holds a set begun with another plan; give another folder or remove it"
            )
    elif folder.exists() and any(path for path in folder.iterdir() if path.name != "specs.jsonl"):
        raise UserError(f"{folder}: is not empty and holds no dataset.json; give a new or empty folder")
    else:
        write_jsonl(folder / "specs.jsonl", (spec.model_dump() for spec in specs))
        write_json(stated, plan)
    remove_parts(folder)


def read_specs(folder: Path) -> list[RenderSpec]:
    """The specs of a set.

    Raises:
        UserError: no set there, or a line that is no spec.
    """
    path = folder / "specs.jsonl"
    if not path.is_file():
        raise UserError(f"{path}: does not exist; `renforce render` makes sets")
    try:
        return [RenderSpec.model_validate_json(line) for line in path.read_text().splitlines()]
    except ValidationError as error:
        raise UserError(f"{path}: a line is no render spec: {error.errors()[0]['msg']}") from None


def missing(folder: Path, specs: Sequence[RenderSpec]) -> list[RenderSpec]:
    """Those specs whose picture is not there yet."""
    done = {path.stem for path in (folder / "images").glob("*.png")}
    return [spec for spec in specs if spec_name(spec) not in done]


def write_picture(folder: Path, name: str, picture: Picture) -> None:
    """Add a picture; its image comes last, so that an image that is there is a picture that is whole."""
    write_bytes(folder / "parts" / f"{name}.png", _png(picture.parts))
    write_bytes(folder / "masks" / f"{name}.png", _png(picture.mask))
    write_bytes(folder / "images" / f"{name}.png", _png(picture.rgb[:, :, ::-1]))


def write_manifest(folder: Path) -> pd.DataFrame:
    """Make the manifest from specs and masks: every field of the spec, `hash`, `mask_share` and the box.

    The box is `x0 y0 x1 y1` in pixels, x1 and y1 just outside; -1 where no pixel shows the vehicle.
    """
    rows = []
    for spec in read_specs(folder):
        name = spec_name(spec)
        mask = read_mask(folder / "masks" / f"{name}.png", spec.size)
        measured = {"mask_share": float(mask.mean()), **_box(mask)}
        rows.append({"name": name, "hash": spec.hash, **spec.model_dump(), **measured})
    table = pd.DataFrame(rows)
    aside = folder / ".manifest.parquet.part"
    table.to_parquet(aside, index=False)
    aside.replace(folder / "manifest.parquet")
    return table


def read_set(folder: Path) -> pd.DataFrame:
    """A set as a table, sorted by name: `name`, `image` and `mask` (paths, mask "" where there is none),
    the attributes that the name carries, and for rendered sets every field of the manifest.

    Raises:
        UserError: no images there, a name that does not parse, or two images of one name.
    """
    images = sorted(path for path in (folder / "images").glob("*") if path.suffix.lower() in SUFFIXES)
    if not images:
        raise UserError(f"{folder / 'images'}: holds no picture ({' '.join(SUFFIXES)})")
    rows = []
    for image in images:
        try:
            attributes = parse_name(image.stem)
        except UserError as error:
            raise UserError(f"{image}: {error}") from None
        mask = folder / "masks" / f"{image.stem}.png"
        paths = {"image": str(image), "mask": str(mask) if mask.exists() else ""}
        rows.append({"name": image.stem, **paths, **vars(attributes)})
    table = pd.DataFrame(rows)
    if table["name"].duplicated().any():
        twice = table.loc[table["name"].duplicated(), "name"].iloc[0]
        raise UserError(f"{folder / 'images'}: two pictures are called {twice!r}; rename one")
    if (folder / "manifest.parquet").exists():
        manifest = pd.read_parquet(folder / "manifest.parquet")
        fresh = [column for column in manifest if column == "name" or column not in table]
        table = table.merge(manifest[fresh], on="name", validate="one_to_one")
    return table


def read_image(path: Path, size: int) -> Array:
    """An RGB picture (size, size, 3), uint8; resized by area where it has another size.

    Raises:
        UserError: the file is no picture that can be read.
    """
    return _resized(_decoded(path, cv2.IMREAD_COLOR)[:, :, ::-1], size)


def read_mask(path: Path, size: int) -> Array:
    """A mask (size, size), bool: the pixel centre lies on the vehicle.

    Raises:
        UserError: the file is no picture, or has values between black and white.
    """
    grey = _decoded(path, cv2.IMREAD_GRAYSCALE)
    if not np.isin(grey, (0, 255)).all():
        value = int(grey[(grey != 0) & (grey != 255)][0])
        raise UserError(f"{path}: holds the value {value}; a mask is 0 or 255 in every pixel")
    if grey.shape != (size, size):
        grey = cv2.resize(grey, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(grey > 127)


def check_set(folder: Path) -> int:
    """Check every picture of a rendered set against its spec and return their number.

    Raises:
        UserError: the first file that is missing, unreadable, of another size, or at odds with its twin.
    """
    specs = read_specs(folder)
    for spec in specs:
        name = spec_name(spec)
        image, mask, parts = (folder / kind / f"{name}.png" for kind in ("images", "masks", "parts"))
        _expect(image, _decoded(image, cv2.IMREAD_COLOR).shape == (spec.size, spec.size, 3), "another size")
        index = _decoded(parts, cv2.IMREAD_GRAYSCALE)
        _expect(parts, bool((index < len(PARTS)).all()), "a part that does not exist")
        agree = np.array_equal(index > 0, read_mask(mask, spec.size))
        _expect(mask, agree, "pixels that disagree with the part mask")
    return len(specs)


def _expect(path: Path, holds: bool, what: str) -> None:
    if not holds:
        raise UserError(f"{path}: has {what}; remove the file and render again")


def _png(array: Array) -> bytes:
    done, encoded = cv2.imencode(".png", array, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    assert done
    return encoded.tobytes()


def _decoded(path: Path, mode: int) -> Array:
    if not path.is_file():
        raise UserError(f"{path}: does not exist; render the set again, only what is missing is rendered")
    array = cv2.imdecode(np.frombuffer(path.read_bytes() or b"\0", np.uint8), mode)
    if array is None:
        raise UserError(f"{path}: is no picture that can be read; replace or remove it")
    return np.asarray(array)


def _resized(rgb: Array, size: int) -> Array:
    if rgb.shape[:2] != (size, size):
        rgb = cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(rgb)


def _box(mask: Array) -> dict[str, int]:
    ys, xs = np.nonzero(mask)
    if len(xs) == 0:
        return dict.fromkeys(("x0", "y0", "x1", "y1"), -1)
    return {"x0": int(xs.min()), "y0": int(ys.min()), "x1": int(xs.max()) + 1, "y1": int(ys.max()) + 1}
