"""The data set on disk: what is whole, what is refused, what reads back."""

import json
import struct
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from generator.dataset.check import check_set
from generator.dataset.dataset import (
    KINDS,
    SPECS,
    STATED,
    begin,
    missing,
    read_set,
    write_manifest,
    write_picture,
)
from generator.dataset.layers import encode_layer, layer_path, read_layer
from generator.dataset.pixels import read_image, read_mask
from generator.errors import UserError
from generator.files import write_bytes, write_jsonl
from generator.naming import spec_name
from generator.spec import ENVIRONMENTS
from tests.helpers.sets import Square, specs_of, written


def test_pictures_read_back(tmp_path: Path) -> None:
    specs = written(tmp_path, 3)
    manifest = write_manifest(tmp_path)
    assert check_set(tmp_path) == 3
    assert manifest["hash"].tolist() == [spec.hash for spec in specs]
    assert manifest["family"].tolist() == [spec.family for spec in specs]
    assert manifest["mask_share"].tolist() == [60 / 1024] * 3
    assert manifest[["x0", "y0", "x1", "y1"]].iloc[0].tolist() == [8, 4, 18, 10]
    assert manifest[["ax0", "ay0", "ax1", "ay1"]].iloc[0].tolist() == [8, 4, 18, 10]
    measured = manifest[["visible_share", "outside_share", "camera_distance"]].iloc[0].tolist()
    assert measured == [1.0, 0.0, 9.5]
    table = read_set(tmp_path)
    assert sorted(table["name"]) == sorted(spec_name(spec) for spec in specs)
    assert set(table["environment"]) <= set(ENVIRONMENTS)
    assert read_image(Path(table["image"][0]), 32)[0, 0].tolist() == [200, 0, 0]
    assert read_mask(Path(table["mask"][0]), 32).sum() == 60


@pytest.mark.parametrize("kind", KINDS)
def test_only_pictures_that_lack_a_file_are_asked_for(tmp_path: Path, kind: str) -> None:
    specs = written(tmp_path, 4)
    assert missing(tmp_path, specs) == []
    (tmp_path / kind / f"{spec_name(specs[2])}{KINDS[kind]}").unlink()
    assert missing(tmp_path, specs) == [specs[2]]


def test_what_a_kill_left_aside_is_swept(tmp_path: Path) -> None:
    specs = written(tmp_path, 1)
    part = tmp_path / "images" / ".x.png.123.part"
    part.write_bytes(b"half")
    begin(tmp_path, specs)
    assert not part.exists()


def test_write_bytes_replaces_whole_files(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.bin"
    write_bytes(path, b"one")
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["b.bin"]


def test_another_plan_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    written(tmp_path, 2)
    with pytest.raises(UserError, match="another plan"):
        begin(tmp_path, specs_of(2, seed=1))


def test_what_is_left_out_is_of_the_plan(tmp_path: Path) -> None:
    specs = specs_of(2)
    begin(tmp_path, specs, ("vehicle",))
    begin(tmp_path, specs, ("vehicle",))
    with pytest.raises(UserError, match="holds a set begun with another plan"):
        begin(tmp_path, specs)
    stated = json.loads((tmp_path / STATED).read_text())
    assert stated.pop("without") == ["vehicle"]
    (tmp_path / STATED).write_text(json.dumps(stated))
    begin(tmp_path, specs)  # of a set that says nothing of it nothing is known


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("dear")
    with pytest.raises(UserError, match="not empty"):
        begin(tmp_path, specs_of(1))


def hand_made(folder: Path, *names: str) -> None:
    (folder / "images").mkdir(parents=True)
    for name in names:
        cv2.imwrite(str(folder / "images" / name), np.full((40, 40, 3), 90, np.uint8))


def test_hand_made_pictures_need_images_alone(tmp_path: Path) -> None:
    hand_made(tmp_path, "y_60_bleft.jpg", "sedan_r_20_f_0001.png")
    (tmp_path / "masks").mkdir()
    cv2.imwrite(str(tmp_path / "masks" / "y_60_bleft.png"), np.full((40, 40), 255, np.uint8))
    table = read_set(tmp_path).set_index("name")
    assert table.loc["y_60_bleft", "color"] == "y"
    assert pd.isna(table.loc["y_60_bleft", "shape"])
    assert table.loc["y_60_bleft", "mask"].endswith("masks/y_60_bleft.png")
    assert table.loc["sedan_r_20_f_0001", "mask"] == ""


def test_a_name_that_does_not_parse_names_the_file(tmp_path: Path) -> None:
    hand_made(tmp_path, "y_60_behind.jpg")
    with pytest.raises(UserError, match=r"y_60_behind\.jpg.*'behind' is not a view"):
        read_set(tmp_path)


def test_a_set_knows_the_shapes_of_its_own_specs(tmp_path: Path) -> None:
    specs = specs_of(2)
    own = specs[0].model_copy(update={"shape": "lorry", "asset": "0" * 64})
    folder = tmp_path / "set"
    begin(folder, [own, specs[1]])
    write_picture(folder, spec_name(own), Square.of(own.size))
    assert read_set(folder)["shape"].tolist() == ["lorry"]
    (folder / "images" / f"{spec_name(own)}.png").rename(folder / "images" / "lory_y_60_f_0001.png")
    with pytest.raises(UserError, match=r"lory_y_60_f_0001\.png.*'lory' is not a shape; one of .*, lorry$"):
        read_set(folder)


def test_two_pictures_of_one_name(tmp_path: Path) -> None:
    hand_made(tmp_path, "y_60_f.jpg", "y_60_f.png")
    with pytest.raises(UserError, match="two pictures are called 'y_60_f'"):
        read_set(tmp_path)


HUGE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBBI", 60_000, 60_000, 8, 0, 0, 0, 0, 0)
"""The header of a picture of more pixels than OpenCV takes."""


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", HUGE])
def test_an_unreadable_picture_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"broken\.png: is not a picture"):
        read_image(path, 32)


def test_a_grey_mask_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "soft.png"
    cv2.imwrite(str(path), np.full((8, 8), 128, np.uint8))
    with pytest.raises(UserError, match="holds the value 128"):
        read_mask(path, 8)


def test_a_mask_at_odds_with_its_parts_is_found(tmp_path: Path) -> None:
    specs = written(tmp_path, 1)
    cv2.imwrite(str(tmp_path / "masks" / f"{spec_name(specs[0])}.png"), np.zeros((32, 32), np.uint8))
    with pytest.raises(UserError, match="disagree"):
        check_set(tmp_path)


def test_a_mask_of_another_size_is_found(tmp_path: Path) -> None:
    spec = written(tmp_path, 1)[0]
    path = tmp_path / "masks" / f"{spec_name(spec)}.png"
    small = np.ascontiguousarray(np.where(read_mask(path), 255, 0).astype(np.uint8)[::2, ::2])
    cv2.imwrite(str(path), small)
    assert np.array_equal(read_mask(path, spec.size), Square.of(spec.size).mask > 0), "alike once resized"
    with pytest.raises(UserError, match="disagree"):
        check_set(tmp_path)


def test_specs_that_were_changed_are_found(tmp_path: Path) -> None:
    specs = written(tmp_path, 2)
    write_jsonl(tmp_path / SPECS, (spec.model_dump() for spec in specs[:1]))
    with pytest.raises(UserError, match="is not of the specs in"):
        check_set(tmp_path)
    (tmp_path / STATED).unlink()
    with pytest.raises(UserError, match=r"dataset\.json: does not exist; render the set again"):
        check_set(tmp_path)


def test_layers_read_back_as_they_were(tmp_path: Path) -> None:
    spec = written(tmp_path, 1, ("depth", "normals", "coverage"))[0]
    there, name = Square.of(spec.size), spec_name(spec)
    write_manifest(tmp_path)
    assert check_set(tmp_path) == 1
    assert not (tmp_path / "amodal").exists()
    for layer in ("depth", "normals"):
        assert np.array_equal(read_layer(tmp_path, layer, name), getattr(there, layer)), layer
    assert read_layer(tmp_path, "depth", name).dtype == np.float32
    assert np.abs(read_layer(tmp_path, "coverage", name) - there.coverage).max() <= 0.5 / 65535
    assert missing(tmp_path, [spec], ("depth",)) == []
    assert missing(tmp_path, [spec], ("depth", "amodal")) == [spec]


def test_a_layer_that_some_pictures_lost_is_missed(tmp_path: Path) -> None:
    spec = written(tmp_path, 2, ("depth", "amodal"))[1]
    write_manifest(tmp_path)
    layer_path(tmp_path, "amodal", spec_name(spec)).unlink()  # there only where something is hidden
    assert check_set(tmp_path) == 2
    layer_path(tmp_path, "depth", spec_name(spec)).unlink()
    with pytest.raises(UserError, match=r"depth.*exr: does not exist, though.*`farm.layers` naming 'depth'"):
        check_set(tmp_path)


def test_what_is_hidden_is_kept_unasked(tmp_path: Path) -> None:
    spec = written(tmp_path, 1, hidden=5)[0]
    assert read_layer(tmp_path, "amodal", spec_name(spec)).sum() == 6 * 15
    assert write_manifest(tmp_path)[["visible_share", "ax1"]].iloc[0].tolist() == [10 / 15, 23.0]
    assert check_set(tmp_path) == 1
    path = layer_path(tmp_path, "amodal", spec_name(spec))
    path.write_bytes(encode_layer("amodal", Square.of(spec.size, hidden=4).amodal))
    with pytest.raises(UserError, match=r"amodal.*has another fraction of the vehicle than truth/ has"):
        check_set(tmp_path)
    path.unlink()
    with pytest.raises(UserError, match=r"amodal.*does not exist, though something hides the vehicle"):
        check_set(tmp_path)


@pytest.mark.parametrize(
    ("layer", "value"), [("depth", np.inf), ("normals", 0.9), ("coverage", 0.0), ("amodal", 0)]
)
def test_a_layer_at_odds_with_the_mask_is_found(tmp_path: Path, layer: str, value: float) -> None:
    spec = written(tmp_path, 1, (layer,))[0]
    wrong = np.array(getattr(Square.of(spec.size), layer))
    wrong[5, 9] = value
    path = layer_path(tmp_path, layer, spec_name(spec))
    path.write_bytes(encode_layer(layer, wrong))
    with pytest.raises(UserError, match=f"{layer}.*values on the vehicle"):
        check_set(tmp_path)
    path.write_bytes(b"rubbish")
    with pytest.raises(UserError, match=f"{layer}.*can be read"):
        check_set(tmp_path)


def test_numbers_at_odds_with_the_mask_are_found(tmp_path: Path) -> None:
    spec = written(tmp_path, 1)[0]
    path = tmp_path / "truth" / f"{spec_name(spec)}.json"
    path.write_text(path.read_text().replace("18", "19", 1))
    with pytest.raises(UserError, match="another box"):
        check_set(tmp_path)
    path.unlink()
    with pytest.raises(UserError, match="render the set again"):
        write_manifest(tmp_path)
