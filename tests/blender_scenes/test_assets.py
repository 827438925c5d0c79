"""Users' own models: one of our vehicles goes out in each format and comes back the same."""

from __future__ import annotations

import colorsys
from pathlib import Path

import numpy as np
import pytest
import yaml

from generator.assets.card import read_asset
from generator.spec import COLORS, PARTS, RenderSpec
from tests.helpers.blender import make_spec, run

MAKE = """
import pathlib
import bpy
from blender_scenes.meshes import new_object
from blender_scenes.vehicles import build
folder = {folder!r}
stage = Stage()
solid = build('sedan', 1)
saved['length'] = np.ptp(solid.points[:, 0])
def clear():
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    root = bpy.data.objects.new('root', None)
    body = new_object('car', solid.points, solid.faces, solid.slots, stage._materials)
    body.parent = root
    for thing in (root, body):
        stage.scene.collection.objects.link(thing)
    return root
def place(turn, scale):
    root = clear()
    root.rotation_euler[2], root.scale = np.radians(turn), (scale,) * 3
    root.location = (3 * scale, -2 * scale, scale)
    bpy.context.view_layer.update()
    return root
place(-90, 1)
bpy.ops.export_scene.gltf(filepath=folder + '/glb.glb')
place(-90, 100)
bpy.ops.wm.obj_export(filepath=folder + '/obj.obj')
place(0, 100)
bpy.ops.export_scene.fbx(filepath=folder + '/fbx.fbx')
place(90, 1)
bpy.ops.wm.usd_export(filepath=folder + '/usd.usdc')

# Ground, a light, a hidden cube, and code that must not run.
root = place(-90, 100)
body = root.children[0]
def cube(name, size, at):
    points = np.array(list(np.ndindex(2, 2, 2)), float) * size + at
    faces = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    thing = new_object(name, points, faces, np.zeros(6, np.int32), [stage._materials[0]])
    stage.scene.collection.objects.link(thing)
    return thing
cube('secret', 900, 0).hide_render = True
cube('floor', np.array([4000, 4000, 1]), np.array([-2000, -2000, 99]))
lamp = bpy.data.objects.new('lamp', bpy.data.lights.new('lamp', 'POINT'))
stage.scene.collection.objects.link(lamp)
text = bpy.data.texts.new('evil.py')
text.use_module = True
text.write("open('" + folder + "/ran-text', 'w')")
def evil(driven, word):
    driven.driver.expression = "__import__('pathlib').Path('" + folder + "/ran-" + word + "').touch() or 1"
evil(body.driver_add('location', 0), 'object')
shader = body.data.materials[0].node_tree.nodes['Principled BSDF'].inputs['Roughness']
evil(shader.driver_add('default_value'), 'shader')
bpy.context.preferences.filepaths.use_scripts_auto_execute = True
bpy.context.view_layer.update()
armed = sorted(pathlib.Path(folder).glob('ran-*'))
saved['armed'] = np.array([path.name for path in armed])
for path in armed:
    path.unlink()
bpy.data.libraries.write(folder + '/blend.blend', {{*bpy.data.scenes, text}})
bpy.context.preferences.filepaths.use_scripts_auto_execute = False
body.driver_remove('location', 0)

for i, material in enumerate(stage._materials):
    material.name = f'Material.{{i:03d}}'
place(-90, 1)
bpy.ops.export_scene.gltf(filepath=folder + '/plain.glb')
"""

CARDS = {
    "glb": {"file": "glb.glb"},
    "obj": {"file": "obj.obj"},
    "fbx": {"file": "fbx.fbx", "forward": "+x"},
    "usd": {"file": "usd.usdc", "forward": "+y"},
    "blend": {"file": "blend.blend"},
    "plain": {"file": "plain.glb"},
}
"""Shape's word -> card."""

SHOW = """
import pathlib
import bpy
from generator.assets.card import read_asset
from blender_scenes.assets.blocks import census
assets = [read_asset(pathlib.Path(card)) for card in {cards!r}]
stage = Stage(assets=assets)
stage.render(spec({original!r}))
blocks = len(census())
bpy.context.preferences.filepaths.use_scripts_auto_execute = True
for i, text in enumerate({specs!r}):
    asked = spec(text)
    picture = stage.render(asked)
    for key in ('rgb', 'mask', 'parts'):
        saved[f'{{i}}_{{key}}'] = getattr(picture, key)
    if asked.asset:
        found = stage._assets.get(asked.asset, asked.shape)
        saved['paint_' + asked.shape] = np.array(found.paint.why)
        saved['size_' + asked.shape] = np.array(found.fitted.after)
        saved['notes_' + asked.shape] = np.array(found.notes)
saved['texts'] = np.array(len(bpy.data.texts))
saved['drivers'] = np.array(sum(bool(getattr(block, 'animation_data', None)) for block in census()))
def forget():
    stage.render(spec({original!r}))
    for digest in list(stage._assets._kept):
        stage._assets._drop(digest)
forget()
saved['left'] = np.array(len(census()) - blocks)
for i in {again!r}:
    picture = stage.render(spec({specs!r}[i]))
    for key in ('rgb', 'mask', 'parts'):
        saved[f'again_{{i}}_{{key}}'] = getattr(picture, key)
forget()
saved['left_again'] = np.array(len(census()) - blocks)
"""

AGAIN = (8, 5, 0, 1)
"""Which of the specs are rendered once more from fresh imports, in this order."""


def _look(**changes: object) -> RenderSpec:
    return make_spec(variant=1, size=128, samples=1, environment="meadow", **changes)


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One card a format, with its model; the .blend has drivers that would run."""
    folder = tmp_path_factory.mktemp("models")
    made = run(MAKE.format(folder=str(folder)), folder)
    length = float(made["length"])
    for shape, card in CARDS.items():
        (folder / f"{shape}.yaml").write_text(yaml.safe_dump({"shape": shape, "length": length, **card}))
    assert made["armed"].tolist() == ["ran-object", "ran-shader"]
    return {shape: folder / f"{shape}.yaml" for shape in CARDS}


@pytest.fixture(scope="module")
def specs(cards: dict[str, Path]) -> list[RenderSpec]:
    """The original, then each import, then a blue original and a blue import, then the first import."""
    asset = {shape: read_asset(path).digest for shape, path in cards.items()}
    imports = [_look(shape=shape, asset=digest) for shape, digest in asset.items()]
    blue = [_look(color="b"), _look(shape="plain", asset=asset["plain"], color="b")]
    return [_look(), *imports, *blue, imports[0]]


def _show(cards: dict[str, Path], specs: list[RenderSpec], folder: Path) -> dict[str, np.ndarray]:
    code = SHOW.format(
        cards=[str(path) for path in cards.values()],
        specs=[spec.model_dump_json() for spec in specs],
        original=_look().model_dump_json(),
        again=AGAIN,
    )
    return run(code, folder)


@pytest.fixture(scope="module")
def shown(
    cards: dict[str, Path], specs: list[RenderSpec], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, np.ndarray]:
    return _show(cards, specs, tmp_path_factory.mktemp("shown"))


@pytest.mark.parametrize("shape", CARDS)
def test_a_model_comes_back_as_it_went_out(shape: str, shown: dict[str, np.ndarray]) -> None:
    i = 1 + list(CARDS).index(shape)
    mask, wanted = shown[f"{i}_mask"] > 0, shown["0_mask"] > 0
    assert np.count_nonzero(mask & wanted) / np.count_nonzero(mask | wanted) >= 0.995
    if shape != "plain":
        both = mask & wanted
        assert np.mean(shown[f"{i}_parts"][both] == shown["0_parts"][both]) >= 0.95


def test_paint_is_found_by_name_else_by_area(shown: dict[str, np.ndarray]) -> None:
    for shape in CARDS:
        assert str(shown[f"paint_{shape}"]).startswith("by area" if shape == "plain" else "by name: paint")


def test_the_body_takes_the_hue(shown: dict[str, np.ndarray], specs: list[RenderSpec]) -> None:
    for i, spec in enumerate(specs):
        body = shown[f"{i}_rgb"][shown[f"{i}_parts"] == PARTS.index("body")] / 255
        hues = np.array([colorsys.rgb_to_hsv(*pixel)[0] for pixel in body[body.max(1) > 0.15]])
        turn = np.abs(hues - colorsys.rgb_to_hsv(*COLORS[spec.color].srgb)[0])
        assert np.mean(np.minimum(turn, 1 - turn) < 25 / 360) > 0.6, i


def test_what_is_no_vehicle_is_dropped_and_told(shown: dict[str, np.ndarray]) -> None:
    assert shown["notes_blend"].tolist() == [
        "dropped, hidden: secret",
        "dropped, no mesh: lamp (light)",
        "dropped, ground: floor",
    ]


def test_nothing_in_a_blend_file_runs(cards: dict[str, Path], shown: dict[str, np.ndarray]) -> None:
    assert shown["drivers"] == shown["texts"] == 0
    assert not list(cards["blend"].parent.glob("ran-*"))


def test_bytes_depend_on_the_spec_alone_and_nothing_is_left(shown: dict[str, np.ndarray]) -> None:
    assert np.array_equal(shown["1_rgb"], shown["9_rgb"])
    for i in AGAIN:
        for key in ("rgb", "mask", "parts"):
            assert np.array_equal(shown[f"again_{i}_{key}"], shown[f"{i}_{key}"]), (i, key)
    assert shown["left"] == shown["left_again"] == 0
