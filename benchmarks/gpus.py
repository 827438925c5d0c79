"""`python -m benchmarks.gpus`: pictures a second that a GPU renders, and that the CPU renders.

    python -m benchmarks.gpus                          # measure, and keep the figures
    python -m benchmarks.gpus measure FILE [DEVICE …]  # only measure: this part needs no torch
    python -m benchmarks.gpus keep FILE                # keep what was measured, here or on another machine

Measured are rates with 1, 4 and 16 workers, the time to the first picture (Blender may have to compile its
kernels), and how far pictures and masks of a GPU differ from those of the CPU, pixel by pixel. Workers have
rendered a picture of every place before a rate is measured. Devices that the machine lacks are skipped. The
figures go to `benchmarks/results.json` (`farm_DEVICE_*`).
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from benchmarks.results import keep, keep_median
from benchmarks.speed import SEED, specs_of
from generator.errors import UserError
from generator.farm.settings import FarmSettings, cores, machine
from generator.farm.worker_process import WorkerProcess
from generator.naming import spec_name
from generator.spec import RenderSpec

DEVICES = ("cpu", "optix", "cuda")
WORKERS = (1, 4, 16)
"""How many workers render on one GPU."""
SETTINGS = ((64, 16), (224, 16), (224, 128), (512, 64))
"""Side in pixels, and samples a pixel."""
SECONDS = 4.0
"""How long each rate is measured; a worker finishes the picture that it is rendering."""
PICTURES = 240
"""Pictures that the workers divide among themselves while a rate is measured."""
COMPARED = 24
"""Pictures that both GPU and CPU render, each of another vehicle."""


def main() -> None:
    match sys.argv[1:]:
        case ["measure", path, *devices]:
            measure(Path(path), devices or DEVICES)
        case ["keep", path]:
            keep_found(Path(path))
        case _:
            with tempfile.TemporaryDirectory() as folder:
                measure(Path(folder) / "found.json", DEVICES)
                keep_found(Path(folder) / "found.json")


def measure(path: Path, devices: Sequence[str]) -> None:
    """Write what was measured to `path`, after each device, so that nothing is lost."""
    made = {"machine": machine(), "packages": {"bpy": version("bpy")}, "date": str(datetime.now(UTC).date())}
    found: dict[str, Any] = {**made, "devices": {}}
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder) / "truth"
        with _workers_on("cpu", cores(), truth) as workers:
            _render_divided(workers, truth, _compared_specs())
        for device in devices:
            try:
                found["devices"][device] = _measured(device, Path(folder) / device, truth)
            except UserError as error:
                found["devices"][device] = {"missing": str(error)}
            path.write_text(json.dumps(found, indent=1))


@contextmanager
def _workers_on(device: str, number: int, folder: Path) -> Iterator[list[WorkerProcess]]:
    """Worker processes on a device; they log into `folder` and are closed at the end."""
    folder.mkdir()
    farm = FarmSettings(device=device, recycle=0)  # type: ignore[arg-type]  # one of DEVICES
    with ExitStack() as stack:
        yield [stack.enter_context(closing(WorkerProcess(folder / f"{i}.log", farm))) for i in range(number)]


def _measured(device: str, folder: Path, truth: Path) -> dict[str, Any]:
    """A device's name, seconds to its first picture, rates, and differences from the CPU's pictures.

    Raises:
        UserError: the machine does not have the device.
    """
    numbers = [cores()] if device == "cpu" else [number for number in WORKERS if number <= cores()]
    with _workers_on(device, max(numbers), folder) as workers:
        start = perf_counter()
        _render(workers[0], folder, _compared_specs()[:1])
        first = perf_counter() - start
        _warm_up(workers, folder)
        _render_divided(workers, folder, _compared_specs()[1:])
        rates = [
            {"size": size, "samples": samples, "workers": number}
            | {"rate": _rate(workers[:number], folder, size, samples)}
            for size, samples in SETTINGS
            for number in numbers
        ]
        name = workers[0].handshake["device"]
    return {"name": name, "first": first, "rates": rates, "differences": _differences(folder, truth)}


def _compared_specs() -> list[RenderSpec]:
    """One picture of each of `COMPARED` vehicles."""
    by_vehicle = {(spec.shape, spec.variant): spec for spec in specs_of(96, 16, 3000)}
    return list(by_vehicle.values())[:COMPARED]


def _warm_up(workers: Sequence[WorkerProcess], folder: Path) -> None:
    """Have every worker build all places, which it then keeps."""
    tiny = specs_of(16, 1, PICTURES, denoise=False)
    places = list({(spec.environment, spec.environment_seed): spec for spec in tiny}.values())
    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(lambda worker: _render(worker, folder, places), workers))


def _render_divided(workers: Sequence[WorkerProcess], folder: Path, specs: Sequence[RenderSpec]) -> None:
    """Render specs, divided among workers that work at the same time."""
    count = len(workers)
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda i: _render(workers[i], folder, specs[i::count]), range(count)))


def _render(worker: WorkerProcess, folder: Path, specs: Sequence[RenderSpec]) -> None:
    for spec in specs:
        if error := worker.render(folder, spec):
            raise RuntimeError(error)


def _rate(workers: Sequence[WorkerProcess], folder: Path, size: int, samples: int) -> float:
    """Pictures a second of all workers together, each with pictures of its own."""
    specs = specs_of(size, samples, PICTURES)
    each = PICTURES // len(workers)

    def one(i: int) -> float:
        start, done = perf_counter(), 0
        for spec in cycle(specs[i * each : (i + 1) * each]):
            _render(workers[i], folder, [spec])
            done += 1
            if perf_counter() - start > SECONDS:
                break
        return done / (perf_counter() - start)

    with ThreadPoolExecutor(len(workers)) as pool:
        return sum(pool.map(one, range(len(workers))))


def _differences(folder: Path, truth: Path) -> list[dict[str, float]]:
    """One entry a compared picture, see `_difference`."""
    return [_difference(folder, truth, f"{spec_name(spec)}.png") for spec in _compared_specs()]


def _difference(folder: Path, truth: Path, name: str) -> dict[str, float]:
    """Fraction of mask pixels that differ, and root mean squared difference of sRGB values in [0, 1]."""
    masks, images = (
        [np.asarray(cv2.imread(str(at / kind / name), cv2.IMREAD_UNCHANGED), float) for at in (folder, truth)]
        for kind in ("masks", "images")
    )
    distance = (images[0] - images[1]) / 255
    return {"mask": float((masks[0] != masks[1]).mean()), "rmse": float(np.sqrt((distance**2).mean()))}


def keep_found(path: Path) -> None:
    """Put what was measured into `results.json`, with the machine that it was measured on."""
    found = json.loads(path.read_text())
    devices = found.pop("devices")
    for device in (name for name in devices if "missing" not in devices[name]):
        _keep_rates(device, devices[device]["rates"], found)
        if device != "cpu":
            _keep_gpu(device, devices[device], found)


def _keep_rates(device: str, rates: list[dict[str, Any]], made: dict[str, Any]) -> None:
    """The best rate of each setting, with the rates by number of workers beside."""
    for size, samples in SETTINGS:
        rows = [row for row in rates if (row["size"], row["samples"]) == (size, samples)]
        best = max(rows, key=lambda row: row["rate"])
        by_number = {f"with_{row['workers']}": row["rate"] for row in rows}
        what = f"{device}, {size} px, {samples} samples: pictures a second"
        key = f"farm_{device}_{size}px_{samples}"
        by_number["workers"] = best["workers"]
        keep(key, what, best["rate"], "pictures/s", n=1, seed=SEED, **by_number, **made)


def _keep_gpu(device: str, measured: dict[str, Any], made: dict[str, Any]) -> None:
    what = f"{device}: seconds from starting the first worker to its first picture"
    keep(f"farm_{device}_first_picture", what, measured["first"], "s", n=1, seed=SEED, **made)
    for kind, what, unit in (
        ("mask", "fraction of mask pixels that differ from the CPU's, 96 px", "share"),
        ("rmse", "difference of pictures from the CPU's, 96 px, 16 samples", "rmse"),
    ):
        values = [row[kind] for row in measured["differences"]]
        keep_median(f"farm_{device}_{kind}", f"{device}: {what}", values, unit, seed=SEED, **made)


if __name__ == "__main__":
    main()
