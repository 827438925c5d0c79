"""What a picture may carry beside image, mask and parts, and how it lies on disk.

depth/NAME.exr      float32 metres along the camera's axis, channel Z; infinite where there is nothing
normals/NAME.exr    float32 unit vectors in the world, channels X, Y, Z; 0 where there is nothing
coverage/NAME.png   16-bit, 65535 where the vehicle fills all that the pixel's filter gathers
amodal/NAME.png     8-bit, 255 where the vehicle is, hidden or not, else 0
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import OpenEXR

from generator.dataset.pixels import Array, read_pixels
from generator.errors import UserError

Layer = Literal["depth", "normals", "coverage", "amodal"]
"""Names of the layers; each is a folder of a set."""

CHANNELS = {"depth": "Z", "normals": "XYZ"}
"""Layers of floats -> names of their channels."""


def layer_path(folder: Path, layer: str, name: str) -> Path:
    """Where a layer of the picture of this name lies in the set in `folder`.

    >>> layer_path(Path("set"), "depth", "sedan_y_60_bleft_0007").as_posix()
    'set/depth/sedan_y_60_bleft_0007.exr'
    """
    return folder / layer / f"{name}.{'exr' if layer in CHANNELS else 'png'}"


def encode_layer(layer: str, array: Array) -> bytes:
    """The content of a layer's file: EXR or PNG.

    Args:
        array: (H, W), or (H, W, 3) for normals, with values as the module's docstring has them; coverage in
            [0, 1].
    """
    if layer in CHANNELS:
        return _exr(array.reshape(*array.shape[:2], -1), CHANNELS[layer])
    return png(np.rint(array * 65535).astype(np.uint16) if layer == "coverage" else array)


def read_layer(folder: Path, layer: str, name: str) -> Array:
    """A layer as it was rendered: float32 (H, W) depth, (H, W, 3) normals, (H, W) coverage in [0, 1];
    bool (H, W) amodal mask.

    Raises:
        UserError: the file is missing or cannot be read.
    """
    path = layer_path(folder, layer, name)
    if not path.is_file():
        raise UserError(f"{path}: does not exist; render with `layers` naming {layer!r}")
    if layer in CHANNELS:
        return _read_exr(path, CHANNELS[layer])
    array = read_pixels(path, cv2.IMREAD_UNCHANGED)
    return np.asarray(array > 127) if layer == "amodal" else (array / 65535).astype(np.float32)


def png(array: Array) -> bytes:
    """A PNG file's content; colours in the order blue, green, red."""
    done, encoded = cv2.imencode(".png", array, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    assert done
    return encoded.tobytes()


def _exr(array: Array, channels: str) -> bytes:
    """An EXR file's content; the library writes to paths alone."""
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    planes = {name: np.ascontiguousarray(array[..., i], np.float32) for i, name in enumerate(channels)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.exr"
        OpenEXR.File(header, planes).write(str(path))
        return path.read_bytes()


def _read_exr(path: Path, channels: str) -> Array:
    try:
        found = OpenEXR.File(str(path), separate_channels=True).channels()
        planes = [found[name].pixels for name in channels]
    except (RuntimeError, KeyError, ValueError):
        raise UserError(f"{path}: is not an EXR that can be read; remove it and render again") from None
    return np.stack(planes, -1).squeeze(-1) if len(channels) == 1 else np.stack(planes, -1)
