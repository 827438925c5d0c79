"""A comparison, small but real: trained, judged, tabled; killed and gone on with."""

import json
import os
import shutil
import signal
import subprocess
import sys
from itertools import product
from pathlib import Path
from time import sleep

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import spearmanr

from analysis.methods.map_store import MapStore
from generator.errors import UserError
from loop.comparison.results import write_results
from loop.config.comparison import CompareConfig
from loop.config.load import load
from loop.run.results_folder import ComparisonFolder
from renforce import compare

TIMES = ["train_pictures_per_second", "test_pictures_per_second", "loader_share", "seconds"]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("compare")
    rng = np.random.default_rng(0)
    for part, count in (("train", 12), ("test", 6)):
        for k, name in enumerate(("red", "green", "blue")):
            (root / "data" / part / name).mkdir(parents=True)
            for i in range(count):
                picture = rng.integers(0, 90, (32, 32, 3), dtype=np.uint8)
                picture[:, :, 2 - k] += 120
                cv2.imwrite(str(root / "data" / part / name / f"{i}.png"), picture)
    content = {
        "networks": ["alexnet_gap", "mobilenet_v2"],
        "data": {"source": "folder", "root": str(root / "data"), "image_size": 32, "valid_fraction": 0.25},
        "train": {"epochs": 2, "batch_size": 9, "learning_rate": 0.01},
        "variants": [
            {"name": "all", "amounts": [1]},
            {"name": "few", "data": {"per_class": 3}, "train": {"epochs": 1}},
        ],
    }
    path = root / "compare.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def command(config: Path, run: Path) -> list[str]:
    return [sys.executable, "-m", "renforce.cli", "compare", str(config), "-o", str(run)]


@pytest.fixture(scope="module")
def whole(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("whole") / "run"
    done = subprocess.run(command(config, run), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return run


def test_its_table_has_a_row_a_training_and_amount(whole: Path) -> None:
    rows = pd.read_parquet(whole / "results.parquet")
    assert rows[["variant", "network", "amount"]].to_numpy().tolist() == [
        ["all", "alexnet_gap", 1], ["all", "alexnet_gap", 2], ["all", "mobilenet_v2", 1],
        ["all", "mobilenet_v2", 2], ["few", "alexnet_gap", 1], ["few", "mobilenet_v2", 1],
    ]  # fmt: skip
    assert set(rows["test_n"]) == {18}
    assert rows["train_n"].tolist() == [27] * 4 + [9] * 2
    assert rows["parameters"].tolist()[0] == 2_452_035
    results = json.loads((whole / "results.json").read_text())
    assert results["data"]["few"] == {
        "classes": ["blue", "green", "red"], "train": 9, "rendered": 0, "valid": 9, "test": 18, "notes": []
    }  # fmt: skip
    top = results["summaries"][0]["figures"]["test_top1"]
    table = pd.read_parquet(whole / "jobs/all/alexnet_gap/seed-0/epoch-001.parquet")
    assert top["mean"] == pytest.approx(table["top1"].mean())
    assert top["low"] <= top["mean"] <= top["high"]
    report = (whole / "report.html").read_text()
    assert "alexnet_gap" in report
    assert "of 18 test pictures" in report
    assert not list(whole.rglob("training.ckpt"))


def test_an_amount_that_a_seed_did_not_reach_has_no_mean(config: Path, whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    for job in (run / "jobs").glob("*/*/seed-0"):
        shutil.copytree(job, job.with_name("seed-1"))
    (run / "jobs/all/alexnet_gap/seed-1/epoch-001.json").unlink()  # as if it had stopped early
    write_results(ComparisonFolder(run), load(CompareConfig, config, ["seeds=[0, 1]"]))
    rows = pd.read_parquet(run / "results.parquet")
    assert len(rows) == 11
    summaries = json.loads((run / "results.json").read_text())["summaries"]
    assert [(s["variant"], s["network"], s["amount"]) for s in summaries] == [
        ("all", "alexnet_gap", 2), ("all", "mobilenet_v2", 1), ("all", "mobilenet_v2", 2),
        ("few", "alexnet_gap", 1), ("few", "mobilenet_v2", 1),
    ]  # fmt: skip


def test_killed_it_goes_on_and_ends_with_the_same_figures(config: Path, whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    process = subprocess.Popen(
        command(config, run), start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    middle = run / "jobs/all/mobilenet_v2/seed-0/training.ckpt"
    while not middle.exists() and process.poll() is None:
        sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert middle.exists()
    assert not (run / "report.html").exists()
    subprocess.run(command(config, run), check=True, capture_output=True)
    tables = [pd.read_parquet(folder / "results.parquet").drop(columns=TIMES) for folder in (run, whole)]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Squares of a class's colour on grey, named as renders are."""
    folder, rng = tmp_path_factory.mktemp("probe"), np.random.default_rng(1)
    for kind in ("images", "masks"):
        (folder / kind).mkdir()
    for i, (shape, view) in enumerate(product(("sedan", "van", "bus"), ("f", "b", "left", "right"))):
        for n in range(3):
            mask = np.zeros((32, 32), np.uint8)
            mask[8:24, 4 + 6 * n : 16 + 6 * n] = 255
            picture = rng.integers(0, 90, (32, 32, 3), dtype=np.uint8)
            picture[mask > 0, 2 - i // 4] += 120
            name = f"{shape}_r_20_{view}_{n:04d}.png"
            cv2.imwrite(str(folder / "images" / name), picture)
            cv2.imwrite(str(folder / "masks" / name), mask)
    return folder


CLASSES = "{red: [sedan], green: [van], blue: [bus]}"


def test_it_says_where_networks_look_and_how_alike(config: Path, probe: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    overrides = [
        "variants=[{name: all, amounts: [1]}]", "networks=[alexnet_gap, resnet18]", "seeds=[0, 1]",
        f"probe={{folder: {probe}, classes: {CLASSES}}}", "attribution.layers=last",
    ]  # fmt: skip
    compare(config, run, overrides=overrides)
    results = json.loads((run / "results.json").read_text())
    assert results["data"]["all"]["looks"] == 36
    assert [s["amount"] for s in results["summaries"]] == [1, 2, 1, 2]
    for summary in results["summaries"]:
        places = [run / f"jobs/all/{summary['network']}/seed-{seed}" for seed in (0, 1)]
        tables = [pd.read_parquet(p / f"epoch-{summary['amount']:03d}-looks.parquet") for p in places]
        means = np.nanmean([table["energy_true"] for table in tables], axis=0)
        known = summary["figures"]["looks_energy"]
        assert known["mean"] == pytest.approx(np.nanmean(means))
        assert known["low"] <= known["mean"] <= known["high"]
        assert known["n"] == np.isfinite(means).sum()
    pairs = {(row["one"], row["other"]): row for row in results["agreements"]["all"]}
    assert set(pairs) == {
        ("alexnet_gap", "resnet18"), ("alexnet_gap", "alexnet_gap"), ("resnet18", "resnet18")
    }  # fmt: skip
    for row in pairs.values():
        assert -1 <= row["low"] <= row["maps"] <= row["high"] <= 1
        assert -1 <= row["slices"] <= 1
    one, other = (
        MapStore(run / f"jobs/all/resnet18/seed-{seed}/maps/epoch-002-looks").read(
            ("grad_cam", "layer4", "true")
        )
        for seed in (0, 1)
    )
    alike = [spearmanr(one[name].ravel(), other[name].ravel()).statistic for name in one]
    assert pairs["resnet18", "resnet18"]["maps"] == pytest.approx(np.nanmean(alike), abs=1e-6)
    report = (run / "report.html").read_text()
    assert "alexnet_gap and resnet18" in report
    assert "resnet18 and itself, trained with another seed" in report
    other = [*overrides[:4], f"probe.classes={CLASSES.replace('bus', 'suv')}"]
    with pytest.raises(UserError, match="no class of the data for shape 'bus'"):
        compare(config, tmp_path / "other", overrides=other)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("networks=[resnet19]", "networks: 'resnet19' is unknown: use one of alexnet"),
        ("seeds=[1, 1]", "seeds: one is named twice"),
        ("amounts=[9]", "of 'all' there are 2 epochs"),
        ("recipes={vgg16: {}}", "recipes: 'vgg16' is not one of the networks compared"),
        ("variants=[{name: x, train: {epochs: 0}}]", "variants: 'x': epochs: Input should be greater"),
        ("variants=[{name: ../x}]", "variants.0.name"),
    ],
)
def test_mistakes_are_one_line(config: Path, override: str, said: str) -> None:
    overrides = [override] if override.startswith("variants") else ["variants=[{name: all}]", override]
    with pytest.raises(UserError) as error:
        load(CompareConfig, config, overrides)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
