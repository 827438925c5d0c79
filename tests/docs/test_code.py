"""Code that pages show holds: Python runs, commands and options exist, configurations are valid."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from typer.main import get_command

import renforce
from benchmarks.docs import generated
from generator.assets.card import AssetCard
from generator.draws import parse_draw
from generator.planning.plan import plan_set
from loop.config.comparison import CompareConfig
from loop.config.load import load, resolve
from loop.config.run import LoopConfig, RenderConfig
from loop.config.slice_benchmark import SliceBenchmarkConfig
from loop.config.study import StudyConfig
from renforce.cli import app
from tests.docs.pages import DOCS, PAGES, README, ROOT, Block, blocks, named

PYTHON = [block for block in blocks("python") if block.page != README]
CONFIGS: dict[str, type[BaseModel]] = {
    "render": RenderConfig,
    "loop": LoopConfig,
    "verify": LoopConfig,
    "compare": CompareConfig,
    "study": StudyConfig,
    "bench-slices": SliceBenchmarkConfig,
}
TARGET = re.compile(r"(?:^|`)make ([a-z][a-z0-9-]*)", re.M)


def commands() -> list[tuple[Path, str, str]]:
    """Page, command and what follows it: of blocks, their lines joined where they are continued, and of
    prose."""
    found = []
    for page in PAGES:
        text = re.sub(r"\\\n\s*", "", page.read_text())
        shown = re.findall(r"\.venv/bin/renforce ([a-z][a-z-]*) ([^`\n]*)", text)
        found += [(page, name, arguments.partition(" #")[0]) for name, arguments in shown]
    return found


def run(block: Block, folder: Path) -> None:
    """Run Python in a process of its own: what it registers or renders stays there."""
    done = subprocess.run(
        [sys.executable, "-c", block.text],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_example_of_the_readme_renders(tmp_path: Path) -> None:
    (block,) = [block for block in blocks("python") if block.page == README]
    assert len([line for line in block.text.splitlines() if line]) <= 8
    run(block, tmp_path)
    images = sorted(path.name for path in (tmp_path / "runs" / "vans" / "images").iterdir())
    assert len(images) == 4
    assert all(re.fullmatch(r"van_y_\d+_(f|b)_\d+\.png", name) for name in images)
    assert list((tmp_path / "runs" / "vans-coco").rglob("*.json"))


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.place)
def test_python_runs_or_is_marked_as_needing_data(block: Block, tmp_path: Path) -> None:
    assert block.mark in ("run", "needs data")
    compile(block.text, block.place, "exec")
    if block.mark == "run":
        run(block, tmp_path)


def test_functions_that_the_guide_lists_take_what_it_gives_them() -> None:
    guide = (DOCS / "guide" / "python.md").read_text()
    listed = re.findall(r"^\| `renforce\.(\w+)\(([^)]*)\)` \|", guide, re.MULTILINE)
    assert len(listed) == 12
    for name, arguments in listed:
        given = [word.strip() for word in arguments.split(",")]
        assert [*inspect.signature(getattr(renforce, name)).parameters][: len(given)] == given, name


def test_calls_that_add_parts_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    calls = re.findall(r"`renforce\.(register_\w+)`", text)
    assert {*calls} == {name for name in renforce.__all__ if name.startswith("register_")}


def test_every_command_is_shown() -> None:
    known = get_command(app).commands  # type: ignore[attr-defined]
    assert {name for _, name, _ in commands()} == {*known}


def test_options_that_are_shown_exist() -> None:
    known = get_command(app).commands  # type: ignore[attr-defined]
    for page, name, arguments in commands():
        parameters = known[name].commands["check"].params if name == "asset" else known[name].params
        options = {option for parameter in parameters for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--?[a-z-]+", arguments)) <= options, (page, name, arguments)


def test_configurations_that_commands_name_hold_with_what_is_set() -> None:
    """The whole configuration is checked, and no key has a former name."""
    checked, former = 0, list[str]()
    for page, name, arguments in commands():
        for path in re.findall(r"(?<!\S)configs/\S+\.yaml", arguments):
            assert (ROOT / path).exists(), (page, path)
        config = re.match(r"(configs/\S+|my)\.yaml", arguments)
        settings = [quoted or plain for quoted, plain in re.findall(r"--set (?:'([^']+)'|(\S+))", arguments)]
        if config is None or name not in CONFIGS:
            assert not settings, (page, name, arguments)
            continue
        given = ROOT / ("configs/cifar10.yaml" if config[0] == "my.yaml" else config[0])
        if "models/lorry.yaml" in arguments:  # a model that only the example has
            for setting in settings:
                assert_key(CONFIGS[name], setting.partition("=")[0])
            continue
        own = ["data.root=FOLDER"] if config[0] == "my.yaml" else []
        rounds = ["controller.rounds=0"] if name == "verify" else []
        load(CONFIGS[name], given, [*own, *rounds, *settings], tell=former.append)
        checked += 1
    assert checked > 10
    assert not former


def assert_key(model: type[BaseModel], key: str) -> None:
    """A key with dots is one of the configuration."""
    at: Any = model
    for word in key.split("."):
        fields = fields_of(at)
        if fields is None:  # free keys below it, such as those of `run` in a study
            return
        assert word in fields, (model.__name__, key)
        at = fields[word].annotation


def fields_of(annotation: Any) -> dict[str, Any] | None:
    """Of the first model within an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return dict(annotation.model_fields)
    for inner in getattr(annotation, "__args__", ()):
        if (found := fields_of(inner)) is not None:
            return found
    return None


def test_make_targets_that_are_shown_exist() -> None:
    known = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.M))
    shown = {target for page in PAGES for target in TARGET.findall(page.read_text())}
    assert {"demo", "test", "readme"} <= shown
    assert shown <= known


def test_benchmarks_that_are_shown_exist() -> None:
    shown = {name for page in PAGES for name in re.findall(r"python -m benchmarks\.(\w+)", page.read_text())}
    assert shown >= {"study", "offset", "gpus"}
    assert all((ROOT / "benchmarks" / f"{name}.py").exists() for name in shown)


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda block: block.place)
def test_configurations_that_are_shown_hold(block: Block) -> None:
    content, former = yaml.safe_load(block.text), list[str]()
    if "file" in content:
        AssetCard.model_validate(content)
    elif "pictures" in content:
        resolve(RenderConfig, content, tell=former.append)
    elif "plugins" in content:  # of a package that only the example has
        for key in keys_of(content, LoopConfig):
            assert_key(LoopConfig, key)
    else:
        compared = block.page.stem == "compare-networks"
        kind, base = (CompareConfig, "compare") if compared else (LoopConfig, "cifar10")
        whole = yaml.safe_load((ROOT / "configs" / f"{base}.yaml").read_text())
        resolve(kind, {**whole, **content}, ["data.root=FOLDER"], tell=former.append)
    assert not former


def keys_of(content: dict[str, Any], model: type[BaseModel], before: str = "") -> list[str]:
    """The keys of a part of a configuration, with dots; what lies below free keys is left out."""
    found = []
    for key, value in content.items():
        found.append(f"{before}{key}")
        free = key == "classes"
        if isinstance(value, dict) and not free:
            found += keys_of(value, model, f"{before}{key}.")
    return found


def test_forms_of_draws_and_the_configuration_beside_them_hold() -> None:
    page = DOCS / "guide" / "vary.md"
    rows = re.findall(r"^\| (`.+`) \|", page.read_text(), re.MULTILINE)
    forms = [form for row in rows for form in re.findall(r"`([^`]+)`", row)]
    assert len(forms) >= 7
    for form in forms:
        parse_draw(yaml.safe_load(form))
    (shown,) = [block for block in blocks("yaml") if block.page == page]
    config = RenderConfig.model_validate(yaml.safe_load(shown.text))
    specs = plan_set(config.pictures, config.scene, config.render, seed=config.seed, block=config.block)
    assert len(specs) == 500
    assert {spec.view for spec in specs} == {"fright", "f", "fleft"}


@pytest.mark.parametrize("page", [DOCS / "reference" / "config.md", DOCS / "reference" / "cli.md"], ids=named)
def test_pages_that_the_code_makes_are_up_to_date(page: Path) -> None:
    assert page.read_text() == generated()[page], "run `make readme`"
