"""`renforce describe`, from the command line and from Python."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import renforce
from generator.errors import UserError
from renforce.cli import app
from tests.helpers.photographs import write_photographs


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    names = write_photographs(tmp_path / "photographs", ["f", "left"] * 20, ["r"] * 40, noise=0)
    rows = "".join(f"{name},{'wet' if i % 4 else 'dry'}\n" for i, name in enumerate(names))
    (tmp_path / "own.csv").write_text(f"file,road\n{rows}")
    return tmp_path / "photographs"


def test_a_table_is_counted_and_reported(photographs: Path, tmp_path: Path) -> None:
    result = renforce.describe(photographs, tmp_path / "out", attributes=tmp_path / "own.csv")
    values = result.figures["attributes"]["road"]["values"]
    assert [(one["value"], one["share"]) for one in values] == [("dry", 0.25), ("wet", 0.75)]
    assert result.table["road"].value_counts().to_dict() == {"wet": 30, "dry": 10}
    assert result.answers == ["No road is lacking in 40 photographs."]
    assert result.report == tmp_path / "out" / "report.html"
    assert result.report.exists()


def test_the_command_says_the_answers_and_where_the_report_is(photographs: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    given = ["describe", str(photographs), "-o", str(output), "--attributes", str(tmp_path / "own.csv")]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "No road is lacking in 40 photographs.",
        f"report: {output / 'report.html'}",
    ]


def test_mistakes_are_told_by_their_option(photographs: Path, tmp_path: Path) -> None:
    given = ["describe", str(photographs), "-o", str(tmp_path / "out"), "--labels-for", "testing"]
    failed = CliRunner().invoke(app, given)
    assert isinstance(failed.exception, UserError)
    assert str(failed.exception) == "--labels-for testing: is not a purpose; training or calibration"
    failed = CliRunner().invoke(app, [*given[:4], "--random-labels"])
    assert str(failed.exception) == "--random-labels: there are no labels; give them with --labels"
    failed = CliRunner().invoke(app, [*given[:4], "--attributes", "own.csv", "--labels", "labels.csv"])
    assert "--labels: nothing is recognised beside your own table" in str(failed.exception)
    failed = CliRunner().invoke(app, [*given[:4], "--network", "nothing", "--recognise", "weather"])
    assert "--recognise weather: is not recognised" in str(failed.exception)
