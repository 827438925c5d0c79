"""The alignment table."""

from __future__ import annotations

from pathlib import Path

from loop.report.run import write_report
from tests.helpers.report import (
    Page,
    make_run,
)


def test_without_masks_there_is_no_alignment(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", masks=False, rounds=0)
    text = Page(write_report(run).read_text()).text
    assert "No picture has a score" in text
    assert "no real test set" in text
