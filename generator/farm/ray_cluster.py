"""Renders on a Ray cluster: batches of pictures are tasks, which Ray runs again elsewhere when a process or a
node dies.

A task renders a few pictures of one vehicle in a Blender process next to it (a `WorkerProcess`, kept for the
tasks that follow) and returns the bytes of their files. This process alone writes them, as a local farm does:
image last, whole or not at all. So nodes need neither a shared folder nor a key to the storage, a picture
that was rendered twice because its node died is written once, and the same command goes on where it was
killed. The price is that all pictures pass through this process, which can write some hundreds a second.

Users' own models are the exception: their asset cards and files lie at the same paths on every node. Plugins
are installed on every node.

Bytes are the same as those of a local run because the code is: a node on which any of `code()` differs
is refused.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.errors import UserError
from generator.farm.bookkeeping import Bookkeeping, batches
from generator.farm.code import code, difference
from generator.farm.settings import FarmSettings, machine
from generator.farm.worker_process import Answer, WorkerProcess
from generator.files import write_bytes
from generator.naming import spec_name
from generator.plugins import load_plugins, shape_plugins
from generator.spec import RenderSpec

MOST = 16
"""Pictures in a task, at most: what is lost with a node, and what the cluster holds in memory for each."""
RETRIES = 10
"""How often Ray runs a task again after its process or node died: more is not bad luck."""
CONNECT_SECONDS = 20.0
"""How long the cluster's address may take to answer."""
LOOK_SECONDS = 10.0
"""How often to check that there still is a node with room for a worker."""


@dataclass(frozen=True)
class RenderRequest:
    """What a task is to render, and with what."""

    specs: list[RenderSpec]
    farm: FarmSettings
    code: dict[str, str]
    """Of the machine that asks (`generator.farm.code`)."""
    plugins: tuple[str, ...] = ()
    """Modules that add shapes."""


@dataclass
class Rendered:
    """What a task returns."""

    handshake: Answer = field(default_factory=dict)
    host: dict[str, Any] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Name of a picture -> path inside the set -> content."""
    failures: dict[str, str] = field(default_factory=dict)


def render_on_cluster(
    folder: Path, todo: Sequence[RenderSpec], farm: FarmSettings, books: Bookkeeping
) -> dict[str, str]:
    """Render all of `todo` into the set in `folder`; the names of pictures that failed -> why.

    Raises:
        UserError: no Ray here, no cluster at the address, none of its nodes has room for a worker, or a
            node cannot render or has other code.
    """
    failures: dict[str, str] = {}
    farm = farm.model_copy(update={"assets": tuple(card.absolute() for card in farm.assets)})
    with _connected(farm.ray) as ray:
        slots = _slots(ray, farm)
        queue = deque(batches(todo, 2 * slots, MOST))
        for batch, result in _results(ray, farm, queue):
            maker = None
            if isinstance(result, Rendered):
                maker = books.maker(result.handshake, result.host)
                _store(folder, result)
                failures |= result.failures
            else:
                failures |= dict.fromkeys(map(spec_name, batch), result)
            for spec in batch:
                books.done(spec, None if spec_name(spec) in failures else maker)
    return failures


def _results(
    ray: Any, farm: FarmSettings, queue: deque[list[RenderSpec]]
) -> Iterator[tuple[list[RenderSpec], Rendered | str]]:
    """Each batch and what became of it, as they come; never more in the cluster than keep it busy."""
    task = ray.remote(render_here).options(max_retries=RETRIES, **_needs(farm))
    own_code = code()
    pending: dict[Any, list[RenderSpec]] = {}
    while queue or pending:
        room = farm.workers or 2 * _slots(ray, farm)
        while queue and len(pending) < room:
            batch = queue.popleft()
            pending[task.remote(RenderRequest(batch, farm, own_code, shape_plugins()))] = batch
        for done in ray.wait(list(pending), timeout=LOOK_SECONDS)[0]:
            yield pending.pop(done), _result(ray, done, farm)


def _result(ray: Any, done: Any, farm: FarmSettings) -> Rendered | str:
    """What a task returned, or why Ray gave it up."""
    try:
        result: Rendered = ray.get(done)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        what = str(cause) if isinstance(cause, UserError) else f"{type(cause).__name__}: {cause}"
        raise UserError(f"Ray cluster {farm.ray}: {' '.join(what.split())}") from None
    except ray.exceptions.RayError as error:
        return " ".join(str(error).split())[:200]
    return result


def _store(folder: Path, result: Rendered) -> None:
    """Write the files of each picture, its image last, so that an image that is there is whole."""
    for files in result.files.values():
        for place in sorted(files, key=lambda place: (place.startswith("images/"), place)):
            write_bytes(folder / place, files[place])


# On the nodes

_workers: dict[tuple[FarmSettings, str | None], WorkerProcess] = {}
"""The worker of this process, by what it was started with; Ray may show each task another GPU."""


def render_here(request: RenderRequest) -> Rendered:
    """The task: render the pictures of a request on this node.

    Raises:
        UserError: this node has other code, or cannot render.
    """
    where = socket.gethostname()
    try:
        load_plugins(request.plugins, announced=False)
    except UserError as error:
        raise UserError(f"node {where}: {error}") from None
    if differs := difference(request.code, code()):
        raise UserError(f"node {where} {differs}; install the same renforce on every node")
    worker = _worker(request.farm)
    result = Rendered(host=machine())
    with tempfile.TemporaryDirectory(prefix="renforce-") as name:
        folder = Path(name)
        try:
            for spec in request.specs:
                failure = worker.render(folder, spec)
                if failure is not None:
                    result.failures[spec_name(spec)] = f"{failure} (node {where}, log {worker.log})"
                else:
                    result.files[spec_name(spec)] = _taken(folder, spec_name(spec))
        except UserError as error:
            raise UserError(f"node {where}: {error}") from None
    result.handshake = worker.handshake
    return result


def _worker(farm: FarmSettings) -> WorkerProcess:
    key = farm, os.environ.get("CUDA_VISIBLE_DEVICES", os.environ.get("HIP_VISIBLE_DEVICES"))
    if key not in _workers:
        while _workers:
            _workers.popitem()[1].close()
        _workers[key] = WorkerProcess(Path(tempfile.gettempdir()) / f"renforce-{os.getpid()}.log", farm)
    return _workers[key]


def _taken(folder: Path, name: str) -> dict[str, bytes]:
    """Read the files of a picture, and remove them: path inside the set -> content."""
    found = {}
    for path in folder.glob(f"*/{name}.*"):
        found[path.relative_to(folder).as_posix()] = path.read_bytes()
        path.unlink()
    return found


# The cluster


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Ray, connected to the cluster."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise UserError("Ray is not installed here; it comes with: pip install -e '.[cluster]'") from None
    _answers(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except Exception as error:
        what = " ".join(str(error).split())[:300]
        raise UserError(f"Ray cluster {address}: cannot be joined from here ({what})") from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _answers(address: str) -> None:
    """Check that something listens there: where nothing does, Ray takes minutes, then ends this process."""
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if not (colon and port.isdigit()):
        return
    try:
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
    except OSError as error:
        raise UserError(
            f"Ray cluster {address}: nothing answers there ({error}); "
            "`ray start --head` on a machine prints the address to give"
        ) from None


def _needs(farm: FarmSettings) -> dict[str, float]:
    """Options of a Ray task: processors and GPUs of a worker."""
    return {"num_cpus": farm.threads, "num_gpus": 0 if farm.device == "cpu" else farm.gpu_share}


def _slots(ray: Any, farm: FarmSettings) -> int:
    """How many workers the nodes that are alive have room for.

    Raises:
        UserError: none has.
    """
    needs = {"CPU": _needs(farm)["num_cpus"], "GPU": _needs(farm)["num_gpus"]}
    wanted = {name: amount for name, amount in needs.items() if amount}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    slots = 0
    for node in nodes:
        slots += min(int(node.get(name, 0) / amount) for name, amount in wanted.items())
    if not slots:
        there = "; ".join(f"{node.get('CPU', 0):g} CPU, {node.get('GPU', 0):g} GPU" for node in nodes)
        asked = " and ".join(f"{amount:g} {name}" for name, amount in wanted.items())
        raise UserError(
            f"Ray cluster {farm.ray}: no node has the {asked} of a worker; nodes: {there or 'none'}"
        )
    return slots
