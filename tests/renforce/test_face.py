"""`import renforce`: light, complete, quiet; configurations as a file, a dict and a model."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import renforce
from generator import plugins
from generator.errors import UserError
from loop.config.controller import CONTROLLER_NAMES
from loop.config.run import LoopConfig, RenderConfig
from loop.controllers import CONTROLLERS
from renforce.given import checked
from renforce.results import RunResult

CONFIGS = Path(__file__).parents[2] / "configs"
ONE: dict[str, Any] = {
    "pictures": {"count": 1, "shapes": "sedan", "variants": 1},
    "render": {"size": 32, "samples": 1, "denoise": False},
    "scene": {"environment": "studio"},
}


def modules_after(statement: str) -> set[str]:
    command = [sys.executable, "-c", f"{statement}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout))


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    heavy = {"torch", "bpy", "pandas", "cv2", "numpy", "pydantic", "lightning"}
    assert not heavy & modules_after("import renforce")
    configured = modules_after("import renforce; renforce.render; renforce.reinforce; renforce.LoopConfig")
    assert not {"torch", "bpy", "pandas", "lightning"} & configured


@pytest.mark.parametrize("name", renforce.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    found = getattr(renforce, name)
    assert (found.__doc__ or "").strip()
    assert name in dir(renforce)


@pytest.mark.parametrize(
    "name", ["render", "reinforce", "compare", "study", "bench_slices", "explain", "describe"]
)
def test_help_is_enough_to_use_a_function(name: str) -> None:
    told = getattr(renforce, name).__doc__
    for part in ("Args:", "Raises:", "Example:", f"renforce.{name}("):
        assert part in told


def test_no_other_name_is_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'rendre'"):
        _ = renforce.rendre


def test_a_configuration_is_a_file_a_dict_or_a_model(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(yaml.safe_dump(ONE))
    model = RenderConfig.model_validate(ONE)
    for given in (path, str(path), ONE, model):
        config, text = checked(RenderConfig, given, ["seed=3"])
        assert config.seed == 3
        assert config.model_copy(update={"seed": 0}) == model
        assert yaml.safe_load(text)["pictures"]["count"] == 1
    assert checked(RenderConfig, model)[0] is model
    with pytest.raises(UserError, match=r"^the configuration: pictures.cuont: no such key"):
        checked(RenderConfig, {"pictures": {"cuont": 1}})
    with pytest.raises(UserError, match=r"none\.yaml: no such file"):
        renforce.render(tmp_path / "none.yaml", tmp_path / "set")


def test_plugins_are_imported_before_the_configuration_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_controller.py").write_text(
        "from renforce import register_controller\n"
        "from loop.controllers import CONTROLLERS\n"
        "register_controller('mine', CONTROLLERS['uniform'])\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    content = yaml.safe_load((CONFIGS / "demo.yaml").read_text())
    content["controller"]["name"] = "mine"
    with pytest.raises(UserError, match=r"controller\.name: Input should be 'none', .*under `plugins`"):
        checked(LoopConfig, content)
    monkeypatch.setattr(plugins, "_loaded", {})
    try:
        config, _ = checked(LoopConfig, {**content, "plugins": ["my_controller"]})
    finally:
        sys.modules.pop("my_controller", None)
        CONTROLLERS.pop("mine", None)
        CONTROLLER_NAMES.remove("mine")
    assert (config.controller.name, config.plugins) == ("mine", ("my_controller",))


def test_a_set_is_rendered_and_checked_without_a_word(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = renforce.render(ONE, tmp_path / "set")
    again = renforce.render(RenderConfig.model_validate(ONE), tmp_path / "set")
    assert (first.pictures, first.rendered) == (1, 1)
    assert (again.pictures, again.rendered, again.there) == (1, 0, 1)
    assert renforce.check(tmp_path / "set").pictures == 1
    assert renforce.export(tmp_path / "set", tmp_path / "out", "imagefolder").pictures == 1
    assert capfd.readouterr() == ("", "")


def test_a_finished_run_is_given_back_with_its_figures(tmp_path: Path) -> None:
    for number, accuracy in ((0, 0.5), (1, 0.75)):
        place = tmp_path / f"rounds/{number:02d}"
        place.mkdir(parents=True)
        figure = {"accuracy": {"mean": accuracy, "low": 0.4, "high": 0.9, "n": 24}}
        (place / "metrics.json").write_text(json.dumps({"probe": figure, "holdout": figure}))
    result = RunResult(tmp_path, tmp_path / "report.html", True)
    assert [one.accuracy["holdout"].value for one in result.rounds] == [0.5, 0.75]
    assert [one.number for one in result.rounds] == [0, 1]
    assert result.weights == tmp_path / "rounds/01/model.safetensors"
