"""Window panes: glass set into a hole of a skin, within a frame that hides the joint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles.mesh import Builder, Points
from blender_scenes.vehicles.patches import normals, rounded

_CELLS = (12, 8)
_DEPTH = 0.009
_LIFT = 0.003


@dataclass(frozen=True, kw_only=True)
class Pane:
    """How a pane sits in its hole."""

    frame: str
    """Slot of the frame."""
    border: float
    """Metres of frame inside of the hole."""
    round_: float
    """How much its corners are rounded, 0 to 1."""
    slot: str = "glass"
    overlap: float = 0.006
    """Metres of frame on the skin around the hole."""


def pane(builder: Builder, block: Points, how: Pane, *, mirror: bool = False) -> None:
    """Close the hole in whose place the grid `block` (rows, columns, 3) was."""
    wide, high = (
        float(np.linalg.norm(np.diff(block, axis=axis), axis=-1).sum(axis).mean()) for axis in (1, 0)
    )
    square, round_ = rounded(_CELLS, 0.0), rounded(_CELLS, how.round_)
    fraction = np.array([2 / wide, 2 / high])

    def sheet(points: tuple[Points, Points], inset: float, lift: float) -> Points:
        scale = 1 - inset * fraction
        return _on(block, points[0] * scale[0], points[1] * scale[1], lift)

    glass = sheet(round_, how.border, -_DEPTH)
    rings = [
        _rim(sheet(square, -how.overlap, _LIFT)),
        _rim(sheet(round_, how.border - 0.008, _LIFT)),
        _rim(glass),
    ]
    builder.grid(glass, how.slot, mirror=mirror)
    builder.grid(np.stack(rings), how.frame, wrap=True, mirror=mirror)


def _on(block: Points, s: Points, t: Points, lift: float) -> Points:
    """Points at (s, t) in [-1, 1] of the block, or a little beyond, lifted off it."""
    rows, columns = block.shape[:2]
    at = np.clip((s + 1) / 2 * (columns - 1), -0.5, columns - 0.5)
    up = _heights(block, t)
    column, row = np.clip(at.astype(int), 0, columns - 2), np.clip(up.astype(int), 0, rows - 2)
    a, b = (at - column)[..., None], (up - row)[..., None]
    low = block[row, column] * (1 - a) + block[row, column + 1] * a
    high = block[row + 1, column] * (1 - a) + block[row + 1, column + 1] * a
    sheet = low * (1 - b) + high * b
    normal = normals(sheet)
    outwards = np.sign(float((normal.mean((0, 1)) * (1, 1, 0.3)) @ block.mean((0, 1)))) or 1.0
    result: Points = sheet + lift * outwards * normal
    return result


def _heights(block: Points, t: Points) -> Points:
    """Row coordinates of t in [-1, 1] by length, for rows that are not evenly spaced."""
    steps = np.linalg.norm(np.diff(block, axis=0), axis=-1).mean(1)
    length = np.concatenate([[0], np.cumsum(steps)])
    inside = np.interp((t + 1) / 2 * length[-1], length, np.arange(len(length)))
    beyond = np.where(np.abs(t) > 1, (np.abs(t) - 1) / 2 * len(steps) * np.sign(t), 0)
    result: Points = inside + beyond
    return result


def _rim(sheet: Points) -> Points:
    """The border of a grid, once around."""
    return np.concatenate([sheet[:-1, 0], sheet[-1, :-1], sheet[:0:-1, -1], sheet[0, :0:-1]])
