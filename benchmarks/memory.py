"""`make bench-memory`, first part: whether the memory of a worker grows as it renders.

    python -m benchmarks.memory [--pictures 2000] [--dry]

A worker renders small pictures, each of another vehicle in another place, unsorted, and is replaced as often
as by default. Its resident memory is read before every hundredth picture, from `/proc`, so this needs Linux.
The figures go to `benchmarks/results.json` (`memory_growth_*`); with `--dry` they are only printed. The
second part is `benchmarks.streaming`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks.results import keep
from generator.farm.settings import FarmSettings
from generator.farm.worker_process import WorkerProcess
from generator.planning.grid import SetPlan
from generator.planning.plan import plan_set
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.spec import RenderSpec

SEED = 5
WARM = 200
"""Pictures after which everything that is loaded once has been loaded."""
EVERY = 100
"""Pictures between two readings of the memory."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--dry", action="store_true", help="print only, keep nothing")
    args = parser.parse_args()
    plan = SetPlan(count=args.pictures, variants=200)
    settings = RenderSettings(size=32, samples=1)
    found = resident(plan_set(plan, SceneRanges(instances=1000), settings, seed=SEED, block=1))
    if not args.dry:
        keep_growth(found)


def keep_growth(found: dict[int, int]) -> None:
    """Memory at the end relative to memory after `WARM` pictures; the interval is the range in between."""
    last = max(found)
    growth = {count: size / found[WARM] - 1 for count, size in found.items() if count > WARM}
    what = f"growth of a worker's memory from picture {WARM} to {last}, and the range in between"
    keep(
        f"memory_growth_{last}_frames", what, growth[last], "share",
        low=min(growth.values()), high=max(growth.values()), n=last, seed=SEED,
        megabytes={str(count): round(size / 2**20, 1) for count, size in found.items()},
    )  # fmt: skip


def resident(specs: list[RenderSpec]) -> dict[int, int]:
    """Number of the picture that comes next -> bytes of memory that the worker holds."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        worker = WorkerProcess(Path(folder) / "log", FarmSettings())
        for count, spec in enumerate(specs, 1):
            if count % EVERY == 0:
                found[count] = held(worker.process)
                print(f"{count:6} pictures  {found[count] / 2**20:8.1f} MB", flush=True)  # noqa: T201
            error = worker.render(Path(folder) / "set", spec)
            assert error is None, error
        worker.close()
    return found


def held(process: int | None) -> int:
    """Resident memory of a process in bytes."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
