"""`renforce explain` and `renforce list methods`, on a small network with random weights."""

import json
import math
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from analysis.methods.map_store import MapStore
from analysis.methods.table import METHODS
from analysis.scores.alignment import align
from generator.errors import UserError
from loop.report.explain import explain_pictures
from loop.training.classifier import Classifier, NetworkCard
from loop.training.weights import save_classifier
from renforce.cli import app

FAST = ("cam", "grad_cam", "grad_cam_pp", "saliency", "guided_backpropagation", "occlusion")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    classifier = Classifier(NetworkCard("resnet18", ("car", "truck"), 32, (0.5,) * 3, (0.25,) * 3), seed=1)
    save_classifier(classifier, tmp_path / "net.safetensors")
    rng = np.random.default_rng(0)
    for name in "ab":
        cv2.imwrite(str(tmp_path / f"{name}.png"), rng.integers(0, 255, (40, 50, 3), dtype=np.uint8))
    mask = np.zeros((32, 32), np.uint8)
    mask[8:20, 8:28] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    return tmp_path


def test_a_picture_of_every_photograph_with_raw_maps_and_scores(folder: Path) -> None:
    images, masks = [folder / "a.png", folder / "b.png"], [folder / "mask.png"] * 2
    written = explain_pictures(
        folder / "net.safetensors", images, folder / "out", masks=masks, methods=FAST, target="truck"
    )
    assert [path.name for path in written] == ["a.png", "b.png"]
    page = cv2.imread(str(written[0]))
    assert page.shape[0] > 200
    assert page.shape[1] > 1200
    said = json.loads((folder / "out/explained.json").read_text())["pictures"]
    assert [picture["explained"] for picture in said] == ["truck", "truck"]
    maps = MapStore(folder / "out/maps").read(("grad_cam", "layer4", "explained"))
    mask = torch.from_numpy(cv2.imread(str(folder / "mask.png"), 0) > 0)[None]
    for i, name in enumerate("ab"):
        raw = torch.from_numpy(maps[name])[None]
        found, wanted = said[i]["scores"]["grad_cam"], float(align(raw, mask)["energy"])
        assert (found["energy"] is None) == math.isnan(wanted)
        assert found["energy"] is None or found["energy"] == pytest.approx(wanted, abs=1e-5)
        assert (found["reason"] == "") == (found["energy"] is not None)
    cam = MapStore(folder / "out/maps").read(("cam", "layer4", "explained"))["b"]
    np.testing.assert_allclose(cam, 16 * maps["b"], rtol=1e-3, atol=1e-4)
    assert sum(said[0]["confidence"].values()) == pytest.approx(1, abs=1e-5)


def test_mistakes_are_told(folder: Path) -> None:
    weights, a = folder / "net.safetensors", folder / "a.png"

    def told(words: str, images: list[Path], **more: object) -> None:
        with pytest.raises(UserError, match=words):
            explain_pictures(weights, images, folder / "out", methods=["grad_cam"], **more)  # type: ignore[arg-type]

    told("1 masks for 2 pictures", [a, folder / "b.png"], masks=[folder / "mask.png"])
    told("two pictures are called 'a'", [a, a])
    told("'bus' is not a class of the network; use one of car, truck", [a], target="bus")
    told("none.png: does not exist", [folder / "none.png"])
    (folder / "broken.png").write_text("no picture")
    told("broken.png: is not a picture", [a, folder / "broken.png"])
    assert not (folder / "out").exists()
    torch.save({"fc.weight": torch.zeros(2, 512)}, folder / "bare.pt")
    with pytest.raises(UserError, match="holds no network card"):
        explain_pictures(folder / "bare.pt", [a], folder / "out")
    with pytest.raises(UserError, match="'grad_kam' is unknown"):
        explain_pictures(weights, [a], folder / "out", methods=["grad_kam"])


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def explain_into(output: Path, folder: Path, images: list[Path], masks: list[Path] | None = None) -> None:
    explain_pictures(folder / "net.safetensors", images, output, masks=masks or (), methods=["grad_cam"])


@pytest.mark.parametrize("mine", ["maps/city.txt", "maps.json", "a.png"])
def test_what_explain_did_not_write_stays(folder: Path, mine: str) -> None:
    (folder / "q/maps").mkdir(parents=True)
    (folder / "q" / mine).write_text("mine")
    if not mine.startswith("maps/"):
        (folder / "q/maps").rmdir()
    before = everything(folder)
    place = folder / "q" / mine.split("/")[0]
    with pytest.raises(
        UserError, match=rf"^{place}: exists already, and explained.json does not name it .* with -o"
    ):
        explain_into(folder / "q", folder, [folder / "a.png"])
    assert everything(folder) == before


def test_a_picture_of_the_users_beside_results_stays(folder: Path) -> None:
    """What earlier calls wrote may be written over, whichever pictures they explained; nothing else."""
    explain_into(folder / "mixed", folder, [folder / "a.png"])
    explain_into(folder / "mixed", folder, [folder / "b.png"])
    explain_into(folder / "mixed", folder, [folder / "a.png"])
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere/c.png").write_bytes((folder / "a.png").read_bytes())
    (folder / "mixed/c.png").write_text("mine")
    before = everything(folder)
    with pytest.raises(
        UserError, match=r"mixed/c\.png: exists already, and explained\.json does not name it"
    ):
        explain_into(folder / "mixed", folder, [folder / "elsewhere/c.png"])
    assert everything(folder) == before


def test_what_is_given_stays_also_beside_results(folder: Path) -> None:
    explain_into(folder / "out", folder, [folder / "a.png"])
    explain_into(folder / "out", folder, [folder / "a.png"])
    (folder / "out/b.png").write_bytes((folder / "mask.png").read_bytes())
    (folder / "out/maps/b.png").write_bytes((folder / "b.png").read_bytes())
    (folder / "link").symlink_to(folder / "out")
    before = everything(folder)
    for output, images, masks, lost in (
        (folder / "link", [folder / "out/b.png"], [], "out/b.png"),
        (folder / "out", [folder / "out/maps/b.png"], [], "out/maps/b.png"),
        (folder, [folder / "a.png"], [], "a.png"),
        (folder / "out", [folder / "b.png"], [folder / "out/b.png"], "out/b.png"),
    ):
        with pytest.raises(
            UserError, match=rf"^{folder / lost}: a result would go there; give another folder"
        ):
            explain_into(output, folder, images, masks)
    assert everything(folder) == before


def test_a_name_that_is_no_utf_8(folder: Path) -> None:
    odd = folder / os.fsdecode(b"caf\xe9.png")
    odd.write_bytes((folder / "a.png").read_bytes())
    explain_into(folder / "out", folder, [odd])
    assert b"caf\xe9.png" in os.listdir(os.fsencode(folder / "out"))
    said = json.loads((folder / "out/explained.json").read_text())["pictures"][0]
    assert list(MapStore(folder / "out/maps").read(("grad_cam", "layer4", "explained"))) == [said["name"]]
    assert os.fsencode(said["name"]) == b"caf\xe9"


def test_methods_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        app(["list", "methods"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[: len(METHODS)]] == list(METHODS)
    assert {"class_visualisation", "maximal_activation", "nearest_neighbours", "tsne"} <= {
        line.split()[0] for line in lines
    }
