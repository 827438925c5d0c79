"""Who renders: worker processes on this machine, or the nodes of a Ray cluster
(`generator.farm.ray_cluster`)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from generator.dataset.dataset import begin, is_whole, missing, refuse_other, write_manifest
from generator.dataset.manifest import MANIFEST
from generator.errors import UserError
from generator.farm.cache import Maker, PictureCache
from generator.farm.settings import FarmSettings, machine, one_card
from generator.farm.worker_process import Answer, WorkerProcess
from generator.files import held, write_json
from generator.naming import spec_name
from generator.spec import RenderSpec

MACHINE = "machine.json"
"""Lists what rendered the set: no part of what the set is, and not the same on every machine."""

Advance = Callable[[int], None]


class Made(NamedTuple):
    """How a set became whole: pictures that were there before, out of the cache, and rendered."""

    there: int
    cached: int
    rendered: int


@dataclass
class Work:
    """What is still to do and what failed, shared by the seats of a farm."""

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
    folder: Path, specs: Sequence[RenderSpec], farm: FarmSettings, advance: Advance = lambda n: None
) -> Made:
    """Get what `folder` still lacks of `specs`, from the cache or by rendering it; then write its manifest.

    Where another process does the same it is waited for.

    Args:
        advance: called with the number of pictures that have become ready, from any thread.

    Raises:
        UserError: the folder holds another set or cannot be written, the device is missing, or
            pictures could not be rendered (all others are there; the message names the first and the log).
    """
    try:
        refuse_other(folder, specs, farm.without)
        if is_whole(folder, specs, farm.layers):
            advance(len(specs))
            return Made(len(specs), 0, 0)
        folder.mkdir(parents=True, exist_ok=True)
        with held(folder, wait=True):
            return _render_set(folder, specs, farm, advance)
    except OSError as error:
        raise UserError(
            f"{folder}: cannot be written ({error.strerror or error}: {error.filename}); free or give "
            "another place with -o, then run the same command again"
        ) from None


def _render_set(folder: Path, specs: Sequence[RenderSpec], farm: FarmSettings, advance: Advance) -> Made:
    begin(folder, specs, farm.without)
    lacking = missing(folder, specs, farm.layers)
    advance(len(specs) - len(lacking))
    clerk = Clerk(folder, farm, advance)
    todo = [spec for spec in lacking if not clerk.take(spec)]
    if todo:
        _report(_render(folder, todo, farm, clerk), folder)
    if lacking or not (folder / MANIFEST).exists():
        write_manifest(folder)
    return Made(len(specs) - len(lacking), len(lacking) - len(todo), len(todo))


def _render(folder: Path, todo: Sequence[RenderSpec], farm: FarmSettings, clerk: Clerk) -> dict[str, str]:
    """Render all of `todo`; the names of pictures that failed -> why."""
    if farm.ray:
        from generator.farm.ray_cluster import render_on_cluster

        return render_on_cluster(folder, todo, farm, clerk)
    number = farm.processes
    work = Work(deque(batches(todo, 2 * number)))
    seats = [WorkerProcess(folder / f"worker-{i}.log", farm, one_card(i)) for i in range(number)]
    with ThreadPoolExecutor(number) as pool:
        serving = [pool.submit(_serve, seat, folder, work, clerk) for seat in seats]
        try:
            for done in wait(serving, return_when=FIRST_EXCEPTION).done:
                done.result()
        except BaseException:
            work.stop()
            for seat in seats:
                seat.leave()
            raise
    return work.failures


def _serve(seat: WorkerProcess, folder: Path, work: Work, clerk: Clerk) -> None:
    """Keep one seat busy until there is no more work."""
    with closing(seat):
        while batch := work.take():
            seat.start()
            maker = clerk.maker(seat.greeting, machine())
            for spec in batch:
                error = seat.render(folder, spec)
                if error is not None:
                    work.failures[spec_name(spec)] = error
                clerk.done(spec, maker if error is None else None)


def render_order(spec: RenderSpec) -> tuple[str | int | float, ...]:
    """Sort key: what is dear to change changes seldom; the camera changes with every picture."""
    surroundings = (spec.environment, spec.environment_seed, spec.sun_elevation, spec.sun_azimuth)
    return (spec.shape, spec.variant, *surroundings, spec.color, spec.finish)


def batches(specs: Sequence[RenderSpec], least: int, most: int = 10**9) -> Iterator[list[RenderSpec]]:
    """One batch a vehicle, since a vehicle is what is dearest to build.

    Args:
        least: vehicles are cut into shares such that there are about so many batches, to keep all busy.
        most: pictures in a batch.
    """
    most = max(1, min(most, len(specs) // least))
    for _, group in groupby(sorted(specs, key=render_order), key=lambda spec: (spec.shape, spec.variant)):
        batch = list(group)
        yield from (batch[i : i + most] for i in range(0, len(batch), most))


class Clerk:
    """Keeps the books of a set: what rendered it (`machine.json`), how far it is, what the cache holds."""

    def __init__(self, folder: Path, farm: FarmSettings, advance: Advance) -> None:
        self.folder, self.farm, self._advance = folder, farm, advance
        self._cache = PictureCache(farm.cache, farm) if farm.cache else None
        self._lock = Lock()

    def take(self, spec: RenderSpec) -> bool:
        """Get a picture from the cache; False where it is not there."""
        maker = self._cache.take(self.folder, spec) if self._cache else None
        if maker is not None:
            self._note(maker)
            self._advance(1)
        return maker is not None

    def maker(self, greeting: Answer, host: dict[str, Any]) -> Maker:
        """Note a worker's machine, device and setting, unless the like is noted already."""
        maker = {**greeting, **host, "workers": self.farm.workers, "threads": self.farm.threads}
        self._note(maker)
        return maker

    def done(self, spec: RenderSpec, maker: Maker | None) -> None:
        """A picture was rendered by `maker`, or given up (None)."""
        if self._cache and maker is not None:
            self._cache.put(self.folder, spec, maker)
        self._advance(1)

    def _note(self, maker: Maker) -> None:
        path = self.folder / MACHINE
        with self._lock:
            known = json.loads(path.read_text()) if path.exists() else []
            if maker not in known:
                write_json(path, [*known, maker])


def _report(failures: dict[str, str], folder: Path) -> None:
    if failures:
        name, error = min(failures.items())
        raise UserError(
            f"{folder}: {len(failures)} pictures could not be rendered, {name!r} first: {error}; "
            f"see {folder}/worker-*.log, then run the same command again"
        )
