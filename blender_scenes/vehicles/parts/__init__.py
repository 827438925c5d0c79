"""Parts that every vehicle is fitted with. Each function adds to a `Builder`; styles are dataclasses.

Lengths are in metres, in the vehicle's own frame: x forwards, y to its left, z up.
"""

from blender_scenes.vehicles.parts.fittings import (
    Grille,
    antenna,
    grille,
    handle,
    mirrors,
    plate,
    plate_at,
    wipers,
)
from blender_scenes.vehicles.parts.interior import Cabin, Shell, bench, dashboard, interior, seat
from blender_scenes.vehicles.parts.lamps import HeadLamp, TailLamp, head_lamp, tail_lamp
from blender_scenes.vehicles.parts.underbody import arches, columns, exhaust, floor
from blender_scenes.vehicles.parts.wheels import RIMS, Rim, Wheel, random_rim, wheel

__all__ = [
    "RIMS",
    "Cabin",
    "Grille",
    "HeadLamp",
    "Rim",
    "Shell",
    "TailLamp",
    "Wheel",
    "antenna",
    "arches",
    "bench",
    "columns",
    "dashboard",
    "exhaust",
    "floor",
    "grille",
    "handle",
    "head_lamp",
    "interior",
    "mirrors",
    "plate",
    "plate_at",
    "random_rim",
    "seat",
    "tail_lamp",
    "wheel",
    "wipers",
]
