"""Processes that train and evaluate side by side, each with its part of the cores.

How renders are divided among processes is in `generator.farm`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import connection, get_context, parent_process
from multiprocessing.sharedctypes import Synchronized
from threading import Thread
from typing import Any, Protocol

from generator.errors import UserError
from generator.farm.settings import one_gpu
from generator.plugins import load_plugins, loaded


class Map(Protocol):
    """`map`, whose calls are made side by side and whose results come in order."""

    def __call__[Job, Answer](
        self, do: Callable[[Job], Answer], jobs: Iterable[Job], /
    ) -> Iterable[Answer]: ...


@contextmanager
def workers(processes: int, threads: int) -> Iterator[Map]:
    """Gives a `map` over processes; with one process everything is done in this one.

    Args:
        processes: how many.
        threads: of each process.

    Raises:
        UserError: one of them could not begin, or was killed; the others end.
    """
    if processes == 1:
        with _limited_to(threads):
            yield map
        return
    spawn = get_context("spawn")  # torch and Blender do not survive a fork
    begin = threads, spawn.Value("i", 0), loaded()
    try:
        with ProcessPoolExecutor(processes, spawn, initializer=limit, initargs=begin) as pool:
            yield partial(_all_watched, pool)
    except BrokenProcessPool:
        raise UserError(
            f"one of {processes} processes ended before it was done: it reported why, or was killed, by the "
            "system if memory ran out; the same command goes on, in less memory with fewer `processes` (and "
            "the same `threads`)"
        ) from None


def _all_watched[Job, Answer](
    pool: ProcessPoolExecutor, do: Callable[[Job], Answer], jobs: Iterable[Job]
) -> Iterable[Answer]:
    """As `pool.map`, but a process that dies is always noticed.

    The pool's thread waits for the processes that it knew when it was last woken; the process that the last
    job began is not among them. One more job wakes it.
    """
    jobs = list(jobs)
    answers = pool.map(do, jobs)
    if jobs:
        pool.submit(int)
    return answers


@contextmanager
def _limited_to(threads: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def limit(threads: int, begun: Synchronized[int], plugins: Sequence[str] = ()) -> None:
    """Keep the processes from taking each other's cores and GPUs, and from outliving their parent; load the
    plugins that the parent has.

    The number of threads decides in which order numbers are summed, and so the last bits of the sums: weights
    repeat at the same number of threads only.

    Args:
        begun: how many processes have begun before; of several GPUs they take one each, in turn.
        plugins: names of modules (`generator.plugins`).
    """
    with begun.get_lock():
        os.environ |= one_gpu(begun.value)
        begun.value += 1
    load_plugins(plugins)
    import torch

    torch.set_num_threads(threads)
    # Lightning would end the training alone, and its process would wait for the next job.
    signal.signal(signal.SIGTERM, _end)
    parent = parent_process()
    assert parent is not None
    Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: Any) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _end(number: int, frame: object) -> None:
    os._exit(128 + number)
