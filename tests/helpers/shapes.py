"""A vehicle shape as a user's package may hold it, as source: for tests of plugins."""

TRAM = """
from blender_scenes.vehicles.forms import block
from blender_scenes.vehicles.gear import Wheels, axle
from blender_scenes.vehicles.mesh import Builder


def tram(rng):
    half, wheels = float(rng.uniform(3.5, 4.5)), Wheels(0.4, 0.2, 6)
    builder = Builder()
    block(builder, (-half, -1.2, 0.5), (half, 1.2, 3.2), "paint")
    block(builder, (half - 0.1, -1.0, 1.6), (half + 0.02, 1.0, 2.8), "glass")
    for x in (-half + 1, half - 1):
        axle(builder, x, 1.2, wheels, frame=0.8)
    return builder.finish()
"""
