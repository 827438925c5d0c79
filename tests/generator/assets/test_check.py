"""What is measured of a model in its pictures, and the command that says it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from generator.assets.card import digests, read_asset
from generator.assets.check import AssetReport, Material, turntable
from generator.assets.console import show, suggestion, write
from generator.dataset.check import check_set
from generator.dataset.dataset import read_set
from generator.errors import UserError
from generator.farm.render import render_set
from generator.farm.settings import FarmSettings
from generator.planning.grid import SetPlan
from generator.planning.plan import plan_set
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.spec import COLORS, PARTS
from renforce.cli import app

BODY, GLASS = PARTS.index("body"), PARTS.index("glass")


def report(paint_columns: int, *, turns: bool = True, glass: str = "glass") -> AssetReport:
    """Two colours, eight views of 20 × 20 pixels: the vehicle fills ten columns, paint the first of them."""
    parts = np.zeros((2, 8, 20, 20), np.uint8)
    parts[..., :10], parts[..., :paint_columns] = GLASS, BODY
    rgb = np.full((2, 8, 20, 20, 3), 90, np.uint8)
    for row, letter in zip(rgb, "rb" if turns else "rr", strict=True):
        row[:, :, :paint_columns] = np.round(np.multiply(COLORS[letter].srgb, 200))
    materials = (Material("lack", "body", 0.1 * paint_columns, True), Material("pane", glass, 0.4, False))
    return AssetReport(
        format="glTF", card={}, axes=("+z", "+y"), files=("a.glb",), before=(4, 2, 1.5), after=(4, 2, 1.5),
        faces=9, materials=materials, paint="by name", notes=(), rgb=rgb, parts=parts,
    )  # fmt: skip


def test_shares_are_those_of_the_pixels() -> None:
    assert report(6).paint_fraction == pytest.approx(0.6)
    assert report(6).followed == pytest.approx(0.6)
    assert report(6, turns=False).followed == 0
    assert turntable(report(6)).shape == (2 * (20 + 22), 8 * 20, 3)


def test_warnings_name_what_to_look_at() -> None:
    assert report(6).warnings == []
    assert report(6, glass="trim").warnings == ["no glass found: name it under `parts`"]
    assert any("windows and tyres in it become paint" in line for line in report(10).warnings)
    assert any("is it the right material" in line for line in report(0).warnings)
    assert any(
        "only 0% of the vehicle's pixels took both" in line for line in report(6, turns=False).warnings
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box car of 400 cm along its z, with a glass box on it; the name of its paint says nothing."""
    path = tmp_path_factory.mktemp("model") / "car 7.obj"
    path.write_text("mtllib car.mtl\n" + _box("Material.001", 0, 80, 1) + _box("Glas_vorn", 80, 130, 9))
    looks = "newmtl Material.001\nKd 0.5 0.5 0.5\nnewmtl Glas_vorn\nKd 0.1 0.1 0.1\n"
    path.with_name("car.mtl").write_text(looks)
    return path


def test_a_model_without_a_card_gets_one(model: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["asset", "check", str(model), "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    for word in ("OBJ", "400 long, 170 wide, 130 high", "by area", "Glas_vorn", "glass"):
        assert word in done.output
    assert "warning" not in done.output
    assert cv2.imread(str(tmp_path / "turntable.png")).shape[1] > 1000  # type: ignore[union-attr]
    card = yaml.safe_load((tmp_path / "car7.yaml").read_text())
    assert card == {"shape": "car7", "file": "car 7.obj", "length": 4.0}


def test_names_of_materials_are_shown_and_suggested_as_they_are() -> None:
    """Neither markup of the terminal's nor keys of the card."""
    names = ("Body [metal]", "[/x]", "Red\nclass: truck")
    found = replace(
        report(6),
        card={"shape": "lorry"},
        materials=tuple(Material(name, "body", 0.3, True) for name in names),
    )
    console = Console(record=True, width=200, file=io.StringIO())
    show(found, console)
    shown = console.export_text()
    assert "Body [metal]" in shown
    assert "[/x]" in shown
    said = suggestion(found)
    assert yaml.safe_load(said) == {"shape": "lorry"}
    assert yaml.safe_load(said.replace("# paint", "paint"))["paint"] == list(names)


def test_a_card_that_is_there_stays(tmp_path: Path) -> None:
    mine = tmp_path / "lorry.yaml"
    mine.write_text("shape: lorry  # mine")
    (tmp_path / "turntable.png").write_bytes(b"before")
    found = replace(report(6), card={"shape": "lorry"})
    with pytest.raises(UserError, match=rf"^{mine}: is there already; give another folder with -o$"):
        write(found, tmp_path / "lorry.obj", tmp_path)
    assert mine.read_text() == "shape: lorry  # mine"
    assert (tmp_path / "turntable.png").read_bytes() == b"before"
    assert write(found, mine, tmp_path) == [tmp_path / "turntable.png"]
    assert mine.read_text() == "shape: lorry  # mine"


def test_its_pictures_are_rendered_beside_the_catalogues(model: Path, tmp_path: Path) -> None:
    card = model.with_name("car7.yaml")
    card.write_text("{shape: car7, file: car 7.obj, length: 4}")
    wish = {"shapes": ["sedan", "car7"], "colors": "g", "angles": 20, "views": "left", "count": 4}
    specs = plan_set(
        SetPlan.model_validate(wish),
        SceneRanges(),
        RenderSettings(size=48, samples=1, denoise=False),
        seed=0, block=0, assets=digests([card]),
    )  # fmt: skip
    render_set(tmp_path / "set", specs, FarmSettings(workers=1, assets=(card,)))
    assert check_set(tmp_path / "set") == 4
    table = read_set(tmp_path / "set")
    assert table[table["shape"] == "car7"]["asset"].unique().tolist() == [read_asset(card).digest]
    assert table["shape"].value_counts().to_dict() == {"car7": 2, "sedan": 2}
    assert (table["mask_share"] > 0.05).all()


def test_a_model_of_no_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nothing.obj").write_text("# nothing")
    done = CliRunner().invoke(app, ["asset", "check", str(tmp_path / "nothing.obj")])
    assert isinstance(done.exception, UserError)
    assert "nothing.obj' holds no visible mesh" in str(done.exception)


def _box(material: str, low: int, high: int, first: int) -> str:
    corners = [(x, y, z) for x in (-85, 85) for y in (low, high) for z in (-200, 200)]
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + [f"usemtl {material}"]
    return "\n".join(lines + ["f " + " ".join(str(first + i) for i in quad) for quad in quads]) + "\n"
