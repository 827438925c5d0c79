"""`make bench-study DATA=FOLDER`: logit adjustment after training: what it gains and costs, by its size.

    python -m benchmarks.offset DATA

Adds 0 to 0.5 to the logits of the rendered classes and measures the gain of these classes and what the others
lose. The networks are those that `python -m benchmarks.study real DATA --renders 1600` left in `runs/bench`,
with renders (`uniform, own`) and with nothing added (`none`). They are evaluated on the photographs of DATA's
`train` folder that none of these seeds learned from, so that `train.retrain_logit_adjustment` is chosen
without the test photographs. DATA holds CIFAR-10 as `train` and `test`. The figures go to
`benchmarks/results.json` (`offset_*`).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.results import keep_mean, mean_and_half_width
from benchmarks.study import CONFIGS, EPOCHS, MANY, photographs, real_folder
from benchmarks.study_rows import interval_text
from loop.config.load import load
from loop.config.study import StudyConfig
from loop.config.training import DataSettings
from loop.data.pictures import Labelled, RealData
from loop.data.sources import load_real
from loop.evaluation.judge import batches
from loop.run.results_folder import StudyFolder
from loop.training.weights import load_classifier

SEEDS = list(range(2, 10))
"""On which the adjustment was chosen; `benchmarks.study raised` confirms it on others."""

ADJUSTMENTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
SIZE = (min(EPOCHS), MANY)
"""Photographs a class, and renders."""

ARMS = {"own": "uniform, own", "none": "none"}
"""Name in a figure's key -> arm of the study."""

CAPTIONS = {"own": "1,600 renders", "none": "nothing added"}

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
    before = [recalls(one, labels) for one in logits["none"]]
    for arm, of_arm in logits.items():
        for by in ADJUSTMENTS:
            after = [recalls(one + by * raised, labels) for one in of_arm]
            gains = [b - a for a, b in zip(before, after, strict=True)]
            keep_row(f"offset_{arm}_{by:g}", arm, by, gains, raised, SEEDS, len(labels))


def unseen(study: StudyConfig, seeds: Sequence[int]) -> RealData:
    """The photographs that no network of the seeds has learned from, as training pictures."""
    data = study.run_of("none", seeds[0]).data
    learned = {source for seed in seeds for source in photographs_in(data, seed).train.sources}
    every = photographs_in(data.model_copy(update={"per_class": None}), seeds[0])
    left = [i for i, source in enumerate(every.train.sources) if source not in learned]
    return RealData(every.classes, every.train.at(left), every.test)


def photographs_in(data: DataSettings, seed: int) -> RealData:
    """The photographs of a run with this seed."""
    found = load_real(data, seed)
    assert found is not None, "the study is of photographs"
    return found


def logits_of(arm: str, seed: int, data: Labelled) -> Floats:
    """Logits of the last network of a run (N, K)."""
    path = StudyFolder(real_folder(SIZE)).run(arm, seed).round(1).weights
    classifier = load_classifier(path).eval()
    with torch.inference_mode():
        found = [classifier(images) for _, images, _ in batches(data, classifier.card.image_size)]
    return torch.cat(found).double().numpy()


def recalls(logits: Floats, labels: NDArray[np.int64]) -> Floats:
    """Recall of each class: the fraction of its pictures that are classified correctly (K,)."""
    right = logits.argmax(1) == labels
    return np.array([right[labels == k].mean() for k in range(logits.shape[1])])


def keep_row(
    key: str, arm: str, by: float, gains: Sequence[Floats], raised: Bools, seeds: Sequence[int], pictures: int
) -> None:
    """Keep the gain of the raised classes over no renders and no adjustment, and that of the others."""
    classes = {"others_over_none": ~raised, "all_over_none": raised | ~raised}
    beside = {
        name: interval_text(interval([gain[chosen].mean() for gain in gains]))
        for name, chosen in classes.items()
    }
    keep_mean(
        key, f"{CAPTIONS[arm]}, logit adjustment {by:g}: gain of automobiles and trucks over none",
        [100 * gain[raised].mean() for gain in gains], "points", seeds=seeds, pictures=pictures,
        **beside,
    )  # fmt: skip


def interval(values: Sequence[float]) -> dict[str, float | None]:
    """Mean and 95 % t interval of a figure over seeds."""
    mean, half = mean_and_half_width(values)
    return {"mean": mean, "low": mean - half, "high": mean + half}


if __name__ == "__main__":
    main()
