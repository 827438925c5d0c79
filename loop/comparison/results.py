"""From the jobs of a comparison to its table: means over seeds, with intervals over test pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import columns
from analysis.metrics.bootstrap import bootstrap_mean, drawn_weights, interval
from analysis.metrics.f1 import macro_f1
from analysis.slices.conjunctions import plain
from loop.comparison.agreement import Evaluated, agreements, attribution_figures
from loop.config.comparison import CompareConfig, Job
from loop.run.files import read_table
from loop.run.results_folder import ComparisonFolder

RESAMPLES = 500
SETS = ("train", "valid", "test")
MEASURES = ("top1", "top2", "top5", "loss", "macro_f1", "calibration_error")
KEYS = ["variant", "network", "amount"]


def write_results(folder: ComparisonFolder, config: CompareConfig) -> None:
    """`results.parquet` with a row a training and amount; `results.json` with means, intervals, curves.

    Means are of amounts that every seed's training reached: of the others they would be of other seeds.
    """
    rows = pd.DataFrame([row for job in config.jobs() for row in _rows(folder, config, job)])
    folder.write_results_table(rows)
    summaries = [
        _summary(folder, config, dict(zip(KEYS, map(plain, key), strict=True)), group)
        for key, group in rows.groupby(KEYS, sort=False)
        if len(group) == len(config.seeds)
    ]
    folder.write_results(
        {
            "data": folder.read_data(),
            "seeds": list(config.seeds),
            "networks": list(config.networks),
            "variants": [variant.name for variant in config.variants],
            "summaries": summaries,
            "curves": [_curves(folder, job) for job in config.jobs()],
            "agreements": _agreements(folder, config),
        },
    )


def _rows(folder: ComparisonFolder, config: CompareConfig, job: Job) -> list[dict[str, Any]]:
    """One a measured amount; amounts behind an early stop were never reached."""
    place = folder.job(job.variant.name, job.network, job.seed)
    done = place.read_job()
    rows = []
    for amount in config.amounts_of(job.variant, job.network):
        if not place.measures(amount).exists():
            continue
        found = place.read_measures(amount)
        row = {"variant": job.variant.name, "network": job.network, "amount": amount, "seed": job.seed}
        for part in (name for name in SETS if name in found):
            row |= {f"{part}_{measure}": found[part][measure] for measure in ("n", *MEASURES)}
        row |= {
            "parameters": done["parameters"],
            "flops": done["flops"],
            "train_pictures_per_second": done["train_pictures_per_second"],
            "test_pictures_per_second": found["test"]["pictures_per_second"],
            "loader_share": done["loader_share"],
            "seconds": done["seconds"],
            "epochs": len(done["epochs"]),
        }
        rows.append(row)
    return rows


def _summary(
    folder: ComparisonFolder, config: CompareConfig, key: dict[str, Any], rows: pd.DataFrame
) -> dict[str, Any]:
    """One network of a variant after one amount of training."""
    amount = key["amount"]
    places = [folder.job(key["variant"], key["network"], seed) for seed in rows["seed"]]
    tables = [place.read_pictures(amount) for place in places]
    found = [place.read_measures(amount) for place in places]
    figures: dict[str, Any] = {}
    for part in (name for name in SETS if name in found[0]):
        n = found[0][part]["n"]
        for measure in MEASURES:
            given = [one[part][measure] for one in found]
            if None not in given:
                figures[f"{part}_{measure}"] = {"mean": float(np.mean(given)), "n": n}
    for column in ("top1", "top2", "loss"):
        if f"test_{column}" in figures:
            values = np.mean([table[column].to_numpy(float) for table in tables], axis=0)
            _, low, high = bootstrap_mean(values, config.seed)
            figures[f"test_{column}"] |= {"low": low, "high": high}
    low, high = macro_f1_interval(tables, config.seed)
    figures["test_macro_f1"] |= {"low": low, "high": high}
    figures["test_top1"] |= {"seeds": [one["test"]["top1"] for one in found]}
    if config.probe:
        evaluations = [read_table(place.attribution(amount).table) for place in places]
        figures |= attribution_figures(evaluations, config.seed)
    costs = ("parameters", "flops", "train_pictures_per_second", "test_pictures_per_second", "loader_share")
    return {
        **key,
        "figures": figures,
        **{name: float(rows[name].mean()) for name in (*costs, "seconds", "epochs")},
        "classes": found[0]["test"]["classes"],
        "confusion": np.sum([one["test"]["confusion"] for one in found], axis=0).tolist(),
    }


def _agreements(folder: ComparisonFolder, config: CompareConfig) -> dict[str, list[dict[str, Any]]]:
    """By variant, after the last amount of training that each network reached."""
    if config.probe is None:
        return {}
    found: dict[str, list[Evaluated]] = {variant.name: [] for variant in config.variants}
    for job in config.jobs():
        files = folder.job(job.variant.name, job.network, job.seed).last_attribution()
        found[job.variant.name].append(Evaluated(job.network, job.seed, files))
    return {name: agreements(jobs, config) for name, jobs in found.items()}


def macro_f1_interval(tables: Sequence[pd.DataFrame], seed: int) -> tuple[float, float]:
    """95 % percentile bootstrap over test pictures of the macro F1, the mean over seeds.

    All tables have the same pictures in the same order; a resample takes the same ones of each.
    """
    weights = drawn_weights(np.random.default_rng(seed), RESAMPLES, len(tables[0])).astype(np.float64)
    given = [(table[columns.LABEL], table[columns.PREDICTED]) for table in tables]
    values = np.mean([macro_f1(labels, predicted, weights) for labels, predicted in given], axis=0)
    return interval(values)


def _curves(folder: ComparisonFolder, job: Job) -> dict[str, Any]:
    done = folder.job(job.variant.name, job.network, job.seed).read_job()
    return {key: done[key] for key in ("variant", "network", "seed", "epochs")}
