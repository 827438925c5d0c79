"""A shape of a user's own package: registered as the package is imported, rendered like any other."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from blender_scenes import vehicles
from blender_scenes.vehicles import register_shape
from generator import plugins, spec
from generator.dataset.blend import save_scene
from generator.dataset.dataset import read_set
from generator.dataset.pixels import read_mask, read_parts
from generator.errors import UserError
from generator.export.table import label_classes
from generator.farm.code import code
from generator.farm.render import Made, render_set
from generator.farm.settings import FarmSettings
from generator.naming import parse_name, spec_name
from generator.planning.grid import SetPlan
from generator.planning.plan import plan_set
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.plugins import load_plugins, shape_plugins
from generator.spec import PARTS, SHAPES, RenderSpec
from tests.helpers.shapes import TRAM

PACKAGE = {
    "__init__.py": "",
    "shapes.py": """
from blender_scenes.vehicles import register_shape
from my_trams.body import tram

register_shape("tram", tram, version="1")
""",
    "body.py": TRAM,
}


def plan() -> list[RenderSpec]:
    """One picture of a tram."""
    pictures = SetPlan(count=1, shapes=["tram"], colors=["r"], angles=[20], views=["fleft"])  # type: ignore[arg-type]
    scene = SceneRanges.model_validate({"environment": "studio", "fill": 0.8})
    return plan_set(pictures, scene, RenderSettings(size=32, samples=1), seed=3, block=1)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package `my_trams`, not loaded yet; what its import changes is taken back afterwards."""
    folder = tmp_path / "packages" / "my_trams"
    folder.mkdir(parents=True)
    for name, content in PACKAGE.items():
        (folder / name).write_text(content)
    monkeypatch.setattr(spec, "_ADDED", {})
    monkeypatch.setattr(plugins, "_loaded", {})
    monkeypatch.setattr(vehicles, "BUILDERS", dict(vehicles.BUILDERS))
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.setenv("PYTHONPATH", str(folder.parent))
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "my_trams"]:
        del sys.modules[name]


def test_a_shape_of_a_plugin_renders_like_one_of_the_catalogue(package: Path, tmp_path: Path) -> None:
    before = code()
    with pytest.raises(UserError, match=r"'tram' is not a shape: .*; name .*the module .* under `plugins`"):
        plan()
    assert load_plugins(["my_trams.shapes"], announced=False) == shape_plugins() == ("my_trams.shapes",)
    [tram] = plan()
    folder = tmp_path / "set"
    assert render_set(folder, [tram], FarmSettings(workers=1)) == Made(0, 0, 1)

    table = read_set(folder)
    assert label_classes(table, {"car": ["sedan"], "rail": ["tram"]}).labels == ("rail",)
    [row] = table.to_dict("records")
    assert row["name"] == spec_name(tram) == f"tram_r_20_fleft_{tram.variant:04d}"
    assert (row["shape"], row["family"], row["color"]) == ("tram", "usual", "r")
    assert parse_name(row["name"]).shape == "tram"
    file = f"{row['name']}.png"
    assert 0.2 < read_mask(folder / "masks" / file, 32).mean() < 0.8
    parts = {PARTS[i] for i in np.unique(read_parts(folder / "parts" / file, 32))}
    assert {"background", "body", "wheel"} <= parts <= {"background", "body", "glass", "wheel", "trim"}

    assert set(code()) == {*before, "plugin my_trams.shapes"}
    scene = tmp_path / "tram.blend"
    save_scene(tram, scene)
    assert scene.stat().st_size > 100_000


def test_the_version_of_a_plugins_shape_is_part_of_its_hash(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_plugins(["my_trams.shapes"], announced=False)
    [tram] = plan()
    sedan = tram.model_copy(update={"shape": "sedan"})
    first = tram.hash, sedan.hash
    monkeypatch.setitem(spec._ADDED, "tram", "2")
    assert tram.hash != first[0]
    assert sedan.hash == first[1]


def test_what_is_not_named_keeps_to_the_catalogue(package: Path) -> None:
    default = SetPlan(count=1).shape_words()
    load_plugins(["my_trams.shapes"], announced=False)
    assert SetPlan(count=1).shape_words() == default == SHAPES


@pytest.mark.parametrize(
    ("word", "said"),
    [("sedan", "'sedan' is a shape already"), ("street_car", "'street_car' is not a word of lower-case")],
)
def test_a_word_that_cannot_be_a_shape_is_refused(package: Path, word: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        register_shape(word, vehicles.BUILDERS["bus"], version="1")
    assert word not in spec._ADDED
    (package / "wrong.py").write_text(PACKAGE["shapes.py"].replace('"tram"', repr(word)))
    with pytest.raises(UserError, match=rf"plugins: the import of 'my_trams\.wrong' fails .*{said}"):
        load_plugins(["my_trams.wrong"], announced=False)


def test_a_change_of_the_packages_sources_is_told_apart(package: Path) -> None:
    """As the cache of pictures and the nodes of a cluster see it, in processes of their own."""
    show = (
        "import json; from generator.farm.code import code; from generator.plugins import load_plugins;"
        "load_plugins(['my_trams.shapes'], announced=False); print(json.dumps(code()))"
    )

    def seen() -> dict[str, str]:
        found: dict[str, str] = json.loads(subprocess.check_output([sys.executable, "-c", show]))
        return found

    first = seen()
    (package / "body.py").write_text(PACKAGE["body.py"].replace("3.2), ", "3.4), "))
    second = seen()
    assert {what for what in first if first[what] != second[what]} == {"plugin my_trams.shapes"}


def test_an_installed_distribution_announces_its_plugin(package: Path) -> None:
    metadata = package.parent / "my_trams-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my_trams\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[renforce.plugins]\ntrams = my_trams.shapes\n")
    assert "my_trams.shapes" in load_plugins()
    assert plan()[0].shape == "tram"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("my_tram", "there is no module 'my_tram'; install its package"),
        ("my_trams.shape", r"there is no module 'my_trams\.shape'; install its package"),
        ("my trams", "there is no module 'my trams'"),
        (
            "my_trams.lacks",
            r"the import of 'my_trams\.lacks' fails \(ModuleNotFoundError: .*'not_there'\); mend",
        ),
        ("my_trams.broken", r"the import of 'my_trams\.broken' fails \(ZeroDivisionError: .*\); mend"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_named(package: Path, name: str, said: str) -> None:
    (package / "lacks.py").write_text("import not_there")
    (package / "broken.py").write_text("1 / 0")
    with pytest.raises(UserError, match=f"plugins: {said}"):
        load_plugins([name], announced=False)
