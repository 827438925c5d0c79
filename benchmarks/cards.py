"""`python -m benchmarks.cards`: pictures a second of a graphics card beside this machine's processor.

    python -m benchmarks.cards                          # measure, and keep the figures
    python -m benchmarks.cards measure FILE [DEVICE …]  # only measure: this part needs no torch
    python -m benchmarks.cards keep FILE                # keep what was measured, here or on another machine

Workers are started and have rendered a picture of every place before the clock runs. What a card renders is
compared with what the processor does, pixel by pixel.
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
"""How many workers share a card."""
SETTINGS = ((64, 16), (224, 16), (224, 128), (512, 64))
"""Side in pixels, and samples."""
SECONDS = 4.0
"""How long each rate is measured; a worker ends the picture in hand."""
STRETCH = 240
"""Pictures that a rate's workers render in turn."""
COMPARED = 24
"""Pictures that card and processor both render, each of another vehicle."""


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
    """Write what each device did to `path`, after each device, so that nothing measured is lost."""
    made = {"machine": machine(), "packages": {"bpy": version("bpy")}, "date": str(datetime.now(UTC).date())}
    found: dict[str, Any] = {**made, "devices": {}}
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder) / "truth"
        with _seated("cpu", cores(), truth) as seats:
            _shared(seats, truth, _compared_specs())
        for device in devices:
            try:
                found["devices"][device] = _measured(device, Path(folder) / device, truth)
            except UserError as error:
                found["devices"][device] = {"missing": str(error)}
            path.write_text(json.dumps(found, indent=1))


@contextmanager
def _seated(device: str, number: int, folder: Path) -> Iterator[list[WorkerProcess]]:
    """So many workers on a device, which log into `folder`."""
    folder.mkdir()
    farm = FarmSettings(device=device, recycle=0)  # type: ignore[arg-type]  # one of its words
    with ExitStack() as stack:
        yield [stack.enter_context(closing(WorkerProcess(folder / f"{i}.log", farm))) for i in range(number)]


def _measured(device: str, folder: Path, truth: Path) -> dict[str, Any]:
    numbers = [cores()] if device == "cpu" else [number for number in WORKERS if number <= cores()]
    with _seated(device, max(numbers), folder) as seats:
        start = perf_counter()
        _rendered(seats[0], folder, _compared_specs()[:1])
        first = perf_counter() - start
        _warm(seats, folder)
        _shared(seats, folder, _compared_specs()[1:])
        rates = [
            {"size": size, "samples": samples, "workers": number}
            | {"rate": _rate(seats[:number], folder, size, samples)}
            for size, samples in SETTINGS
            for number in numbers
        ]
        name = seats[0].handshake["device"]
    return {"name": name, "first": first, "rates": rates, "differences": _differences(folder, truth)}


def _compared_specs() -> list[RenderSpec]:
    """One of each of so many vehicles."""
    by_vehicle = {(spec.shape, spec.variant): spec for spec in specs_of(96, 16, 3000)}
    return list(by_vehicle.values())[:COMPARED]


def _warm(seats: Sequence[WorkerProcess], folder: Path) -> None:
    """Have every seat build all places, which workers keep."""
    tiny = specs_of(16, 1, STRETCH, denoise=False)
    places = list({(spec.environment, spec.environment_seed): spec for spec in tiny}.values())
    with ThreadPoolExecutor(len(seats)) as pool:
        list(pool.map(lambda seat: _rendered(seat, folder, places), seats))


def _shared(seats: Sequence[WorkerProcess], folder: Path, specs: Sequence[RenderSpec]) -> None:
    with ThreadPoolExecutor(len(seats)) as pool:
        list(pool.map(lambda i: _rendered(seats[i], folder, specs[i :: len(seats)]), range(len(seats))))


def _rendered(seat: WorkerProcess, folder: Path, specs: Sequence[RenderSpec]) -> None:
    for spec in specs:
        if error := seat.render(folder, spec):
            raise RuntimeError(error)


def _rate(seats: Sequence[WorkerProcess], folder: Path, size: int, samples: int) -> float:
    """Pictures a second of all seats together, each at a stretch of its own."""
    specs = specs_of(size, samples, STRETCH)
    share = STRETCH // len(seats)

    def one(i: int) -> float:
        start, done = perf_counter(), 0
        for spec in cycle(specs[i * share : (i + 1) * share]):
            _rendered(seats[i], folder, [spec])
            done += 1
            if perf_counter() - start > SECONDS:
                break
        return done / (perf_counter() - start)

    with ThreadPoolExecutor(len(seats)) as pool:
        return sum(pool.map(one, range(len(seats))))


def _differences(folder: Path, truth: Path) -> list[dict[str, float]]:
    """Of each compared picture: share of other mask pixels, and the distance as in the fidelity table."""
    return [_difference(folder, truth, f"{spec_name(spec)}.png") for spec in _compared_specs()]


def _difference(folder: Path, truth: Path, name: str) -> dict[str, float]:
    masks, images = (
        [np.asarray(cv2.imread(str(at / kind / name), cv2.IMREAD_UNCHANGED), float) for at in (folder, truth)]
        for kind in ("masks", "images")
    )
    distance = (images[0] - images[1]) / 255
    return {"mask": float((masks[0] != masks[1]).mean()), "rmse": float(np.sqrt((distance**2).mean()))}


def keep_found(path: Path) -> None:
    """Put what was measured into the file of figures, under the machine that it was measured on."""
    found = json.loads(path.read_text())
    devices = found.pop("devices")
    for device in (name for name in devices if "missing" not in devices[name]):
        _keep_rates(device, devices[device]["rates"], found)
        if device != "cpu":
            _keep_card(device, devices[device], found)


def _keep_rates(device: str, rates: list[dict[str, Any]], made: dict[str, Any]) -> None:
    for size, samples in SETTINGS:
        rows = [row for row in rates if (row["size"], row["samples"]) == (size, samples)]
        best = max(rows, key=lambda row: row["rate"])
        by_number = {f"with_{row['workers']}": row["rate"] for row in rows}
        what = f"{device}, {size} px, {samples} samples: pictures a second"
        key, workers = f"farm_{device}_{size}px_{samples}", best["workers"]
        keep(key, what, best["rate"], "pictures/s", n=1, seed=SEED, workers=workers, **by_number, **made)


def _keep_card(device: str, measured: dict[str, Any], made: dict[str, Any]) -> None:
    what = f"{device}: seconds from starting the first worker to its first picture"
    keep(f"farm_{device}_first_picture", what, measured["first"], "s", n=1, seed=SEED, **made)
    for kind, what, unit in (
        ("mask", "share of mask pixels other than the processor's, 96 px", "share"),
        ("rmse", "distance of pictures from the processor's, 96 px, 16 samples", "rmse"),
    ):
        values = [row[kind] for row in measured["differences"]]
        keep_median(f"farm_{device}_{kind}", f"{device}: {what}", values, unit, seed=SEED, **made)


if __name__ == "__main__":
    main()
