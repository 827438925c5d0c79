"""Processes side by side: order, threads, cards."""

import os
import time

import pytest
import torch

from loop.workers import workers


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
