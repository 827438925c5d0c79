"""From the verified probes of planted settings to tables: which method names what was planted.

`results.parquet` has a row a setting × seed × method; `results.json`, for the report and for other programs:

- `methods`: method -> means of its figures over settings, with intervals, and `solved_by_kind`;
- `settings`: each with its `kind`, what was `planted`, and for each seed and method whether it `solved` and
  the slices that it named, each with its verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from analysis.metrics.stats import bootstrap_mean, wilson_mean
from analysis.slices.binning import candidates
from analysis.slices.conjunctions import slice_name
from generator.dataset.tables import write_parquet
from generator.files import write_json
from loop.config.slice_benchmark import HEALTHY, Setting, SliceBenchmarkConfig
from loop.slice_benchmark.scores import METHODS, Asked, score
from loop.slice_benchmark.sets import tied_rows

SHARES = ("solved", "precision", "discovered", "false_share")
COUNTS = ("named", "common")
FIGURES = (*SHARES, *COUNTS)

Verified = Callable[[Setting, int], pd.DataFrame]
"""The verified probe of a setting and a seed."""


def compared(config: SliceBenchmarkConfig, verified: Verified) -> pd.DataFrame:
    """Let every method name slices of every probe; a row a setting × seed × method."""
    return pd.DataFrame(
        [
            row
            for setting in config.settings
            for seed in config.seeds
            for row in _scored(config, setting, seed, verified)
        ]
    )


def write_results(folder: Path, table: pd.DataFrame) -> None:
    """Write both tables."""
    write_parquet(folder / "results.parquet", table)
    methods = {name: summary(table[table["method"] == name]) for name in METHODS}
    settings = [_setting(mine) for _, mine in table.groupby("setting", sort=False)]
    write_json(folder / "results.json", {"methods": methods, "settings": settings})


def _scored(
    config: SliceBenchmarkConfig, setting: Setting, seed: int, verified: Verified
) -> list[dict[str, Any]]:
    whole, healthy = (verified(one, seed) for one in (setting, HEALTHY))
    # A tie holds in the probe as well, or errors would show it.
    held = tied_rows(whole, setting.ties, seed)
    pictures, control = (table[held].reset_index(drop=True) for table in (whole, healthy))
    attributes = tuple(name for name in candidates(pictures) if name in config.attributes)
    asked = Asked(pictures, attributes, config.controller, config.max_slices, seed)
    rows = []
    for name, method in METHODS.items():
        named = method(asked)
        found = score(pictures, named, setting.planted, control, config.controller.margin)
        rows.append(
            {
                "setting": setting.name, "seed": seed, "method": name, "kind": setting.kind,
                **{figure: getattr(found, figure) for figure in FIGURES},
                "planted": [slice_name(where) for where in setting.planted],
                "slices": [slice_name(where) for where in named], "verdicts": list(found.verdicts),
            }
        )  # fmt: skip
    return rows


def summary(rows: pd.DataFrame) -> dict[str, Any]:
    """Means over settings, with intervals over those: seeds of one setting are no further ones."""
    figures = {}
    for name in FIGURES:
        values = rows[name].astype(float).groupby(rows["setting"]).mean().to_numpy()
        mean, low, high = wilson_mean(values) if name in SHARES else bootstrap_mean(values, 0)
        figures[name] = {"mean": mean, "low": low, "high": high, "n": len(values)}
    by_kind = rows.groupby("kind")["solved"].mean()
    return {**_known(figures), "solved_by_kind": {str(kind): float(v) for kind, v in by_kind.items()}}


def _known(figures: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """For JSON: what is not known is None."""
    return {
        name: {key: None if isinstance(v, float) and np.isnan(v) else v for key, v in figure.items()}
        for name, figure in figures.items()
    }


def _setting(rows: pd.DataFrame) -> dict[str, Any]:
    first = rows.iloc[0]
    seeds = [
        {"seed": int(str(seed)), "methods": {row["method"]: _named(row) for row in mine.to_dict("records")}}
        for seed, mine in rows.groupby("seed", sort=False)
    ]
    return {"name": first["setting"], "kind": first["kind"], "planted": first["planted"], "seeds": seeds}


def _named(row: dict[Any, Any]) -> dict[str, Any]:
    named = [
        {"slice": name, "verdict": verdict}
        for name, verdict in zip(row["slices"], row["verdicts"], strict=True)
    ]
    return {"solved": bool(row["solved"]), "named": named}


def show(rows: pd.DataFrame) -> None:
    """Say what each method reached."""
    table = Table("method", "solved", "precision", "discovered", "false", "named", "weak anyway")
    for name, mine in rows.groupby("method", sort=False):
        shares = mine[[*SHARES]].astype(float).mean()
        counts = (f"{mine[column].mean():.1f}" for column in ("named", "common"))
        table.add_row(str(name), *(f"{100 * share:.0f} %" for share in shares), *counts)
    Console().print(table)
