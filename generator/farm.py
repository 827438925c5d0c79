"""Who renders: worker processes on this machine, started again when they die."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from subprocess import DEVNULL, PIPE
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
    """What the seats of a farm share: vehicles still to do, failures seen."""

    batches: deque[list[RenderSpec]]
    failures: dict[str, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def take(self) -> list[RenderSpec]:
        with self.lock:
            return self.batches.popleft() if self.batches else []

    def stop(self) -> None:
        with self.lock:
            self.batches.clear()


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
        _report(_render(folder, todo, farm, advance), folder)
    if todo or not (folder / "manifest.parquet").exists():
        write_manifest(folder)


def _render(
    folder: Path, todo: Sequence[RenderSpec], farm: FarmSettings, advance: Callable[[int], None]
) -> dict[str, str]:
    """Render all of `todo`; the names of pictures that failed -> why."""
    work = _Work(deque(_batches(todo, farm.processes)))
    with ThreadPoolExecutor(farm.processes) as pool:
        seats = [
            _Seat(folder, folder / f"worker-{i}.log", farm, work, advance) for i in range(farm.processes)
        ]
        try:
            for done in [pool.submit(seat.serve) for seat in seats]:
                done.result()
        except BaseException:
            work.stop()
            for seat in seats:
                seat.leave()
            raise
    return work.failures


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


class _Seat:
    """One place in the farm: keeps a worker process alive and fed until there is no more work."""

    def __init__(
        self, folder: Path, log: Path, farm: FarmSettings, work: _Work, advance: Callable[[int], None]
    ) -> None:
        self.folder, self.log, self.farm, self.work, self.advance = folder, log, farm, work, advance
        self.queue: deque[RenderSpec] = deque()
        self.deaths: Counter[str] = Counter()
        self.left = False

    def leave(self) -> None:
        """Stop after the picture in hand."""
        self.left = True
        self.queue.clear()

    def serve(self) -> None:
        while self._next() is not None:
            with self._worker() as worker:
                self._feed(worker)

    def _next(self) -> RenderSpec | None:
        if not self.queue and not self.left:
            self.queue.extend(self.work.take())
        return self.queue[0] if self.queue else None

    def _feed(self, worker: Worker) -> None:
        """Give the worker jobs until there are none or it dies."""
        while (spec := self._next()) is not None:
            answer = _ask(worker, self.folder, spec)
            if answer is None:
                self._bury(spec)
                return
            self._settle(spec, answer.get("error"))

    def _bury(self, spec: RenderSpec) -> None:
        """The worker died over this spec: try it again, but not for ever."""
        self.deaths[spec_name(spec)] += 1
        if self.left or self.deaths[spec_name(spec)] >= ATTEMPTS:
            self._settle(spec, f"its worker died {self.deaths[spec_name(spec)]} times")

    def _settle(self, spec: RenderSpec, error: str | None) -> None:
        if self.queue:
            self.queue.popleft()
        if error is not None:
            self.work.failures[spec_name(spec)] = error
        self.advance(1)

    @contextmanager
    def _worker(self) -> Iterator[Worker]:
        command = [sys.executable, "-m", "generator.worker", "--log", str(self.log)]
        command += ["--threads", str(self.farm.threads), "--device", self.farm.device]
        worker = subprocess.Popen(command, text=True, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        try:
            greeting = _read(worker) or {"refused": "Blender did not start"}
            if "refused" in greeting:
                raise UserError(f"{greeting['refused']} (log: {self.log})")
            yield worker
        finally:
            worker.kill()
            worker.communicate()


def _ask(worker: Worker, folder: Path, spec: RenderSpec) -> dict[str, str] | None:
    """The worker's answer, None if it died over the job."""
    assert worker.stdin is not None
    try:
        worker.stdin.write(json.dumps({"folder": str(folder), "spec": spec.model_dump()}) + "\n")
        worker.stdin.flush()
    except BrokenPipeError:
        return None
    return _read(worker)


def _read(worker: Worker) -> dict[str, str] | None:
    """One answer, None at the end of the worker's life (a line cut short is such an end)."""
    assert worker.stdout is not None
    line = worker.stdout.readline()
    answer: dict[str, str] | None = json.loads(line) if line.endswith("\n") else None
    return answer


def _report(failures: dict[str, str], folder: Path) -> None:
    if failures:
        name, error = min(failures.items())
        raise UserError(
            f"{folder}: {len(failures)} pictures could not be rendered, {name!r} first: {error}; "
            f"see {folder}/worker-*.log, then run the same command again"
        )
