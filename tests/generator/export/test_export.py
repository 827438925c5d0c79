"""Exports, read back by the libraries that read them in real life."""

import json
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from torchvision.datasets import ImageFolder

from generator.dataset.dataset import SPECS, STATED, read_set
from generator.dataset.manifest import MANIFEST
from generator.dataset.pixels import read_image, read_mask
from generator.errors import UserError
from generator.export import export_set
from generator.spec import SHAPES, VIEWS

NAMES = ("sedan_y_60_bleft_0007", "sedan_r_20_f_0001", "bus_r_20_f_0002", "van_w_5_left_0003")
SIZE = 40


def test_a_set_that_was_not_rendered_to_its_end_is_refused(pictures: Path, tmp_path: Path) -> None:
    (pictures / STATED).write_text("{}")
    export_set(pictures, "imagefolder", tmp_path / "whole")
    (pictures / MANIFEST).unlink()
    with pytest.raises(UserError, match="was not rendered to its end; render it again"):
        export_set(pictures, "imagefolder", tmp_path / "out")


def test_what_a_symbolic_link_leads_to_is_exported(pictures: Path, tmp_path: Path) -> None:
    """As tools that keep data apart from names leave it, with paths that hold in one place only."""
    image = pictures / "images" / f"{NAMES[0]}.png"
    content = image.read_bytes()
    image.rename(pictures / "kept.png")
    image.symlink_to("../kept.png")
    export_set(pictures, "imagefolder", tmp_path / "out")
    assert (tmp_path / "out/sedan" / image.name).read_bytes() == content


@pytest.mark.parametrize("kind", ["images", "masks"])
def test_a_link_that_leads_out_of_the_set_is_refused(pictures: Path, tmp_path: Path, kind: str) -> None:
    """Else who made the set would have what lies there out of what is handed on."""
    path = pictures / kind / f"{NAMES[0]}.png"
    path.rename(tmp_path / "private.png")
    path.symlink_to(tmp_path / "private.png")
    with pytest.raises(UserError, match=rf"{path}: leads to .*private\.png, out of the set"):
        export_set(pictures, "huggingface", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A set with a manifest, noisy pictures and ragged masks; the van is out of sight."""
    folder = tmp_path / "set"
    rng = np.random.default_rng(0)
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    rows = []
    for name in NAMES:
        mask = np.zeros((SIZE, SIZE), np.uint8)
        mask[6:30, 9:33] = 255 * rng.integers(2, size=(24, 24))
        mask[:] = 0 if name.startswith("van") else mask
        cv2.imwrite(
            str(folder / f"images/{name}.png"), rng.integers(256, size=(SIZE, SIZE, 3)).astype(np.uint8)
        )
        cv2.imwrite(str(folder / f"masks/{name}.png"), mask)
        rows.append(
            {"name": name, "hash": "0", "distance": None, "haze": 0.25, "finish": "gloss", "size": SIZE}
        )
    pd.DataFrame(rows).astype({"distance": float}).to_parquet(folder / "manifest.parquet")
    return folder


def test_coco(pictures: Path, tmp_path: Path) -> None:
    assert export_set(pictures, "coco", tmp_path / "out") == 4
    coco = COCO(str(tmp_path / "out/annotations/instances.json"))
    table = read_set(pictures).set_index("name")
    assert [category["name"] for category in coco.loadCats(sorted(coco.getCatIds()))] == list(SHAPES)
    assert min(coco.getCatIds()) == 1
    assert len(coco.getImgIds()) == 4
    assert len(coco.getAnnIds()) == 3, "nothing is to be seen of the van"
    for found in coco.loadAnns(coco.getAnnIds()):
        image = coco.loadImgs(found["image_id"])[0]
        row = table.loc[Path(image["file_name"]).stem]
        mask = read_mask(Path(row["mask"]))
        assert np.array_equal(coco.annToMask(found), mask)
        ys, xs = np.nonzero(mask)
        box = [xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1]
        assert found["bbox"] == box
        assert found["area"] == mask.sum()
        assert (image["height"], image["width"]) == mask.shape
        assert coco.loadCats(found["category_id"])[0]["name"] == row["shape"]
        expected = {"color": row["color"], "angle": row["angle"], "haze": 0.25, "distance": None}
        assert expected.items() <= found["attributes"].items()
        copy = read_image(tmp_path / "out/images" / image["file_name"], SIZE)
        assert np.array_equal(copy, read_image(Path(row["image"]), SIZE))


@pytest.mark.parametrize(
    ("asked", "folders"),
    [
        ({}, ["bus", "sedan", "van"]),
        ({"by": "color"}, ["r", "w", "y"]),
        ({"by": "angle"}, ["20", "5", "60"]),
        ({"classes": {"truck": ["bus"], "car": ["sedan", "van"], "bike": ["bicycle"]}}, ["car", "truck"]),
    ],
)
def test_imagefolder(pictures: Path, tmp_path: Path, asked: Any, folders: list[str]) -> None:
    export_set(pictures, "imagefolder", tmp_path / "out", **asked)
    read = ImageFolder(str(tmp_path / "out"))
    assert read.classes == folders
    assert len(read) == 4
    for (path, label), (image, _) in zip(read.samples, read, strict=True):
        name = Path(path).stem
        assert np.array_equal(np.asarray(image), read_image(pictures / f"images/{name}.png", SIZE))
        if not asked:
            assert folders[label] == name.split("_")[0]


def test_huggingface(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (pictures / f"masks/{NAMES[1]}.png").unlink()
    export_set(pictures, "huggingface", tmp_path / "out", classes={"truck": ["bus"], "car": ["sedan", "van"]})
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    from datasets import load_dataset

    data_dir, cache = str(tmp_path / "out"), str(tmp_path / "cache")
    read = load_dataset("imagefolder", data_dir=data_dir, cache_dir=cache, split="train")
    assert sorted(read["name"]) == sorted(NAMES)
    for row in read:
        assert np.array_equal(
            np.asarray(row["image"]), read_image(pictures / f"images/{row['name']}.png", SIZE)
        )
        assert row["label"] == {"bus": "truck"}.get(row["shape"], "car")
        assert (row["haze"], row["distance"], row["variant"]) == (0.25, None, int(row["name"][-4:]))
        if row["name"] == NAMES[1]:
            assert row["mask"] is None
        else:
            mask = read_mask(pictures / f"masks/{row['name']}.png")
            assert np.array_equal(np.asarray(row["mask"]) > 0, mask)


def test_hand_made_pictures_are_exported_too(pictures: Path, tmp_path: Path) -> None:
    (pictures / "manifest.parquet").unlink()
    for kind in ("images", "masks"):
        (pictures / kind / f"{NAMES[0]}.png").rename(pictures / kind / "y_60_bleft.png")
    export_set(pictures, "coco", tmp_path / "out", by="view")
    content = json.loads((tmp_path / "out/annotations/instances.json").read_text())
    assert [category["name"] for category in content["categories"]] == list(VIEWS)
    assert content["annotations"][-1]["attributes"]["shape"] is None
    with pytest.raises(UserError, match=r"--by 'shape': 'y_60_bleft' has no such attribute"):
        export_set(pictures, "coco", tmp_path / "other")


def test_nothing_is_stored_twice_and_nothing_left_behind(pictures: Path, tmp_path: Path) -> None:
    export_set(pictures, "imagefolder", tmp_path / "out")
    assert os.path.samefile(tmp_path / f"out/sedan/{NAMES[0]}.png", pictures / f"images/{NAMES[0]}.png")
    cv2.imwrite(str(pictures / f"masks/{NAMES[2]}.png"), np.zeros((8, 8), np.uint8))
    with pytest.raises(UserError, match="make them of one size"):
        export_set(pictures, "coco", tmp_path / "bad")
    assert {path.name for path in tmp_path.iterdir()} == {"out", "set"}


@pytest.mark.parametrize(
    ("layout", "asked", "said"),
    [
        ("yolo", {}, "layout 'yolo' is unknown; one of coco, imagefolder, huggingface"),
        (
            "coco",
            {"by": "haze"},
            "--by 'haze': is not an attribute to sort by; one of shape, color, angle, view",
        ),
        ("coco", {"classes": {"car": ["sedan"]}}, "classes: no class for shape 'bus' of 'bus_r_20_f_0002'"),
        (
            "coco",
            {"classes": {"car": ["sedan", "van"], "truck": ["bus", "van"]}},
            "classes: 'van' stands under 'car' and 'truck'; leave it in one",
        ),
        *(
            (
                layout,
                {"classes": {name: ["sedan", "bus", "van"]}},
                f"classes: {name!r} is not the name of a folder",
            )
            for layout, name in [
                ("imagefolder", "../../escape"),
                ("imagefolder", "car/truck"),
                ("imagefolder", ".."),
                ("imagefolder", "."),
                ("imagefolder", ""),
                ("huggingface", "a\\b"),
                ("coco", "a\0b"),
            ]
        ),
    ],
)
def test_mistakes(pictures: Path, tmp_path: Path, layout: str, asked: Any, said: str) -> None:
    with pytest.raises(UserError) as error:
        export_set(pictures, layout, tmp_path / "out", **asked)
    assert said in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_column_whose_words_lead_out_of_the_folder_is_refused(pictures: Path, tmp_path: Path) -> None:
    table = pd.read_parquet(pictures / "manifest.parquet")
    table.assign(place="../../escape").to_parquet(pictures / "manifest.parquet")
    with pytest.raises(UserError, match=r"classes: '\.\./\.\./escape' is not the name of a folder"):
        export_set(pictures, "imagefolder", tmp_path / "out", by="place")
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("layout", ["coco", "huggingface"])
def test_a_rendered_picture_without_its_mask_is_refused(pictures: Path, tmp_path: Path, layout: str) -> None:
    (pictures / SPECS).touch()
    mask = pictures / f"masks/{NAMES[0]}.png"
    mask.unlink()
    with pytest.raises(UserError) as error:
        export_set(pictures, layout, tmp_path / "out")
    assert str(error.value).startswith(f"{mask}: does not exist (1 such); render the set again")
    assert export_set(pictures, "imagefolder", tmp_path / "out") == 4


def test_a_folder_with_other_things_is_refused(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    export_set(pictures, "coco", tmp_path / "out")
    with pytest.raises(UserError, match="is not empty"):
        export_set(pictures, "coco", tmp_path / "out")
