"""The four questions about the maps, on a run whose answers are planted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.methods.map_store import MapWriter
from analysis.scores.table import SCORES
from generator.dataset.tables import write_parquet
from loop.report.run import write_report
from loop.report.run.content.run import read_run
from loop.report.run.sections.attribution import _layer_text, _method_text, attribution
from tests.helpers.report import GRID, make_run

METHODS, LAYERS, TARGETS = ("grad_cam", "grad_cam_pp"), ("layer3", "layer4"), ("true", "predicted")


def fill(place: Path, seed: int) -> None:
    """Scores and maps of two methods and layers; energy at layer4 of the true class predicts failure."""
    rng = np.random.default_rng(seed)
    pictures = pd.read_parquet(place / "holdout.parquet")
    names, wrong = pictures["name"].tolist(), (pictures["correct"] == 0).to_numpy()
    write_parquet(place / "holdout.parquet", pictures.assign(mask_area=rng.random(len(names))))
    writer = MapWriter(place / "maps" / "holdout", "float32")
    tables, maps = [], {}
    base = np.random.default_rng(0).normal(size=(len(names), GRID, GRID)).astype(np.float32)
    for method in METHODS:
        for layer in LAYERS:
            for target in TARGETS:
                n = len(names)
                values = {f"{s}{end}": rng.random(n) for s in SCORES for end in ("", "_corrected")}
                values |= {f"iou_{p}": rng.random(n) for p in range(10, 100, 10)}
                if (layer, target) == ("layer4", "true"):
                    values["energy_corrected"] = 0.8 - 0.5 * wrong + 0.1 * rng.random(n)
                where = {"name": names, "method": method, "layer": layer, "target": target}
                tables.append(pd.DataFrame({**where, **values, "reason": ""}))
                noise = rng.normal(size=base.shape).astype(np.float32)
                maps[method, layer, target] = (base + 0.5 * noise, np.zeros(n, np.float32))
    write_parquet(place / "holdout_scores.parquet", pd.concat(tables, ignore_index=True))
    writer.add(names, maps)
    writer.close()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_run(tmp_path_factory.mktemp("attribution") / "run")
    for number in (0, 1):
        fill(folder / "rounds" / f"{number:02d}", number)
    return folder


def test_the_answers(run: Path) -> None:
    found = attribution(read_run(run))
    assert found is not None
    answers = dict(found.answers)
    failure = answers["Does misalignment predict failure?"]
    assert "Energy of the true class’s map is lower where the network is wrong (AUROC 1.00" in failure
    assert (
        "energy of the true class’s grad_cam map at layer4" in failure
        or "grad_cam_pp map at layer4" in failure
    )
    assert "it holds." in failure
    assert answers["Do the methods agree?"].startswith(
        "Rank correlation with grad_cam at layer4: grad_cam_pp 0."
    )
    assert "rank correlation 0." in answers["Do the maps change?"]
    assert "at layer4" in answers["Which layer is best?"]
    assert len(found.layers) == 8
    assert len(found.layers[0]["means"]) == 2
    # A score each of both targets, and the threshold that is best on the other half.
    assert len(found.scores) == 2 * (len(SCORES) + 1)
    agreement = next(row for row in found.agreements if "round" in row["other"])
    assert 0.6 < agreement["low"] < agreement["mean"] < agreement["high"] < 1


def test_examples_are_chosen_by_rule(run: Path) -> None:
    content = read_run(run)
    found = attribution(content)
    assert found is not None
    pictures = content.first.pictures["holdout"]
    wrong = pictures[pictures["correct"] == 0].sort_values(["energy_true", "name"])
    least = [example for example in found.examples if example.rule == "wrong, least on the vehicle"]
    assert [example.name for example in least] == wrong["name"].tolist()[:2]
    assert [tile.title for tile in least[0].tiles] == [f"{m}, {t}" for m in METHODS for t in TARGETS]


def test_the_page_shows_them(run: Path) -> None:
    page = write_report(run).read_text()
    assert "Does misalignment predict failure?" in page
    assert page.count("wrong, least on the vehicle") == 2
    assert "best_iou" in page


def test_methods_that_explain_pixels_are_compared_too() -> None:
    row = {"mean": 0.5, "low": 0.4, "high": 0.6, "n": 9, "one": "grad_cam at layer4"}
    pixels, other = {**row, "other": "saliency at picture"}, {**row, "other": "grad_cam at layer3"}
    assert (
        _method_text([other, pixels])
        == "Rank correlation with grad_cam at layer4: saliency 0.50 [0.40, 0.60]."
    )
    assert _method_text([other]).startswith("Only one method has maps")


def test_no_layer_is_best_where_none_predicts_failure() -> None:
    layer = {"method": "grad_cam", "layer": "layer4", "target": "true", "means": [{"mean": -0.2}]}
    text = _layer_text([{**layer, "failure": {"auroc": 0.44, "auroc_low": 0.3}}])
    assert text == (
        "Most evidence is on the vehicle at layer4 (grad_cam, corrected energy -0.20); at no layer does "
        "energy significantly predict failure."
    )
    text = _layer_text([{**layer, "failure": {"auroc": 0.64, "auroc_low": 0.55}}])
    assert text.endswith("energy predicts failure best at layer4 (grad_cam, AUROC 0.64).")


def test_a_run_without_layers_says_nothing(tmp_path: Path) -> None:
    assert attribution(read_run(make_run(tmp_path / "old"))) is None
