"""Renders sets: by worker processes on this machine, or on a Ray cluster (`generator.farm.ray_cluster`).

from generator.farm.render import render_set
from generator.farm.settings import FarmSettings

render_set(Path("set"), specs, FarmSettings(workers=4))
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from generator.dataset.dataset import begin, is_whole, missing, refuse_other, write_manifest
from generator.dataset.manifest import MANIFEST
from generator.errors import UserError
from generator.farm.bookkeeping import Advance, Bookkeeping, batches
from generator.farm.ray_cluster import render_on_cluster
from generator.farm.settings import FarmSettings, machine, one_gpu
from generator.farm.worker_process import WorkerProcess
from generator.files import held
from generator.naming import spec_name
from generator.spec import RenderSpec

Progress = Callable[[], AbstractContextManager[Advance]]
"""Makes a context that shows how far a set is while its pictures are rendered."""


class Made(NamedTuple):
    """How many pictures of a set were there before, came out of the cache, and were rendered."""

    there: int
    cached: int
    rendered: int

    def summary(self, where: object) -> str:
        """One line for the user.

        >>> Made(there=2, cached=3, rendered=5).summary("sets/train")
        '10 pictures in sets/train, 3 of them out of the cache'
        """
        taken = f", {self.cached} of them out of the cache" if self.cached else ""
        return f"{sum(self)} pictures in {where}{taken}"


@dataclass
class Work:
    """What is still to be rendered and what failed, shared by the threads of a farm."""

    batches: deque[list[RenderSpec]]
    failures: dict[str, str] = field(default_factory=dict)
    """Name of a picture -> why it could not be rendered."""
    lock: Lock = field(default_factory=Lock)

    def take(self) -> list[RenderSpec]:
        """The next batch; empty where there is none left."""
        with self.lock:
            return self.batches.popleft() if self.batches else []

    def stop(self) -> None:
        with self.lock:
            self.batches.clear()


def render_set(
    folder: Path, specs: Sequence[RenderSpec], farm: FarmSettings, advance: Advance = lambda n: None
) -> Made:
    """Get what `folder` still lacks of `specs`, from the cache or by rendering it; then write its manifest.

    A second process that is given the same folder waits for the first.

    Args:
        folder: of the set; made where it is not there.
        specs: all pictures of the set, not only those to render now.
        farm: who renders, and which layers are kept.
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
            f"cannot write {folder} ({error.strerror or error}: {error.filename}); free space or fix "
            "permissions and run the same command again, or choose another folder with -o"
        ) from None


def render_if_missing(
    folder: Path, specs: Sequence[RenderSpec], farm: FarmSettings, progress: Progress
) -> Made | None:
    """`render_set`, unless the set is finished; a set counts as finished once its manifest exists.

    Args:
        progress: entered only where there is something to do.

    Returns:
        None where there was nothing to do.

    Raises:
        UserError: as `render_set`; also where the finished set in `folder` is another than that of `specs`.
    """
    refuse_other(folder, specs, farm.without)
    if (folder / MANIFEST).exists():
        return None
    with progress() as advance:
        return render_set(folder, specs, farm, advance)


def _render_set(folder: Path, specs: Sequence[RenderSpec], farm: FarmSettings, advance: Advance) -> Made:
    begin(folder, specs, farm.without)
    lacking = missing(folder, specs, farm.layers)
    advance(len(specs) - len(lacking))
    books = Bookkeeping(folder, farm, advance)
    todo = [spec for spec in lacking if not books.take(spec)]
    if todo:
        _report(_render(folder, todo, farm, books), folder)
    if lacking or not (folder / MANIFEST).exists():
        write_manifest(folder)
    return Made(len(specs) - len(lacking), len(lacking) - len(todo), len(todo))


def _render(
    folder: Path, todo: Sequence[RenderSpec], farm: FarmSettings, books: Bookkeeping
) -> dict[str, str]:
    """Render all of `todo`; the names of pictures that failed -> why."""
    if farm.ray:
        return render_on_cluster(folder, todo, farm, books)
    number = farm.processes
    work = Work(deque(batches(todo, 2 * number)))
    workers = [WorkerProcess(folder / f"worker-{i}.log", farm, one_gpu(i)) for i in range(number)]
    with ThreadPoolExecutor(number) as pool:
        serving = [pool.submit(_serve, worker, folder, work, books) for worker in workers]
        try:
            for done in wait(serving, return_when=FIRST_EXCEPTION).done:
                done.result()
        except BaseException:
            work.stop()
            for worker in workers:
                worker.leave()
            raise
    return work.failures


def _serve(worker: WorkerProcess, folder: Path, work: Work, books: Bookkeeping) -> None:
    """Keep one worker process busy until no work is left."""
    with closing(worker):
        while batch := work.take():
            worker.start()
            maker = books.maker(worker.handshake, machine())
            for spec in batch:
                error = worker.render(folder, spec)
                if error is not None:
                    work.failures[spec_name(spec)] = error
                books.done(spec, maker if error is None else None)


def _report(failures: dict[str, str], folder: Path) -> None:
    if failures:
        name, error = min(failures.items())
        raise UserError(
            f"{folder}: {len(failures)} pictures could not be rendered, {name!r} first: {error}; "
            f"see {folder}/worker-*.log, then run the same command again"
        )
