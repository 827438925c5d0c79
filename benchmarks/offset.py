"""`make bench-study DATA=…`: what raising the rendered classes' logits gives them and costs the others.

    python -m benchmarks.offset DATA

By the networks that `python -m benchmarks.study real DATA --renders 1600` left in `runs/bench`, with renders
(`uniform, own`) and with nothing added, on the photographs of DATA's train folder that none of these seeds
learned from: so `train.retrain_logit_adjustment` is chosen without a look at the test photographs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.results import keep_mean, mean_and_reach
from benchmarks.study import CONFIGS, EPOCHS, MANY, photographs, real_folder
from benchmarks.study_rows import told
from loop.config.load import load
from loop.config.study import StudyConfig, run_folder
from loop.config.training import DataSettings
from loop.data.pictures import Labelled, RealData
from loop.data.sources import load_real
from loop.evaluation.judge import batches
from loop.run.folder import RunFolder
from loop.training.classifier import load_classifier

SEEDS = list(range(2, 10))
"""On which the offset was chosen; the study of it has others."""
OFFSETS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
SIZE = (min(EPOCHS), MANY)
"""Photographs a class, and renders."""
ARMS = {"own": "uniform, own", "none": "none"}
"""What they are called in the file -> in the study."""
WORDS = {"own": "1,600 renders", "none": "nothing added"}

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="CIFAR-10 as train and test class folders")
    args = parser.parse_args()
    study = load(StudyConfig, CONFIGS["real"], photographs(args.data, *SIZE))
    real = unseen(study, SEEDS)
    reinforced = study.run_of("none", 0).reinforced
    raised = np.array([name in reinforced for name in real.classes])
    logits = {arm: [logits_of(folder, seed, real.train) for seed in SEEDS] for arm, folder in ARMS.items()}
    labels = np.array(real.train.labels)
    before = [recalls(seen, labels) for seen in logits["none"]]
    for arm, seen in logits.items():
        for by in OFFSETS:
            after = [recalls(one + by * raised, labels) for one in seen]
            gains = [b - a for a, b in zip(before, after, strict=True)]
            keep_row(f"offset_{arm}_{by:g}", arm, by, gains, raised, SEEDS, len(labels))


def unseen(study: StudyConfig, seeds: Sequence[int]) -> RealData:
    """As training pictures those that no network of the seeds has learned from."""
    data = study.run_of("none", seeds[0]).data
    learned = {source for seed in seeds for source in photographs_in(data, seed).train.sources}
    whole = photographs_in(data.model_copy(update={"per_class": None}), seeds[0])
    left = [i for i, source in enumerate(whole.train.sources) if source not in learned]
    return RealData(whole.classes, whole.train.at(left), whole.test)


def photographs_in(data: DataSettings, seed: int) -> RealData:
    found = load_real(data, seed)
    assert found is not None, "the study is of photographs"
    return found


def logits_of(arm: str, seed: int, data: Labelled) -> Floats:
    """Of the last network of a run (N, K)."""
    path = RunFolder(run_folder(real_folder(SIZE), arm, seed)).round(1).weights
    classifier = load_classifier(path).eval()
    with torch.inference_mode():
        seen = [classifier(images) for _, images, _ in batches(data, classifier.card.image_size)]
    return torch.cat(seen).double().numpy()


def recalls(logits: Floats, labels: NDArray[np.int64]) -> Floats:
    """Share of each class's pictures that are named right (K,)."""
    right = logits.argmax(1) == labels
    return np.array([right[labels == k].mean() for k in range(logits.shape[1])])


def keep_row(
    key: str, arm: str, by: float, gains: Sequence[Floats], raised: Bools, seeds: Sequence[int], pictures: int
) -> None:
    """The gain of the raised classes over no renders and no offset, the others' and all classes' beside."""
    beside = {"others_over_none": ~raised, "all_over_none": raised | ~raised}
    keep_mean(
        key, f"{WORDS[arm]}, logits raised by {by:g}: gain of automobiles and trucks over none",
        [100 * gain[raised].mean() for gain in gains], "points", seeds=seeds, pictures=pictures,
        **{name: told(interval([gain[mine].mean() for gain in gains])) for name, mine in beside.items()},
    )  # fmt: skip


def interval(values: Sequence[float]) -> dict[str, float | None]:
    mean, reach = mean_and_reach(values)
    return {"mean": mean, "low": mean - reach, "high": mean + reach}


if __name__ == "__main__":
    main()
