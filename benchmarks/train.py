"""`make bench-train`: throughput of `loop.training` relative to a bare PyTorch loop on tensors in memory.

    python -m benchmarks.train [--steps 16] [--repeats 5]

A ResNet-18 at 64 px, batches of 64, bf16, both with the same steps of the same optimiser, on noise.
`loop.training` decodes nothing either (its pictures are in memory) but does everything else: order, flips and
shifts, checks of the loss, Lightning, logging. The bare loop has normalised, shuffled tensors and does
nothing but forward, loss, backward and step. Both alternate in one process; the figure is the median of the
paired ratios and goes to `benchmarks/results.json` (`train_throughput_ratio`).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.results import keep_median
from loop.config.training import TrainSettings
from loop.data.pictures import Batches, Labelled
from loop.training.classifier import Classifier, NetworkCard
from loop.training.train import train

SIDE, CLASSES, BATCH = 64, 10, 64
CARD = NetworkCard("resnet18", tuple("abcdefghij"), SIDE, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=16, help="steps of each repeat")
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    settings = TrainSettings(
        epochs=1, batch_size=BATCH, learning_rate=0.01, precision="bf16-mixed", channels_last=True
    )
    data = pictures(args.steps * BATCH)
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    measures = {"ours": our_rate, "bare": bare_rate}
    for repeat in range(-1, args.repeats):  # the first warms both up
        for name in sorted(measures, reverse=repeat % 2 == 0):
            rate = measures[name](data, settings, args.steps if repeat >= 0 else 2)
            rates[name] += [rate] if repeat >= 0 else []
    ours, bare = rates["ours"], rates["bare"]
    keep_median(
        "train_throughput_ratio",
        "training throughput relative to a bare PyTorch loop on tensors in memory, ResNet-18 at 64 px",
        np.array(ours) / np.array(bare),
        "times",
        seed=0,
        pictures_per_second=float(np.median(ours)),
        bare_pictures_per_second=float(np.median(bare)),
    )


def pictures(number: int) -> Batches:
    """Noise: the content of pictures does not change the time."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (number, SIDE, SIDE, 3), dtype=np.uint8)
    return Batches(Labelled(tuple(noise), tuple(i % CLASSES for i in range(number))), SIDE)


def our_rate(data: Batches, settings: TrainSettings, steps: int) -> float:
    """Pictures a second of `loop.training.train`, from the end of its first step to that of its last."""
    marks: list[float] = []

    def mark(done: int) -> None:
        marks.append(perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        train(
            Classifier(CARD, seed=0), data, settings, steps_per_epoch=steps + 1, seed=0,
            checkpoint=Path(folder) / "training.ckpt", advance=mark,
        )  # fmt: skip
    # The first call tells from where the training starts; then comes one a step, after its forward pass.
    return steps * BATCH / (marks[-1] - marks[1])


def bare_rate(data: Batches, settings: TrainSettings, steps: int) -> float:
    """Pictures a second of a bare PyTorch loop, between the same points."""
    classifier = Classifier(CARD, seed=0)
    network = classifier.network.to(memory_format=torch.channels_last)
    images = classifier.normalise(data[list(range(len(data)))][0])
    images = images.contiguous(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(
        network.parameters(), settings.learning_rate, 0.9, weight_decay=settings.weight_decay, nesterov=True
    )
    marks = []
    for step in range(steps + 1):
        at = step * BATCH % len(data)
        with torch.autocast("cpu", torch.bfloat16):
            loss = F.cross_entropy(network(images[at : at + BATCH]), data.labels[at : at + BATCH])
        marks.append(perf_counter())
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return steps * BATCH / (marks[-1] - marks[0])


if __name__ == "__main__":
    main()
