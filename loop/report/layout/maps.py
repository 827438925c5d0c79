"""Attribution maps as pictures: a layer over the grey picture, every map of a report on one scale.

The hue of a pixel is the sign of its raw value, its opacity the raw value over a limit that all maps share.
Nothing is scaled picture by picture, so two maps can be compared.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

POSITIVE, NEGATIVE = (255, 120, 0), (40, 110, 255)
"""RGB of evidence for and against the class."""
OPACITY = 0.9
"""Of a pixel whose raw value is at the limit."""
PERCENTILE = 99
"""The limit is this percentile of the absolute raw values of all maps shown."""

Map = NDArray[np.float32]
Pixels = NDArray[np.uint8]


def shared_limit(maps: Sequence[Map]) -> tuple[float, float]:
    """The raw value at full colour, over all maps shown, and the fraction of their values beyond it.

    (1, 0) where no map has a value other than 0.
    """
    values = np.concatenate([np.abs(m).ravel() for m in maps]) if maps else np.zeros(1, np.float32)
    values = values[np.isfinite(values)]
    limit = float(np.percentile(values, PERCENTILE)) if len(values) else 0.0
    return (limit, float((values > limit).mean())) if limit > 0 else (1.0, 0.0)


def overlay(raw: Map, side: int, limit: float) -> Pixels:
    """A raw map (h, w) as a layer (side, side, 4) RGBA, upsampled bilinearly for display."""
    grown = cv2.resize(np.nan_to_num(raw.astype(np.float32)), (side, side), interpolation=cv2.INTER_LINEAR)
    return colour(np.asarray(grown), limit)


def colour(value: NDArray[Any], limit: float) -> Pixels:
    """RGBA (..., 4) uint8 of raw values: the hue is their sign, the opacity their size over the limit."""
    opacity = np.clip(np.abs(value) / limit, 0, 1) * OPACITY
    hue = np.where((value >= 0)[..., None], POSITIVE, NEGATIVE)
    return np.concatenate([hue, np.rint(255 * opacity)[..., None]], axis=-1).astype(np.uint8)


def outline(mask: NDArray[Any]) -> str:
    """The border of a mask (H, W) as an SVG path through its outermost pixel centres."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    paths = []
    for contour in contours:
        points = " ".join(f"{x + 0.5:g},{y + 0.5:g}" for x, y in contour[:, 0, :].tolist())
        paths.append(f"M{points}Z")
    return "".join(paths)


def png_uri(pixels: Pixels) -> str:
    """An RGB or RGBA picture as a data URI."""
    order = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    done, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, order), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert done
    return "data:image/png;base64," + base64.b64encode(encoded.tobytes()).decode()
