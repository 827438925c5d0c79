"""Two processes of `loop.workers`, of which one is killed while the other trains; run by `test_workers`."""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from generator.errors import UserError
from loop.classifier import Card, Classifier
from loop.data import Batches, Labelled
from loop.settings import TrainSettings
from loop.train import train
from loop.workers import workers


def work(job: tuple[str, str]) -> None:
    kind, folder = job
    begun = Path(folder) / "begun"
    if kind == "train":
        pictures = np.random.default_rng(0).integers(0, 255, (8, 32, 32, 3), dtype=np.uint8)
        data = Batches(Labelled(tuple(pictures), tuple(i % 2 for i in range(8))), 32)
        classifier = Classifier(Card("resnet18_narrow", ("a", "b"), 32, (0.5,) * 3, (0.2,) * 3), seed=0)
        train(classifier, data, TrainSettings(epochs=100_000, batch_size=8), steps_per_epoch=1, seed=0,
              checkpoint=Path(folder) / "c.ckpt", advance=lambda steps: begun.touch())  # fmt: skip
    while not begun.exists():
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    try:
        with workers(2, 1) as do:
            list(do(work, [("train", sys.argv[1]), ("die", sys.argv[1])]))
    except UserError as error:
        sys.stdout.write(str(error))


if __name__ == "__main__":
    main()
