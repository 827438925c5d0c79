"""`make bench-speed`: pictures a second compared with a plain Blender script, and where the time goes.

    python -m benchmarks.speed

On one thread of the CPU, the generator and the plain script (`benchmarks.naive`) alternate in one process, so
that other load on the machine slows down both. The generator is timed as a worker renders: specs in the order
of the farm, every file written, the places of the set built before, as they are once for all pictures.
Measured as well are the fraction of a picture's time that Cycles takes, a picture of which only the camera
moved, and two workers against one. Needs no data; the figures go to `benchmarks/results.json`
(`render_speedup_*`, `cycles_share_224px`, `fixed_ms_camera_move`, `two_worker_scaling`).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import OpenEXR

from benchmarks.results import keep, keep_median
from generator.farm.bookkeeping import render_order
from generator.farm.render import render_set
from generator.farm.settings import FarmSettings
from generator.planning.grid import SetPlan
from generator.planning.plan import plan_set
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.spec import RenderSpec

SEED = 11
SET = 4000
"""Pictures of the set from which the timed ones are taken."""
SIZES = {64: (48, 6, 3), 128: (16, 4, 3), 224: (6, 3, 3), 512: (2, 1, 1)}
"""Side in pixels -> pictures a repeat, by the generator and by the plain script, and repeats."""

SAMPLES = (16, 32)
REPEATS = 3


def main() -> None:
    if len(sys.argv) > 1:
        measure, _ = PARTS[sys.argv[1]]
        Path(sys.argv[2], "found.json").write_text(json.dumps(measure(Path(sys.argv[2]))))
        return
    for part, (_, report) in PARTS.items():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-m", "benchmarks.speed", part, folder], check=True, stdout=2)
            report(json.loads((Path(folder) / "found.json").read_text()))
    keep_scaling()


def specs_of(size: int, samples: int, count: int, repeat: int = 0, **changes: Any) -> list[RenderSpec]:
    """Consecutive pictures of a large, varied set, in the order in which a farm renders them.

    Args:
        repeat: which part of the set to take.
        changes: fields that all specs get.
    """
    first = (repeat * SET // REPEATS + 97) % (SET - count)
    changes |= {"size": size, "samples": samples}
    return [spec.model_copy(update=changes) for spec in _ordered()[first : first + count]]


@cache
def _ordered() -> list[RenderSpec]:
    return sorted(
        plan_set(SetPlan(count=SET), SceneRanges(), RenderSettings(), seed=SEED, block=1), key=render_order
    )


def _table(folder: Path) -> list[dict[str, Any]]:
    return [_compared(size, samples, folder) for size in SIZES for samples in SAMPLES]


def _compared(size: int, samples: int, folder: Path) -> dict[str, Any]:
    """Seconds a picture: by the generator, by the script with our Cycles settings, and with Blender's own."""
    from benchmarks import naive

    defaults = naive.blender_defaults()
    count, by_script, repeats = SIZES[size]
    rows = []
    for repeat in range(repeats):
        specs = specs_of(size, samples, count + 1, repeat)
        ours = _ours(specs[1:], specs[0], folder)
        few = specs[1 :: max(1, count // by_script)][:by_script]
        same = _seconds(lambda spec: naive.render(spec, folder), few)
        plain = _seconds(lambda spec: naive.render(spec, folder, defaults), few)
        rows.append((ours, same, plain))
    return {"size": size, "samples": samples, "seconds": rows}


def _ours(specs: list[RenderSpec], first: RenderSpec, folder: Path) -> float:
    """Seconds a picture of the generator, its places built and `first` rendered before."""
    from blender_scenes.stage import Stage
    from generator.dataset.dataset import write_picture

    stage = Stage(threads=1)
    for spec in {(spec.environment, spec.environment_seed): spec for spec in specs}.values():
        stage.place(spec)
    stage.render(first)
    return _seconds(lambda spec: write_picture(folder, "picture", stage.render(spec)), specs)


def _seconds(work: Callable[[RenderSpec], None], specs: list[RenderSpec]) -> float:
    """Seconds a spec."""
    start = perf_counter()
    for spec in specs:
        work(spec)
    return (perf_counter() - start) / len(specs)


def _times(folder: Path) -> dict[str, Any]:
    """Seconds a picture: by Cycles's count (`traced`), in all (`whole`), after a camera move (`moved`)."""
    from blender_scenes.stage import Stage
    from generator.dataset.dataset import write_picture

    stage = Stage(threads=1)
    traced = traced_seconds()
    whole = []
    for spec in specs_of(224, 32, 16):
        start = perf_counter()
        picture = stage.render(spec)
        write_picture(folder, "picture", picture)
        whole.append(perf_counter() - start)
    moved = []
    kept = list(traced)  # those that follow are not counted
    tiny = specs_of(16, 1, 6, denoise=False)
    for spec in tiny:
        stage.render(spec)
        for azimuth in range(20):
            from_there = spec.model_copy(update={"azimuth": float(azimuth)})
            start = perf_counter()
            stage.render(from_there)
            moved.append(perf_counter() - start)
    return {"traced": kept, "whole": whole, "moved": moved}


def traced_seconds() -> list[float]:
    """A list that grows with each picture: seconds of tracing and denoising, by Cycles's own count."""
    from blender_scenes import passes

    read = passes.read
    seconds: list[float] = []

    def watched(path: Path) -> Any:
        header = OpenEXR.File(str(path), header_only=True).header()
        minutes, rest = header["cycles.ViewLayer.render_time"].split(":")[-2:]
        seconds.append(60 * float(minutes) + float(rest))
        return read(path)

    passes.read = watched
    return seconds


def keep_table(rows: list[dict[str, Any]]) -> None:
    """How many times faster the generator is, over the paired repeats."""
    for row in rows:
        size, samples = row["size"], row["samples"]
        ours, same, plain = (np.array(column) for column in zip(*row["seconds"], strict=True))
        keep_median(
            f"render_speedup_{size}px" + ("" if samples == SAMPLES[0] else f"_{samples}"),
            f"pictures a second relative to a plain Blender script, {size} px, {samples} samples",
            plain / ours,
            "times",
            seed=SEED,
            frames_per_second=float(np.median(1 / ours)),
            rival_frames_per_second=float(np.median(1 / plain)),
            rival_with_our_settings_frames_per_second=float(np.median(1 / same)),
            speedup_with_our_settings=float(np.median(same / ours)),
        )


def keep_times(found: dict[str, list[float]]) -> None:
    """The fraction of time that Cycles takes, and the time of a picture of which only the camera moved."""
    fraction = sum(found["traced"]) / sum(found["whole"])
    what = "fraction of a picture's time that Cycles spends tracing and denoising, 224 px, 32 samples"
    keep("cycles_share_224px", what, fraction, "share", n=len(found["whole"]), seed=SEED)
    moved = 1000 * np.array(found["moved"])
    what = "milliseconds for a picture of which only the camera moved, 16 px, one sample"
    keep_median("fixed_ms_camera_move", what, moved, "ms", seed=SEED, within=(0.1, 0.9))


def keep_scaling() -> None:
    """Pictures a second of two one-thread workers relative to one, with the start of Blender."""
    ratios = []
    for repeat in range(REPEATS):
        one, two = (_farm_seconds(specs_of(64, 16, 500, repeat), workers) for workers in (1, 2))
        ratios.append(one / two)
    what = (
        "pictures a second of two one-thread workers relative to one, with the start of Blender, 500 of 64 px"
    )
    keep_median("two_worker_scaling", what, ratios, "times", seed=SEED)


def _farm_seconds(specs: list[RenderSpec], workers: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        start = perf_counter()
        render_set(Path(folder) / "set", specs, FarmSettings(workers=workers))
        return perf_counter() - start


PARTS: dict[str, tuple[Callable[[Path], Any], Callable[[Any], None]]] = {
    "table": (_table, keep_table),
    "times": (_times, keep_times),
}
"""Part -> what is measured in a process of its own, and how it is kept."""


if __name__ == "__main__":
    main()
