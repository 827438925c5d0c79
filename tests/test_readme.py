"""The README says what was measured and names what exists."""

import re
from pathlib import Path

import yaml
from typer.main import get_command

from benchmarks.readme import README, filled
from benchmarks.results import in_words, read
from generator.draws import parse_draw
from generator.planning.plan import plan_set
from loop.config.run import RenderConfig
from renforce.cli import app

ROOT = Path(__file__).parent.parent


def test_figures_are_those_of_the_results() -> None:
    text = README.read_text()
    assert filled(text, read()) == text, "run `make readme`"


def test_blocks_are_made_from_results() -> None:
    figure = {"what": "a share", "value": 0.5, "low": 0.4, "high": 0.6, "unit": "share", "n": 9}
    figure |= {
        "machine": {"cores": 2, "processor": "a CPU"},
        "date": "2026-01-01",
        "frames_per_second": 7.126,
        "slices": {"van": {"f": [0.25, 4], "b": [1.0, 3]}},
    }
    text = "<!-- columns: x* : frames_per_second -->\n<!-- end -->\n"
    text += "a\n<!-- figures: x* -->\nold\n<!-- end -->\n<!-- slices: x1 -->\n<!-- end -->\nb"
    made = filled(text, {"x1": figure, "y": figure})
    assert made.count("| a share | 50.0% [40.0%, 60.0%] | 9 |") == 1
    assert "| van | 25% (4) | 100% (3) |" in made
    assert "| a share | 50.0% [40.0%, 60.0%] | 7.13 |" in made
    assert "old" not in made
    assert made.count("\n2 cores (a CPU), 2026-01-01\n") == 2
    assert filled(text, {}).count("Not measured yet.") == 3
    assert filled(made, {"x1": figure, "y": figure}) == made


def test_units() -> None:
    assert in_words({"value": 462.3, "low": 460.0, "high": 500.2, "unit": "s"}) == "462 [460, 500] s"
    assert in_words({"value": -3.25, "low": None, "high": None, "unit": "points"}) == "-3.2 points"
    assert in_words({"value": 0.315, "low": 0.3, "high": 0.33, "unit": ""}) == "0.32 [0.30, 0.33]"


def test_files_that_it_names_exist() -> None:
    text = README.read_text()
    for path in re.findall(
        r"(?<![\w/])(?:tests|configs|docs|generator|blender_scenes|analysis|loop)/[\w/]+\.\w+", text
    ):
        assert (ROOT / path).exists(), path


def test_sections_that_it_points_to_exist() -> None:
    text = README.read_text()
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    asked = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert len(asked) > 10
    assert asked <= anchors


def test_pictures_are_small() -> None:
    for path in (ROOT / "docs").iterdir():
        assert path.stat().st_size < 500_000, path


def test_forms_and_the_configuration_that_it_shows_hold() -> None:
    text = README.read_text()
    part = text[text.index("## Say what varies") : text.index("## Take a set elsewhere")]
    for row in re.findall(r"^\| (`.+`) \|", part, re.MULTILINE):
        for form in re.findall(r"`([^`]+)`", row):
            parse_draw(yaml.safe_load(form))
    shown = yaml.safe_load(part[part.index("```yaml") + 7 :].partition("```")[0])
    config = RenderConfig.model_validate(shown)
    specs = plan_set(config.pictures, config.scene, config.render, seed=config.seed, block=config.block)
    assert len(specs) == 500
    assert {spec.view for spec in specs} == {"fright", "f", "fleft"}


def test_options_that_it_shows_exist() -> None:
    commands = get_command(app).commands
    shown = re.findall(r"\.venv/bin/renforce (\w+) ([^`\n]*)", README.read_text())
    assert {name for name, _ in shown} >= {"render", "loop", "verify", "export"}
    for name, arguments in shown:
        parameters = commands[name].commands["check"].params if name == "asset" else commands[name].params
        known = {option for parameter in parameters for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--?[a-z-]+", arguments)) <= known, (name, arguments)
