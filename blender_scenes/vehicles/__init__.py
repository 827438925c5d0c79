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
from generator.spec import add_shape

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


def register_shape(word: str, builder: Callable[[np.random.Generator], Solid], *, version: str) -> None:
    """Add a shape to the catalogue: for plugins (`generator.plugins`), which call it as they are imported.

    The word may then stand wherever a shape of the catalogue may: in the `shapes` of a set, in file names, in
    the classes of a run. Sets that do not name their shapes keep to those of the catalogue.

    Args:
        word: a lower-case letter, then letters and digits.
        builder: makes an individual vehicle from its random generator, and from nothing else. The vehicle
            stands at the origin on the plane z = 0, facing +x, its left side towards +y; metres.
        version: of the builder. Change it whenever a spec may render to other bytes: it is part of the hash
            of the shape's specs.

    Raises:
        ValueError: the word is not of that form, or is a shape already.
    """
    add_shape(word, version)
    BUILDERS[word] = builder


def build(shape: str, variant: int) -> Solid:
    """One individual vehicle, the same one whenever the same variant is asked for."""
    return BUILDERS[shape](vehicle_generator(shape, variant))
