"""A whole cycle, small but real in every part: rendered, trained, verified, reinforced; and killed."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pandas as pd
import pytest

from generator.dataset.dataset import read_specs
from tests.helpers.runs import CYCLE

SAME = ("rounds/*/*.parquet", "rounds/*/*.json*", "ledger.jsonl", "config.yaml", "rounds/*/model.safetensors")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "cycle.yaml"
    path.write_text(CYCLE)
    return path


def start(config: Path, run: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "renforce.cli", "loop", str(config), "-o", str(run)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, start_new_session=True, text=True, stdout=pipe, stderr=pipe)


def finish(config: Path, run: Path) -> str:
    out, err = (process := start(config, run)).communicate(timeout=300)
    assert process.returncode == 0, err
    return out


def kill_when(config: Path, run: Path, ready: Callable[[], bool]) -> None:
    """Start the loop and kill its whole process group as soon as `ready`."""
    process = start(config, run)
    while not ready() and process.poll() is None:
        sleep(0.002)
    assert process.poll() is None, "it ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def contents(run: Path) -> dict[str, str]:
    """Every picture and every decision, by hash."""
    pictures = [path for path in run.rglob("*.png")]
    others = [path for pattern in SAME for path in run.glob(pattern)]
    return {str(p.relative_to(run)): hashlib.sha256(p.read_bytes()).hexdigest() for p in pictures + others}


@pytest.fixture(scope="module")
def whole(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("whole") / "run"
    finish(config, run)
    return run


def test_a_cycle_leaves_what_the_design_says(whole: Path) -> None:
    assert len(list((whole / "sets/base/images").glob("*.png"))) == 20
    for turn in ("00", "01"):
        metrics = json.loads((whole / f"rounds/{turn}/metrics.json").read_text())
        assert metrics["probe"]["accuracy"]["n"] == metrics["holdout"]["accuracy"]["n"] == 24
    scores = pd.read_parquet(whole / "rounds/00/probe_scores.parquet")
    assert set(scores["target"]) == {"true", "predicted"}
    # 24 pictures × 2 targets × 2 methods × 4 stages
    assert len(scores) == 24 * 2 * 2 * 4
    renders = list((whole / "rounds/00/renders/images").glob("*.png"))
    assert len(renders) == 6
    steps = [json.loads(line)["step"] for line in (whole / "ledger.jsonl").read_text().splitlines()]
    assert steps.count("decide") == 2, "a weak slice, and the cells that were drawn"
    assert (whole / "report.html").stat().st_size > 10_000


def test_reinforcement_is_inside_the_weak_slice_and_from_new_vehicles(whole: Path) -> None:
    decided = [json.loads(line) for line in (whole / "ledger.jsonl").read_text().splitlines()]
    sure, drawn = (entry for entry in decided if entry["step"] == "decide")
    assert (sure["pictures"], drawn["pictures"]) == (3, 3)
    ordered = json.loads((whole / "rounds/00/orders.json").read_text())
    assert ordered[0]["where"] == sure["slice"]
    asked = [order["where"] for order in ordered for _ in range(order["count"])]
    specs = read_specs(whole / "rounds/00")
    assert [
        {name: getattr(s, name) for name in where} for s, where in zip(specs, asked, strict=True)
    ] == asked
    added = pd.read_parquet(whole / "rounds/00/renders/manifest.parquet")
    assert added["variant"].tolist() == [spec.variant for spec in specs]
    for name in ("base", "probe", "holdout"):
        other = pd.read_parquet(whole / f"sets/{name}/manifest.parquet")
        assert set(added["variant"]).isdisjoint(other["variant"])
        assert set(added["environment_seed"]).isdisjoint(other["environment_seed"])


def test_pictures_that_are_right_and_aligned_are_kept_out(whole: Path) -> None:
    learned = pd.read_parquet(whole / "rounds/00/train.parquet")
    assert len(learned) == 20
    aligned = learned["energy_true"] >= learned["energy_true"].quantile(0.5)
    easy = set(learned["name"][aligned & (learned["label"] == learned["predicted"])])
    assert set(json.loads((whole / "rounds/00/kept_out.json").read_text())) == easy
    assert easy
    told = [json.loads(line) for line in (whole / "ledger.jsonl").read_text().splitlines()]
    again = next(entry for entry in told if entry["step"] == "train" and entry["round"] == 1)
    assert f"on {20 + 6 - len(easy)} pictures" in again["why"]


def test_killed_anywhere_it_ends_the_same(config: Path, whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    first = run / "rounds/00"
    kill_when(config, run, lambda: len(list(run.glob("sets/base/images/*.png"))) >= 5)
    assert len(list(run.glob("sets/base/images/*.png"))) < 20
    kill_when(config, run, (first / "training.ckpt").exists)
    assert not (first / "model.safetensors").exists()
    kill_when(config, run, (first / "maps/probe.json").exists)
    assert not (first / "metrics.json").exists()
    kill_when(config, run, (run / "rounds/00/renders/dataset.json").exists)
    assert not (run / "rounds/00/renders/manifest.parquet").exists()
    finish(config, run)
    assert contents(run) == contents(whole)


def test_a_finished_run_says_so_at_once(config: Path, whole: Path) -> None:
    before = contents(whole)
    began = monotonic()
    assert "nothing left to do" in finish(config, whole)
    assert monotonic() - began < 20
    assert contents(whole) == before
