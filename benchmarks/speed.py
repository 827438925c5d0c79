"""`make bench-speed`: frames a second beside a plain Blender script, and where the time goes.

    python -m benchmarks.speed

All on one thread of the CPU, ours and the rival by turns in one process, so that a noisy machine is
noisy for both. Ours is timed as the farm works: specs in its order, every file written.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import OpenEXR

from benchmarks.results import keep
from generator.farm import render_order, render_set
from generator.grid import SetPlan
from generator.machine import FarmSettings
from generator.plan import plan_set
from generator.scenes import RenderSettings, SceneRanges
from generator.spec import RenderSpec

SEED = 11
SET = 4000
"""Pictures of the set from whose order of work stretches are taken."""
SIZES = {64: (48, 6), 128: (16, 4), 224: (6, 3), 512: (1, 1)}
"""Side in pixels -> pictures a turn: ours, and the rival's."""
SAMPLES = (16, 32)
TURNS = 3
CHILDREN = ("table", "shares")


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in CHILDREN:
        _child(sys.argv[1], Path(sys.argv[2]))
        return
    for part, report in (("table", keep_table), ("shares", keep_shares)):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-m", "benchmarks.speed", part, folder], check=True, stdout=2)
            report(json.loads((Path(folder) / "found.json").read_text()))
    keep_scaling()


def specs_of(size: int, samples: int, count: int, turn: int = 0, **changes: Any) -> list[RenderSpec]:
    """A stretch of a large set of all kinds of pictures, in the order in which a farm renders them."""
    plan = SetPlan(count=SET)
    specs = plan_set(plan, SceneRanges(), RenderSettings(size=size, samples=samples), seed=SEED, block=1)
    first = (turn * SET // TURNS + 97) % (SET - count)
    stretch = sorted(specs, key=render_order)[first : first + count]
    return [spec.model_copy(update=changes) for spec in stretch]


def _child(part: str, folder: Path) -> None:
    found = {"table": _table, "shares": _shares}[part](folder)
    (folder / "found.json").write_text(json.dumps(found))


def _table(folder: Path) -> list[dict[str, Any]]:
    return [_compared(size, samples, counts, folder) for size, counts in SIZES.items() for samples in SAMPLES]


def _compared(size: int, samples: int, counts: tuple[int, int], folder: Path) -> dict[str, Any]:
    """Seconds a picture of ours, of the rival with our Cycles settings, and with Blender's own."""
    from benchmarks import naive

    defaults = naive.blender_defaults()
    rows = []
    for turn in range(TURNS):
        specs = specs_of(size, samples, counts[0] + 1, turn)
        ours = _ours(specs[1:], specs[0], folder)
        few = specs[1 :: max(1, counts[0] // counts[1])][: counts[1]]
        same = _seconds(lambda spec: naive.render(spec, folder), few)
        plain = _seconds(lambda spec: naive.render(spec, folder, defaults), few)
        rows.append((ours, same, plain))
    return {"size": size, "samples": samples, "seconds": rows}


def _ours(specs: list[RenderSpec], first: RenderSpec, folder: Path) -> float:
    from blender_scenes.stage import Stage
    from generator.dataset import write_picture

    stage = Stage(threads=1)
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
    from generator.dataset import write_picture

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
        turned = [spec.model_copy(update={"azimuth": float(i), "variant": spec.variant}) for i in range(20)]
        for each in turned:
            start = perf_counter()
            stage.render(each)
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
    """The table side by side, and the speed-up at two sizes over the paired turns."""
    for row in rows:
        size, samples = row["size"], row["samples"]
        ours, same, plain = (np.array(column) for column in zip(*row["seconds"], strict=True))
        more = {
            "frames_per_second": float(np.median(1 / ours)),
            "rival_frames_per_second": float(np.median(1 / plain)),
            "rival_with_our_settings_frames_per_second": float(np.median(1 / same)),
            "speedup_with_our_settings": float(np.median(same / ours)),
        }
        what = f"frames/s against a plain Blender script, {size} px, {samples} samples"
        ratio = plain / ours
        keep(
            f"render_speedup_{size}px_{samples}",
            what,
            float(np.median(ratio)),
            "times",
            low=float(ratio.min()),
            high=float(ratio.max()),
            n=len(ratio),
            seed=SEED,
            **more,
        )
        if samples == SAMPLES[0] and size in (64, 224):
            keep(
                f"render_speedup_{size}px",
                what,
                float(np.median(ratio)),
                "times",
                low=float(ratio.min()),
                high=float(ratio.max()),
                n=len(ratio),
                seed=SEED,
                **more,
            )


def keep_shares(found: dict[str, list[float]]) -> None:
    share = sum(found["traced"]) / sum(found["whole"])
    what = "share of a picture's time that Cycles spends tracing and denoising, 224 px, 32 samples"
    keep("cycles_share_224px", what, share, "share", n=len(found["whole"]), seed=SEED)
    moved = 1000 * np.array(found["moved"])
    low, high = np.quantile(moved, [0.1, 0.9])
    what = "a whole frame of 16 px and one sample of which only the camera moved, milliseconds"
    keep(
        "fixed_ms_camera_move",
        what,
        float(np.median(moved)),
        "ms",
        low=float(low),
        high=float(high),
        n=len(moved),
        seed=SEED,
    )


def keep_scaling() -> None:
    """Pictures a second of two workers of one thread against one, start of Blender and all."""
    ratios = []
    for turn in range(3):
        specs = specs_of(64, 16, 240, turn)
        seconds = []
        for workers in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                start = perf_counter()
                render_set(Path(folder) / "set", specs, FarmSettings(workers=workers))
                seconds.append(perf_counter() - start)
        ratios.append(seconds[0] / seconds[1])
    keep(
        "two_worker_scaling",
        "pictures a second of two one-thread workers against one, 240 pictures of 64 px",
        float(np.median(ratios)),
        "times",
        low=min(ratios),
        high=max(ratios),
        n=len(ratios),
        seed=SEED,
    )


if __name__ == "__main__":
    main()
