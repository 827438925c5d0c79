"""The numbers that go with a picture: boxes, camera, fractions. No Blender in here.

Picture coordinates are pixels, right and down from the picture's upper left corner: the centre of the
first pixel is (0.5, 0.5). They are those of a pinhole camera, whatever the lens did to the light.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from blender_scenes.camera import Array, Pose

OCCLUDER = 2
"""Object index of what hides the vehicle on demand."""
GROUND = 0.03
"""Metres; whatever reaches no higher is ground, and hides nothing unless it is an occluder."""
LATTICE = 64
"""Rays along each side of the vehicle's box by which the fraction beyond the picture's edge is found."""

Mask = NDArray[np.bool_]
Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Truth:
    """What is known of the vehicle and the camera; metres, pixels, and the world of `RenderSpec`."""

    intrinsics: Rows
    """(3, 3): a point of the camera's space to homogeneous picture coordinates."""
    extrinsics: Rows
    """(4, 4): the world to the camera's space, x right, y down, z forwards (OpenCV)."""
    box: tuple[int, int, int, int] | None
    """Left, top, right, bottom of what the picture shows; the last two just outside; None for nothing."""
    box_amodal: tuple[float, float, float, float]
    """The same of the whole vehicle, hidden or not; it may reach beyond the picture."""
    box_3d: Rows
    """(8, 3): corners of the vehicle's own box in the world, x slowest and z fastest, low before high."""
    box_3d_picture: Rows
    """(8, 2): the same corners in the picture."""
    visible_share: float
    """Of the vehicle's pixels inside the picture, the fraction that nothing hides; 0 if there are none."""
    outside_share: float
    """Fraction of the vehicle's silhouette that lies beyond the picture's edge."""
    camera_distance: float
    """From the camera to the centre of the vehicle's box."""


def measure(pose: Pose, corners: Array, points: Array, mask: Mask, amodal: Mask, outside: float) -> Truth:
    """Put together the numbers of a picture.

    Args:
        corners: (8, 3), of the vehicle's box.
        points: (n, 3), whose projections have the vehicle's 2D box.
        mask: (H, W), where the vehicle is seen.
        amodal: (H, W), where it is, seen or hidden.
        outside: fraction of the silhouette beyond the picture's edge.
    """
    size = len(mask)
    seen = pose.project(points) * size
    whole = int(np.count_nonzero(amodal))
    left, top = (float(x) for x in seen.min(0))
    right, bottom = (float(x) for x in seen.max(0))
    return Truth(
        intrinsics=_rows(pose.intrinsics(size)),
        extrinsics=_rows(pose.extrinsics),
        box=box_of(mask),
        box_amodal=(left, top, right, bottom),
        box_3d=_rows(corners),
        box_3d_picture=_rows(pose.project(corners) * size),
        visible_share=int(np.count_nonzero(mask)) / whole if whole else 0.0,
        outside_share=outside,
        camera_distance=float(np.linalg.norm(pose.location - corners.mean(0))),
    )


def box_of(mask: Mask) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of the pixels that are set, the last two just outside."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def hull_of(points: Array) -> Array:
    """Those points that alone decide the box of any projection: the corners of the convex hull."""
    result: Array = points[np.sort(ConvexHull(points).vertices)]
    return result


def corners_of(points: Array) -> Array:
    """The corners (8, 3) of the axis-parallel box of points."""
    pick = np.array(list(np.ndindex(2, 2, 2)))
    return np.where(pick, points.max(0), points.min(0))


def maybe_hidden(
    pose: Pose, points: Array, depth: NDArray[np.float32], index: NDArray[np.int64], vehicle: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of pixels where something that stands before the vehicle may hide it.

    Args:
        depth: (H, W), metres along the camera's axis.
        index: (H, W), object indices.
        vehicle: the vehicle's index.
    """
    size = len(depth)
    seen = pose.project(points) * size
    low = np.clip(np.floor(seen.min(0)).astype(int), 0, size)
    high = np.clip(np.ceil(seen.max(0)).astype(int), 0, size)
    part = slice(low[1], high[1]), slice(low[0], high[0])
    farthest = pose.depth(points).max()
    rows, columns = np.nonzero((index[part] != vehicle) & (depth[part] < farthest))
    rows, columns = rows + low[1], columns + low[0]
    at = pose.lift((columns + 0.5) / size, (rows + 0.5) / size, depth[rows, columns].astype(float))
    stands = (at[:, 2] > GROUND) | (index[rows, columns] == OCCLUDER)
    return rows[stands], columns[stands]


def lattice(pose: Pose, points: Array) -> Array | None:
    """Picture coordinates, as fractions of the side, of `LATTICE`² places in the box of the projected points.

    None where the whole box lies inside the picture.
    """
    seen = pose.project(points)
    low, high = seen.min(0), seen.max(0)
    if low.min() >= 0 and high.max() <= 1:
        return None
    steps = (np.arange(LATTICE) + 0.5) / LATTICE
    right, down = np.meshgrid(*(low[axis] + steps * (high - low)[axis] for axis in (0, 1)))
    return np.stack([right.ravel(), down.ravel()], -1)


def fraction_outside(places: Array, met: Mask) -> float:
    """Of the places that met the vehicle, the fraction beyond the picture."""
    beyond = ((places < 0) | (places > 1)).any(-1)
    return float(np.count_nonzero(beyond & met)) / max(1, int(np.count_nonzero(met)))


def _rows(matrix: Array) -> Rows:
    return tuple(tuple(float(value) for value in row) for row in matrix)
