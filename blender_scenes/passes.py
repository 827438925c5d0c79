"""From Blender's multi-layer EXR to arrays: colours as seen, indices as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
from numpy.typing import NDArray

COVERAGE = "vehicle"
"""Name of the pass into which the vehicle's materials write 1."""
LAYERS = {
    "Combined": ("rgb", "RGB"),
    "Object Index": ("object", "X"),
    "Material Index": ("material", "X"),
    "Depth": ("depth", "Z"),
    "Normal": ("normals", "XYZ"),
    COVERAGE: ("coverage", "X"),
}
"""Blender's name of a pass -> key in what `read` returns, and the pass's components."""
FAR = 1e9
"""Metres; Blender gives more than this where a ray meets nothing."""


def read(path: Path) -> dict[str, NDArray[np.float32]]:
    """The passes of `LAYERS`, (H, W) or (H, W, 3).

    rgb is linear; depth is in metres along the camera's axis, infinite where there is nothing; normals are
    of unit length in the world, 0 where there is nothing; coverage lies in [0, 1]. Indices and depth are
    those of the ray through the pixel's centre, all else is filtered.
    """
    found: dict[str, NDArray[np.float32]] = {}
    for part in OpenEXR.File(str(path), separate_channels=True).parts:
        for name, channel in part.channels.items():
            layer, _, component = name.rpartition(".")
            found[f"{layer.rpartition('.')[2]}.{component}"] = channel.pixels
    passes = {}
    for layer, (key, components) in LAYERS.items():
        channels = [found[f"{layer}.{component}"] for component in components]
        passes[key] = np.stack(channels, -1) if len(channels) > 1 else channels[0]
    length = np.linalg.norm(passes["normals"], axis=-1, keepdims=True)
    passes["normals"] /= np.where(length > 0, length, 1)
    passes["depth"] = np.where(passes["depth"] < FAR, passes["depth"], np.float32(np.inf))
    passes["coverage"] = np.clip(passes["coverage"], 0, 1)
    return passes


def encode_srgb(linear: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Linear light to 8-bit sRGB."""
    return np.rint(curve_srgb(np.clip(linear, 0.0, 1.0)) * 255).astype(np.uint8)


def curve_srgb(light: NDArray[np.floating]) -> NDArray[np.floating]:
    """Linear light in [0, 1] to sRGB values in [0, 1]."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)


def uncurve_srgb(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """sRGB values in [0, 1] to linear light in [0, 1]."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def decode_srgb(value: float) -> float:
    """One sRGB value in [0, 1] to linear light."""
    return float(uncurve_srgb(np.array(value)))


def linear_color(srgb: tuple[float, float, float]) -> tuple[float, float, float, float]:
    """An sRGB colour as Blender wants it: linear, with alpha."""
    red, green, blue = (decode_srgb(value) for value in srgb)
    return red, green, blue, 1.0
