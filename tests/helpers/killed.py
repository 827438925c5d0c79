"""Two processes of `loop.processes`: the second is killed while the first trains; run by `test_workers`."""

import os
import signal
import sys
import time
from multiprocessing import current_process
from pathlib import Path

import numpy as np

from generator.errors import UserError
from loop.config.training import TrainSettings
from loop.data.pictures import Batches, Labelled
from loop.processes import workers
from loop.training.classifier import Classifier, NetworkCard
from loop.training.train import train


def work(folder: str) -> None:
    begun = Path(folder) / "begun"
    if current_process().name == "SpawnProcess-1":
        pictures = np.random.default_rng(0).integers(0, 255, (8, 32, 32, 3), dtype=np.uint8)
        data = Batches(Labelled(tuple(pictures), tuple(i % 2 for i in range(8))), 32)
        classifier = Classifier(
            NetworkCard("resnet18_narrow", ("a", "b"), 32, (0.5,) * 3, (0.2,) * 3), seed=0
        )
        train(classifier, data, TrainSettings(epochs=100_000, batch_size=8), steps_per_epoch=1, seed=0,
              checkpoint=Path(folder) / "c.ckpt", advance=lambda steps: begun.touch())  # fmt: skip
    while not begun.exists():
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    sys.setswitchinterval(1e-6)  # the pool's thread goes to sleep before its last process is there
    try:
        with workers(2, 1) as do:
            list(do(work, [sys.argv[1]] * 2))
    except UserError as error:
        sys.stdout.write(str(error))


if __name__ == "__main__":
    main()
