"""A whole study, small but real, and again from its cache."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import DEVNULL
from time import sleep

import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

import renforce
from generator.errors import UserError
from generator.files import LOCK, read_jsonl
from loop.config.load import load
from loop.config.study import StudyConfig
from loop.processes import workers
from loop.study.study import Study, take_beginning
from loop.study.study import run as run_job

STUDY = """# Four controllers, two seeds, one round at 32 px.
seeds: [0, 1]
arms: [none, uniform, weak, oracle]
processes: 2
run:
  render_seed: 3
  classes: {sedan: [sedan], bus: [bus]}
  data:
    source: rendered
    image_size: 32
    rendered: &set
      {count: 16, shapes: [sedan, bus], colors: [r, y], angles: [20], views: [f, left], variants: 5,
       holes: [{where: {color: y}, keep: 0.5}]}
  train: {epochs: 2, batch_size: 8, learning_rate: 0.01, retrain: finetune, retrain_epochs: 1, log: none}
  network: {name: resnet18_narrow}
  render: {size: 32, samples: 1, denoise: false}
  scene: {environment: [studio, meadow], instances: 2}
  attribution: {methods: [grad_cam], layers: last}
  farm: {workers: 1}
  probe: {render: {<<: *set, count: 24, variants: 6, holes: []}}
  holdout: {<<: *set, count: 48, variants: 8, holes: []}
  reinforce: {shapes: [sedan, bus], colors: [r, y], angles: [20], views: [f, left], variants: 5}
  controller: {rounds: 1, budget: 6, slices: 2, min_n: 4, idle: explore}
"""
ARMS = ("none", "uniform", "weak", "oracle")


def study(tmp_path: Path, name: str, *overrides: str) -> Path:
    config = tmp_path / "study.yaml"
    config.write_text(STUDY)
    renforce.study(config, tmp_path / name, overrides=overrides)
    return tmp_path / name


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study(tmp_path_factory.mktemp("study"), "run")


def runs(folder: Path) -> list[tuple[str, int, Path]]:
    return [(arm, seed, folder / "runs" / f"seed-{seed}" / arm) for seed in (0, 1) for arm in ARMS]


def decisions(folder: Path) -> dict[str, str]:
    """Everything that was decided and learned, by hash."""
    kinds = (
        "orders.json",
        "specs.jsonl",
        "model.safetensors",
        "probe.parquet",
        "holdout.parquet",
        "gate.json",
    )
    files = [path for _, _, run in runs(folder) for kind in kinds for path in run.glob(f"rounds/*/{kind}")]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_arms_begin_alike_and_train_equally_long(whole: Path) -> None:
    for seed in (0, 1):
        first = {
            hashlib.sha256((run / "rounds/00/model.safetensors").read_bytes()).hexdigest()
            for _, s, run in runs(whole)
            if s == seed
        }
        assert len(first) == 1
        steps = {
            tuple(
                entry["why"].split(" steps")[0].rsplit(", ", 1)[1]
                for entry in read_jsonl(run / "ledger.jsonl")
                if entry["step"] == "train"
            )
            for _, s, run in runs(whole)
            if s == seed
        }
        assert steps == {("3",)}, "ceil((16 + 6)/8) of one epoch"


def test_each_seed_is_begun_while_the_one_before_it_is_under_way(tmp_path: Path) -> None:
    content = yaml.safe_load(STUDY) | {"seeds": [4, 1, 2]}
    content["arms"] = {arm: {"controller.name": arm} for arm in ARMS}
    content["arms"]["weak"]["train.augment.flip"] = 0.1  # trains otherwise, so it has a beginning of its own
    jobs = Study(StudyConfig.model_validate(content), tmp_path, print).jobs()
    order = [(job.begun is None, int(str(job.folder).split("seed-")[1][0])) for job in jobs]
    begun, arms = ({seed: [(kind, seed)] * n for seed in (4, 1, 2)} for kind, n in ((True, 2), (False, 4)))
    assert order == [*begun[4], *begun[1], *arms[4], *begun[2], *arms[1], *arms[2]]
    assert len({job.folder for job in jobs}) == len(jobs)


def test_a_run_whose_beginning_nobody_made_makes_it(whole: Path, tmp_path: Path) -> None:
    content = yaml.safe_load(STUDY)
    content["run"]["farm"]["cache"] = str(whole / "renders")
    config = StudyConfig.model_validate(content)
    mine = Study(config, tmp_path, print).jobs()[-1]
    assert mine.begun is not None
    with workers(1, config.threads) as do:
        list(do(run_job, [mine]))
    assert (mine.begun / "done.json").exists()
    name = str(mine.folder.relative_to(tmp_path))
    made = {path: word for path, word in decisions(whole).items() if path.startswith(f"{name}/")}
    assert made
    assert decisions(tmp_path) == made


def test_equal_renders_but_for_the_arm_that_adds_nothing(whole: Path) -> None:
    for arm, _, run in runs(whole):
        ordered = len(read_jsonl(run / "rounds/00/specs.jsonl"))
        assert ordered == (0 if arm == "none" else 6)


def test_a_picture_that_several_runs_want_is_rendered_once(whole: Path) -> None:
    pictures = [path for _, _, run in runs(whole) for path in run.glob("rounds/*/renders/images/*.png")]
    assert len({path.stat().st_ino for path in pictures}) < len(pictures)
    probes = [run / "sets/probe/images" for _, _, run in runs(whole)]
    assert len({path.stat().st_ino for folder in probes for path in folder.iterdir()}) == 24


def test_figures_are_those_of_the_runs(whole: Path) -> None:
    rows = pd.read_parquet(whole / "results.parquet").set_index(["arm", "seed", "round"])
    assert len(rows) == len(ARMS) * 2 * 2
    for arm, seed, run in runs(whole):
        for turn in range(2):
            table = pd.read_parquet(run / f"rounds/{turn:02d}/holdout.parquet")
            assert rows.loc[(arm, seed, turn), "accuracy"] == pytest.approx(table["correct"].mean())
            yellow = table[table["color"] == "y"]
            assert rows.loc[(arm, seed, turn), "planted"] == pytest.approx(yellow["correct"].mean())
    results = json.loads((whole / "results.json").read_text())
    last = rows.xs(1, level="round")["accuracy"].groupby("arm").mean()
    for arm in ARMS:
        final = results["final"]["accuracy"][arm]
        assert final["value"]["mean"] == pytest.approx(last[arm])
        assert final["gain"]["mean"] == pytest.approx(last[arm] - last["none"])
        assert final["over"]["mean"] == pytest.approx(last[arm] - last["uniform"])
        assert final["over"]["low"] <= final["over"]["mean"] <= final["over"]["high"]
    page = (whole / "report.html").read_text()
    assert "a budget of 6 pictures and the same number of training steps" in page


def test_under_way_the_seeds_that_are_done_are_reported(whole: Path, tmp_path: Path) -> None:
    so_far = tmp_path / "run"
    shutil.copytree(whole, so_far)
    for made in ("done.json", "report.html", "results.json", "runs/seed-1/weak/done.json"):
        (so_far / made).unlink()
    renforce.report(so_far)
    results, all_of = (json.loads((run / "results.json").read_text()) for run in (so_far, whole))
    assert (results["seeds"], results["planned_seeds"]) == ([0], [0, 1])
    assert (all_of["seeds"], all_of["planned_seeds"]) == ([0, 1], [0, 1])
    for arm in ARMS:
        mine, every = (found["final"]["accuracy"][arm]["by_seed"] for found in (results, all_of))
        assert mine == every[:1]
    assert "Under way: 1 of 2 seeds." in (so_far / "report.html").read_text()
    study(tmp_path, "run")
    assert json.loads((so_far / "results.json").read_text())["final"] == all_of["final"]
    assert "Under way" not in (so_far / "report.html").read_text()


def test_of_a_study_without_a_whole_seed_nothing_is_reported(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "begun").mkdir()
    shutil.copy(whole / "config.yaml", tmp_path)
    with pytest.raises(UserError, match="no seed is done by every arm yet"):
        renforce.report(tmp_path)
    assert not (tmp_path / "report.html").exists()


@pytest.mark.slow
def test_killed_and_from_the_cache_it_decides_the_same(whole: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    before = len(list((whole / "renders").glob("*/*/entry.json")))
    (whole / "renders").rename(again / "renders")
    config = tmp_path / "study.yaml"
    config.write_text(STUDY)
    cache = f"run.farm.cache={again / 'renders'}"
    killed_within(config, cache, tmp_path / "other")
    other = study(tmp_path, "other", cache)
    (again / "renders").rename(whole / "renders")
    assert decisions(other) == decisions(whole)
    assert (
        json.loads((other / "results.json").read_text())["final"]
        == json.loads((whole / "results.json").read_text())["final"]
    )
    assert len(list((whole / "renders").glob("*/*/entry.json"))) == before, "nothing was rendered anew"


def test_an_arm_that_cannot_be_done_is_refused_before_anything_is(tmp_path: Path) -> None:
    """Later it could be neither mended nor left out: arms can only be added."""
    asked = "arms={none: {controller.name: none}, uniform: {controller.score: p_ture}, oracle: {}}"
    with pytest.raises(UserError, match=r"arm 'uniform': controller\.score: 'p_ture' is not a score"):
        study(tmp_path, "run", asked)
    assert not (tmp_path / "run/begun").exists()
    study_config = StudyConfig.model_validate(yaml.safe_load(STUDY))
    study_config.arms["uniform"] = {"attribution.methods": ["cam"]}
    with pytest.raises(ValidationError, match=r"attribution\.methods must be the same for all"):
        StudyConfig.model_validate(study_config.model_dump())


def test_runs_of_one_beginning_do_not_wait_for_one_another(tmp_path: Path) -> None:
    for part in ("sets/probe", "rounds/00"):
        (tmp_path / "begun" / part).mkdir(parents=True)
    for name in (LOCK, "specs.jsonl"):
        (tmp_path / "begun/sets/probe" / name).touch()
    for arm in "ab":
        take_beginning(tmp_path / "begun", tmp_path / arm)
        assert [path.name for path in (tmp_path / arm / "sets/probe").iterdir()] == ["specs.jsonl"]


def killed_within(config: Path, override: str, folder: Path) -> None:
    """Start a study and kill it and its processes in the second round of some arm."""
    command = [
        sys.executable,
        "-m",
        "renforce.cli",
        "study",
        str(config),
        "-o",
        str(folder),
        "--set",
        override,
    ]
    process = subprocess.Popen(command, start_new_session=True, stdout=DEVNULL, stderr=DEVNULL)
    while not list(folder.glob("runs/*/*/rounds/01/*")) and process.poll() is None:
        sleep(0.002)
    assert process.poll() is None, "it ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (folder / "results.json").exists()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("arms=[none, uniform, oracle, best]", "arm 'best': controller.name: Input should be 'none'"),
        ("reference=weakest", "reference: 'weakest' is not an arm; one of none"),
        ("arms={none: {}, uniform: {train.epochs: 9}, oracle: {}}", "arms: train.epochs must be the same"),
        ("run.controller.idle=stop", "arm 'none': controller.idle: is \"explore\" in a study"),
        ("run.seed=3", "arm 'none': seed: each run has one"),
        (
            "arms={none: {}, uniform: {train.patience: 1}, oracle: {}}",
            "arms: train.patience must be the same",
        ),
        ("seeds=[1, 1]", "seeds: one is named twice"),
        ("run.probe.folder=x", "give either `render` or `folder`"),
    ],
)
def test_mistakes_are_told_before_anything_is_made(tmp_path: Path, override: str, message: str) -> None:
    config = tmp_path / "study.yaml"
    config.write_text(STUDY)
    with pytest.raises(UserError, match=message.split(";")[0].replace("(", r"\(")):
        load(StudyConfig, config, [override])
