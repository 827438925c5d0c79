"""Processes side by side: order, threads, cards."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import yaml
from pydantic import ValidationError

from loop.config import training as settings
from loop.config.study import StudyConfig
from loop.processes import workers


def square(number: int) -> int:
    time.sleep(0.02 * (3 - number))
    return number**2


def place(_: int) -> tuple[str, int]:
    time.sleep(1)  # so that the other process takes one as well
    return os.environ["CUDA_VISIBLE_DEVICES"], torch.get_num_threads()


def test_processes_take_cards_in_turn_and_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
    with workers(2, 1) as do:
        places = list(do(place, range(4)))
        assert list(do(square, range(3))) == [0, 1, 4]
    assert {card for card, _ in places} == {"4", "5"}
    assert {threads for _, threads in places} == {1}
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "4,5"


def test_one_process_works_here_and_leaves_threads_as_they_were() -> None:
    before = torch.get_num_threads()
    with workers(1, before + 1) as do:
        assert list(do(lambda _: (os.getpid(), torch.get_num_threads()), [0])) == [(os.getpid(), before + 1)]
    assert torch.get_num_threads() == before


def test_where_one_is_killed_the_others_end_and_it_is_told(tmp_path: Path) -> None:
    """A training catches the signal that a broken pool ends its processes with."""
    command = [sys.executable, "-m", "tests.helpers.killed", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=True)
    assert "one of 2 processes ended before it was done" in done.stdout


def test_a_study_keeps_the_threads_that_it_was_begun_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it goes on with the same sums, or is told to, where it has other cores or processes."""
    written = yaml.safe_load(Path("configs/study.yaml").read_text())
    monkeypatch.setattr(settings, "cores", lambda: 6)
    for threads, processes, expected in ((None, 2, 3), (None, 8, 1), (5, 2, 5)):
        given = {**written, "processes": processes, "threads": threads}
        assert StudyConfig.model_validate(given).threads == expected
    del written["threads"]
    assert StudyConfig.model_validate({**written, "processes": 3}).threads == 2
    for wrong in (0, "many"):
        with pytest.raises(ValidationError, match="threads"):
            StudyConfig.model_validate({**written, "threads": wrong})
