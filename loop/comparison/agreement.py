"""Attribution of the networks of a comparison, on rendered pictures that none of them was trained on.

Each measured amount of training is evaluated on the same set (`loop.evaluation.evaluate`, files of
`loop.run.job_folder.JobFolder.attribution`). From those: alignment after each amount, and how alike two
networks' maps and slices are.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis import columns
from analysis.methods.map_store import MapStore
from analysis.metrics.bootstrap import bootstrap_mean
from analysis.questions.agreement import map_agreement, slice_agreement
from analysis.slices.conjunctions import varying
from analysis.slices.find import find_slices
from analysis.slices.options import SliceTest
from generator.dataset.dataset import read_set
from generator.naming import ATTRIBUTES
from loop.config.comparison import CompareConfig, Rendered
from loop.config.controller import AttributionSettings
from loop.evaluation.evaluate import deciding, evaluate
from loop.evaluation.files import EvaluationFiles
from loop.run.files import read_table
from loop.training.classifier import Classifier

ORDER = columns.score_column("energy", "true")
"""By which slices are ordered: corrected energy of the true class's map."""
FIGURES = {"top1": columns.CORRECT, "energy": ORDER, "coverage": columns.score_column("coverage", "true")}
"""Name in the table of results -> column of an evaluation."""


class Evaluated(NamedTuple):
    """One training of a network, and its last evaluation."""

    network: str
    seed: int
    files: EvaluationFiles


def rendered_table(rendered: Rendered, classes: Sequence[str]) -> tuple[pd.DataFrame, list[int]]:
    """A rendered set and the class index of each picture.

    Raises:
        UserError: a shape shows none of the classes.
    """
    table = read_set(rendered.folder)
    return table, [rendered.label_of(shape, classes) for shape in table["shape"]]


def evaluate_rendered(
    classifier: Classifier, probe: Rendered, settings: AttributionSettings, files: EvaluationFiles
) -> None:
    """Evaluate a network on the set; nothing to do where it was."""
    if not files.complete:
        table, labels = rendered_table(probe, classifier.card.classes)
        evaluate(classifier, table, labels, files, settings)


def attribution_figures(tables: Sequence[pd.DataFrame], seed: int) -> dict[str, dict[str, float | int]]:
    """`looks_top1`, … of one network's evaluations, one a training: means with intervals over pictures."""
    found: dict[str, dict[str, float | int]] = {}
    for name, column in FIGURES.items():
        values = np.stack([table[column].to_numpy(float) for table in tables])
        scored = np.isfinite(values).any(0)
        if scored.any():
            mean, low, high = bootstrap_mean(np.nanmean(values[:, scored], axis=0), seed)
            found[f"looks_{name}"] = {"mean": mean, "low": low, "high": high, "n": int(scored.sum())}
    return found


def agreements(jobs: Sequence[Evaluated], config: CompareConfig) -> list[dict[str, Any]]:
    """How alike the attributions of each two networks are: `one`, `other`, and over their pairs of trainings
    of one seed:

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


def _maps(job: Evaluated, settings: AttributionSettings) -> dict[str, Any]:
    """None of them where the method is not defined for the network."""
    store = MapStore(job.files.maps)
    kind = (*deciding(job.network, settings), "true")
    return store.read(kind) if kind in store.kinds else {}


def _slices(job: Evaluated, seed: int) -> pd.DataFrame:
    """None of them where no attribute varies, or no picture has a score."""
    pictures = read_table(job.files.table)
    attributes = varying(pictures, ATTRIBUTES)
    if not attributes or not pictures[ORDER].notna().any():
        return pd.DataFrame(columns=["slice", "mean", "score"])
    return find_slices(pictures, attributes, ORDER, SliceTest(seed=seed)).assign(score=ORDER)
