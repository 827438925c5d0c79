"""Where the camera stands so that the vehicle fills the picture as a spec requests. No Blender in here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from generator.spec import RenderSpec

SENSOR = 36.0
"""Millimetres, of the sensor's side."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pose:
    """A camera: place, axes (columns: right, up, backwards), lens and shift."""

    location: Array
    rotation: Array
    focal: float
    shift: tuple[float, float]
    """Blender's lens shift: fraction of the picture's side, right and up."""

    def project(self, points: Array) -> Array:
        """Picture coordinates of points as fractions of the side: (0, 0) is the upper left corner."""
        flat = self._plane(points)
        return np.stack([0.5 + flat[:, 0] - self.shift[0], 0.5 - flat[:, 1] + self.shift[1]], -1)

    def ray(self, right: Array, down: Array) -> Array:
        """Unit directions through picture coordinates."""
        reach = self.focal / SENSOR
        local = np.stack(
            [right - 0.5 + self.shift[0], 0.5 - down + self.shift[1], np.full_like(right, -reach)], -1
        )
        world = local @ self.rotation.T
        result: Array = world / np.linalg.norm(world, axis=-1, keepdims=True)
        return result

    def depth(self, points: Array) -> Array:
        """Metres of points from the camera along its axis."""
        result: Array = (self.location - points) @ self.rotation[:, 2]
        return result

    def lift(self, right: Array, down: Array, depth: Array) -> Array:
        """The points (n, 3) at picture coordinates and depths: the inverse of `project` and `depth`."""
        rays = self.ray(right, down)
        result: Array = self.location + rays * (depth / -(rays @ self.rotation[:, 2]))[:, None]
        return result

    def intrinsics(self, size: int) -> Array:
        """(3, 3), from the camera's space (x right, y down, z forwards) to pixels of a picture."""
        zoom = self.focal / SENSOR * size
        across, down = (0.5 - self.shift[0]) * size, (0.5 + self.shift[1]) * size
        return np.array([[zoom, 0.0, across], [0.0, zoom, down], [0.0, 0.0, 1.0]])

    @property
    def extrinsics(self) -> Array:
        """(4, 4), from the world to the camera's space (x right, y down, z forwards)."""
        matrix = np.eye(4)
        matrix[:3, :3] = (self.rotation * (1.0, -1.0, -1.0)).T
        matrix[:3, 3] = -matrix[:3, :3] @ self.location
        return matrix

    def _plane(self, points: Array) -> Array:
        local = (points - self.location) @ self.rotation
        result: Array = local[:, :2] / -local[:, 2:] * (self.focal / SENSOR)
        return result


def fit(spec: RenderSpec, points: Array) -> Pose:
    """The pose that gives the projected box of `points` the size and the place that the spec requests.

    Without `cut` the box lies inside the picture whatever the offsets are, and with it inside along the
    other axis; only where a given `distance` makes it larger than the picture, it is centred. A given
    distance gives way where the camera would stand inside the vehicle.
    """
    rotation = _rotation(spec)
    centre = (points.min(0) + points.max(0)) / 2
    local = (points - centre) @ rotation
    zoom = spec.focal / SENSOR
    if spec.distance is None:
        distance = _distance(local, spec.fill, zoom)
    else:
        distance = max(spec.distance, _nearest(local))
    seen = local[:, :2] / (distance - local[:, 2:]) * zoom
    low, high = seen.min(0), seen.max(0)
    place = _place(spec, high - low)
    shift = (low + high) / 2 - place * (1.0, -1.0)
    return Pose(centre + distance * rotation[:, 2], rotation, spec.focal, (float(shift[0]), float(shift[1])))


def _rotation(spec: RenderSpec) -> Array:
    """Axes of the camera as columns: right, up, backwards."""
    elevation, azimuth, roll = np.radians([spec.elevation, spec.azimuth, spec.roll])
    flat = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    back = flat * np.cos(elevation) + np.array([0, 0, np.sin(elevation)])
    right = np.array([-flat[1], flat[0], 0.0])
    up = np.cross(back, right)
    # A camera that leans to its left sees all else lean to the right.
    return np.stack(
        [right * np.cos(roll) + up * np.sin(roll), up * np.cos(roll) - right * np.sin(roll), back], -1
    )


def _place(spec: RenderSpec, sides: Array) -> Array:
    """Centre of the box from the picture's, right and down, as fractions of the picture's side."""
    room = np.maximum(0.0, (1 - sides) / 2)
    place: Array = np.clip([spec.offset_x, spec.offset_y], -room, room)
    if spec.cut > 0:
        axis = 0 if spec.cut_side in ("left", "right") else 1
        beyond = 0.5 + (spec.cut - 0.5) * sides[axis]
        place[axis] = beyond if spec.cut_side in ("right", "bottom") else -beyond
    return place


def _nearest(local: Array) -> float:
    """Distance from the centre at which the camera still stands before all points."""
    return float(local[:, 2].max()) * 1.02 + 0.05


def _distance(local: Array, fill: float, zoom: float) -> float:
    """Distance from the centre at which the larger side of the box is `fill`.

    The inverse of the box's side is nearly linear in the distance: a few secant steps suffice.
    """

    right, up, near = np.ascontiguousarray(local.T)

    def error(distance: float) -> float:
        scale = zoom / (distance - near)
        sides = (float(np.ptp(axis * scale)) for axis in (right, up))
        return 1 / max(sides) - 1 / fill

    nearest = _nearest(local)
    before = nearest + max(float(np.ptp(right)), float(np.ptp(up))) * zoom / fill
    distance = 1.1 * before
    was, now = error(before), error(distance)
    for _ in range(12):
        if abs(now) < 1e-9 or now == was:
            break
        step = now * (distance - before) / (now - was)
        before, was = distance, now
        distance = max(distance - step, nearest)
        now = error(distance)
    return distance
