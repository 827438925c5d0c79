"""The catalogue: shape -> how to build one. Pure arrays; `blender_scenes.stage` makes meshes of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from blender_scenes.vehicles.buses import bus
from blender_scenes.vehicles.cars import builder_of
from blender_scenes.vehicles.dumptrucks import dumptruck
from blender_scenes.vehicles.mesh import Solid
from blender_scenes.vehicles.pickups import pickup
from blender_scenes.vehicles.schoolbuses import schoolbus
from blender_scenes.vehicles.semis import semi
from blender_scenes.vehicles.trucks import boxtruck
from blender_scenes.vehicles.vans import van
from generator.families import vehicle_generator

BUILDERS: dict[str, Callable[[np.random.Generator], Solid]] = {
    "sedan": builder_of("sedan"),
    "hatchback": builder_of("hatchback"),
    "wagon": builder_of("wagon"),
    "coupe": builder_of("coupe"),
    "convertible": builder_of("convertible"),
    "suv": builder_of("suv"),
    "minivan": builder_of("minivan"),
    "taxi": builder_of("taxi"),
    "police": builder_of("police"),
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
    return BUILDERS[shape](vehicle_generator(shape, variant))
