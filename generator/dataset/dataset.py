"""A set of pictures on disk: begin, add, resume, read.

    DATASET/
      dataset.json        schema and catalogue version, number of pictures, hash of all specs
      specs.jsonl         what was requested, one spec a line
      images/NAME.png     8-bit RGB; there only when the picture is whole
      masks/NAME.png      8-bit, 0 or 255
      parts/NAME.png      8-bit, index into `generator.spec.PARTS`
      truth/NAME.json     boxes, camera and fractions: `blender_scenes.truth.Truth`
      depth/, normals/, coverage/, amodal/
                          on demand, see `generator.dataset.layers`; amodal masks always where something
                          hides the vehicle
      manifest.parquet    one row a picture, made from the above

Pictures made by hand need `images/` alone (any of `SUFFIXES`), `masks/` where there are masks, and
names that parse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from pydantic import ValidationError

from generator.dataset.layers import encode_layer, layer_path, png
from generator.dataset.manifest import AGAIN, MANIFEST, make_manifest, read_manifest
from generator.dataset.pixels import Array
from generator.errors import UserError
from generator.files import LOCK, PART, read_json_object, remove_parts, write_bytes, write_json, write_jsonl
from generator.naming import parse_name, spec_name
from generator.spec import CATALOGUE, RenderSpec

SCHEMA = 1
"""Version of the layout of a set."""
SPECS = "specs.jsonl"
STATED = "dataset.json"
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
"""How names of pictures may end; those of rendered ones end in .png."""
KINDS = {"truth": ".json", "parts": ".png", "masks": ".png", "images": ".png"}
"""Folders in which each picture of a rendered set has a file -> how its name ends."""


class Picture(Protocol):
    """What a render gives: `rgb` (H, W, 3), `mask`, `parts` and `amodal` (H, W), all uint8; `depth` and
    `coverage` (H, W) and `normals` (H, W, 3), float32; `truth`, a dataclass of numbers."""

    @property
    def rgb(self) -> Array: ...
    @property
    def mask(self) -> Array: ...
    @property
    def parts(self) -> Array: ...
    @property
    def depth(self) -> Array: ...
    @property
    def normals(self) -> Array: ...
    @property
    def coverage(self) -> Array: ...
    @property
    def amodal(self) -> Array: ...
    @property
    def truth(self) -> Any: ...


def begin(folder: Path, specs: Sequence[RenderSpec], without: Sequence[str] = ()) -> None:
    """Write down what is to be rendered; what is written already stays, a file that is gone is written again.

    Args:
        without: what is left out of the pictures (`farm.without`).

    Raises:
        UserError: as `refuse_other`.
    """
    refuse_other(folder, specs, without)
    begun = (folder / STATED).exists()
    if not (begun and (folder / SPECS).exists()):
        write_jsonl(folder / SPECS, (spec.model_dump() for spec in specs))
    if not begun:
        write_json(folder / STATED, statement(specs, without))
    remove_parts(folder)


def refuse_other(folder: Path, specs: Sequence[RenderSpec], without: Sequence[str] = ()) -> None:
    """Check that a set of these specs may be rendered into a folder, which stays as it is.

    Raises:
        UserError: the folder holds another set, or something that is not a set.
    """
    if (folder / STATED).exists():
        stated = read_json_object(folder / STATED, AGAIN)
        if (made := stated.get("catalogue", CATALOGUE)) != CATALOGUE:
            raise UserError(
                f"{folder}: holds a set of catalogue {made}, this is {CATALOGUE}; give another folder with -o"
            )
        if stated != statement(specs, without if "without" in stated else None):
            raise UserError(
                f"{folder}: holds a set begun with another plan; give another folder or remove it"
            )
        return
    inside = folder.iterdir() if folder.exists() else ()
    others = any(path.name not in (SPECS, LOCK) and not path.match(PART) for path in inside)
    if others and not ((folder / SPECS).exists() and read_specs(folder) == list(specs)):
        raise UserError(f"{folder}: is not empty and holds no dataset.json; give a new or empty folder")


def statement(specs: Sequence[RenderSpec], without: Sequence[str] | None = ()) -> dict[str, Any]:
    """Content of `STATED`. With None for `without` it does not state what is left out, as in older sets."""
    stated = {
        "schema": SCHEMA,
        "catalogue": CATALOGUE,
        "pictures": len(specs),
        "specs_sha256": hashlib.sha256("".join(spec.hash for spec in specs).encode()).hexdigest(),
    }
    return stated if without is None else {**stated, "without": sorted(without)}


def read_specs(folder: Path) -> list[RenderSpec]:
    """The specs of a set.

    Raises:
        UserError: no set there, or a line that is not a spec.
    """
    path = folder / SPECS
    if not path.is_file():
        raise UserError(f"{path}: does not exist; `renforce render` makes sets")
    try:
        return [RenderSpec.model_validate_json(line) for line in path.read_bytes().splitlines()]
    except ValidationError as error:
        raise UserError(f"{path}: a line is not a render spec: {error.errors()[0]['msg']}; {AGAIN}") from None


def missing(folder: Path, specs: Sequence[RenderSpec], layers: Sequence[str] = ()) -> list[RenderSpec]:
    """Those specs whose pictures lack a file, or one of the layers wanted, in their order."""
    of_each = [folder / kind / f"*{suffix}" for kind, suffix in KINDS.items()]
    wanted = [*of_each, *(layer_path(folder, layer, "*") for layer in layers)]
    stems = [{found.stem for found in path.parent.glob(path.name)} for path in wanted]
    done = set.intersection(*stems)
    return [spec for spec in specs if spec_name(spec) not in done]


def is_whole(folder: Path, specs: Sequence[RenderSpec], layers: Sequence[str] = ()) -> bool:
    """Whether a set has all files that its rendering writes."""
    stated = all((folder / name).exists() for name in (STATED, SPECS, MANIFEST))
    return stated and not missing(folder, specs, layers)


def write_picture(folder: Path, name: str, picture: Picture, layers: Sequence[str] = ()) -> None:
    """Add a picture; its image comes last, so that an image that is there is a picture that is whole.

    Args:
        layers: which of `generator.dataset.layers` to keep. The amodal mask of a vehicle that something
            hides is kept in any case.
    """
    hidden = np.count_nonzero(picture.amodal != picture.mask) > 0
    for layer in sorted({*layers, *(["amodal"] if hidden else [])}):
        write_bytes(layer_path(folder, layer, name), encode_layer(layer, getattr(picture, layer)))
    write_json(folder / "truth" / f"{name}.json", asdict(picture.truth))
    write_bytes(folder / "parts" / f"{name}.png", png(picture.parts))
    write_bytes(folder / "masks" / f"{name}.png", png(picture.mask))
    write_bytes(folder / "images" / f"{name}.png", png(picture.rgb[:, :, ::-1]))


def write_manifest(folder: Path) -> pd.DataFrame:
    """Make the manifest: every field of the spec, `family`, `hash`, `mask_share`, and what was measured.

    The box of the pixels that show the vehicle is `x0 y0 x1 y1`, x1 and y1 just outside, -1 where there
    are none; that of the whole vehicle, hidden or not, `ax0 ay0 ax1 ay1`, may reach beyond the picture.
    `visible_share`, `outside_share` and `camera_distance` are described in `blender_scenes.truth.Truth`.

    Raises:
        UserError: a file of a picture is missing or cannot be read.
    """
    return make_manifest(folder, read_specs(folder))


def pictures_in(folder: Path, *, below: bool = False) -> list[Path]:
    """The pictures in a folder by their suffixes, sorted; with `below` at any depth."""
    found = folder.rglob("*") if below else folder.glob("*")
    return sorted(path for path in found if path.suffix.lower() in SUFFIXES)


def find_images(folder: Path) -> list[Path]:
    """The pictures of a set, rendered or not, in order."""
    return pictures_in(folder / "images")


def expect_finished(folder: Path) -> None:
    """Check that the rendering of a set came to its end; pictures made by hand have none.

    Raises:
        UserError: it did not.
    """
    if (folder / STATED).exists() and not (folder / MANIFEST).exists():
        raise UserError(f"{folder}: was not rendered to its end; render it again, which does what is missing")


def read_set(folder: Path) -> pd.DataFrame:
    """A set as a table, sorted by name: `name`, `image` and `mask` (paths, mask "" where there is none),
    the attributes that the name carries, and for rendered sets every column of the manifest.

    Raises:
        UserError: no images there, a name that does not parse, two images of one name, or a manifest that
            cannot be read or has other rows than there are images.
    """
    images = find_images(folder)
    if not images:
        raise UserError(f"{folder / 'images'}: holds no picture ({' '.join(SUFFIXES)})")
    rows = []
    shapes = _own_shapes(folder)
    for image in images:
        try:
            attributes = parse_name(image.stem, shapes)
        except UserError as error:
            raise UserError(f"{image}: {error}") from None
        mask = folder / "masks" / f"{image.stem}.png"
        paths = {"image": str(image), "mask": str(mask) if mask.exists() else ""}
        rows.append({"name": image.stem, **paths, **vars(attributes)})
    table = pd.DataFrame(rows)
    if table["name"].duplicated().any():
        twice = table.loc[table["name"].duplicated(), "name"].iloc[0]
        raise UserError(f"{folder / 'images'}: two pictures are called {twice!r}; rename one")
    if (folder / MANIFEST).exists():
        manifest = read_manifest(folder, table["name"])
        fresh = [column for column in manifest if column == "name" or column not in table]
        table = table.merge(manifest[fresh], on="name", validate="one_to_one")
    return table


def _own_shapes(folder: Path) -> frozenset[str]:
    """Shapes of the set's specs: users' own models among them."""
    return frozenset(spec.shape for spec in read_specs(folder)) if (folder / SPECS).exists() else frozenset()
