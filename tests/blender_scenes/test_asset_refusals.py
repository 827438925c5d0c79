"""Users' models that can't be used, or would do what they must not: refused in one line, nothing left."""

from __future__ import annotations

import numpy as np
import pytest

from generator.assets.card import read_asset
from tests.helpers.blender import make_spec, run

REFUSE = r"""
import json, pathlib, struct
import bpy
from generator.assets.card import make_asset, read_asset
from generator.errors import UserError
from blender_scenes.assets.blocks import census, remove
from blender_scenes.assets.guess import first_card
from blender_scenes.assets.library import import_asset
folder = pathlib.Path({folder!r})
card = folder / 'lorry.yaml'
stage = Stage(assets=[read_asset(card)])
def said(asked):
    try:
        stage.render(asked)
    except UserError as error:
        return np.array(str(error))
asked = spec({asked!r})
(folder / 'lorry.obj').open('a').write('# more')
saved['changed'], saved['again'] = said(asked), said(asked)
stage = Stage(assets=[read_asset(card)])
saved['replanned'] = said(asked)
stage = Stage()
saved['unknown'] = said(asked)

place = folder / 'inside'
place.mkdir()
def picture(path, tone):
    image = bpy.data.images.new(path.stem, 8, 8)
    image.filepath_raw, image.file_format = str(path), 'PNG'
    image.save()
    bpy.data.images.remove(image)
picture(folder / 'secret.png', 0.2)
picture(place / 'skin.png', 0.7)
cube = 'v 0 0 0\nv 0 0 4\nv 0 2 4\nv 2 2 4\nv 2 0 0\nf 1 2 3\nf 3 4 5\n'
(place / 'texture.obj').write_text('mtllib texture.mtl\nusemtl a\n' + cube + 'usemtl b\nf 1 2 4\n')
(place / 'texture.mtl').write_text('newmtl a\nmap_Kd skin.png\nnewmtl b\nmap_Kd ../secret.png\n')
buffer = struct.pack('<9f', 0, 0, 0, 1, 0, 4, 0, 2, 0)
(folder / 'outside.bin').write_bytes(buffer)
gltf = dict(
    asset=dict(version='2.0'), scene=0, scenes=[dict(nodes=[0])], nodes=[dict(mesh=0)],
    meshes=[dict(primitives=[dict(attributes=dict(POSITION=0))])],
    accessors=[dict(bufferView=0, componentType=5126, count=3, type='VEC3', min=[0, 0, 0], max=[1, 2, 4])],
    bufferViews=[dict(buffer=0, byteLength=36)],
    buffers=[dict(uri='../outside.bin', byteLength=36)],
)
(place / 'buffer.gltf').write_text(json.dumps(gltf))
(place / 'draco.gltf').write_text(json.dumps(gltf | dict(extensionsRequired=['KHR_draco_mesh_compression'])))
(place / 'layer.usda').write_text('#usda 1.0\ndef "a" (references = @../outside.usda@)\n{{}}\n')
(folder / 'outside.usda').write_text('#usda 1.0\ndef "a" {{}}\n')
(place / 'empty.obj').write_text('# nothing')
for suffix in ('glb', 'fbx', 'usdc', 'blend'):
    (place / f'broken.{{suffix}}').write_bytes(b'PXR-USDC' + b'no model at all' * 9)

# A .blend whose one visible object is an instance: sane in `many`, far too large in `bomb`.
inner = bpy.data.collections.new('inner')
mesh = bpy.data.meshes.new('mesh')
mesh.from_pydata([(0, 0, 0), (1, 0, 0), (1, 4, 0), (0, 4, 2)], [], [(0, 1, 2, 3)])
mesh.uv_layers.new(name='inner').uv.foreach_set('vector', np.arange(8, dtype=np.float32))
mesh.color_attributes.new('tint', 'FLOAT_COLOR', 'POINT').data.foreach_set('color', np.arange(16) / 16)
thing = bpy.data.objects.new('model', mesh)
inner.objects.link(thing)
holder = bpy.data.objects.new('holder', None)
holder.instance_type, holder.instance_collection = 'COLLECTION', inner
array = thing.modifiers.new('array', 'ARRAY')
array.count = 3
second = mesh.copy()
second.uv_layers[0].name = 'outer'
mirrored = bpy.data.objects.new('mirrored', second)
second.vertices.add(2)
second.vertices[4].co, second.vertices[5].co = (0, 0, 90), (0, 70, 0)
mirrored.scale, mirrored.location = (-1, 1, 1), (9, 0, 0)
bpy.data.libraries.write(str(place / 'many.blend'), {{holder, mirrored}})
array.count = 3_000_000
bpy.data.libraries.write(str(place / 'bomb.blend'), {{holder}})
bpy.data.objects.remove(holder)

stage = Stage()
paint = bpy.data.materials.new('paint')
blocks = len(census())
for model in sorted(place.iterdir()):
    if model.suffix in ('.mtl', '.png'):
        continue
    try:
        found = import_asset(make_asset(model, first_card(model)), paint)
        saved[model.name] = np.array([*found.notes, str(len(found.thing.data.polygons))])
        if model.name == 'many.blend':
            mesh = found.thing.data
            shown = [layer for layer in mesh.uv_layers if layer.active_render][0]
            saved['uv'] = np.array([tuple(corner.vector) for corner in shown.uv])
            saved['tint'] = np.array([tuple(corner.color) for corner in mesh.color_attributes['tint'].data])
            saved['size'] = np.array(found.thing.dimensions)
            saved['up'] = np.array([face.normal.z for face in mesh.polygons])
        remove(set(found.blocks))
    except UserError as error:
        saved[model.name] = np.array([str(error)])
    saved['left_' + model.name] = np.array(len(census()) - blocks)
"""

REFUSED = {
    "bomb.blend": "has 3e+06 faces; 2,000,000 at most",
    "broken.blend": "can't be imported: ",
    "broken.fbx": "can't be imported: ",
    "broken.glb": "can't be imported: ",
    "broken.usdc": "can't be imported: ",
    "buffer.gltf": "takes geometry from 'outside.bin', which lies outside the model's folder",
    "draco.gltf": "is compressed (KHR_draco_mesh_compression)",
    "empty.obj": "holds no visible mesh",
    "layer.usda": "takes geometry from 'outside.usda', which lies outside the model's folder",
}
"""File -> why it is."""


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """File -> [why it is refused], or its notes and its number of faces; and what was said of an asset."""
    folder = tmp_path_factory.mktemp("refused")
    (folder / "lorry.obj").write_text("v 0 0 0\nv 0 0 4\nv 0 2 4\nv 2 2 4\nf 1 2 3\nf 1 2 4\n")
    (folder / "lorry.yaml").write_text("{shape: lorry, file: lorry.obj, length: 4}")
    planned = read_asset(folder / "lorry.yaml").digest
    asked = make_spec(shape="lorry", asset=planned, size=16).model_dump_json()
    return run(REFUSE.format(folder=str(folder), asked=asked), folder) | {"planned": np.array(planned)}


def test_a_changed_or_unknown_asset_is_refused(refused: dict[str, np.ndarray]) -> None:
    planned = str(refused["planned"])
    assert "its textures changed; start again" in str(refused["changed"])
    assert str(refused["again"]) == str(refused["changed"])
    assert f"was planned with asset {planned[:12]}" in str(refused["replanned"])
    assert "name its card under `farm.assets`" in str(refused["unknown"])


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_cannot_or_must_not_be_read_is_refused(
    name: str, refused: dict[str, np.ndarray]
) -> None:
    (said,) = refused[name].tolist()
    assert f"file: {name!r}" in said
    assert REFUSED[name] in said
    assert "\n" not in said
    assert refused[f"left_{name}"] == 0


def test_textures_from_elsewhere_are_left_out(refused: dict[str, np.ndarray]) -> None:
    assert refused["texture.obj"].tolist() == [
        "texture 'secret.png' left out: it lies outside the model's folder",
        "3",
    ]
    assert refused["left_texture.obj"] == 0


def test_instances_and_modifiers_are_applied(refused: dict[str, np.ndarray]) -> None:
    """Three times by the array and once mirrored, each with its own coordinates and colours."""
    assert refused["many.blend"].tolist() == ["4"]
    wanted = {tuple(row) for row in np.arange(8).reshape(4, 2).tolist()}
    assert [{tuple(uv) for uv in face} for face in refused["uv"].reshape(4, 4, 2).tolist()] == [wanted] * 4
    assert np.sort(refused["tint"][:, 0]) == pytest.approx(np.repeat([0, 0.25, 0.5, 0.75], 4))
    assert np.sort(refused["size"]) / refused["size"].max() == pytest.approx([2 / 9, 4 / 9, 1]), (
        "points of no face count"
    )
    assert (refused["up"] > 0.5).all(), "a mirrored face is turned inside out"
