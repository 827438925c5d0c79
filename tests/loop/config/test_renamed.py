"""Keys by their former names: in files, overrides, arms, variants, recipes, and folders of older versions."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.errors import UserError
from generator.files import read_yaml
from loop.config.comparison import CompareConfig
from loop.config.load import load, resolve, stored
from loop.config.renamed import RENAMED, Renamed, former, modern
from loop.config.run import LoopConfig
from loop.config.slice_benchmark import SliceBenchmarkConfig
from loop.config.study import StudyConfig, beginning
from loop.run.lifecycle import begun

CONFIGS = Path(__file__).parents[3] / "configs"
DEMO = CONFIGS / "demo.yaml"

FORMER = {
    "look": {"layers": "last"},
    "data.test_share": 0.3,
    "data.valid_share": 0.1,
    "data.rendered_share": 0.5,
    "train.rendered_prior": "own",
    "train.retrain_offset": 0.4,
    "controller.arm": "uniform",
    "controller.thin": 0.2,
    "controller.gate": "tell",
    "controller.beyond": 0.3,
    "controller.elsewhere": 0.4,
    "controller.idle": "elsewhere",
    "controller.difficulty": 2,
}
"""Every key of a run that was renamed -> a value of its time."""
TODAY = {
    "attribution": {"layers": "last"},
    "data": {"test_fraction": 0.3, "valid_fraction": 0.1, "rendered_fraction": 0.5},
    "train": {"logit_adjusted_loss": True, "retrain_logit_adjustment": 0.4},
    "controller": {
        "name": "uniform", "prune": 0.2, "on_regression": "report", "broaden": 0.3, "explore": 0.4,
        "idle": "explore", "candidates": 2,
    },
}  # fmt: skip


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in flat.items():
        *sections, last = key.split(".")
        place = found
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return found


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_every_former_key_is_read_as_todays() -> None:
    assert {entry.old for entry in RENAMED} == FORMER.keys()
    given = nested(FORMER)
    before = copy.deepcopy(given)
    assert modern(LoopConfig, given) == TODAY
    assert given == before
    assert former(TODAY) == given | {"look": {"layers": "last"}}


@pytest.mark.parametrize(("before", "now"), [("own", True), ("equal", False), ("other", "other"), (1, 1)])
def test_values_change_only_where_they_are_the_former_ones(before: object, now: object) -> None:
    assert modern(LoopConfig, {"train": {"rendered_prior": before}}) == {
        "train": {"logit_adjusted_loss": now}
    }


def test_each_former_key_is_told_once_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = yaml.safe_load(DEMO.read_text())
    for key, value in nested({**FORMER, "data.rendered_share": None}).items():
        content[key] = {**content.get(key, {}), **value}
    del content["controller"]["name"]
    path = tmp_path / "run.yaml"
    path.write_text(yaml.safe_dump(content))
    config = load(LoopConfig, path, ["look.maps=float32"])
    lines = told(capsys)
    assert len(lines) == len(FORMER)
    for entry, line in zip(RENAMED, lines, strict=True):
        assert line.startswith(f"renforce: {path}: {entry.old}: ")
        assert entry.new.rpartition(".")[2] in line
    assert config.attribution.layers == "last"
    assert config.attribution.maps == "float32"
    assert config.controller.name == "uniform"
    assert config.controller.idle == "explore"
    assert config.train.logit_adjusted_loss
    load(LoopConfig, DEMO, ["controller.name=uniform", "attribution.layers=last"])
    assert told(capsys) == []


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("controller.arm=uniform", "controller.name", "uniform"),
        ("controller.gate=roll_back", "controller.on_regression", "roll_back"),
        ("controller.idle=elsewhere", "controller.idle", "explore"),
        ("train.rendered_prior=own", "train.logit_adjusted_loss", True),
        ("look.layers=last", "attribution.layers", "last"),
        ("look={layers: last}", "attribution.layers", "last"),
        ("controller={arm: error, rounds: 2}", "controller.name", "error"),
    ],
)
def test_an_override_may_have_the_former_name(
    override: str, key: str, value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    config: Any = load(LoopConfig, DEMO, [override])
    for word in key.split("."):
        config = getattr(config, word)
    assert config == value
    assert len(told(capsys)) == 1


@pytest.mark.parametrize(
    ("content", "overrides", "said"),
    [
        ({"look": {}, "attribution": {}}, [], "look: is the former name of attribution, which is given too"),
        (
            {"controller": {"arm": "none", "name": "none"}},
            [],
            "controller.arm: is the former name of controller.name",
        ),
        ({}, ["controller.arm=none", "controller.name=none"], "--set controller.arm: is the former name of"),
        ({}, ["look.layers=last", "look={}", "attribution.layers=last"], "--set look.layers: is the former"),
    ],
)
def test_both_names_at_once_are_refused(content: dict[str, Any], overrides: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        resolve(LoopConfig, yaml.safe_load(DEMO.read_text()) | content, overrides)


def test_a_study_has_them_in_its_run_and_its_arms(capsys: pytest.CaptureFixture[str]) -> None:
    content = yaml.safe_load((CONFIGS / "study.yaml").read_text())
    content["run"]["look"] = content["run"].pop("attribution")
    content["run"]["controller"]["idle"] = "elsewhere"
    content |= {"nothing": "none", "best": None}
    content["arms"] = {
        "none": {"controller.arm": "none"},
        "uniform": {"controller": {"arm": "uniform", "thin": 0.5}},
        "risk, pruned": {"controller.arm": "risk", "controller.thin": 0.5, "look.maps": "float32"},
    }
    content["run"]["controller"].update(rounds=1, budget=200, slices=6)
    config = resolve(StudyConfig, content)
    assert len(told(capsys)) == 6  # nothing, best, look, arm, thin, idle
    assert config.upper_bound is None
    assert config.run_of("uniform", 0).controller.prune == 0.5
    pruned = config.run_of("risk, pruned", 0)
    assert (pruned.controller.name, pruned.controller.prune) == ("risk", 0.5)
    assert (pruned.attribution.maps, pruned.attribution.layers) == ("float32", "last")
    assert pruned.controller.idle == "explore"
    asked = resolve(StudyConfig, content, ["run.look.maps=float32", "best=uniform"])
    assert asked.run_of("none", 0).attribution.maps == "float32"
    assert asked.upper_bound == "uniform"


def test_a_comparison_has_them_in_its_variants_and_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    content = yaml.safe_load((CONFIGS / "compare.yaml").read_text())
    content["data"]["valid_share"] = content["data"].pop("valid_fraction")
    content["recipes"]["alexnet"] = {"rendered_prior": "equal"}
    content["variants"][0] |= {"data": {"test_share": 0.4}, "train": {"retrain_offset": 0.1}}
    config = resolve(CompareConfig, content)
    assert len(told(capsys)) == 4
    first = config.variants[0]
    assert config.data_of(first).test_fraction == 0.4
    assert config.data_of(first).valid_fraction == 0.02
    assert config.train_of(first, "alexnet").retrain_logit_adjustment == 0.1
    assert config.recipes["alexnet"] == {"logit_adjusted_loss": False}


def test_a_slice_benchmark_has_them(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["most=3", "look.maps=float32", "controller.difficulty=2"]
    config = load(SliceBenchmarkConfig, CONFIGS / "bench-slices.yaml", asked)
    assert (config.max_slices, config.attribution.maps, config.controller.candidates) == (3, "float32", 2)
    assert len(told(capsys)) == 3


RUN: dict[str, Any] = {
    "seed": 4,
    "classes": {"sedan": ["sedan"], "bus": ["bus"]},
    "data": {
        "source": "rendered", "image_size": 32,
        "rendered": {"count": 20, "shapes": ["sedan", "bus"], "angles": [20], "variants": 5},
    },
    "network": {"name": "resnet18_narrow"},
    "probe": {"render": {"count": 24, "shapes": ["sedan", "bus"], "angles": [20]}},
    "holdout": {"count": 24, "shapes": ["sedan", "bus"], "angles": [20]},
    "reinforce": {"shapes": ["sedan", "bus"], "angles": [20]},
}  # fmt: skip


def test_the_folder_of_a_beginning_keeps_its_name() -> None:
    """The words were made by the version in which keys had their former names."""
    small = {**RUN, "train": {"epochs": 2, "rendered_prior": "own"}, "look": {"layers": "last"}}
    real = {**small, "data": {**RUN["data"], "source": "folder", "root": "photos", "valid_share": 0.1}}
    words = [beginning(resolve(LoopConfig, content, tell=None)) for content in (RUN, small, real)]
    assert words == ["bb95acc03a48", "c7f55a414a43", "187619788109"]


def test_a_folder_of_a_former_version_is_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "given.yaml"
    given.write_text(yaml.safe_dump(RUN | nested({"look.layers": "last", "controller.gate": "roll_back"})))
    config = load(LoopConfig, given)
    assert len(told(capsys)) == 2
    run = tmp_path / "run"
    with begun(run, config, given):
        (run / "sets").mkdir()
    written = former(read_yaml(run / "config.yaml", missing="", empty=""))
    del written["plugins"]
    assert written["look"]["layers"] == "last"
    assert written["controller"]["gate"] == "roll_back"
    (run / "config.yaml").write_text(yaml.safe_dump(written))
    with begun(run, config, given):
        pass
    other = config.model_copy(update={"controller": config.controller.model_copy(update={"prune": 0.5})})
    with (
        pytest.raises(UserError, match=r"was begun with controller\.prune 0\.0, not 0\.5; set that"),
        begun(run, other, given),
    ):
        pass
    assert stored(LoopConfig, run / "config.yaml") == config
    assert told(capsys) == []


def test_a_study_of_a_former_version_grows(tmp_path: Path) -> None:
    run = {key: value for key, value in RUN.items() if key != "seed"} | {"look": {"layers": "last"}}
    content = {
        "seeds": [0],
        "arms": ["none", "uniform"],
        "best": None,
        "processes": 1,
        "threads": 1,
        "run": run,
    }
    given = tmp_path / "study.yaml"
    given.write_text(yaml.safe_dump(content))
    config = load(StudyConfig, given)
    folder = tmp_path / "study"
    with begun(folder, config, given):
        (folder / "runs").mkdir()
    dump = config.model_dump(mode="json")
    written = {
        **{key: dump[key] for key in ("seed", "seeds", "reference", "processes", "threads")},
        "nothing": "none", "best": None, "run": run,
        "arms": {"none": {"controller.arm": "none"}, "uniform": {"controller.arm": "uniform"}},
    }  # fmt: skip
    (folder / "config.yaml").write_text(yaml.safe_dump(written))
    with begun(folder, config, given):
        pass
    assert yaml.safe_load((folder / "config.yaml").read_text()) == written
    more = load(StudyConfig, given, ["arms=[none, uniform, error]"])
    with begun(folder, more, given):
        pass
    grown = stored(StudyConfig, folder / "config.yaml")
    assert grown == more
    assert list(grown.arms) == ["none", "uniform", "error"]


def test_aliases_that_share_a_section_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("shared: &s {look: {layers: last}}\nrun: *s")
    content = read_yaml(path, missing="", empty="")
    assert modern(StudyConfig, content)["run"] == {"attribution": {"layers": "last"}}
    assert content["shared"] == {"look": {"layers": "last"}}


def test_a_table_entry_can_be_turned() -> None:
    entry = Renamed("a.x", "a.y", (("no", False),))
    assert entry.turned == Renamed("a.y", "a.x", ((False, "no"),))
    assert entry.turned.turned == entry
