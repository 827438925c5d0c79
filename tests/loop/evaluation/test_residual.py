"""A verification that renders the probe without its vehicles: a real run, small in every part."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from analysis.methods.map_store import MapStore
from analysis.scores.pair import upsample
from generator.dataset.dataset import read_set
from generator.dataset.pixels import read_image, read_mask
from generator.errors import UserError
from generator.files import read_jsonl
from loop.config.comparison import CompareConfig
from loop.config.load import load
from loop.config.run import LoopConfig
from loop.run.folder import RunFolder
from loop.training.weights import load_classifier
from renforce import reinforce
from tests.helpers.runs import CYCLE

RESIDUAL = ["attribution.residual=true", "attribution.parts=[wheel]", "attribution.layers=last"]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "residual.yaml"
    path.write_text(CYCLE)
    return path


@pytest.fixture(scope="module")
def run(given: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Verified, reinforced and verified again."""
    folder = tmp_path_factory.mktemp("residual") / "run"
    words = [*RESIDUAL, "attribution.faithfulness=true", "controller.candidates=2", "farm.workers=1"]
    words.append(f"farm.cache={folder.with_name('cache')}")
    reinforce(given, folder, overrides=words)
    return folder


def test_what_is_rendered_is_picked_from_twice_as_many(run: Path) -> None:
    told = [entry["why"] for entry in read_jsonl(run / "ledger.jsonl") if entry["step"] == "decide"]
    assert "of 2 draws for each picture the one is rendered on which a failure is likeliest" in told
    wanted = sum(order.count for order in RunFolder(run).round(0).read_requests())
    assert len(read_set(run / "rounds/00/renders")) == wanted > 0


def probe(run: Path, turn: int) -> pd.DataFrame:
    return pd.read_parquet(run / f"rounds/{turn:02d}/probe.parquet")


def test_every_round_says_what_is_left_of_the_class(run: Path) -> None:
    for turn in (0, 1):
        table = probe(run, turn)
        assert table[["residual", "drop", "part_drop_wheel"]].notna().all(axis=None)
        assert table["residual"].between(0, 1).all()
        assert "residual" not in pd.read_parquet(run / f"rounds/{turn:02d}/holdout.parquet")
    assert (probe(run, 0)["residual"] != probe(run, 1)["residual"]).any(), "another network, other figures"


@pytest.mark.parametrize("turn", [0, 1])
def test_the_figures_are_those_of_the_pictures_by_hand(run: Path, turn: int) -> None:
    classifier = load_classifier(run / f"rounds/{turn:02d}/model.safetensors").eval()
    for row in probe(run, turn).itertuples():
        label = classifier.card.classes.index(str(row.label))
        places = ("probe/images", row.name), ("probe_without/vehicle/images", row.without)
        pictures = [read_image(run / "sets" / folder / f"{name}.png", 32) for folder, name in places]
        with torch.inference_mode():
            logits = classifier(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)).double()
        assert row.residual == pytest.approx(float(logits[1].softmax(0)[label]), abs=1e-4)
        whole, empty = (logits[i, label] - logits[i].mean() for i in (0, 1))
        assert row.drop == pytest.approx(float(whole - empty), abs=1e-3)


def test_scenes_are_empty_rendered_once_and_out_of_no_other_set(run: Path) -> None:
    without = run / "sets" / "probe_without"
    masks = list((without / "vehicle" / "masks").glob("*.png"))
    assert len(masks) == probe(run, 0)["without"].nunique() == 24
    assert not any(read_mask(path).any() for path in masks)
    assert len(list((without / "wheel" / "images").glob("*.png"))) == 24
    # What is in the cache under the name of a picture with its vehicle is not taken for one without.
    name = masks[0].stem
    whole = (run / "sets" / "probe" / "images" / f"{name}.png").read_bytes()
    assert whole != (without / "vehicle" / "images" / f"{name}.png").read_bytes()


def test_the_report_has_the_section(run: Path) -> None:
    page = (run / "report.html").read_text()
    assert "<h2>Is the prediction the same without the vehicle?</h2>" in page
    mean = probe(run, 1)["residual"].mean()
    assert f"the true class still has a probability of {100 * mean:.1f}\u00a0% on average" in page


def test_faithfulness_is_that_of_the_maps_and_the_network(run: Path) -> None:
    table = pd.read_parquet(run / "rounds/01/probe_faithfulness.parquet")
    assert set(table["method"]) == {"grad_cam", "grad_cam_pp"}
    assert len(table) == 2 * len(probe(run, 1))
    classifier = load_classifier(run / "rounds/01/model.safetensors").eval()
    row = table[table["drop"].notna()].iloc[-1]
    kind = (row["method"], row["layer"], "predicted")
    raw = MapStore(run / "rounds/01/maps/probe").read(kind, [row["name"]])[row["name"]]
    picture = read_image(run / "sets/probe/images" / f"{row['name']}.png", 32)
    image = classifier.normalise(torch.from_numpy(picture).permute(2, 0, 1)[None])
    light = upsample(torch.from_numpy(raw)[None], (32, 32)).clamp_min(0)
    with torch.inference_mode():
        whole, shown = (classifier.network(x).softmax(1)[0] for x in (image, image * light / light.max()))
    best = int(whole.argmax())
    expected = max(0.0, float(whole[best] - shown[best])) / float(whole[best])
    assert row["drop"] == pytest.approx(expected, abs=1e-3)
    assert "How faithful the maps are to the network" in (run / "report.html").read_text()


def test_another_run_takes_its_sets_out_of_the_cache(run: Path, given: Path, tmp_path: Path) -> None:
    cache = f"farm.cache={run.with_name('cache')}"
    words = [*RESIDUAL, cache, "farm.workers=1", "controller.rounds=0"]
    reinforce(given, tmp_path / "again", overrides=words)
    pd.testing.assert_frame_equal(probe(tmp_path / "again", 0), probe(run, 0))
    ledger = (tmp_path / "again" / "ledger.jsonl").read_text()
    assert "24 pictures in sets/probe, 24 of them out of the cache" in ledger
    assert not list((tmp_path / "again").rglob("worker-*.log")), "no Blender was started"


def test_pictures_without_specs_are_refused_at_the_start(run: Path, given: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "images").symlink_to(run / "sets" / "probe" / "images")
    words = [*RESIDUAL, "probe.render=null", f"probe.folder={pictures}"]
    with pytest.raises(
        UserError, match=r"^attribution.residual: .*/pictures holds no specs.jsonl, .*=false$"
    ):
        reinforce(given, tmp_path / "run", overrides=words)
    assert not (tmp_path / "run" / "sets").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["attribution.residual=true", "attribution.parts=[door]"],
            "parts: 'door' is not a part; use shadow, body",
        ),
        (["attribution.parts=[wheel]"], "parts: needs `residual: true`; set it, or remove `parts`"),
    ],
)
def test_wrong_settings_are_one_line(given: Path, words: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        load(LoopConfig, given, words)


@pytest.mark.parametrize("key", ["residual", "faithfulness"])
def test_a_comparison_does_not_take_it_and_leave_it_out(key: str) -> None:
    data = {"source": "folder", "root": "."}
    with pytest.raises(ValueError, match=rf"attribution.{key}: is measured by `renforce verify`"):
        CompareConfig.model_validate({"networks": ["resnet18"], "data": data, "attribution": {key: True}})
