"""Studies whose evaluations are written by hand: two seeds, renders and photographs."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from generator.files import write_text
from loop.config.study import StudyConfig
from loop.run.results_folder import StudyFolder
from loop.study.results import Results

SHAPES = ["sedan", "suv", "boxtruck"]
RUN: dict[str, Any] = {
    "classes": {"automobile": ["sedan", "suv"], "truck": ["boxtruck"]},
    "data": {"source": "folder", "root": "photos", "image_size": 32},
    "probe": {"render": {"count": 2, "shapes": SHAPES}},
    "holdout": {"count": 2, "shapes": SHAPES},
    "reinforce": {"shapes": SHAPES},
    "controller": {"rounds": 1, "budget": 4},
}
LABELS = ["automobile", "truck", "cat"] * 20


def photographs(probabilities: bool = True, **correct: float) -> pd.DataFrame:
    """Sixty, without names; `correct` has the fraction of correct ones of some classes, the others are all
    correct."""
    table = pd.DataFrame({"label": LABELS, "confidence": 0.5})
    fraction = table["label"].map(correct).fillna(1.0)
    table["correct"] = ((np.arange(60) // 3) < 20 * fraction).astype(float)
    table["predicted"] = np.where(table["correct"] == 1, table["label"], "dog")
    if probabilities:
        for name in ("automobile", "truck"):
            table[f"probability_{name}"] = 0.1 + 0.5 * (table["label"] == name)
    return table


def renders() -> pd.DataFrame:
    table = pd.DataFrame({"name": [f"p{i}" for i in range(48)], "shape": SHAPES * 16})
    table["color"] = ["r", "y"] * 24
    table["label"] = np.where(table["shape"] == "boxtruck", "truck", "automobile")
    return table.assign(correct=1.0, predicted=table["label"], confidence=0.5, energy_true=0.5)


def results(folder: Path, **changed: pd.DataFrame) -> Results:
    """`none` and `uniform` on two seeds; `changed` are the last photographs of ARM_SEED."""
    config = StudyConfig(seeds=(0, 1), arms={"none": {}, "uniform": {}}, upper_bound=None, run=RUN)
    for arm in config.arms:
        for seed in config.seeds:
            for number in (0, 1):
                place = StudyFolder(folder).run(arm, seed).round(number).path
                place.mkdir(parents=True)
                last = changed.get(f"{arm}_{seed}", photographs()) if number else photographs()
                last.to_parquet(place / "test.parquet")
                renders().to_parquet(place / "holdout.parquet")
                write_text(place / "specs.jsonl", "{}\n" * 4 if arm == "uniform" else "")
    return Results(StudyFolder(folder), config)


HOLES = {"none": (0, 0, 0), "uniform": (0, 0.25, 0.5), "weak+risk": (0, 0.5, 1), "oracle": (0, 1, 1)}
"""Arm -> fraction of the hole's pictures that are correct after each round."""


def planted(folder: Path, hole: int) -> Results:
    """Two seeds alike; of 48 renders the first `hole` are yellow, which training pictures never were."""
    rendered = {"count": 4, "shapes": SHAPES, "holes": [{"where": {"color": "y"}}]}
    run = {**RUN, "data": {**RUN["data"], "rendered": rendered}, "controller": {"rounds": 2, "budget": 4}}
    arms = {arm: {"controller.name": arm} for arm in HOLES}
    config = StudyConfig(seeds=(0, 1), arms=arms, reference="uniform", upper_bound="oracle", run=run)
    for arm, fractions in HOLES.items():
        for seed in config.seeds:
            for number, fraction in enumerate(fractions):
                place = StudyFolder(folder).run(arm, seed).round(number).path
                place.mkdir(parents=True)
                table = renders().assign(color=np.where(np.arange(48) < hole, "y", "r"))
                table.loc[np.arange(48) < hole, "correct"] = (np.arange(hole) < hole * fraction).astype(float)
                table.to_parquet(place / "holdout.parquet")
                write_text(place / "specs.jsonl", "{}\n" * 4 if arm != "none" else "")
    return Results(StudyFolder(folder), config)
