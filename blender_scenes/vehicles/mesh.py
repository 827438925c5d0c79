"""Meshes as plain arrays: what every vehicle is assembled from. No Blender in here."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Faces = NDArray[np.int64]

SLOTS: dict[str, str] = {
    "paint": "body",
    "paint2": "body",
    "glass": "glass",
    "glass_dark": "glass",
    "tyre": "wheel",
    "wall": "wheel",
    "rim": "wheel",
    "rim_dark": "wheel",
    "disc": "wheel",
    "well": "wheel",
    "lens": "lamp",
    "reflector": "lamp",
    "headlamp": "lamp",
    "daylight": "lamp",
    "taillamp": "lamp",
    "brake": "lamp",
    "amber": "lamp",
    "reverse": "lamp",
    "lightbox": "lamp",
    "beacon_blue": "lamp",
    "beacon_red": "lamp",
    "plate": "plate",
    "ink": "plate",
    "trim": "trim",
    "mesh": "trim",
    "chrome": "trim",
    "panel": "trim",
    "sheet": "trim",
    "interior": "interior",
    "seat": "interior",
}
"""Material slot -> part of the vehicle (a word of `generator.spec.PARTS`)."""

_INDEX = {slot: i for i, slot in enumerate(SLOTS)}


@dataclass(frozen=True)
class Solid:
    """A finished mesh. `faces` rows have four corners; a triangle's last one is -1."""

    points: Points
    faces: Faces
    slots: NDArray[np.int32]
    """Index into `SLOTS`, one a face."""

    @property
    def corners(self) -> tuple[Faces, NDArray[np.int32]]:
        """All faces' corners in one row, and the number of corners of each face."""
        return self.faces[self.faces >= 0], (self.faces >= 0).sum(1).astype(np.int32)


@dataclass
class Builder:
    """Collects pieces; left and right sides are often added at once through `mirror`."""

    _points: list[Points] = field(default_factory=list)
    _faces: list[Faces] = field(default_factory=list)
    _slots: list[NDArray[np.int32]] = field(default_factory=list)
    _count: int = 0

    def add(
        self, points: Points, faces: Faces, slot: str | NDArray[np.int32], *, mirror: bool = False
    ) -> None:
        """Add a piece; `mirror` adds its reflection in the plane y = 0 as well."""
        ids = np.full(len(faces), _INDEX[slot], np.int32) if isinstance(slot, str) else slot
        self._points.append(points)
        self._faces.append(np.where(faces >= 0, faces + self._count, -1))
        self._slots.append(ids)
        self._count += len(points)
        if mirror:
            self.add(points * (1, -1, 1), _reversed(faces), ids)

    def grid(
        self, points: Points, slot: str | NDArray[np.int32], *, wrap: bool = False, mirror: bool = False
    ) -> None:
        """Add the quads between neighbours of an (R, C, 3) grid; `wrap` closes its rows to rings."""
        rows, columns = points.shape[:2]
        self.add(points.reshape(-1, 3), grid_faces(rows, columns, wrap=wrap), slot, mirror=mirror)

    def box(
        self,
        low: tuple[float, float, float],
        high: tuple[float, float, float],
        slot: str,
        *,
        mirror: bool = False,
    ) -> None:
        """Add an axis-parallel box."""
        pick = np.array(list(np.ndindex(2, 2, 2)))
        self.add(np.where(pick, high, low).astype(float), _BOX, slot, mirror=mirror)

    def finish(self) -> Solid:
        """Join everything added."""
        return Solid(np.concatenate(self._points), np.concatenate(self._faces), np.concatenate(self._slots))


_BOX = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def slot_index(slot: str) -> int:
    """Position of a slot in `SLOTS`."""
    return _INDEX[slot]


@functools.cache
def grid_faces(rows: int, columns: int, *, wrap: bool = False) -> Faces:
    """Quads between neighbours of a grid whose points are numbered row by row."""
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns if wrap else columns - 1), indexing="ij")
    here, right = row * columns + column, row * columns + (column + 1) % columns
    faces = np.stack([here, right, right + columns, here + columns], -1).reshape(-1, 4)
    faces.flags.writeable = False
    return faces


def _reversed(faces: Faces) -> Faces:
    """The same faces seen from the other side."""
    triangle = faces[:, 3:] < 0
    return np.where(triangle, faces[:, [2, 1, 0, 3]], faces[:, ::-1])
