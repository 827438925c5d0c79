"""`make bench-memory`, second part: whether the memory of an evaluation grows with its pictures.

    python -m benchmarks.streaming [--pictures 10000] [--dry]

A small network is evaluated on pictures of noise at 32 px, with maps by two methods at every stage; resident
memory is read after every batch, from `/proc`, so this needs Linux. What may grow is the table of pictures
that the evaluation returns. The figure goes to `benchmarks/results.json` (`verify_memory_growth`); with
`--dry` it is only printed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch

from benchmarks.memory import held
from benchmarks.results import keep
from generator.naming import picture_name
from loop.evaluation.evaluate import evaluate
from loop.evaluation.files import EvaluationFiles
from loop.training.classifier import Classifier, NetworkCard

SEED = 0
SIZE = 32
FILES = 64
"""Different pictures on disk."""
WARM = 2000
"""Pictures after which everything that is loaded once has been loaded, and maps of several shards written."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--dry", action="store_true", help="print only, keep nothing")
    args = parser.parse_args()
    torch.set_num_threads(1)
    found = resident(args.pictures)
    warm = min(count for count in found if count >= WARM)
    later = {count: size / found[warm] - 1 for count, size in found.items() if count > warm}
    for count in list(found)[:: max(1, len(found) // 10)]:
        print(f"{count:6} pictures  {found[count] / 2**20:8.1f} MB", flush=True)  # noqa: T201
    if not args.dry:
        what = (
            f"growth of an evaluation's memory from picture {warm} to {max(found)}, and the range in between"
        )
        keep(
            "verify_memory_growth", what, later[max(later)], "share",
            low=min(later.values()), high=max(later.values()), n=max(found), seed=SEED,
            megabytes=round(found[warm] / 2**20, 1),
        )  # fmt: skip


def resident(count: int) -> dict[int, int]:
    """Number of pictures evaluated -> bytes of memory that this process holds then."""
    found: dict[int, int] = {}
    done = 0

    def advance(number: int) -> None:
        nonlocal done
        done += number
        found[done] = held(os.getpid())

    with tempfile.TemporaryDirectory() as folder:
        table = pictures(Path(folder), count)
        card = NetworkCard("alexnet_gap", ("a", "b"), SIZE, (0.5,) * 3, (0.25,) * 3)
        labels = [i % 2 for i in range(count)]
        files = EvaluationFiles(Path(folder) / "out", "probe")
        evaluate(Classifier(card, SEED).eval(), table, labels, files, advance=advance)
    return found


def pictures(folder: Path, count: int) -> pd.DataFrame:
    """A table of `count` rows that share `FILES` pictures of noise, each with a box as its mask."""
    rng = np.random.default_rng(SEED)
    files = []
    for i in range(FILES):
        image, mask = folder / f"{i}.png", folder / f"{i}_mask.png"
        cv2.imwrite(str(image), rng.integers(0, 255, (SIZE, SIZE, 3), dtype=np.uint8))
        box = np.zeros((SIZE, SIZE), np.uint8)
        box[8:24, 4 + i % 8 : 20 + i % 8] = 255
        cv2.imwrite(str(mask), box)
        files.append({"image": str(image), "mask": str(mask)})
    return pd.DataFrame(
        {"name": picture_name("sedan", "r", 20, "f", i), **files[i % FILES]} for i in range(count)
    )


if __name__ == "__main__":
    main()
