"""What a set will cost before it is rendered: pictures, time and disk, from a pilot of its own pictures.

Three of the pictures are rendered in a scratch folder by one worker: one to warm up, one more of the same
vehicle, one of another. So a picture costs what the second took, and a picture of a new vehicle what the
third took. Where pictures are large, the pilot's have fewer samples, and their time is scaled up by
pixels × samples.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path
from statistics import mean
from time import perf_counter

from generator.errors import UserError
from generator.farm.bookkeeping import render_order
from generator.farm.settings import FarmSettings, cores, gpus
from generator.farm.worker_process import WorkerProcess
from generator.spec import RenderSpec

PILOT_WORK = 4_000_000
"""Pixels × samples of a pilot picture, at most: some seconds on one slow core."""


@dataclass(frozen=True)
class Estimate:
    """What rendering a set takes."""

    pictures: int
    seconds: float
    """Wall clock with all workers."""
    bytes: float
    """Of the pictures' files and the list of specs."""
    basis: str
    """What the figures rest on, for the user."""


@dataclass(frozen=True)
class _Pilot:
    """What the pilot took on one worker."""

    start: float
    """Seconds until the worker was ready."""
    same: float
    """Seconds for a picture of the vehicle that was there."""
    new: float
    """Seconds for a picture of another vehicle."""
    bytes: float
    """Of all files of a picture."""


def estimate(specs: Sequence[RenderSpec], farm: FarmSettings) -> Estimate:
    """Render a pilot of the pictures and scale it up.

    Args:
        specs: the pictures that are still to be rendered.
        farm: who renders them.

    Raises:
        UserError: the pilot cannot be rendered here.
    """
    order = sorted(specs, key=render_order)
    if not order:
        return Estimate(0, 0.0, 0.0, "nothing is left to render")
    chosen = _pilot_specs(order)
    pilot = _run_pilot(chosen, farm)
    vehicles = len(list(groupby(order, key=_vehicle)))
    scale = order[0].samples / chosen[0].samples
    workers = _at_once(farm)
    work = scale * (pilot.same * (len(order) - vehicles) + pilot.new * vehicles)
    listed = sum(len(json.dumps(spec.model_dump())) + 1 for spec in specs)
    basis = (
        f"measured here on {len(chosen)} of them: {scale * pilot.same:.2g} s a picture, "
        f"{scale * pilot.new:.2g} s where the vehicle changes ({vehicles} times), "
        f"{pilot.bytes / 1000:.3g} kB a picture; {workers} at once"
    )
    if farm.ray:
        basis += ", as this machine would have it without the cluster"
    if scale > 1:
        basis += f"; scaled from {chosen[0].samples} samples to {order[0].samples} by pixels × samples"
    seconds = pilot.start + work / workers
    return Estimate(len(order), seconds, pilot.bytes * len(order) + listed, basis)


def _vehicle(spec: RenderSpec) -> tuple[str, int]:
    return spec.shape, spec.variant


def _pilot_specs(order: Sequence[RenderSpec]) -> list[RenderSpec]:
    """At most three: two of a vehicle from the middle, one of another a third further on."""
    groups = [list(group) for _, group in groupby(order, key=_vehicle)]
    several = [i for i, group in enumerate(groups) if len(group) > 1] or list(range(len(groups)))
    first = several[len(several) // 2]
    second = (first + max(1, len(groups) // 3)) % len(groups)
    chosen = [*groups[first][:2], *groups[second][:1]] if second != first else groups[first][:3]
    most = max(1, PILOT_WORK // order[0].size ** 2)
    return [spec.model_copy(update={"samples": min(spec.samples, most)}) for spec in chosen]


def _run_pilot(specs: Sequence[RenderSpec], farm: FarmSettings) -> _Pilot:
    with tempfile.TemporaryDirectory(prefix="renforce-") as scratch:
        folder = Path(scratch)
        with closing(WorkerProcess(folder / "pilot.log", farm)) as worker:
            start = _seconds(worker.start)
            seconds = [_seconds(partial(_render, worker, folder, spec)) for spec in specs]
        size = sum(path.stat().st_size for path in folder.glob("*/*"))
    warm = list(zip(pairwise(map(_vehicle, specs)), seconds[1:], strict=True))
    same = [took for (before, now), took in warm if before == now]
    new = [took for (before, now), took in warm if before != now]
    return _Pilot(start, mean(same or new or seconds), mean(new or same or seconds), size / len(specs))


def _render(worker: WorkerProcess, folder: Path, spec: RenderSpec) -> None:
    error = worker.render(folder, spec)
    if error is not None:
        raise UserError(f"the pilot cannot be rendered: {error}; render one picture to see the worker's log")


def _seconds(act: Callable[[], None]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def _at_once(farm: FarmSettings) -> int:
    """Workers that do not wait for one another: limited by cores, or by GPUs."""
    if farm.device != "cpu":
        return min(farm.processes, max(1, *map(len, gpus().values())))
    return max(1, min(farm.processes, cores() // farm.threads))
