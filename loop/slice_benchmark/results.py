"""From the evaluated probes of planted settings to tables: which finder names what was planted.

In the files finders are called methods. `results.parquet` has a row a setting × seed × method;
`results.json`, for the report and for other programs:

- `methods`: method -> means of its figures over settings, with intervals, and `solved_by_kind`;
- `settings`: each with its `kind`, what was `planted`, and for each seed and method whether it `solved` and
  the slices that it named, each with its verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from analysis.metrics.bootstrap import bootstrap_mean
from analysis.metrics.intervals import wilson_mean
from analysis.slices.binning import candidates
from analysis.slices.conjunctions import slice_name
from loop.config.slice_benchmark import HEALTHY, Setting, SliceBenchmarkConfig
from loop.run.results_folder import BenchmarkFolder
from loop.slice_benchmark.scores import named_slices, score
from loop.slice_benchmark.sets import tied_rows

FRACTIONS = {
    "solved": "solved",
    "precision": "precision",
    "discovered": "discovered",
    "false_share": "false_fraction",
}
"""Column of the tables -> figure of a `Score` in [0, 1]."""
COUNTS = {"named": "named", "common": "common"}
"""Column of the tables -> figure of a `Score`, slices."""
FIGURES = {**FRACTIONS, **COUNTS}

Evaluated = Callable[[Setting, int], pd.DataFrame]
"""The evaluated probe of a setting and a seed."""


def compared(config: SliceBenchmarkConfig, evaluated: Evaluated) -> pd.DataFrame:
    """Let every finder name slices of every probe; a row a setting × seed × finder.

    Raises:
        UserError: a probe lacks a column that a finder needs.
    """
    return pd.DataFrame(
        [
            row
            for setting in config.settings
            for seed in config.seeds
            for row in _scored(config, setting, seed, evaluated)
        ]
    )


def write_results(folder: BenchmarkFolder, table: pd.DataFrame) -> None:
    """Write both tables."""
    folder.write_results_table(table)
    methods = {name: summary(table[table["method"] == name]) for name in table["method"].unique()}
    settings = [_setting(mine) for _, mine in table.groupby("setting", sort=False)]
    folder.write_results({"methods": methods, "settings": settings})


def _scored(
    config: SliceBenchmarkConfig, setting: Setting, seed: int, evaluated: Evaluated
) -> list[dict[str, Any]]:
    whole, healthy = (evaluated(one, seed) for one in (setting, HEALTHY))
    # A tie holds in the probe as well, or errors would show it.
    held = tied_rows(whole, setting.ties, seed)
    pictures, control = (table[held].reset_index(drop=True) for table in (whole, healthy))
    attributes = tuple(name for name in candidates(pictures) if name in config.attributes)
    rows = []
    for name in config.finders:
        named = named_slices(name, pictures, attributes, config.controller, config.max_slices, seed)
        found = score(pictures, named, setting.planted, control, config.controller.margin)
        rows.append(
            {
                "setting": setting.name, "seed": seed, "method": name, "kind": setting.kind,
                **{column: getattr(found, figure) for column, figure in FIGURES.items()},
                "planted": [slice_name(where) for where in setting.planted],
                "slices": [slice_name(where) for where in named], "verdicts": list(found.verdicts),
            }
        )  # fmt: skip
    return rows


def summary(rows: pd.DataFrame) -> dict[str, Any]:
    """Means over settings, with intervals over those: seeds of one setting are not further settings."""
    figures = {}
    for name in FIGURES:
        values = rows[name].astype(float).groupby(rows["setting"]).mean().to_numpy()
        mean, low, high = wilson_mean(values) if name in FRACTIONS else bootstrap_mean(values, 0)
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
    """Print what each finder reached."""
    table = Table("finder", "solved", "precision", "discovered", "false", "named", "weak anyway")
    for name, mine in rows.groupby("method", sort=False):
        fractions = mine[[*FRACTIONS]].astype(float).mean()
        counts = (f"{mine[column].mean():.1f}" for column in ("named", "common"))
        table.add_row(str(name), *(f"{100 * fraction:.0f} %" for fraction in fractions), *counts)
    Console().print(table)
