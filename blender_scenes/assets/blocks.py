"""Blender's data blocks as a whole: which there are, which are new, and getting rid of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

RENAMED = ("materials", "images", "meshes", "objects", "node_groups")
"""Kinds whose names a file brings along, and that Blender would number where a name is taken."""


def census() -> set[Any]:
    """Every data block there is."""
    return {
        block
        for kind in bpy.data.bl_rna.properties
        if kind.type == "COLLECTION" and kind.identifier != "all_ids"
        for block in getattr(bpy.data, kind.identifier)
    }


def remove(blocks: set[Any]) -> None:
    """Delete data blocks, whatever uses them."""
    bpy.data.batch_remove(list(blocks))


@contextmanager
def names_set_aside() -> Iterator[None]:
    """Free all names while a file is read, so that what it brings is called what the file calls it."""
    kept = [(block, block.name) for kind in RENAMED for block in getattr(bpy.data, kind)]
    for i, (block, _) in enumerate(kept):
        block.name = f"\N{SECTION SIGN}{i}"
    try:
        yield
    finally:
        for block, name in kept:
            block.name = name


@contextmanager
def scratch_scene() -> Iterator[Any]:
    """A scene for importers to fill and to set up as they please, gone afterwards."""
    window, home = bpy.context.window, bpy.context.window.scene
    scene = bpy.data.scenes.new("import")
    window.scene = scene
    try:
        with bpy.context.temp_override(window=window, scene=scene, view_layer=scene.view_layers[0]):
            yield scene
    finally:
        window.scene = home
        bpy.data.scenes.remove(scene)


def closure(materials: set[Any]) -> set[Any]:
    """Materials with the images and node groups that their shaders use."""
    found: set[Any] = set()
    todo = [(material, material.node_tree) for material in materials]
    while todo:
        owner, tree = todo.pop()
        found.add(owner)
        for node in tree.nodes if tree else ():
            group, image = getattr(node, "node_tree", None), getattr(node, "image", None)
            if image:
                found.add(image)
            if group and group not in found:
                todo.append((group, group))
    return found
