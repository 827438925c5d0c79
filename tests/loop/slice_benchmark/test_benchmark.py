"""A whole slice benchmark, small but real: planted, trained, evaluated and scored."""

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

import renforce
from generator.errors import UserError
from loop.config.load import load
from loop.config.slice_benchmark import HEALTHY, SliceBenchmarkConfig
from loop.slice_benchmark.benchmark import SliceBenchmark

PLANTED = """# One setting of each kind at 32 px.
seeds: [0]
classes: {sedan: [sedan], bus: [bus]}
pool: &set
  {count: 32, shapes: [sedan, bus], colors: [r, y], angles: [20], views: [f, left], variants: 5,
   environments: [studio, meadow]}
probe: {<<: *set, count: 32, variants: 4}
image_size: 32
scene: {instances: 2}
render: {size: 32, samples: 1, denoise: false}
network: {name: resnet18_narrow}
train: {epochs: 1, batch_size: 8, learning_rate: 0.01, log: none}
controller: {min_n: 4}
threads: 1
settings:
  - name: yellow
    missing: [{where: {color: y}}]
  - name: buses in the meadow
    ties: [{where: {shape: bus, environment: meadow}, leak: 0}]
"""


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.keep=best", "train: patience and keep: best need pictures to validate on"),
        ("controller.score=nonsense", "controller.score: 'nonsense' is not a score"),
        ("farm.without=[vehicle]", "farm.without: leaves it out of every picture"),
        ("pool.shapes=[sedan, bus, van]", "no class for shape 'van', which pool.shapes has"),
    ],
)
def test_mistakes_of_planting_are_told_before_anything_is_made(
    tmp_path: Path, override: str, message: str
) -> None:
    config = tmp_path / "planted.yaml"
    config.write_text(PLANTED)
    with pytest.raises(UserError, match=message):
        SliceBenchmark(load(SliceBenchmarkConfig, config, [override]), tmp_path)


def test_planted_networks_may_be_told_to_look_at_the_mask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, seen = tmp_path / "planted.yaml", []
    config.write_text(PLANTED)
    rows = pd.DataFrame({"shape": ["sedan", "bus"], "color": "r", "view": "f", "environment": "studio"})
    for kind in ("image", "mask"):
        rows[kind] = [str(tmp_path / f"{kind}-{i}.png") for i in range(2)]
        for i in range(2):
            cv2.imwrite(rows[kind][i], np.full((32, 32, *((3,) if kind == "image" else ())), 255, np.uint8))
    benchmark = SliceBenchmark(load(SliceBenchmarkConfig, config), tmp_path / "run")
    benchmark.__dict__["_pool"] = rows  # as if it had been rendered
    monkeypatch.setattr("loop.training.fit.train", lambda classifier, data, *rest, **more: seen.append(data))
    monkeypatch.setattr("loop.training.fit.forget", lambda path: None)
    benchmark.trained(HEALTHY, 0)
    assert seen[0].rendered.all()
    assert seen[0].masks([0, 1]).float().mean() == 255


def test_planted_diseases_are_trained_verified_and_scored(tmp_path: Path) -> None:
    config = tmp_path / "planted.yaml"
    config.write_text(PLANTED)
    run = tmp_path / "run"
    renforce.bench_slices(config, run)
    rows = pd.read_parquet(run / "results.parquet")
    assert len(rows) == 2 * 7
    assert set(rows["kind"]) == {"missing data", "shortcut"}
    probe = pd.read_parquet(run / "settings/yellow/seed-0/probe.parquet")
    assert len(probe) == 32
    assert probe["residual"].between(0, 1).all()
    results = json.loads((run / "results.json").read_text())
    for method, mine in rows.groupby("method"):
        assert results["methods"][str(method)]["solved"]["mean"] == pytest.approx(mine["solved"].mean())
    yellow = next(one for one in results["settings"] if one["name"] == "yellow")
    assert yellow["planted"] == ["color=y"]
    named = yellow["seeds"][0]["methods"]["random"]["named"]
    mine = rows[(rows["setting"] == "yellow") & (rows["method"] == "random")].iloc[0]
    assert [one["slice"] for one in named] == list(mine["slices"])
    page = (run / "report.html").read_text()
    assert "<title>2 planted settings</title>" in page
    assert page.count('class="right"') + page.count('class="wrong"') + page.count(
        'class="anyway"'
    ) == 3 + sum(map(len, rows["slices"]))
    (run / "report.html").unlink()
    renforce.report(run)
    assert page == (run / "report.html").read_text()
    # Interrupted, it goes on with what is missing, and side by side it finds the same.
    for setting in ("healthy", "yellow"):
        (run / f"settings/{setting}/seed-0/probe.parquet").unlink()
        (run / f"settings/{setting}/seed-0/model.safetensors").unlink()
    (run / "report.html").unlink()
    renforce.bench_slices(config, run, overrides=["processes=2"])
    pd.testing.assert_frame_equal(pd.read_parquet(run / "settings/yellow/seed-0/probe.parquet"), probe)
    assert json.loads((run / "results.json").read_text()) == results


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{where: {color: k}}", "color 'k' is not in the pool; nothing would be planted"),
        ("{where: {colour: y}}", "'colour' is not an attribute"),
    ],
)
def test_what_would_plant_nothing_is_refused(tmp_path: Path, given: str, message: str) -> None:
    config = tmp_path / "planted.yaml"
    config.write_text(PLANTED.replace("{where: {color: y}}", given))
    with pytest.raises(UserError, match=message):
        load(SliceBenchmarkConfig, config)
