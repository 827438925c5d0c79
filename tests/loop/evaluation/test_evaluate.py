"""A verification of pictures on disk: its tables and maps against the parts they are made of; flat memory."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

from analysis.methods.capture import capture, true_and_predicted
from analysis.methods.grad_cam import grad_cam
from analysis.methods.map_store import MapStore
from analysis.scores.alignment import align
from analysis.scores.table import SCORES
from generator.dataset.dataset import read_set
from generator.errors import UserError
from generator.naming import picture_name
from loop.config.controller import AttributionSettings
from loop.evaluation.evaluate import evaluate, layers_of
from loop.evaluation.files import EvaluationFiles
from loop.evaluation.scoring import measured_columns
from tests.helpers.classifiers import untrained


def write_set(folder: Path, count: int, *, parts: bool = True) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    mask = np.zeros((32, 32), np.uint8)
    mask[10:22, 6:26] = 255
    index = np.where(mask > 0, 1, 0).astype(np.uint8)
    index[19:22, 8:12] = 3
    for kind in ("images", "masks", "parts"):
        (folder / kind).mkdir(parents=True)
    for i in range(count):
        name = f"{picture_name('sedan', 'r', 20, 'f', i)}.png"
        cv2.imwrite(str(folder / "images" / name), rng.integers(0, 255, (32, 32, 3), dtype=np.uint8))
        cv2.imwrite(str(folder / "masks" / name), mask)
        if parts:
            cv2.imwrite(str(folder / "parts" / name), index)
    return read_set(folder)


def test_tables_and_maps_agree_with_their_parts(tmp_path: Path) -> None:
    table, classifier = write_set(tmp_path / "set", 70), untrained()
    labels = [i % 3 for i in range(70)]
    pictures = evaluate(classifier, table, labels, EvaluationFiles(tmp_path / "out", "probe"))
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out/probe.parquet"), pictures)
    scores = pd.read_parquet(tmp_path / "out/probe_scores.parquet")
    assert len(scores) == 70 * 2 * 2 * 4
    assert set(measured_columns()) <= set(scores)
    assert pictures["name"].tolist() == table["name"].tolist()
    # The last picture, which lies in the second batch, on its own.
    image = torch.from_numpy(cv2.imread(table["image"].iloc[69])[:, :, ::-1].copy()).permute(2, 0, 1)[None]
    seen = capture(
        classifier.network, classifier.normalise(image), ["layer4"], true_and_predicted(torch.tensor([0]))
    )
    raw = grad_cam(seen.activations["layer4"], seen.gradients["layer4"])
    mask = torch.from_numpy(cv2.imread(table["mask"].iloc[69], 0) > 0)[None]
    store, name = MapStore(tmp_path / "out/maps/probe"), table["name"].iloc[69]
    for t, target in enumerate(("true", "predicted")):
        kept = store.read(("grad_cam", "layer4", target))[name]
        assert np.abs(kept - raw[t, 0].numpy()).max() < 1e-3 * float(raw[t].abs().max())
        wanted = align(raw[t], mask)
        row = scores[(scores["name"] == name) & (scores["layer"] == "layer4") & (scores["target"] == target)]
        row = row[row["method"] == "grad_cam"].iloc[0]
        for score in SCORES:
            assert row[score] == pytest.approx(float(wanted[score]), rel=2e-2, abs=1e-3, nan_ok=True)
    last = pictures.iloc[69]
    assert last["mask_area"] == pytest.approx(240 / 1024)
    assert last["area_wheel"] == pytest.approx(12 / 1024)
    on = [last[f"on_{part}_true"] for part in ("body", "wheel", "shadow", "rest")]
    assert sum(on) == pytest.approx(1, abs=1e-5) or np.isnan(on).all()
    known = pictures["energy_true"].notna()
    inside = (pictures["on_body_true"] + pictures["on_wheel_true"])[known]
    assert np.corrcoef(inside, pictures["energy_true"][known])[0, 1] > 0.999
    assert store.log_scales(("grad_cam_pp", "layer4", "true"))[name] == pytest.approx(
        float(seen.target_scores[0, 0]), rel=1e-3, abs=1e-4
    )


def test_methods_and_layers_are_chosen_and_refusals_have_a_reason(tmp_path: Path) -> None:
    table = write_set(tmp_path / "set", 3, parts=False)
    look = AttributionSettings(methods=("cam", "saliency"), layers="last", maps="float32")
    pictures = evaluate(
        untrained("vgg16"), table, [0, 1, 2], EvaluationFiles(tmp_path / "out", "probe"), look
    )
    scores = pd.read_parquet(tmp_path / "out/probe_scores.parquet")
    refused = scores[scores["method"] == "cam"]
    assert refused["reason"].str.startswith("CAM is not defined here").all()
    assert refused["energy"].isna().all()
    assert pictures["energy_true"].isna().all()
    assert set(scores[scores["method"] == "saliency"]["layer"]) == {"picture"}
    assert MapStore(tmp_path / "out/maps/probe").kinds[0] == ("saliency", "picture", "true")
    assert not [column for column in pictures if column.startswith("on_")]
    assert layers_of("vgg16", AttributionSettings())[-1] == "features.29"
    with pytest.raises(UserError, match="'gradcam' is unknown"):
        evaluate(
            untrained(),
            table,
            [0, 1, 2],
            EvaluationFiles(tmp_path / "other", "probe"),
            AttributionSettings(methods=("gradcam",)),
        )
    assert not (tmp_path / "other/probe_scores.parquet").exists()


MEASURE = """
import resource, sys
from pathlib import Path
import analysis.methods.map_store
from generator.dataset.dataset import read_set
from loop.evaluation.evaluate import evaluate
from loop.evaluation.files import EvaluationFiles
from tests.helpers.classifiers import with_small_network
analysis.methods.map_store.SHARD = 64
table = read_set(Path(sys.argv[1])).iloc[: int(sys.argv[3])]
evaluate(with_small_network(), table, [0] * len(table), EvaluationFiles(Path(sys.argv[2]), "probe"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_stays_flat(tmp_path: Path) -> None:
    write_set(tmp_path / "set", 448)

    def peak(count: int) -> int:
        command = [sys.executable, "-c", MEASURE, tmp_path / "set", tmp_path / f"out{count}", str(count)]
        done = subprocess.run(
            list(map(str, command)), capture_output=True, text=True, check=True, timeout=300
        )
        return int(done.stdout)

    # Were the maps of 320 more pictures kept (16 each, of 32×32 cells), it would be 21 MB more.
    assert peak(448) - peak(128) < 12
