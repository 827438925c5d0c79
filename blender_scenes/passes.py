"""From Blender's multi-layer EXR to arrays: colours as seen, indices as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
from numpy.typing import NDArray

LAYERS = {"Combined": "rgb", "Object Index": "object", "Material Index": "material"}
"""Blender's name of a pass -> key in what `read` returns."""


def read(path: Path) -> dict[str, NDArray[np.float32]]:
    """The passes of `LAYERS`: rgb (H, W, 3) linear, object and material (H, W)."""
    found: dict[str, dict[str, NDArray[np.float32]]] = {}
    for part in OpenEXR.File(str(path), separate_channels=True).parts:
        for name, channel in part.channels.items():
            layer, _, component = name.rpartition(".")
            key = LAYERS.get(layer.rpartition(".")[2])
            if key:
                found.setdefault(key, {})[component] = channel.pixels
    passes = {key: next(iter(found[key].values())) for key in ("object", "material")}
    passes["rgb"] = np.stack([found["rgb"][component] for component in "RGB"], -1)
    return passes


def encode_srgb(linear: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Linear light to 8-bit sRGB."""
    light = np.clip(linear, 0.0, 1.0)
    curved = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return np.rint(curved * 255).astype(np.uint8)


def decode_srgb(value: float) -> float:
    """One sRGB value in [0, 1] to linear light."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def linear_color(srgb: tuple[float, float, float]) -> tuple[float, float, float, float]:
    """An sRGB colour as Blender wants it: linear, with alpha."""
    red, green, blue = (decode_srgb(value) for value in srgb)
    return red, green, blue, 1.0
