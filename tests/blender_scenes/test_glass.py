"""See-through glass: it shows what lies behind, and the labels stay its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from generator.spec import ENVIRONMENTS, PARTS
from tests.helpers.blender import make_spec, run

GLASSHOUSE = """
import blender_scenes.stage
from blender_scenes.vehicles.mesh import SLOTS, Builder

def glasshouse(shape, variant):
    '''Walls of glass between a floor and a roof; `variant` 1 has a shining block inside.'''
    builder = Builder()
    builder.box((-2.0, -0.9, 0.0), (2.0, 0.9, 0.7), "paint")
    builder.box((-1.5, -0.8, 1.4), (1.5, 0.8, 1.5), "paint")
    for low, high, slot in (
        ((-1.5, -0.8), (-1.5, 0.8), "glass_dark"),
        ((1.5, -0.8), (1.5, 0.8), "glass"),
        ((-1.5, -0.8), (1.5, -0.8), "glass"),
        ((-1.5, 0.8), (1.5, 0.8), "glass"),
    ):
        builder.grid(np.array([[(*low, z), (*high, z)] for z in (0.7, 1.4)]), slot)
    if variant == 1:
        builder.box((-0.4, -0.7, 0.7), (0.4, 0.7, 1.3), "daylight")
    return builder.finish()

def first_slots(stage, spec):
    '''The part of the face that the ray through each pixel's centre meets first, by Blender's ray cast.'''
    pose = stage.place(spec)
    graph = bpy.context.evaluated_depsgraph_get()
    centres = (np.arange(spec.size) + 0.5) / spec.size
    down, right = np.meshgrid(centres, centres, indexing="ij")
    parts = []
    for ray in pose.ray(right.ravel(), down.ravel()):
        hit, _, _, face, thing, _ = stage.scene.ray_cast(graph, Vector(pose.location), Vector(ray))
        slot = thing.data.polygons[face].material_index if hit and thing.pass_index else -1
        parts.append(PARTS.index(list(SLOTS.values())[slot]) if slot >= 0 else 0)
    return np.array(parts, np.uint8).reshape(spec.size, spec.size)

import bpy
from mathutils import Vector
from generator.spec import PARTS
blender_scenes.stage.build = glasshouse
stage = Stage()
"""


def test_glass_keeps_its_own_labels(tmp_path: Path) -> None:
    specs = [
        make_spec(
            environment=environment,
            azimuth=(40.0 + 110 * i) % 360,
            elevation=(4.0, 20.0, 50.0)[i % 3],
            size=64,
        )
        for i, environment in enumerate(ENVIRONMENTS)
    ]
    lines = [GLASSHOUSE]
    for i, spec in enumerate(specs):
        lines.append(f"s = spec({spec.model_dump_json()!r}); p = stage.render(s)")
        lines.append(f"saved['{i}_parts'], saved['{i}_mask'] = p.parts, p.mask")
        lines.append(f"saved['{i}_cast'], saved['{i}_first'] = stage.cast(s), first_slots(stage, s)")
    saved = run("\n".join(lines), tmp_path)
    glass = PARTS.index("glass")
    for i, spec in enumerate(specs):
        assert np.count_nonzero(saved[f"{i}_mask"] != saved[f"{i}_cast"]) == 0, spec.environment
        assert np.count_nonzero(saved[f"{i}_parts"] != saved[f"{i}_first"]) == 0, spec.environment
        assert np.count_nonzero(saved[f"{i}_parts"] == glass) > 100, spec.environment
        assert PARTS.index("lamp") not in saved[f"{i}_parts"]


def test_glass_shows_what_is_behind_it(tmp_path: Path) -> None:
    specs = [make_spec(variant=i, azimuth=90.0, elevation=4.0, samples=8, size=64) for i in (0, 1)]
    lines = [GLASSHOUSE]
    for i, spec in enumerate(specs):
        lines.append(f"p = stage.render(spec({spec.model_dump_json()!r}))")
        lines.append(f"saved['{i}_parts'], saved['{i}_rgb'] = p.parts, p.rgb")
    saved = run("\n".join(lines), tmp_path)
    empty, full = (saved[f"{i}_rgb"].astype(float).mean(-1) for i in (0, 1))
    assert np.array_equal(saved["0_parts"], saved["1_parts"])
    rows, columns = np.nonzero(saved["1_parts"] == PARTS.index("glass"))
    middle = abs(columns - columns.mean()) < 0.1 * np.ptp(columns)
    ends = abs(columns - columns.mean()) > 0.25 * np.ptp(columns)
    change = (full - empty)[rows, columns]
    assert abs(change[middle].mean()) > 15
    assert abs(change[ends].mean()) < 5
