"""The command line: one clear line and a non-zero exit code for every mistake."""

import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pytest
import yaml

from loop.config.controller import CONTROLLER_NAMES
from renforce.cli import main

DEMO = Path(__file__).parent.parent.parent / "configs" / "demo.yaml"
SMALL = ["data.rendered=null", "data.source=folder", "classes={car: [sedan], truck: [van]}"]


def renforce(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "renforce", *map(str, arguments)]
    return subprocess.run(command, text=True, capture_output=True, timeout=300, check=False)


def refused(*arguments: str | Path) -> str:
    """What a command says that ends with code 2; in this process, as starting one takes most of its time."""
    out, errors = StringIO(), StringIO()
    with (
        patch.object(sys, "argv", ["renforce", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(errors),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    said = errors.getvalue()
    assert ended.value.code == 2, out.getvalue()
    assert said.count("\n") == 1, said
    assert said.startswith("renforce: ")
    return said


def test_a_mistake_ends_the_process_with_code_2() -> None:
    done = renforce("list", "arms")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == refused("list", "arms")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Hand-made data of two classes and a hand-made probe set."""
    for part in ("train", "test"):
        for name in ("car", "truck"):
            (tmp_path / part / name).mkdir(parents=True)
            for i in range(3):
                cv2.imwrite(str(tmp_path / part / name / f"{i}.png"), np.full((32, 32, 3), 80 * i, np.uint8))
    for kind in ("images", "masks"):
        (tmp_path / "probe" / kind).mkdir(parents=True)
        for name in ("y_60_bleft", "r_60_f"):
            cv2.imwrite(str(tmp_path / "probe" / kind / f"{name}.png"), np.full((32, 32), 255, np.uint8))
    return tmp_path


@pytest.fixture
def config(photos: Path) -> Path:
    content = {
        "classes": {"car": ["sedan"], "truck": ["van"]},
        "data": {"source": "folder", "root": str(photos), "image_size": 32},
        "network": {"name": "resnet18_narrow"},
        "train": {"epochs": 1, "batch_size": 2},
        "render": {"size": 32, "samples": 1, "denoise": False},
        "scene": {"environment": "studio"},
        "probe": {"folder": str(photos / "probe"), "label": "car"},
        "holdout": {"count": 2, "shapes": ["sedan", "van"], "variants": 1, "views": ["f"], "angles": [5]},
        "reinforce": {"shapes": ["sedan", "van"]},
    }
    path = photos / "config.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_photographs_with_hand_made_masks_are_verified(config: Path, tmp_path: Path) -> None:
    done = renforce("verify", config, "-o", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run/report.html").exists()
    assert not (tmp_path / "run/rounds/01").exists()


def test_a_wrong_key(tmp_path: Path) -> None:
    said = refused("loop", DEMO, "-o", tmp_path / "run", "--set", "train.epoch=3")
    assert "train.epoch: no such key" in said
    assert not (tmp_path / "run").exists()


def test_a_wrong_value(tmp_path: Path) -> None:
    said = refused("render", DEMO.parent / "render.yaml", "-o", tmp_path, "--set", "pictures.count=-4")
    assert "pictures.count: Input should be greater than or equal to 1 (found -4)" in said


def test_a_dry_run_says_what_a_set_takes_and_makes_nothing(tmp_path: Path) -> None:
    one = ["pictures={count: 1, shapes: sedan, variants: 1}", "render={size: 32, samples: 1}"]
    options = [word for override in one for word in ("--set", override)]
    done = renforce("render", DEMO.parent / "render.yaml", "-o", tmp_path / "set", "--dry-run", *options)
    assert done.returncode == 0, done.stderr
    assert re.match(r"1 pictures, \d\.\d+ minutes, 0\.\d+ GB\nmeasured here on 1 of them: ", done.stdout)
    assert not (tmp_path / "set").exists()


def test_a_set_is_checked_file_by_file(tmp_path: Path) -> None:
    few = ["pictures={count: 2, shapes: sedan, variants: 1}", "render={size: 32, samples: 1}"]
    options = [word for override in few for word in ("--set", override)]
    done = renforce("render", DEMO.parent / "render.yaml", "-o", tmp_path / "set", *options)
    assert done.returncode == 0, done.stderr
    whole = renforce("check", tmp_path / "set")
    assert whole.stdout == f"2 pictures in {tmp_path / 'set'}, each whole and as its spec says\n"
    gone = next((tmp_path / "set/masks").iterdir())
    gone.unlink()
    assert f"{gone}: does not exist" in refused("check", tmp_path / "set")


def test_an_export_of_a_set_by_classes(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "classes.yaml").write_text("{classes: {yellow: [y], any: [sedan]}, more: 1}")
    done = renforce("export", photos / "probe", "--to", "imagefolder", "--by", "view", "-o", tmp_path / "out")
    assert done.stdout == f"2 pictures in {tmp_path / 'out'}\n", done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["bleft", "f"]
    asked = ["--classes", tmp_path / "classes.yaml"]
    said = refused("export", photos / "probe", "--to", "coco", "-o", tmp_path / "other", *asked)
    assert "--classes: 'r_60_f' names no shape; sort with --by instead" in said
    said = refused("export", photos / "probe", "--to", "yolo", "-o", tmp_path / "other")
    assert "layout 'yolo' is unknown; one of coco, imagefolder, huggingface" in said


def test_a_missing_folder(config: Path, tmp_path: Path) -> None:
    said = refused("loop", config, "-o", tmp_path / "run", "--set", f"data.root={tmp_path}/nowhere")
    assert "nowhere is not a folder" in said


def test_an_unreadable_picture(config: Path, photos: Path, tmp_path: Path) -> None:
    (photos / "train/car/1.png").write_bytes(b"half a pict")
    assert "train/car/1.png: is not a picture" in refused("verify", config, "-o", tmp_path / "run")


def test_a_name_that_does_not_parse(config: Path, photos: Path, tmp_path: Path) -> None:
    (photos / "probe/images/r_60_f.png").rename(photos / "probe/images/r_60_front.png")
    said = refused("verify", config, "-o", tmp_path / "run")
    assert "r_60_front.png" in said
    assert "'front' is not a view" in said


def test_a_label_that_is_missing(config: Path, tmp_path: Path) -> None:
    said = refused("verify", config, "-o", tmp_path / "run", "--set", "probe.label=null")
    assert "probe.label" in said


def test_weights_of_another_network(config: Path, tmp_path: Path) -> None:
    said = refused("verify", config, "-o", tmp_path / "run", "--set", "network.weights=none.pt")
    assert "none.pt does not exist" in said


def test_an_unknown_network(config: Path, tmp_path: Path) -> None:
    said = refused("verify", config, "-o", tmp_path / "run", "--set", "network.name=resnet19")
    assert "'resnet19' is unknown" in said
    assert not (tmp_path / "run/sets").exists()


def test_another_configuration_for_the_same_run(config: Path, tmp_path: Path) -> None:
    renforce("verify", config, "-o", tmp_path / "run")
    said = refused("verify", config, "-o", tmp_path / "run", "--set", "seed=9")
    assert "was begun with seed 0, not 9" in said


def test_a_folder_that_is_no_run(config: Path, photos: Path) -> None:
    assert "holds no run" in refused("verify", config, "-o", photos)


def test_a_place_that_cannot_be_used(config: Path, photos: Path) -> None:
    assert f"{config}: is a file where a folder is needed" in refused("verify", config, "-o", config)
    assert "lies in what is not a folder" in refused("verify", config, "-o", config / "run")
    said = refused(
        "export", photos / "probe", "--to", "imagefolder", "--by", "view", "-o", photos / ("x" * 300)
    )
    assert "is too long a name" in said


def test_a_report_of_nothing(tmp_path: Path) -> None:
    assert "holds no evaluated round" in refused("report", tmp_path)


def test_all_controllers_are_listed() -> None:
    names = [line.split()[0] for line in renforce("list", "controllers").stdout.splitlines()]
    assert names == CONTROLLER_NAMES
    assert "one of models, methods, controllers" in refused("list", "arms")


def test_a_cluster_that_is_not_there_is_said(tmp_path: Path) -> None:
    config = DEMO.with_name("render.yaml")
    said = refused("render", config, "-o", tmp_path / "set", "--ray", "127.0.0.1:1")
    assert "Ray cluster 127.0.0.1:1: nothing answers there" in said
    assert "cannot be used" in refused("render", config, "-o", "nowhere://bucket/set")


def test_a_scene_of_no_picture(tmp_path: Path) -> None:
    assert "does not exist" in refused("scene", tmp_path / "spec.json", "-o", tmp_path / "a.blend")
    assert "name one of its pictures" in refused("scene", tmp_path, "-o", tmp_path / "a.blend")
    assert "renforce render" in refused("scene", tmp_path, "sedan_r_5_f_0001", "-o", tmp_path / "a.blend")
