"""A run folder goes on with what it was begun with, or with more of what may grow."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import Field

from generator.errors import UserError
from loop.config.section import Section
from loop.run.lifecycle import begun
from loop.run.output import OutputFolder


class Config(Section):
    GROWS = ("arms", "seeds")

    seed: int = 0
    arms: dict[str, dict[str, int]] = Field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    rate: float | None = None
    pace: str = "slow"
    run: dict[str, Any] = Field(default_factory=dict)


def begin(folder: Path, **content: object) -> bool:
    """Begin or go on; the run makes nothing."""
    given = folder.with_suffix(".yaml")
    given.write_text(yaml.safe_dump(content))
    with begun(folder, Config.model_validate(content), given) as finished:
        return finished


def test_a_finished_run_that_grows_is_not_finished(tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert not begin(run, arms={"a": {"x": 1}}, seeds=[0])
    (run / "report.html").write_text("of the first round")
    assert not begin(run, arms={"a": {"x": 1}}, seeds=[0])
    OutputFolder(run).write_done(1.0)
    assert begin(run, arms={"a": {"x": 1}}, seeds=[0])
    assert not begin(run, arms={"b": {"x": 2}, "a": {"x": 1}}, seeds=[1, 0])
    stated = yaml.safe_load((run / "config.yaml").read_text())
    assert stated["seeds"] == [1, 0]
    assert set(stated["arms"]) == {"a", "b"}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"arms": {"a": {"x": 2}, "b": {"x": 1}}}, "arms.a.x 1, not 2"),
        ({"arms": {"b": {"x": 1}}, "seeds": [0]}, "arms.a"),
        ({"arms": {"a": {"x": 1}}, "seeds": []}, r"seeds \[0\], not \[\]"),
        ({"arms": {"a": {"x": 1}}, "seeds": [0], "seed": 3}, "seed 0, not 3"),
        ({"arms": {"a": {"x": 1}}, "seeds": [0], "rate": 0.1}, "rate null, not 0.1"),
    ],
)
def test_what_does_not_grow_may_not_change(tmp_path: Path, now: dict[str, object], said: str) -> None:
    run = tmp_path / "run"
    begin(run, arms={"a": {"x": 1}}, seeds=[0])
    (run / "runs").mkdir()
    with pytest.raises(UserError, match=said):
        begin(run, **now)


def test_an_arm_that_changes_nothing_is_not_left_out(tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(run, arms={"a": {"x": 1}, "plain": {}})
    (run / "runs").mkdir()
    with pytest.raises(UserError, match=r"was begun with arms.plain \{\}, not null"):
        begin(run, arms={"a": {"x": 1}})


def test_who_renders_may_change(tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(run, run={"farm": {"workers": 1}, "x": 1})
    (run / "runs").mkdir()
    begin(run, run={"farm": {"workers": 2}, "x": 1})
    begin(run, run={"x": 1})
    with pytest.raises(UserError, match=r"was begun with run.x 1, not 2"):
        begin(run, run={"farm": {"workers": 1}, "x": 2})


def test_users_models_may_not_change(tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(run, run={"farm": {"assets": ["lorry.yaml"]}})
    (run / "runs").mkdir()
    for farm in ({"assets": ["other.yaml"]}, {}, None):
        with pytest.raises(UserError, match=r'was begun with run.farm.assets \["lorry.yaml"\], not'):
            begin(run, run={"farm": farm})


def test_a_run_that_made_nothing_may_begin_anew(tmp_path: Path) -> None:
    """Its configuration was mended; what a kill left of writing it is in nobody's way."""
    run = tmp_path / "run"
    begin(run, seed=1)
    (run / ".config.given.yaml.4711.part").write_text("se")
    assert not begin(run, seed=2)
    assert yaml.safe_load((run / "config.yaml").read_text())["seed"] == 2
    assert sorted(path.name for path in run.iterdir()) == sorted(OutputFolder(run).beginning_names)
    (run / "sets").mkdir()
    with pytest.raises(UserError, match="seed 2, not 3"):
        begin(run, seed=3)


@pytest.mark.parametrize("content", ["", "{{", "- 1"])
def test_a_configuration_that_cannot_be_read_is_told(tmp_path: Path, content: str) -> None:
    run = tmp_path / "run"
    begin(run)
    (run / "sets").mkdir()
    (run / "config.yaml").write_text(content)
    with pytest.raises(
        UserError, match=r"config\.yaml: .*give another folder with -o|config\.yaml: is not YAML"
    ):
        begin(run)


def test_a_key_that_an_older_version_did_not_have_has_its_default(tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(run, seeds=[0])
    (run / "runs").mkdir()
    stated = run / "config.yaml"
    older = yaml.safe_load(stated.read_text())
    del older["rate"], older["pace"]
    stated.write_text(yaml.safe_dump(older))
    assert not begin(run, seeds=[0])
    with pytest.raises(UserError, match='pace "slow", not "fast"'):
        begin(run, seeds=[0], pace="fast")
    stated.write_text(yaml.safe_dump({**older, "gone": 1}))
    with pytest.raises(UserError, match="gone 1, not null"):
        begin(run, seeds=[0])
