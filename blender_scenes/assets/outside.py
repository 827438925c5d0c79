"""Geometry that a model takes from other files: refused where those lie outside the model's folder."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import bpy

from generator.assets.card import Asset


def refuse_outside(asset: Asset) -> None:
    """Look through a model before it is imported.

    Raises:
        ValueError: it takes geometry from elsewhere, or is compressed in a way that can't be read.
    """
    suffix = asset.model.suffix.lower()
    if suffix in (".gltf", ".glb"):
        _refuse(asset, _buffers(asset.model))
    elif asset.card.format.word == "USD" and suffix != ".usdz":
        _refuse(asset, _layers(asset.model))


def _refuse(asset: Asset, needed: Iterable[Path]) -> None:
    own = {path.resolve() for path in asset.files}
    for path in needed:
        if path.resolve() not in own:
            where = "lies outside the model's folder" if path.is_file() else "is missing"
            raise ValueError(f"it takes geometry from {path.name!r}, which {where}")


def _buffers(model: Path) -> Iterator[Path]:
    content = _gltf(model)
    for extension in content.get("extensionsRequired", ()):
        if "draco" in extension or "meshopt" in extension:
            raise ValueError(f"it is compressed ({extension}); export it without compression")
    for buffer in content.get("buffers", ()):
        uri = str(buffer.get("uri", "data:"))
        if not uri.startswith("data:"):
            yield model.parent / unquote(uri)


def _gltf(model: Path) -> dict[str, Any]:
    raw = model.read_bytes()
    if raw.startswith(b"glTF"):
        (length,) = struct.unpack("<I", raw[12:16])
        raw = raw[20 : 20 + length]
    content: dict[str, Any] = json.loads(raw)
    return content


def _layers(model: Path) -> Iterator[Path]:
    bpy.utils.expose_bundled_modules()
    from pxr import UsdUtils

    try:
        layers, _, missing = UsdUtils.ComputeAllDependencies(str(model.resolve()))
    except RuntimeError:  # not USD: the importer's own message is better
        return
    for layer in layers:
        yield Path(layer.realPath)
    for name in missing:
        if Path(name).suffix.lower().startswith(".usd"):
            yield Path(name)
