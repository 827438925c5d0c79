"""Where the networks of a comparison look: on rendered pictures that none of them was trained on.

Each judged amount of training is verified on the same set (`loop.evaluation.evaluate`, files
`epoch-NNN-looks*` beside the job's others). From those: alignment after each amount, and how alike two
networks' maps and slices are.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.methods.map_store import MapStore
from analysis.metrics.stats import bootstrap_mean
from analysis.questions.agreement import map_agreement, slice_agreement
from analysis.slices.conjunctions import varying
from analysis.slices.find import find_slices
from analysis.slices.options import SliceTest
from generator.dataset.dataset import read_set
from generator.naming import ATTRIBUTES
from loop.config.comparison import CompareConfig, Rendered
from loop.config.run import AttributionSettings
from loop.evaluation.evaluate import deciding, evaluate
from loop.run.files import read_table
from loop.training.classifier import Classifier

FIGURES = {"top1": "correct", "energy": "energy_true", "coverage": "coverage_true"}
"""Name in the table of results -> column of a verification. Energy is corrected, of the true class's map."""
ORDER = "energy_true"
"""By which slices are ordered."""


class Looked(NamedTuple):
    """Where one training of a network was verified last."""

    network: str
    seed: int
    folder: Path
    name: str


def rendered_table(rendered: Rendered, classes: Sequence[str]) -> tuple[pd.DataFrame, list[int]]:
    """A rendered set and the class index of each picture.

    Raises:
        UserError: a shape shows none of the classes.
    """
    table = read_set(rendered.folder)
    return table, [rendered.label_of(shape, classes) for shape in table["shape"]]


def look(
    classifier: Classifier, probe: Rendered, settings: AttributionSettings, folder: Path, name: str
) -> None:
    """Verify a network on the set; nothing to do where it was."""
    if not (folder / f"{name}.parquet").exists():
        table, labels = rendered_table(probe, classifier.card.classes)
        evaluate(classifier, table, labels, folder, name, settings)


def looks_figures(tables: Sequence[pd.DataFrame], seed: int) -> dict[str, dict[str, float | int]]:
    """`looks_top1`, … of one network's verifications, one a training: means with intervals over pictures."""
    found: dict[str, dict[str, float | int]] = {}
    for name, column in FIGURES.items():
        values = np.stack([table[column].to_numpy(float) for table in tables])
        scored = np.isfinite(values).any(0)
        if scored.any():
            mean, low, high = bootstrap_mean(np.nanmean(values[:, scored], axis=0), seed)
            found[f"looks_{name}"] = {"mean": mean, "low": low, "high": high, "n": int(scored.sum())}
    return found


def agreements(jobs: Sequence[Looked], config: CompareConfig) -> list[dict[str, Any]]:
    """How alike each two networks look: `one`, `other`, and over their pairs of trainings of one seed:

    `maps`, `low`, `high`, `n`: mean Spearman correlation of the true class's maps of the first method at the
    last stage, with its 95 % bootstrap interval over pictures; None where no picture has a map of both that
    varies, as where the method is not defined for one. `slices`: mean correlation of the order of slices by
    `ORDER`, None where there are too few. A network beside itself is trained with another seed.
    """
    maps = {job: _maps(job, config.attribution) for job in jobs}
    slices = {job: _slices(job, config.seed) for job in jobs}
    alike: dict[tuple[str, str], list[Any]] = {}
    orders: dict[tuple[str, str], list[float]] = {}
    for one, other in combinations(jobs, 2):
        if one.network == other.network or one.seed == other.seed:
            pair = (one.network, other.network)
            alike.setdefault(pair, []).append(map_agreement(maps[one], maps[other]))
            orders.setdefault(pair, []).append(slice_agreement(slices[one], slices[other], ORDER))
    return [
        {"one": one, "other": other, **_mean_of(values, config.seed), "slices": _mean(orders[one, other])}
        for (one, other), values in alike.items()
    ]


def _mean_of(values: Sequence[Any], seed: int) -> dict[str, float | int | None]:
    """Of correlations (n,) of n pictures, an array a pair of trainings; pictures without one are left out."""
    stack = np.stack(values)
    known = np.isfinite(stack).any(0)
    if not known.any():
        return {"maps": None, "low": None, "high": None, "n": 0}
    mean, low, high = bootstrap_mean(np.nanmean(stack[:, known], axis=0), seed)
    return {"maps": mean, "low": low, "high": high, "n": int(known.sum())}


def _mean(values: Sequence[float]) -> float | None:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else None


def _maps(job: Looked, settings: AttributionSettings) -> dict[str, Any]:
    """None of them where the method is not defined for the network."""
    store, kind = MapStore(job.folder / "maps" / job.name), (*deciding(job.network, settings), "true")
    return store.read(kind) if kind in store.kinds else {}


def _slices(job: Looked, seed: int) -> pd.DataFrame:
    """None of them where no attribute varies, or no picture has a score."""
    pictures = read_table(job.folder / f"{job.name}.parquet")
    attributes = varying(pictures, ATTRIBUTES)
    if not attributes or not pictures[ORDER].notna().any():
        return pd.DataFrame(columns=["slice", "mean", "score"])
    return find_slices(pictures, attributes, ORDER, SliceTest(seed=seed)).assign(score=ORDER)
