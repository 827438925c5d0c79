"""`renforce explain` and `renforce list methods`, on a small network with random weights."""

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from analysis.alignment import align
from analysis.methods.table import METHODS
from analysis.store import MapStore
from generator.errors import UserError
from loop.classifier import Card, Classifier, save_classifier
from loop.cli import app
from loop.explain import explain_pictures

FAST = ("cam", "grad_cam", "grad_cam_pp", "saliency", "guided_backpropagation", "occlusion")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    classifier = Classifier(Card("resnet18", ("car", "truck"), 32, (0.5,) * 3, (0.25,) * 3), seed=1)
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
    told("'bus' is no class of the network; one of car, truck", [a], target="bus")
    told("none.png: does not exist", [folder / "none.png"])
    torch.save({"fc.weight": torch.zeros(2, 512)}, folder / "bare.pt")
    with pytest.raises(UserError, match="holds no card"):
        explain_pictures(folder / "bare.pt", [a], folder / "out")
    with pytest.raises(UserError, match="'grad_kam' is unknown"):
        explain_pictures(weights, [a], folder / "out", methods=["grad_kam"])


def test_methods_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        app(["list", "methods"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[: len(METHODS)]] == list(METHODS)
    assert {"class_visualisation", "maximal_activation", "nearest_neighbours", "tsne"} <= {
        line.split()[0] for line in lines
    }
