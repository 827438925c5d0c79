"""From a file to objects in a scene, with nothing in them that could run or read elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import bpy

from blender_scenes.assets.blocks import census
from blender_scenes.assets.outside import refuse_outside
from generator.assets.card import MAX_FACES, Asset
from generator.errors import UserError

MAX_IMAGE = 8192
"""Pixels along a texture's side, at most; larger ones are left out."""


def bring_in(asset: Asset, scene: Any, notes: list[str]) -> None:
    """Import an asset's model into `scene`, which must be the current one.

    Raises:
        UserError: the file can't be read, or holds too much.
    """
    bpy.context.preferences.filepaths.use_scripts_auto_execute = False
    before = census()
    try:
        refuse_outside(asset)
        objects = _IMPORTERS[asset.card.format.word](str(asset.model.resolve()))
    except Exception as error:  # importers of broken files raise whatever they trip over
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(f"{asset.path}: file: {asset.card.file!r} can't be imported: {why}") from None
    fresh = census() - before
    _refuse_links(asset, {block for block in fresh if isinstance(block, bpy.types.Library)})
    disarm(census() - before)
    for thing in objects:
        if not thing.users_scene:
            scene.collection.objects.link(thing)
    things = sorted((b for b in census() - before if isinstance(b, bpy.types.Object)), key=_name)
    _hide(things, notes)
    images = sorted((block for block in census() - before if isinstance(block, bpy.types.Image)), key=_name)
    _check_images(asset, images, notes)
    _check_growth(asset, things)


def _name(block: Any) -> str:
    return str(block.name)


def _gltf(path: str) -> list[Any]:
    bpy.ops.import_scene.gltf(filepath=path, import_pack_images=False, import_shading="NORMALS")
    return []


def _obj(path: str) -> list[Any]:
    bpy.ops.wm.obj_import(filepath=path, forward_axis="NEGATIVE_Z", up_axis="Y", validate_meshes=True)
    return []


def _fbx(path: str) -> list[Any]:
    bpy.ops.wm.fbx_import(filepath=path, use_anim=False, use_custom_props=False, validate_meshes=True)
    return []


def _usd(path: str) -> list[Any]:
    packed = path.lower().endswith(".usdz")
    bpy.ops.wm.usd_import(
        filepath=path,
        set_frame_range=False,
        import_cameras=False,
        import_lights=False,
        import_volumes=False,
        create_world_material=False,
        import_textures_mode="IMPORT_PACK" if packed else "IMPORT_NONE",
        validate_meshes=True,
    )
    return []


def _blend(path: str) -> list[Any]:
    """Append objects alone, and collections for what is hidden by them; text blocks stay behind."""
    with bpy.data.libraries.load(path, link=False) as (there, here):
        here.objects, here.collections = there.objects, there.collections
    instanced = {thing.instance_collection for thing in here.objects if thing.instance_collection}
    models = {thing for collection in instanced for thing in collection.all_objects}
    return [thing for thing in here.objects if thing not in models]


_IMPORTERS: dict[str, Callable[[str], list[Any]]] = {
    "glTF": _gltf,
    "OBJ": _obj,
    "FBX": _fbx,
    "USD": _usd,
    ".blend": _blend,
}
"""Word of a format -> its importer, which gives the objects that it has not put into the scene itself."""


def disarm(blocks: Iterable[Any]) -> None:
    """Take out all that could run or read files later, before anything is evaluated: drivers and
    animation, text blocks, script and import nodes, modifiers that read caches or simulate."""
    for block in blocks:
        for part in (block, getattr(block, "node_tree", None), getattr(block, "shape_keys", None)):
            if part is not None and getattr(part, "animation_data", None):
                part.animation_data_clear()
        tree = block if isinstance(block, bpy.types.NodeTree) else getattr(block, "node_tree", None)
        nodes: Any = tree.nodes if tree else ()
        for node in [node for node in nodes if node.bl_idname.startswith(_UNSAFE_NODES)]:
            nodes.remove(node)
        for modifier in list(getattr(block, "modifiers", ())):
            if modifier.type in _UNSAFE_MODIFIERS:
                block.modifiers.remove(modifier)
    bpy.data.batch_remove([block for block in blocks if isinstance(block, bpy.types.Text)])


_UNSAFE_NODES = ("ShaderNodeScript", "GeometryNodeImport")
_UNSAFE_MODIFIERS = {
    "MESH_CACHE",
    "MESH_SEQUENCE_CACHE",
    "FLUID",
    "CLOTH",
    "SOFT_BODY",
    "PARTICLE_SYSTEM",
    "DYNAMIC_PAINT",
    "OCEAN",
    "EXPLODE",
}


def _refuse_links(asset: Asset, libraries: set[Any]) -> None:
    """Refuse a .blend that is made of other .blend files; forget the libraries in any case."""
    own = asset.model.resolve()
    other = [lib.filepath for lib in libraries if Path(bpy.path.abspath(lib.filepath)).resolve() != own]
    bpy.data.batch_remove(list(libraries))
    if other:
        raise UserError(
            f"{asset.path}: file: {asset.card.file!r} links to {Path(other[0]).name!r}; "
            "make everything local in Blender and save again"
        )


def _hide(things: Sequence[Any], notes: list[str]) -> None:
    """Take what a render would not show out of the scene, and note it."""
    for thing in things:
        thing.hide_viewport = _is_hidden(thing)
    tell(notes, "hidden", [thing.name for thing in things if thing.hide_viewport])
    shown = [thing for thing in things if not thing.hide_viewport and thing.type not in _SILENT]
    tell(notes, "no mesh", [f"{thing.name} ({thing.type.lower()})" for thing in shown])


_SILENT = ("MESH", "EMPTY", "ARMATURE")


def _is_hidden(thing: Any) -> bool:
    collections = [c for c in thing.users_collection if c.name in bpy.data.collections]
    return bool(thing.hide_render or (collections and all(c.hide_render for c in collections)))


def tell(notes: list[str], why: str, names: Sequence[str]) -> None:
    """Note that objects were dropped."""
    if names:
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        notes.append(f"dropped, {why}: {', '.join(sorted(names)[:4])}{more}")


def _check_images(asset: Asset, images: Sequence[Any], notes: list[str]) -> None:
    """Remove textures that are missing, lie elsewhere, move or are too large."""
    own = {path.resolve() for path in asset.files}
    for image in images:
        why = _fault(image, own)
        if why:
            notes.append(f"texture {image.name!r} left out: {why}")
            bpy.data.images.remove(image)


def _fault(image: Any, own: set[Path]) -> str:
    """Why a texture can't be used; "" where it can."""
    if image.source not in ("FILE", "TILED", "GENERATED"):
        return "a film or a sequence"
    if image.packed_file is None and image.source != "GENERATED":
        path = Path(bpy.path.abspath(image.filepath_raw))
        if path.resolve() not in own:
            return "it lies outside the model's folder" if path.is_file() else "the file is missing"
    if image.size[0] == 0 and image.source != "TILED":
        return "it is not a picture that can be read"
    return f"more than {MAX_IMAGE} pixels a side" if max(image.size) > MAX_IMAGE else ""


def _check_growth(asset: Asset, things: Sequence[Any]) -> None:
    """Refuse a model whose modifiers would make too much of it, before they run."""
    shown = [thing for thing in things if thing.type == "MESH" and not thing.hide_viewport]
    total = sum(len(thing.data.polygons) * _growth(thing) for thing in shown)
    if total > MAX_FACES:
        raise UserError(
            f"{asset.path}: file: {asset.card.file!r} has {total:.3g} faces; "
            f"{MAX_FACES:,} at most: decimate it"
        )


def _growth(thing: Any) -> float:
    """By how much an object's modifiers multiply its faces, about."""
    factor = 1.0
    for modifier in thing.modifiers:
        modifier.show_viewport = modifier.show_render
        if modifier.show_render and modifier.type in _GROWTH:
            factor *= _GROWTH[modifier.type](modifier)
    return factor


def _subdivided(modifier: Any) -> float:
    with contextlib.suppress(AttributeError):
        modifier.levels = min(modifier.levels, modifier.render_levels)
    return float(4**modifier.levels)


_GROWTH: dict[str, Callable[[Any], float]] = {
    "SUBSURF": _subdivided,
    "MULTIRES": _subdivided,
    "ARRAY": lambda modifier: float(modifier.count),
    "MIRROR": lambda modifier: 2.0 ** sum(modifier.use_axis),
    "SOLIDIFY": lambda _: 2.0,
    "SCREW": lambda modifier: float(modifier.steps),
}
