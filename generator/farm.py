"""Who renders: worker processes on this machine, started again when they die."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from generator.dataset import begin, missing, write_manifest
from generator.errors import UserError
from generator.naming import spec_name
from generator.spec import RenderSpec

ATTEMPTS = 3
"""How often a picture may take its worker down before it is given up."""

Worker = subprocess.Popen[str]


class FarmSettings(BaseModel):
    """Who renders. Changes no byte of a picture on the CPU."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: Annotated[int, Field(ge=0)] = 0
    """Worker processes; 0 means one a processor core on the CPU, one on the GPU."""
    threads: Annotated[int, Field(ge=1)] = 1
    """Threads of each worker."""
    device: Literal["cpu", "gpu"] = "cpu"

    @property
    def processes(self) -> int:
        if self.workers:
            return self.workers
        return 1 if self.device == "gpu" else max(1, len(os.sched_getaffinity(0)) // self.threads)


@dataclass
class _Work:
    """What all threads of a farm share: batches to do, failures seen."""

    batches: deque[list[RenderSpec]]
    failures: dict[str, str]
    lock: Lock

    def take(self) -> list[RenderSpec] | None:
        with self.lock:
            return self.batches.popleft() if self.batches else None


def render_set(
    folder: Path,
    specs: Sequence[RenderSpec],
    farm: FarmSettings,
    advance: Callable[[int], None] = lambda n: None,
) -> None:
    """Render what `folder` still lacks of `specs`, then write its manifest.

    Args:
        advance: called with the number of pictures that have become ready, from any thread.

    Raises:
        UserError: the folder holds another set, the device is missing, or pictures could not be
            rendered (all others are there; the message names the first and the log).
    """
    begin(folder, specs)
    todo = missing(folder, specs)
    advance(len(specs) - len(todo))
    if todo:
        work = _Work(deque(_batches(todo, farm.processes)), {}, Lock())
        with ThreadPoolExecutor(farm.processes) as pool:
            seats = [pool.submit(_serve, seat, folder, farm, work, advance) for seat in range(farm.processes)]
        for seat in seats:
            seat.result()
        _report(work.failures, folder)
    if todo or not (folder / "manifest.parquet").exists():
        write_manifest(folder)


def render_order(spec: RenderSpec) -> tuple[str | int | float, ...]:
    """Sort key: what is dear to change changes seldom; the camera changes with every picture."""
    surroundings = (spec.environment, spec.environment_seed, spec.sun_elevation, spec.sun_azimuth)
    return (spec.shape, spec.variant, *surroundings, spec.color, spec.finish)


def _batches(specs: Sequence[RenderSpec], processes: int) -> Iterator[list[RenderSpec]]:
    """One batch a vehicle, since a vehicle is what is dearest to build, cut where that keeps all busy."""
    most = max(1, len(specs) // (2 * processes))
    for _, group in groupby(sorted(specs, key=render_order), key=lambda spec: (spec.shape, spec.variant)):
        batch = list(group)
        yield from (batch[i : i + most] for i in range(0, len(batch), most))


def _serve(seat: int, folder: Path, farm: FarmSettings, work: _Work, advance: Callable[[int], None]) -> None:
    """Keep one worker process alive and fed until no batch is left."""
    log = folder / f"worker-{seat}.log"
    queue: deque[RenderSpec] = deque()
    tries: dict[str, int] = {}
    while queue or (queue := deque(work.take() or ())):
        with _worker(farm, log) as worker:
            while worker.poll() is None and (queue or (queue := deque(work.take() or ()))):
                name = spec_name(queue[0])
                answer = _ask(worker, folder, queue[0])
                if answer is None:
                    tries[name] = tries.get(name, 0) + 1
                    if tries[name] < ATTEMPTS:
                        break
                    answer = {"error": f"its worker died {ATTEMPTS} times"}
                queue.popleft()
                if "error" in answer:
                    work.failures[name] = answer["error"]
                advance(1)


@contextmanager
def _worker(farm: FarmSettings, log: Path) -> Iterator[Worker]:
    command = [sys.executable, "-m", "generator.worker", "--log", str(log)]
    command += ["--threads", str(farm.threads), "--device", farm.device]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, stderr=subprocess.DEVNULL, **pipes) as worker:
        try:
            assert worker.stdout is not None
            greeting = json.loads(worker.stdout.readline() or '{"refused": "Blender did not start"}')
            if "refused" in greeting:
                raise UserError(f"{greeting['refused']} (log: {log})")
            yield worker
        finally:
            worker.kill() if worker.poll() is None and sys.exc_info()[0] else _close(worker)


def _close(worker: Worker) -> None:
    assert worker.stdin is not None
    try:
        worker.stdin.close()
    except BrokenPipeError:
        return  # it died with a job unread; the caller has seen that by the missing answer


def _ask(worker: Worker, folder: Path, spec: RenderSpec) -> dict[str, str] | None:
    """The worker's answer, None if it died over the job."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    try:
        worker.stdin.write(json.dumps({"folder": str(folder), "spec": spec.model_dump()}) + "\n")
        worker.stdin.flush()
        answer: dict[str, str] = json.loads(worker.stdout.readline())
    except (BrokenPipeError, json.JSONDecodeError):
        return None
    return answer


def _report(failures: dict[str, str], folder: Path) -> None:
    if failures:
        name, error = min(failures.items())
        raise UserError(
            f"{folder}: {len(failures)} pictures could not be rendered, {name!r} first: {error}; "
            f"see {folder}/worker-*.log, then run the same command again"
        )
