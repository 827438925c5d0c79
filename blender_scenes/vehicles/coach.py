"""What city and school buses share: rows of seats behind the windows, doors, lettered signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.fixtures import Side, gap, repeat
from blender_scenes.vehicles.forms import block, prism
from blender_scenes.vehicles.hull import Corner, Hull
from blender_scenes.vehicles.mesh import Builder, Solid, slot_index
from blender_scenes.vehicles.openings import Window
from blender_scenes.vehicles.panes import Pane
from blender_scenes.vehicles.patches import Where, patch, rect

Rng = np.random.Generator

_DOOR = Pane(frame="mesh", border=0.05, round_=0.06)


@dataclass(frozen=True, kw_only=True)
class Room(parts.Shell):
    """The inside of a bus, metres."""

    pitch: float = 0.78
    """Between rows of seats."""


def furnish(builder: Builder, room: Room, *, free: Sequence[Corner] = ()) -> None:
    """Floor, walls up to the sills, ceiling, dashboard, driver's seat and rows of double seats.

    `free` holds stretches of x where no seats stand on the right: at the doors.
    """
    wall, low = room.half, room.floor
    parts.dashboard(builder, room)
    builder.box((room.rear, -wall, low - 0.05), (room.front, wall, low), "interior")
    builder.box((room.rear, -wall, room.roof - 0.02), (room.front - 0.35, wall, room.roof), "panel")
    side = ((room.rear, wall - 0.01, low), (room.front - 0.1, wall, room.belt - 0.06))
    builder.box(*side, "interior")
    places = np.arange(room.front - 2.1, room.rear + 0.2, -room.pitch)
    y = wall - 0.47
    rows = [(x, y, 0.0) for x in places]
    rows += [(x, -y, 0.0) for x in places if not any(a < x + 0.45 and x - 0.2 < b for a, b in free)]
    repeat(builder, _bench(low), np.array([*rows, (room.front - 1.05, y, room.belt - low - 0.75)]))


def _bench(floor: float) -> Solid:
    """A double seat at x = y = 0, its back behind it."""
    piece = Builder()
    block(piece, (0.0, -0.43, floor + 0.3), (0.42, 0.43, floor + 0.44), "seat", bevel=0.04)
    back = [(0.06, floor + 0.36), (-0.04, floor + 1.0), (-0.12, floor + 1.0), (-0.06, floor + 0.36)]
    for low, high in ((-0.43, -0.015), (0.015, 0.43)):
        prism(piece, back, low, high, "seat", bevel=0.03)
    piece.box((0.1, -0.05, floor), (0.3, 0.05, floor + 0.3), "trim")
    return piece.finish()


def door_windows(middle: float, half: float, span: Corner, *, leaves: int = 2) -> list[Window]:
    """The panes of a door on the right: one for each leaf."""
    width = 2 * half / leaves
    edges = middle - half + width * np.arange(leaves + 1)
    return [
        Window(
            where="side",
            corners=rect(float(a) + 0.015, float(a) + width - 0.015, *span),
            sides="right",
            pane=_DOOR,
        )
        for a in edges[:-1]
    ]


def door_gaps(builder: Builder, hull: Hull, middle: float, half: float, span: Corner) -> None:
    """The joints around a door on the right and its handrail strips."""
    low, high = span
    for x in (middle - half - 0.02, middle, middle + half + 0.02):
        gap(builder, hull, x, low, high, only="right")
    for z in (low, high):
        at = rect(middle - half - 0.02, middle + half + 0.02, z - 0.012, z + 0.012)
        patch(builder, hull, "side", at, "trim", lift=0.006, cells=(4, 1), round_=0, only="right")


def sign(
    builder: Builder,
    hull: Hull,
    where: Where,
    span: Corner,
    heights: Corner,
    letters: str,
    rng: Rng,
    *,
    only: Side | None = None,
) -> None:
    """A dark display with a line of bright blocks like letters, their slot `letters`."""
    low, high = heights
    patch(builder, hull, where, rect(*span, low, high), "mesh", lift=0.012, round_=0.05, only=only)
    size = 0.5 * (high - low)
    count = int((span[1] - span[0] - 0.16) / (0.2 * size))
    on = np.concatenate([[0] + [1] * int(width) for width in rng.integers(2, 5, count)])[:count]
    slots = np.where(on, slot_index(letters), slot_index("mesh")).astype(np.int32)
    middle, reach = (low + high) / 2, 0.1 * size * count
    centre = (span[0] + span[1]) / 2
    line = rect(centre - reach, centre + reach, middle - size / 2, middle + size / 2)
    patch(builder, hull, where, line, slots, lift=0.018, cells=(count, 1), round_=0, only=only)
