"""Haze: light that the air scatters into the picture, the more the farther a thing is. No Blender in here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from blender_scenes.camera import Pose
from generator.spec import HAZE_DISTANCE

CEILING = 1000.0
"""Metres; haze ends at this height, so that a thin one leaves the sky above its colour."""

Float = NDArray[np.float32] | NDArray[np.float64]


def haze(rgb: Float, distance: Float, fraction: float, color: Float) -> NDArray[np.float32]:
    """Linear light (H, W, 3) seen through haze; `distance` (H, W) in metres from the camera, may be infinite.

    At `HAZE_DISTANCE` haze of linear `color` (3,) replaces the `fraction` of the light, in [0, 1]; of what it
    leaves, the next as many metres replace as much again.
    """
    kept = np.power(1.0 - fraction, distance / HAZE_DISTANCE)[..., None] if fraction else 1.0
    return (rgb * kept + color * (1.0 - kept)).astype(np.float32)


def air(pose: Pose, depth: Float) -> NDArray[np.float64]:
    """Metres of haze before each pixel (H, W), from depth along the camera's axis, infinite for the sky."""
    size = len(depth)
    centres = (np.arange(size) + 0.5) / size
    down, right = np.meshgrid(centres, centres, indexing="ij")
    rays = pose.ray(right.ravel(), down.ravel()).reshape(size, size, 3)
    along = rays @ -pose.rotation[:, 2]
    with np.errstate(divide="ignore"):
        above = np.where(rays[..., 2] > 0, CEILING / rays[..., 2], np.inf)
    result: NDArray[np.float64] = np.where(np.isfinite(depth), depth / along, above)
    return result
