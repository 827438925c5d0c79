"""The catalogue: shape -> how to build one. Pure arrays; `blender_scenes.stage` makes meshes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from blender_scenes.vehicles.buses import bus
from blender_scenes.vehicles.cars import (
    convertible,
    coupe,
    hatchback,
    minivan,
    police,
    sedan,
    suv,
    taxi,
    wagon,
)
from blender_scenes.vehicles.dumptrucks import dumptruck
from blender_scenes.vehicles.mesh import Solid
from blender_scenes.vehicles.schoolbuses import schoolbus
from blender_scenes.vehicles.semis import semi
from blender_scenes.vehicles.trucks import boxtruck, pickup
from blender_scenes.vehicles.vans import van

BUILDERS: dict[str, Callable[[np.random.Generator], Solid]] = {
    "sedan": sedan,
    "hatchback": hatchback,
    "wagon": wagon,
    "coupe": coupe,
    "convertible": convertible,
    "suv": suv,
    "minivan": minivan,
    "taxi": taxi,
    "police": police,
    "van": van,
    "pickup": pickup,
    "boxtruck": boxtruck,
    "semi": semi,
    "dumptruck": dumptruck,
    "bus": bus,
    "schoolbus": schoolbus,
}


def build(shape: str, variant: int) -> Solid:
    """One individual vehicle, the same one whenever the same variant is asked for."""
    return BUILDERS[shape](generator_of("vehicle", shape, variant))


def generator_of(*words: str | int) -> np.random.Generator:
    """A random generator that depends on nothing but `words`."""
    digest = hashlib.sha256("/".join(map(str, words)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
