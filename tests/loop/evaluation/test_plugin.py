"""A user's score, attribution method and network in an evaluation, as configurations name them."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from analysis.methods.map_store import MapStore
from generator.dataset.dataset import read_set
from generator.naming import picture_name
from generator.plugins import load_plugins
from loop.config.controller import AttributionSettings
from loop.evaluation.evaluate import evaluate, is_score
from loop.evaluation.files import EvaluationFiles
from tests.analysis.plugin_package import installed
from tests.helpers.classifiers import untrained


def write_pictures(folder: Path, count: int) -> pd.DataFrame:
    """Pictures of noise with one mask."""
    rng = np.random.default_rng(0)
    mask = np.zeros((32, 32), np.uint8)
    mask[10:22, 6:26] = 255
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for i in range(count):
        name = f"{picture_name('sedan', 'r', 20, 'f', i)}.png"
        cv2.imwrite(str(folder / "images" / name), rng.integers(0, 255, (32, 32, 3), dtype=np.uint8))
        cv2.imwrite(str(folder / "masks" / name), mask)
    return read_set(folder)


def test_an_evaluation_has_the_score_of_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write_pictures(tmp_path / "set", 5)
    settings = AttributionSettings(methods=("activation",), layers="stages", maps="float32")
    with installed(tmp_path, monkeypatch) as package:
        load_plugins([package])
        files = EvaluationFiles(tmp_path / "out", "probe")
        found = evaluate(untrained("tiny"), table, [0, 1, 2, 0, 1], files, settings)
        assert is_score("margin_true")
    assert not is_score("margin_true")
    known = found["energy_true"].notna()
    assert known.any()
    # 2 * energy - 1 is corrected as energy is.
    np.testing.assert_allclose(found["margin_true"], found["energy_true"], rtol=1e-4, atol=1e-5)
    scores = pd.read_parquet(tmp_path / "out/probe_scores.parquet")
    np.testing.assert_allclose(scores["margin"], 2 * scores["energy"] - 1, rtol=1e-4, atol=1e-5)
    assert set(scores["layer"]) == {"0", "2"}
    assert MapStore(tmp_path / "out/maps/probe").kinds[0] == ("activation", "0", "true")
