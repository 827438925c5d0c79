"""What the folders of commands hold is read as it was written, and told from what is damaged."""

from pathlib import Path

import pytest

from generator.errors import UserError
from loop.controllers import RenderRequest
from loop.run.folder import RunFolder
from loop.run.job_folder import JobFolder
from loop.run.results_folder import BenchmarkFolder, ComparisonFolder, StudyFolder, results_folder
from loop.run.round_folder import RoundFolder


@pytest.fixture
def first(tmp_path: Path) -> RoundFolder:
    folder = RunFolder(tmp_path).round(0)
    folder.path.mkdir(parents=True)
    return folder


def test_requests_are_read_as_they_were_written(first: RoundFolder) -> None:
    requests = [RenderRequest({"color": "y"}, 3, "yellow"), RenderRequest({}, 2, "anything")]
    first.write_requests(requests)
    assert first.read_requests() == requests


@pytest.mark.parametrize("content", ["", "{}", "[1]", '["a"'])
def test_damaged_requests_are_refused_with_the_remedy(first: RoundFolder, content: str) -> None:
    first.requests.write_text(content)
    with pytest.raises(UserError, match=r"orders\.json: .*remove it .*give the command .* again"):
        first.read_requests()


@pytest.mark.parametrize("content", [None, "{}", '["a", 1]'])
def test_names_that_are_missing_or_no_names_are_refused(first: RoundFolder, content: str | None) -> None:
    if content is not None:
        first.pruned.write_text(content)
    with pytest.raises(UserError, match=r"kept_out\.json: .*give the command .* again"):
        first.read_pruned()


def test_a_gate_without_an_interval_is_refused(first: RoundFolder) -> None:
    first.gate.write_text('{"gain": 0.1, "kept": false}')
    assert not first.accepted
    with pytest.raises(UserError, match=r"gate\.json: holds no 'low'"):
        first.read_gate()


def test_rounds_are_those_that_were_evaluated_in_their_order(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for number in (10, 9, 0):
        folder.round(number).path.mkdir(parents=True)
        folder.round(number).write_metrics({"probe": {}, "holdout": {}})
    folder.round(11).path.mkdir()
    (folder.rounds / "copy").mkdir()
    (folder.rounds / "copy/metrics.json").write_text("{}")
    assert [one.number for one in folder.evaluated_rounds()] == [0, 9, 10]


def test_the_last_evaluation_is_that_of_the_most_epochs(tmp_path: Path) -> None:
    """By number: the names of 1000 and 999 epochs do not sort so."""
    folder = JobFolder(tmp_path)
    for epoch in (2, 999, 1000):
        folder.attribution(epoch).table.touch()
    assert folder.last_attribution() == folder.attribution(1000)


@pytest.mark.parametrize(
    ("part", "kind"), [("runs", StudyFolder), ("settings", BenchmarkFolder), ("jobs", ComparisonFolder)]
)
def test_a_folder_is_known_by_what_it_holds(tmp_path: Path, part: str, kind: type) -> None:
    (tmp_path / part).mkdir()
    assert type(results_folder(tmp_path)) is kind
