"""From the jobs of a comparison to its table: means over seeds, with intervals over test pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.metrics.f1 import macro_f1
from analysis.metrics.stats import INTERVAL, bootstrap_mean
from analysis.slices.conjunctions import plain
from generator.dataset.tables import write_parquet
from generator.files import write_json
from loop.comparison.agreement import Looked, agreements, looks_figures
from loop.config.comparison import CompareConfig, Job
from loop.run.files import read_table

RESAMPLES = 500
SETS = ("train", "valid", "test")
MEASURES = ("top1", "top2", "top5", "loss", "macro_f1", "calibration_error")
KEYS = ["variant", "network", "amount"]


def write_results(folder: Path, config: CompareConfig) -> None:
    """`results.parquet` with a row a training and amount; `results.json` with means, intervals, curves.

    Means are of amounts that every seed's training reached: of the others they would be of other seeds.
    """
    rows = pd.DataFrame([row for job in config.jobs() for row in _rows(folder, config, job)])
    write_parquet(folder / "results.parquet", rows)
    summaries = [
        _summary(folder, config, dict(zip(KEYS, map(plain, key), strict=True)), group)
        for key, group in rows.groupby(KEYS, sort=False)
        if len(group) == len(config.seeds)
    ]
    write_json(
        folder / "results.json",
        {
            "data": json.loads((folder / "data.json").read_text()),
            "seeds": list(config.seeds),
            "networks": list(config.networks),
            "variants": [variant.name for variant in config.variants],
            "summaries": summaries,
            "curves": [_curves(folder, job) for job in config.jobs()],
            "agreements": _agreements(folder, config),
        },
    )


def _rows(folder: Path, config: CompareConfig, job: Job) -> list[dict[str, Any]]:
    """One a judged amount; amounts behind an early stop were never reached."""
    place = folder / "jobs" / job.place
    done = json.loads((place / "job.json").read_text())
    rows = []
    for amount in config.amounts_of(job.variant, job.network):
        path = place / f"epoch-{amount:03d}.json"
        if not path.exists():
            continue
        found = json.loads(path.read_text())
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


def _summary(folder: Path, config: CompareConfig, key: dict[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
    """One network of a variant after one amount of training."""
    places = [folder / "jobs" / key["variant"] / key["network"] / f"seed-{seed}" for seed in rows["seed"]]
    tables = [read_table(place / f"epoch-{key['amount']:03d}.parquet") for place in places]
    found = [json.loads((place / f"epoch-{key['amount']:03d}.json").read_text()) for place in places]
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
        looks = [read_table(place / f"epoch-{key['amount']:03d}-looks.parquet") for place in places]
        figures |= looks_figures(looks, config.seed)
    costs = ("parameters", "flops", "train_pictures_per_second", "test_pictures_per_second", "loader_share")
    return {
        **key,
        "figures": figures,
        **{name: float(rows[name].mean()) for name in (*costs, "seconds", "epochs")},
        "classes": found[0]["test"]["classes"],
        "confusion": np.sum([one["test"]["confusion"] for one in found], axis=0).tolist(),
    }


def _agreements(folder: Path, config: CompareConfig) -> dict[str, list[dict[str, Any]]]:
    """By variant, after the last amount of training that each network reached."""
    if config.probe is None:
        return {}
    found: dict[str, list[Looked]] = {variant.name: [] for variant in config.variants}
    for job in config.jobs():
        place = folder / "jobs" / job.place
        stems = (path.stem for path in place.glob("epoch-*-looks.parquet"))
        last = max(stems, key=lambda stem: int(stem.split("-")[1]))
        found[job.variant.name].append(Looked(job.network, job.seed, place, last))
    return {name: agreements(jobs, config) for name, jobs in found.items()}


def macro_f1_interval(tables: Sequence[pd.DataFrame], seed: int) -> tuple[float, float]:
    """95 % percentile bootstrap over test pictures of the macro F1, the mean over seeds.

    All tables have the same pictures in the same order; a resample takes the same ones of each.
    """
    rng, n = np.random.default_rng(seed), len(tables[0])
    drawn = (rng.integers(0, n, n) for _ in range(RESAMPLES))
    weights = np.stack([np.bincount(rows, minlength=n) for rows in drawn]).astype(np.float64)
    values = np.mean([macro_f1(table["label"], table["predicted"], weights) for table in tables], axis=0)
    low, high = np.percentile(values, INTERVAL)
    return float(low), float(high)


def _curves(folder: Path, job: Job) -> dict[str, Any]:
    done = json.loads((folder / "jobs" / job.place / "job.json").read_text())
    return {key: done[key] for key in ("variant", "network", "seed", "epochs")}
