"""Users' own models: the asset card that describes one, the files it consists of, and what identifies it.

Free of Blender, which `blender_scenes.assets` uses to read the model itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from generator.errors import UserError
from generator.files import read_yaml
from generator.spec import PARTS, shapes

MAX_BYTES = 1 << 30
"""Size of a model with its textures, at most."""
MAX_FACES = 2_000_000
"""Faces of a model, all its instances counted, at most."""

Axis = Literal["+x", "-x", "+y", "-y", "+z", "-z"]


@dataclass(frozen=True)
class Format:
    """A file format, and the axes that its models have unless the asset card names others."""

    word: str
    forward: Axis
    up: Axis
    side_files: frozenset[str] = frozenset()
    """Suffixes of what a model may consist of besides textures."""


_GLTF = Format("glTF", "+z", "+y", frozenset({".bin"}))
_OBJ = Format("OBJ", "+z", "+y", frozenset({".mtl"}))
_USD = Format("USD", "-y", "+z", frozenset({".usd", ".usda", ".usdc"}))
_FBX = Format("FBX", "-y", "+z")
_BLEND = Format(".blend", "-y", "+z")

FORMATS: dict[str, Format] = {
    ".glb": _GLTF,
    ".gltf": _GLTF,
    ".obj": _OBJ,
    ".fbx": _FBX,
    ".usd": _USD,
    ".usda": _USD,
    ".usdc": _USD,
    ".usdz": _USD,
    ".blend": _BLEND,
}
"""Suffix -> format. Axes of glTF and OBJ are the file's own, y up. FBX and USD files name their upward axis:
theirs are the axes after Blender has turned them to z up, as are those of .blend."""

TEXTURES = {".png", ".jpg", ".jpeg", ".tga", ".bmp", ".tif", ".tiff", ".webp", ".exr", ".hdr", ".dds"}

TURNTABLE = "turntable.png"
"""What `renforce asset check` writes; not a part of a model, wherever it lies."""


class AssetCard(BaseModel):
    """What a user states of a model of their own. All but shape, file and length may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    shape: str
    """Word of the shape in plans and file names: a lower-case letter, then letters and digits."""
    file: str
    """The model, relative to the card."""
    length: Annotated[float, Field(gt=0.5, le=50)]
    """Metres from bumper to bumper, above 0.5 and up to 50; the model is scaled to it."""
    class_: Annotated[str, Field(alias="class")] = ""
    """Class of a run's `data.classes` to which the shape is added, such as `truck`; "" for none."""
    paint: str | tuple[str, ...] = ()
    """Name, or names, of the materials that take the colour; without any they are searched for. Give them
    where `renforce asset check` finds the wrong ones."""
    forward: Axis | None = None
    """Axis of the model that points to the vehicle's front; null: the format's."""
    up: Axis | None = None
    """Axis of the model that points upwards; null: the format's."""
    parts: dict[str, str] = {}
    """Name of a material -> part of the vehicle: body, glass, wheel, lamp, plate, trim or interior. Materials
    that are not named here are told by their names and shaders."""

    @field_validator("shape")
    @classmethod
    def _word(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z][a-z0-9]*", value):
            raise ValueError("is not a word of lower-case letters and digits that begins with a letter")
        if value in shapes():
            raise ValueError("is a shape of the catalogue; take another word")
        return value

    @field_validator("file")
    @classmethod
    def _format(cls, value: str) -> str:
        if Path(value).suffix.lower() not in FORMATS:
            raise ValueError(f"has no format that is known: {' '.join(FORMATS)}")
        if Path(value).is_absolute() or ".." in Path(value).parts:
            raise ValueError("leads out of the card's folder; put the model beside or below the card")
        return value

    @field_validator("parts")
    @classmethod
    def _parts(cls, value: dict[str, str]) -> dict[str, str]:
        for material, part in value.items():
            if part not in PARTS[1:]:
                raise ValueError(f"{material!r}: {part!r} is not a part: one of {', '.join(PARTS[1:])}")
        return value

    @model_validator(mode="after")
    def _square(self) -> AssetCard:
        forward, up = self.axes
        if forward[1] == up[1]:
            raise ValueError(f"forward {forward} and up {up} are one axis; give two different ones")
        return self

    @property
    def format(self) -> Format:
        return FORMATS[Path(self.file).suffix.lower()]

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """Forward and up as they hold."""
        return self.forward or self.format.forward, self.up or self.format.up

    @property
    def paints(self) -> tuple[str, ...]:
        return (self.paint,) if isinstance(self.paint, str) else self.paint


@dataclass(frozen=True)
class Asset:
    """A model whose files are there, with all that it consists of."""

    path: Path
    """The asset card."""
    card: AssetCard
    files: tuple[Path, ...]
    """The model, then those of the files in its folder and below that it names; nothing else is read."""
    digest: str
    """SHA-256, hex, over the card's content, the files' names and their bytes."""

    @property
    def model(self) -> Path:
        return self.files[0]


def read_asset(path: Path) -> Asset:
    """Read an asset card and find the model's files.

    Raises:
        UserError: the card or a file is missing, a field is wrong, or the model is too large; one line with
            the card, the field, the value found and the remedy.
    """
    return make_asset(path, read_card(path))


def make_asset(path: Path, card: AssetCard) -> Asset:
    """The asset of a card that lies, or would lie, at `path`.

    Raises:
        UserError: the model is missing, or has more than `MAX_BYTES` with its textures.
    """
    model = path.parent / card.file
    if not model.is_file():
        raise UserError(f"{path}: file: {card.file!r} does not exist; it is sought beside the card")
    files = (model, *_side_files(model))
    size = sum(file.stat().st_size for file in files)
    if size > MAX_BYTES:
        raise UserError(
            f"{path}: file: {card.file!r} has {size / 2**20:.0f} MiB with its textures; "
            f"{MAX_BYTES >> 20} MiB at most: make it smaller"
        )
    return Asset(path, card, files, _digest(card, files))


def read_assets(cards: Sequence[Path]) -> dict[str, Asset]:
    """The word of each card's shape -> its asset.

    Raises:
        UserError: a card is wrong, or two have the same word.
    """
    found: dict[str, Asset] = {}
    for path in cards:
        asset = read_asset(path)
        other = found.setdefault(asset.card.shape, asset)
        if other is not asset:
            raise UserError(f"{path}: shape: {asset.card.shape!r} is also that of {other.path}; change one")
    return found


def digests(cards: Sequence[Path]) -> dict[str, str]:
    """The word of each card's shape -> what identifies its model in a spec (`RenderSpec.asset`).

    Raises:
        UserError: as `read_assets`.
    """
    return {word: asset.digest for word, asset in read_assets(cards).items()}


def read_card(path: Path) -> AssetCard:
    """Read and check an asset card, not the model's files.

    Raises:
        UserError: it is missing, is not YAML, or has a wrong field.
    """
    content = read_yaml(
        path,
        missing="no such asset card; docs/guide/own-models.md shows one",
        empty="an asset card needs shape, file and length",
    )
    try:
        return AssetCard.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{path}: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    """The first mistake in one line."""
    fault: Any = error.errors()[0]
    field = ".".join(str(word) for word in fault["loc"][:2]) or "axes"
    if fault["type"] == "missing":
        return f"{field}: is missing; add it"
    if fault["type"] == "extra_forbidden":
        known = ", ".join(info.alias or name for name, info in AssetCard.model_fields.items())
        return f"{field}: no such key; known here: {known}"
    found = "" if isinstance(fault["input"], dict) else f"{fault['input']!r} "
    return f"{field}: {found}{fault['msg'].removeprefix('Value error, ')}"


def _side_files(model: Path) -> list[Path]:
    """Files in the model's folder and below that it names, or that those name, in the order of names.

    Where names can't be seen because the model is compressed, all that could be meant.
    """
    if model.suffix.lower() == ".usdz":  # holds its own
        return []
    folder = model.parent.resolve()
    sides = FORMATS[model.suffix.lower()].side_files
    candidates = [
        path
        for path in sorted(model.parent.rglob("*"))
        if path.suffix.lower() in sides | TEXTURES
        and path.is_file()
        and path != model
        and path.name != TURNTABLE
        and path.resolve().is_relative_to(folder)
    ]
    found: list[Path] = []
    texts = [_text(model)]
    while texts and candidates:
        text = texts.pop()
        named = [path for path in candidates if text is None or any(name in text for name in _names(path))]
        candidates = [path for path in candidates if path not in named]
        texts += [_text(path) for path in named if path.suffix.lower() in sides - {".bin"}]
        found += named
    return sorted(found)


def _text(path: Path) -> bytes | None:
    """Content of a file, in lower case; None where it is compressed."""
    content = path.read_bytes()
    packed = content.startswith((b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"PXR-USDC", b"PK"))
    return None if packed else content.lower()


def _names(path: Path) -> Iterator[bytes]:
    """A file's name in the spellings that formats use: plain, as a URL, as JSON."""
    name = path.name.lower()
    yield name.encode()
    yield quote(name).lower().encode()
    yield json.dumps(name)[1:-1].encode()


def _digest(card: AssetCard, files: Sequence[Path]) -> str:
    whole = hashlib.sha256(json.dumps(card.model_dump(), sort_keys=True).encode())
    for path in files:
        whole.update(str(path.relative_to(files[0].parent)).encode() + b"\0")
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()
