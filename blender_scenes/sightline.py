"""The vehicle as the camera sees it, and what would hide how much of it."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from blender_scenes.camera import Array, Pose
from blender_scenes.props import Prop, Stand
from blender_scenes.rays import Target
from blender_scenes.scenery import Rng
from generator.spec import COLORS

LATTICE = 30
"""Rays along each side of the vehicle's box by which fractions are found."""


class View:
    """The vehicle as seen from the camera: rays that meet it, and its measures along a direction on the
    ground, at first that to the camera."""

    def __init__(self, pose: Pose, points: Array, target: Target, azimuth: float) -> None:
        self.pose, self._points = pose, points
        self.top, self.height = float(points[:, 2].max()), float(pose.location[2])
        places = _places(pose, points)
        limits = target.distances(pose, *places.T)
        self.rays, self.limits = pose.ray(*places.T)[np.isfinite(limits)], limits[np.isfinite(limits)]
        self._turn(azimuth)

    def turned(self, azimuth: float) -> View:
        """The same with measures along another direction, degrees."""
        other = copy(self)
        other._turn(azimuth)
        return other

    def _turn(self, azimuth: float) -> None:
        self.azimuth = float(np.radians(azimuth))
        self.ahead = np.array([np.cos(self.azimuth), np.sin(self.azimuth)])
        self.side = np.array([-np.sin(self.azimuth), np.cos(self.azimuth)])
        along, across = self._points[:, :2] @ self.ahead, self._points[:, :2] @ self.side
        self.reach, self.edges = float(along.max()), (float(across.min()), float(across.max()))
        self.middle = float((along.min() + along.max()) / 2)
        self.camera = float(self.pose.location[:2] @ self.ahead)

    @property
    def room(self) -> float:
        """Metres on the ground between the vehicle and the camera."""
        return max(0.0, self.camera - self.reach - 1.2)

    def narrowed(self, gap: float) -> tuple[float, float]:
        """The vehicle's edges as they are projected, towards the camera, to so far before the vehicle."""
        fraction = max(0.05, (self.camera - self.reach - gap) / max(0.1, self.camera - self.middle))
        middle = float(self.pose.location[:2] @ self.side)
        low, high = (middle + fraction * (edge - middle) for edge in self.edges)
        return low, high

    def sight(self, gap: float, height: float) -> float:
        """Height, so far before the vehicle, of the line from the camera to a height of the vehicle."""
        fraction = (self.reach + gap - self.middle) / max(0.1, self.camera - self.middle)
        return height + fraction * (self.height - height)

    def gap(self, rng: Rng, height: float) -> float:
        """A distance before the vehicle from which something so high still hides its lower half."""
        steep = (self.height - self.top / 2) / max(0.1, self.camera - self.middle)
        far = (0.8 * height - self.top / 2) / max(steep, 1e-3) - (self.reach - self.middle)
        return float(rng.uniform(0.3, max(0.35, min(0.5 * self.room, far))))

    def hidden(self, stand: Stand) -> float:
        """Fraction of the vehicle's rays that a stand stops."""
        stopped = stops(stand, self.pose.location, self.rays, self.limits)
        return int(np.count_nonzero(stopped)) / max(1, len(self.rays))


def stops(stand: Stand, location: Array, rays: Array, limits: Array) -> NDArray[np.bool_]:
    """Which rays (n, 3) of length 1 from a place a stand stops before they are so long (n,)."""
    home = np.linalg.inv(stand.matrix)
    origin = Vector(home[:3, :3] @ location + home[:3, 3])
    rays = rays @ home[:3, :3].T
    limits = limits * np.linalg.norm(rays, axis=1)
    cast = stand.prop.tree.ray_cast
    found = [cast(origin, Vector(ray), limit)[0] is not None for ray, limit in zip(rays, limits, strict=True)]
    return np.array(found, dtype=bool)


@dataclass(frozen=True)
class Draft:
    """A prop between what it is at amount 0 and at amount 1."""

    view: View
    prop: Prop
    turn: float
    gap: float
    """Metres from the vehicle to its foot."""
    across: tuple[float, float]
    """Where its middle stands, along the view's `side`."""
    scales: tuple[tuple[float, float, float], tuple[float, float, float]]
    color: str = "s"

    def at(self, amount: float) -> Stand:
        view = self.view
        low, high = (np.array(scale) for scale in self.scales)
        scale = low * (high / low) ** amount
        size = (float(scale[0]), float(scale[1]), float(scale[2]))
        still = Stand(self.prop, (0.0, 0.0), self.turn, size)
        foot = still.points[still.points[:, 2] < view.top + 0.1]
        along = view.reach + self.gap - float((foot[:, :2] @ view.ahead).min())
        across = self.across[0] + amount * (self.across[1] - self.across[0])
        x, y = along * view.ahead + across * view.side
        return Stand(self.prop, (float(x), float(y)), self.turn, size, COLORS[self.color].srgb)


def _places(pose: Pose, points: Array) -> Array:
    """(n, 2): places on a lattice over that part of the vehicle's box which lies in the picture."""
    seen = pose.project(points)
    low, high = np.clip(seen.min(0), 0, 1), np.clip(seen.max(0), 0, 1)
    steps = (np.arange(LATTICE) + 0.5) / LATTICE
    right, down = np.meshgrid(*(low[axis] + steps * (high - low)[axis] for axis in (0, 1)))
    return np.stack([right.ravel(), down.ravel()], -1)
