"""Damaged files of a study, a benchmark of settings and a comparison: what is wrong, and what mends it."""

from pathlib import Path

import pytest

from generator.errors import UserError
from generator.files import write_json, write_text
from loop.report.comparison import KEYS as COMPARISON
from loop.report.slice_benchmark import KEYS as PLANTED
from loop.report.slice_benchmark import write_slice_benchmark
from loop.report.study import KEYS as STUDY
from renforce.reports import report

FOLDERS = {"runs": STUDY[0], "settings": PLANTED[0], "jobs": COMPARISON[0]}
"""What each kind of folder holds, and the first key that its results lack."""
NO = {"mean": 0.0, "low": 0.0, "high": 0.1}
PLANTED_RESULTS = {
    "methods": {
        "weak": {
            "solved_by_kind": {"shortcut": 0.0},
            "solved": NO, "precision": NO, "discovered": NO, "false_share": NO, "named": NO, "common": NO,
        }
    },
    "settings": [
        {
            "name": "cue", "kind": "shortcut", "planted": ["color=y"],
            "seeds": [{"seed": 0, "methods": {"weak": {"solved": False, "named": []}}}],
        }
    ],
}  # fmt: skip


@pytest.mark.parametrize("part", FOLDERS)
@pytest.mark.parametrize("content", ["{", "{}", "[]", '{"other": 1}'])
def test_damaged_results_are_said_with_what_mends_them(tmp_path: Path, part: str, content: str) -> None:
    (tmp_path / part).mkdir()
    write_text(tmp_path / "results.json", content)
    write_json(tmp_path / "environment.json", {})
    with pytest.raises(UserError) as caught:
        report(tmp_path)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'results.json'}: ")
    assert "give the command that made the run again" in said
    assert (f"holds no '{FOLDERS[part]}'" in said) == (content in ("{}", '{"other": 1}'))
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("content", ["{", None])
def test_without_an_environment_results_are_reported_once_it_is_empty(
    tmp_path: Path, content: str | None
) -> None:
    write_json(tmp_path / "results.json", PLANTED_RESULTS)
    if content is not None:
        write_text(tmp_path / "environment.json", content)
    with pytest.raises(UserError, match=r"put \{\} into it to report without it"):
        write_slice_benchmark(tmp_path)
    write_text(tmp_path / "environment.json", "{}")
    assert "No method solves any of the settings." in write_slice_benchmark(tmp_path).read_text()
