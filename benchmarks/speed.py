"""`make bench-speed`: frames a second beside a plain Blender script, and where the time goes.

    python -m benchmarks.speed

All on one thread of the CPU, ours and the rival by turns in one process, so that a noisy machine is
noisy for both. Ours is timed as the farm works: specs in its order, every file written, by a worker that
has built the places of the set, as it does once for all its pictures.
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
"""Pictures of the set from whose order of work stretches are taken."""
SIZES = {64: (48, 6, 3), 128: (16, 4, 3), 224: (6, 3, 3), 512: (2, 1, 1)}
"""Side in pixels -> pictures a turn, ours and the rival's, and turns."""
SAMPLES = (16, 32)
TURNS = 3


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


def specs_of(size: int, samples: int, count: int, turn: int = 0, **changes: Any) -> list[RenderSpec]:
    """A stretch of a large set of all kinds of pictures, in the order in which a farm renders them."""
    first = (turn * SET // TURNS + 97) % (SET - count)
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
    """Seconds a picture of ours, of the rival with our Cycles settings, and with Blender's own."""
    from benchmarks import naive

    defaults = naive.blender_defaults()
    count, rival, turns = SIZES[size]
    rows = []
    for turn in range(turns):
        specs = specs_of(size, samples, count + 1, turn)
        ours = _ours(specs[1:], specs[0], folder)
        few = specs[1 :: max(1, count // rival)][:rival]
        same = _seconds(lambda spec: naive.render(spec, folder), few)
        plain = _seconds(lambda spec: naive.render(spec, folder, defaults), few)
        rows.append((ours, same, plain))
    return {"size": size, "samples": samples, "seconds": rows}


def _ours(specs: list[RenderSpec], first: RenderSpec, folder: Path) -> float:
    from blender_scenes.stage import Stage
    from generator.dataset.dataset import write_picture

    stage = Stage(threads=1)
    for spec in {(spec.environment, spec.environment_seed): spec for spec in specs}.values():
        stage.place(spec)
    stage.render(first)
    return _seconds(lambda spec: write_picture(folder, "picture", stage.render(spec)), specs)


def _seconds(work: Callable[[RenderSpec], None], specs: list[RenderSpec]) -> float:
    start = perf_counter()
    for spec in specs:
        work(spec)
    return (perf_counter() - start) / len(specs)


def _shares(folder: Path) -> dict[str, Any]:
    """Cycles's own count of seconds against the clock's, and a frame of which only the camera moved."""
    from blender_scenes.stage import Stage
    from generator.dataset.dataset import write_picture

    stage, traced, whole = Stage(threads=1), traced_seconds(), []
    for spec in specs_of(224, 32, 16):
        start = perf_counter()
        picture = stage.render(spec)
        write_picture(folder, "picture", picture)
        whole.append(perf_counter() - start)
    moved, kept = [], list(traced)
    tiny = specs_of(16, 1, 6, denoise=False)
    for spec in tiny:
        stage.render(spec)
        for azimuth in range(20):
            turned = spec.model_copy(update={"azimuth": float(azimuth)})
            start = perf_counter()
            stage.render(turned)
            moved.append(perf_counter() - start)
    return {"traced": kept, "whole": whole, "moved": moved}


def traced_seconds() -> list[float]:
    """A list that grows by one with each picture read: what Cycles says that it traced and denoised for."""
    from blender_scenes import passes

    read, seconds = passes.read, list[float]()

    def watched(path: Path) -> Any:
        header = OpenEXR.File(str(path), header_only=True).header()
        minutes, rest = header["cycles.ViewLayer.render_time"].split(":")[-2:]
        seconds.append(60 * float(minutes) + float(rest))
        return read(path)

    passes.read = watched
    return seconds


def keep_table(rows: list[dict[str, Any]]) -> None:
    """The table side by side: how many times faster, over the paired turns."""
    for row in rows:
        size, samples = row["size"], row["samples"]
        ours, same, plain = (np.array(column) for column in zip(*row["seconds"], strict=True))
        keep_median(
            f"render_speedup_{size}px" + ("" if samples == SAMPLES[0] else f"_{samples}"),
            f"frames/s against a plain Blender script, {size} px, {samples} samples",
            plain / ours,
            "times",
            seed=SEED,
            frames_per_second=float(np.median(1 / ours)),
            rival_frames_per_second=float(np.median(1 / plain)),
            rival_with_our_settings_frames_per_second=float(np.median(1 / same)),
            speedup_with_our_settings=float(np.median(same / ours)),
        )


def keep_shares(found: dict[str, list[float]]) -> None:
    share = sum(found["traced"]) / sum(found["whole"])
    what = "share of a picture's time that Cycles spends tracing and denoising, 224 px, 32 samples"
    keep("cycles_share_224px", what, share, "share", n=len(found["whole"]), seed=SEED)
    moved = 1000 * np.array(found["moved"])
    what = "a whole frame of 16 px and one sample of which only the camera moved, milliseconds"
    keep_median("fixed_ms_camera_move", what, moved, "ms", seed=SEED, within=(0.1, 0.9))


def keep_scaling() -> None:
    """Pictures a second of two workers of one thread against one, start of Blender and all."""
    ratios = []
    for turn in range(TURNS):
        one, two = (_farm_seconds(specs_of(64, 16, 500, turn), workers) for workers in (1, 2))
        ratios.append(one / two)
    what = "pictures a second of two one-thread workers against one, start of Blender and all, 500 of 64 px"
    keep_median("two_worker_scaling", what, ratios, "times", seed=SEED)


def _farm_seconds(specs: list[RenderSpec], workers: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        start = perf_counter()
        render_set(Path(folder) / "set", specs, FarmSettings(workers=workers))
        return perf_counter() - start


PARTS: dict[str, tuple[Callable[[Path], Any], Callable[[Any], None]]] = {
    "table": (_table, keep_table),
    "shares": (_shares, keep_shares),
}
"""Part -> what is measured in a process of its own, and how it is kept."""


if __name__ == "__main__":
    main()
