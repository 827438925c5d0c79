"""A worker process with Blender in it, as its parent holds it: started again when it dies, hangs or is old.

What runs in it is `generator.farm.worker`; who gives it work is `generator.farm.render` on this machine and
`generator.farm.ray_cluster` on a Ray cluster.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE
from threading import Lock, Timer

from generator.errors import UserError
from generator.farm.settings import FarmSettings
from generator.plugins import shape_plugins
from generator.spec import RenderSpec

LOG = logging.getLogger(__name__)
ATTEMPTS = 3
"""How often a picture may take its worker down before it is given up."""
START_SECONDS = 600.0
"""How long Blender may take to start."""
COMPILE_SECONDS = 3600.0
"""Time allowed for the first picture on a GPU, besides: the driver may compile kernels for it then, on one
core, and keep them (on an H100, for which Blender brings none: more than 200 s with CUDA, 240 with OptiX). A
worker killed meanwhile begins anew."""
COMPILING = Lock()
"""Held over the first picture on a GPU: whoever comes after it finds the kernels there."""
COMPILE_TOLD = 20.0
"""Seconds after which a warning says what takes so long."""
COMPILING_WORDS = (
    "device %s: its first picture takes long; the driver may be compiling, for minutes, and once"
)
SAMPLE_SECONDS = 1e-4
"""Time allowed for a sample of a pixel, besides `FarmSettings.patience` for the picture."""
PARTING_SECONDS = 10.0
"""How long a worker that is let go may take to remove what Blender keeps in the temporary folder."""
MEMORY = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""Settings of glibc that give freed memory back; by its own, a worker grows with every vehicle and place."""

Answer = dict[str, str]


class WorkerProcess:
    """Renders specs one at a time, each until it is there or has failed for good. Close it after use.

    with closing(WorkerProcess(Path("worker.log"), FarmSettings())) as worker:
        error = worker.render(Path("set"), spec)
    """

    def __init__(
        self, log: Path, settings: FarmSettings, environment: Mapping[str, str] | None = None
    ) -> None:
        """`environment` is added to that of this process for the workers; they print to `log`."""
        self.log = log
        self.settings = settings
        self.handshake: Answer = {}
        """The worker's first answer, once it has started: `device`, `blender`."""
        self._environment = {**MEMORY, **os.environ, **(environment or {}), "PYTHONPATH": _search_path()}
        self._worker: subprocess.Popen[str] | None = None
        self._pictures = 0
        self._left = False
        self.compiling = settings.device != "cpu"
        """Whether no picture has come from a GPU yet, whose kernels may have to be compiled for it."""

    @property
    def process(self) -> int | None:
        """Process id of the worker, None while there is none."""
        return self._worker.pid if self._worker else None

    def leave(self) -> None:
        """Called from another thread: render no more than the picture at work."""
        self._left = True

    def render(self, folder: Path, spec: RenderSpec) -> str | None:
        """Add the picture to the set in `folder`; None, or why it cannot be rendered.

        Raises:
            UserError: nothing can be rendered here: the device is missing, or files cannot be written.
        """
        for _ in range(ATTEMPTS):
            if self._left:
                return "stopped"
            answer = self._first(folder, spec) if self.compiling else self._ask(folder, spec)
            if answer is not None:
                self._retire()
                if "refused" in answer:
                    raise UserError(answer["refused"])
                return answer.get("error")
            self.close()
        return f"its worker died or hung {ATTEMPTS} times"

    def start(self) -> None:
        """Start a worker if there is none, and wait until it is ready.

        Raises:
            UserError: Blender does not start, or does not have the device.
        """
        if self._worker is not None:
            return
        for _ in range(ATTEMPTS):
            handshake = self._launch()
            if handshake is None:
                self.close()
            elif "refused" in handshake:
                self.close()
                raise UserError(handshake["refused"])
            else:
                self.handshake = handshake
                self._pictures = 0
                return
        raise UserError(f"Blender did not start, {ATTEMPTS} times (log: {self.log})")

    def _launch(self) -> Answer | None:
        """Start a worker; its handshake, None if it died."""
        command = [sys.executable, "-P", "-m", "generator.farm.worker", "--log", str(self.log)]
        command += ["--threads", str(self.settings.threads), "--device", self.settings.device]
        command += [word for card in self.settings.assets for word in ("--asset", str(card))]
        command += [word for name in shape_plugins() for word in ("--plugin", name)]
        self._worker = subprocess.Popen(
            command, text=True, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=self._environment
        )
        return self._read(START_SECONDS)

    def close(self) -> None:
        """End the worker; one that does not go by itself is killed."""
        if self._worker is None:
            return
        try:
            self._worker.communicate(timeout=PARTING_SECONDS)
        except subprocess.TimeoutExpired:
            self._worker.kill()
            self._worker.communicate()
        self._worker = None

    def _retire(self) -> None:
        self._pictures += 1
        if self._pictures == self.settings.recycle:
            self.close()

    def _first(self, folder: Path, spec: RenderSpec) -> Answer | None:
        """`_ask` for the first picture on a GPU: one worker of this process at a time, and with patience."""
        with COMPILING, _after(COMPILE_TOLD, LOG.warning, COMPILING_WORDS, self.settings.device):
            answer = None if self._left else self._ask(folder, spec, COMPILE_SECONDS)
        self.compiling = answer is None or "name" not in answer
        return answer

    def _ask(self, folder: Path, spec: RenderSpec, more: float = 0.0) -> Answer | None:
        """The worker's answer, None if it died or was killed over the job."""
        self.start()
        assert self._worker is not None
        assert self._worker.stdin is not None
        job = {"folder": str(folder), "spec": spec.model_dump(), "layers": self.settings.layers}
        job["without"] = self.settings.without
        try:
            self._worker.stdin.write(json.dumps(job) + "\n")
            self._worker.stdin.flush()
        except BrokenPipeError:
            return None
        return self._read(self.settings.patience + SAMPLE_SECONDS * spec.size**2 * spec.samples + more)

    def _read(self, seconds: float) -> Answer | None:
        """One answer; None where the worker has ended, which a line that is cut short tells too."""
        assert self._worker is not None
        assert self._worker.stdout is not None
        with _after(seconds, self._worker.kill):
            line = self._worker.stdout.readline()
        answer: Answer | None = json.loads(line) if line.endswith("\n") else None
        return answer


@contextmanager
def _after(seconds: float, do: Callable[..., object], *words: object) -> Iterator[None]:
    """Call `do(*words)` in a thread of its own, should the inside take longer than `seconds`."""
    timer = Timer(seconds, do, words)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _search_path() -> str:
    """Where a worker finds this code, rather than any other that is installed or lies where it is started."""
    return os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
