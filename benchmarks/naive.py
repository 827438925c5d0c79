"""What `benchmarks.speed` compares with: a picture and its mask as a plain Blender script makes them.

For each frame it resets Blender, builds the whole scene again, renders the picture without persistent data,
gives everything flat materials, and renders a second time for the mask. Scene, camera, size, samples
and denoising are those of the spec.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import cv2

from blender_scenes.stage import VEHICLE, Stage
from generator.spec import RenderSpec

Setting = tuple[Any, str, Any]


def blender_defaults() -> dict[str, Any]:
    """Cycles's settings as Blender ships them, except those that a spec decides."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    cycles = bpy.context.scene.cycles
    kept = ("samples", "seed", "use_denoising", "device", "preview_pause")
    names = [prop.identifier for prop in cycles.bl_rna.properties if not prop.is_readonly]
    return {name: getattr(cycles, name) for name in names if name not in kept and name != "rna_type"}


def render(spec: RenderSpec, folder: Path, settings: dict[str, Any] | None = None) -> None:
    """Write `picture.png` and `mask.png` into `folder`.

    Args:
        settings: attributes of `scene.cycles` to set, as `blender_defaults` gives them; None: the
            settings that `Stage` uses.
    """
    stage = Stage(threads=1)
    stage.place(spec)
    scene = stage.scene
    scene.render.use_persistent_data = False
    for name, value in (settings or {}).items():
        setattr(scene.cycles, name, value)
    _write(scene, folder / "picture.png")
    _flatten(scene)
    _write(scene, folder / "mask.png")
    assert cv2.imread(str(folder / "mask.png")) is not None


def _write(scene: Any, path: Path) -> None:
    scene.render.image_settings.media_type = "IMAGE"
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def _flatten(scene: Any) -> None:
    """White vehicle, black world, one sample."""
    white, black = (_flat(value) for value in (1.0, 0.0))
    for thing in scene.objects:
        if thing.type == "MESH":
            thing.data.materials.clear()
            thing.data.materials.append(white if thing.pass_index == VEHICLE else black)
        elif thing.type == "LIGHT":
            thing.hide_render = True
    scene.world = None
    scene.cycles.samples, scene.cycles.use_denoising = 1, False


def _flat(value: float) -> Any:
    material = bpy.data.materials.new("flat")
    tree = material.node_tree
    glow = tree.nodes.new("ShaderNodeEmission")
    glow.inputs["Color"].default_value = (value, value, value, 1.0)
    tree.links.new(glow.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    return material
