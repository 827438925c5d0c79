"""What renders: the settings of a farm, the devices that may be asked for, and what this machine has."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from generator.dataset.layers import Layer
from generator.spec import PARTS

Device = Literal["cpu", "gpu", "optix", "cuda", "hip", "oneapi", "metal"]
"""`gpu` takes the first of those after it that Blender finds."""

LEFT_OUT = ("vehicle", "shadow", *PARTS[1:])
"""What `blender_scenes.without` knows to leave out of a picture."""

NO_EEVEE = (
    "'eevee' is not offered, since it cannot give exact masks (it has no index passes, and its "
    "Cryptomatte is blurred over the border) and its pictures are others than those that the specs name; "
    "use 'cycles'"
)


class FarmSettings(BaseModel):
    """Who renders, and what is kept of each picture.

    But for `without` no setting changes a byte of a picture on the CPU; on a GPU, noise may differ in the
    last bits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    workers: Annotated[int, Field(ge=0)] = 0
    """Worker processes. 0: one for each processor core on the CPU, one for each GPU on GPUs; with more, they
    share GPUs in turn. On a Ray cluster: how many at most, 0 for as many as it has room for. Lower it where
    memory is short."""
    threads: Annotated[int, Field(ge=1)] = 1
    """Threads of each worker, 1 or more. One is fastest for many small pictures; raise it, and lower
    `workers`, where pictures are few and large or memory is short."""
    device: Device = "cpu"
    """What renders: `cpu`, `gpu` for the best GPU that Blender finds, or one kind of GPU. A device that is
    missing is an error. What really rendered stands in the set's `machine.json`."""
    engine: Literal["cycles"] = "cycles"
    """The renderer. EEVEE is refused: it has no index passes, so no exact mask, and nothing it draws is the
    picture that the spec names. Measured at 96 px on one sedan: 10 of 1,814 mask pixels wrong by its
    Cryptomatte where Cycles has none, and the vehicle's pixels 19 of 255 away from those of Cycles."""
    layers: tuple[Layer, ...] = ()
    """What to keep of each picture beside image, mask, parts and numbers: any of `depth`, `normals`,
    `coverage`, `amodal` (`generator.dataset.layers`). Each takes disk."""
    without: tuple[str, ...] = ()
    """What to leave out of the pictures, to compare with the whole ones, in a set of its own: any of
    `vehicle`, `shadow` and the parts of a vehicle (`LEFT_OUT`)."""
    recycle: Annotated[int, Field(ge=0)] = 500
    """Pictures after which a worker is replaced by a fresh one; 0 for never. Bounds memory: Blender grows by
    about a tenth over 1,000 pictures that are all of other vehicles in other places."""
    assets: tuple[Path, ...] = ()
    """Asset cards (`generator.assets.card`) of users' own models, whose words may stand among the shapes.
    Paths are relative to where the command runs."""
    patience: Annotated[float, Field(gt=0)] = 300.0
    """Seconds a picture may take, besides 0.1 ms for each of its pixels' samples, before its worker counts as
    hung and is killed. The default is about 40 times what one slow core needs; raise it where a machine is
    shared. The first picture on a GPU may take an hour more (`generator.farm.worker_process`)."""

    cache: Path | None = None
    """Folder of pictures that any set takes instead of rendering them, and puts its own into; null for none.
    Sets are the same with it and without it. Each change of renforce's sources, Blender, layers or device
    begins anew; on GPUs, a picture may come from another GPU of the same kind. See `generator.farm.cache`."""

    ray: str = ""
    """Address of a Ray cluster that renders instead of this machine: HOST:PORT as `ray start --head` prints
    it, or `auto` on one of its nodes; "" for this machine."""
    gpu_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Fraction of a GPU that a worker takes on a Ray cluster, above 0 and up to 1: 0.5 puts two on each.
    Without effect on the CPU."""

    @field_validator("engine", mode="before")
    @classmethod
    def _exact(cls, value: object) -> object:
        if value == "eevee":
            raise ValueError(NO_EEVEE)
        return value

    @field_validator("without")
    @classmethod
    def _can_be_left_out(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            if word not in LEFT_OUT:
                raise ValueError(f"{word!r} cannot be left out; one of {', '.join(LEFT_OUT)}")
        return words

    @property
    def processes(self) -> int:
        """How many worker processes there are on this machine, at least 1."""
        if self.workers:
            return self.workers
        if self.device != "cpu":
            return max(1, *map(len, gpus().values()))
        return max(1, cores() // self.threads)


def cores() -> int:
    """Processor cores that this process may use."""
    return os.process_cpu_count() or 1


def gpus() -> dict[str, list[str]]:
    """Environment variable that limits a process to some GPUs -> identifiers of those that this one sees."""
    return {
        "CUDA_VISIBLE_DEVICES": _shown("CUDA_VISIBLE_DEVICES", _nvidia),
        "HIP_VISIBLE_DEVICES": _shown("HIP_VISIBLE_DEVICES", _amd),
    }


def one_gpu(worker: int) -> dict[str, str]:
    """Environment that shows worker number `worker` one GPU of several, in turn; empty without a choice."""
    return {name: found[worker % len(found)] for name, found in gpus().items() if len(found) > 1}


def machine() -> dict[str, Any]:
    """This machine: processor, cores that may be used, names of NVIDIA's GPUs, operating system."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": cores(),
        "cards": nvidia_names(_listing()),
        "system": platform.platform(),
    }


def _shown(variable: str, detect: Callable[[], list[str]]) -> list[str]:
    if variable in os.environ:
        return [gpu.strip() for gpu in os.environ[variable].split(",") if gpu.strip()]
    return detect()


def _nvidia() -> list[str]:
    """Identifiers of NVIDIA's GPUs; of a GPU that is cut into instances, those of the instances."""
    return nvidia_gpus(_listing())


def _listing() -> str:
    """What NVIDIA's tool lists; nothing where there is no such tool."""
    if shutil.which("nvidia-smi") is None:  # to fork and fail takes long in a large process
        return ""
    try:
        done = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def nvidia_names(listing: str) -> list[str]:
    """Names of the GPUs that `nvidia-smi -L` prints.

    >>> nvidia_names("GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1111)")
    ['NVIDIA H100 80GB HBM3']
    """
    return [name.strip() for name in re.findall(r"^GPU \d+: (.*?) \(UUID", listing, re.M)]


def nvidia_gpus(listing: str) -> list[str]:
    """Identifiers of the GPUs, or instances of GPUs, that `nvidia-smi -L` prints."""
    found: list[str] = []
    for kind, identifier in re.findall(r"^\s*(GPU|MIG)\b.*\(UUID: ([^)\s]+)\)", listing, re.M):
        if kind == "MIG" and found and found[-1].startswith("GPU"):
            found.pop()
        found.append(identifier)
    return found


def _amd(nodes: Path = Path("/sys/class/kfd/kfd/topology/nodes")) -> list[str]:
    """Numbers of AMD's GPUs: those nodes of the kernel's list that are not processors."""
    found = [path for path in nodes.glob("*/gpu_id") if path.read_text().strip() not in ("", "0")]
    return [str(i) for i in range(len(found))]
