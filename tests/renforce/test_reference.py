"""The reference of configurations and commands: complete, the same each time, and as the code is."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from generator.errors import UserError
from loop.config.run import LoopConfig
from renforce.cli import app
from renforce.keys import KINDS, all_keys, config_of, reference, schema
from renforce.program import PANELS
from renforce.reference import cli_page, config_page

ALL = [(kind, key) for kind in KINDS for key in all_keys(config_of(kind))]


def program() -> Any:
    return typer.main.get_command(app)


@pytest.mark.parametrize(("kind", "key"), ALL, ids=[f"{kind}-{key.path}" for kind, key in ALL])
def test_every_key_says_what_it_is(kind: str, key: Any) -> None:
    assert re.match(r"[A-ZÀ-Ý`0-9]", key.description), "begins a sentence"
    assert key.description.endswith((".", ".)"))
    assert key.type


def test_defaults_are_those_of_the_models() -> None:
    config = LoopConfig.model_validate(
        yaml.safe_load((Path(__file__).parents[2] / "configs/demo.yaml").read_text())
        | {"controller": {}, "train": {}, "attribution": {}}
    )
    for name in ("controller", "train", "attribution"):
        keys = [key for key in reference("loop", name) if key.path.count(".") == 1]
        dumped = getattr(config, name).model_dump(mode="json")
        assert {key.path: yaml.safe_load(key.default) for key in keys} == {
            f"{name}.{key}": value for key, value in dumped.items()
        }


def test_a_key_is_found_with_all_that_is_inside_of_it() -> None:
    (one,) = reference("loop", "controller.on_regression")
    assert one.type == "`report` or `roll_back`"
    assert one.default == "report"
    paths = [key.path for key in reference("bench-slices", "settings")]
    assert paths[:3] == ["settings", "settings[].name", "settings[].missing"]
    assert [key.path for key in reference("bench-slices", "settings.name")] == ["settings[].name"]
    with pytest.raises(UserError, match=r"config train\.epoch: .* has no such key; known here: train\.atten"):
        reference("loop", "train.epoch")
    with pytest.raises(UserError, match="--for lop: there is no such configuration; one of render, loop"):
        reference("lop")


def test_schemas_have_the_descriptions_and_the_forms_of_draws() -> None:
    found = schema("loop")
    controller = found["$defs"]["ControllerSettings"]["properties"]
    assert controller["prune"]["description"].startswith("Fraction, 0 to 1, of the easy rendered")
    assert {"type": "array"} in found["$defs"]["Draw"]["anyOf"]
    lacking = [
        f"{name}.{key}"
        for name, one in found["$defs"].items()
        for key, value in one.get("properties", {}).items()
        if "description" not in value
    ]
    assert lacking == []


def test_pages_name_every_key_and_every_option() -> None:
    page = config_page()
    assert page == config_page()
    for kind in KINDS:
        assert f"\n## {config_of(kind).__name__}\n" in page
    for _, key in ALL:
        assert f"\n| `{key.path.rpartition('.')[2]}` | " in page
    assert "| `controller.arm` | `controller.name` |" in page
    page = cli_page()
    assert page == cli_page()
    for name, command in program().commands.items():
        assert f"\n## renforce {name}" in page
        for parameter in command.params:
            if parameter.param_type_name == "option" and not parameter.hidden:
                assert parameter.opts[0] in page
    for line in (*config_page().splitlines(), *page.splitlines()):
        if line.startswith("| "):
            assert line.endswith(" |"), line


def test_links_of_the_page_lead_somewhere() -> None:
    page = config_page()
    headings = {line[3:].lower() for line in page.splitlines() if line.startswith("## ")}
    assert set(re.findall(r"\]\(#([^)]*)\)", page)) <= headings


@pytest.mark.parametrize("name", [name for name in program().commands if name != "asset"])
def test_each_command_has_one_whole_line_and_two_examples(name: str) -> None:
    command = program().commands[name]
    line, _, rest = command.help.partition("\n")
    assert len(line) <= 64
    assert line.endswith(".")
    assert len(re.findall(rf"^  renforce {name} ", rest.partition("Examples:")[2], re.M)) == 2
    assert command.rich_help_panel in PANELS
    assert all(parameter.help for parameter in command.params)


def test_help_is_grouped_and_version_is_told() -> None:
    def out(*words: str) -> str:
        command = [sys.executable, "-m", "renforce", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    told = out("--help")
    assert told.startswith("Usage: renforce [OPTIONS] COMMAND")
    places = [told.index(f"\n{panel}:\n") for panel in PANELS]
    assert places == sorted(places)
    for name, command in program().commands.items():
        line = command.help.partition("\n")[0]
        assert re.search(rf"^  {name} +{re.escape(line)}$", told, re.M)
    assert re.fullmatch(r"renforce \d+\.\d+\.\d+\n", out("--version"))
    assert "[default: shape]" in " ".join(out("export", "--help").split())
    assert out("config", "train.epochs").startswith("train.epochs: whole number, ≥ 1; default 12\n    Passes")
    assert json.loads(out("config", "--schema", "render"))["title"] == "RenderConfig"
