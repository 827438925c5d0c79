"""The file of measured figures: key -> what it is, value, interval, n, machine, versions, date."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from generator.files import write_json
from generator.spec import CATALOGUE
from loop.run.lifecycle import environment

DIGITS = {"": 2, "rmse": 4, "pictures/s": 2}
"""Digits of units whose figures are small."""
RESULTS = Path(__file__).parent / "results.json"


def read() -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return content


def keep(
    key: str,
    what: str,
    value: float,
    unit: str,
    *,
    low: float | None = None,
    high: float | None = None,
    n: int,
    seed: int | list[int],
    **more: Any,
) -> None:
    """Put one figure into the file and say it; `more` may name the machine, packages and date it was measured
    with, which are those of now otherwise."""
    made = environment(0)
    figure = {
        "what": what,
        "value": value,
        "low": low,
        "high": high,
        "unit": unit,
        "n": n,
        "seed": seed,
        "catalogue": CATALOGUE,
        "machine": made["machine"],
        "packages": made["packages"],
        "date": datetime.now(UTC).date().isoformat(),
        **more,
    }
    write_json(RESULTS, dict(sorted({**read(), key: figure}.items())))
    print(f"{key:38} {in_words(figure):>34}  n = {n}", flush=True)  # noqa: T201


def keep_median(
    key: str,
    what: str,
    values: Sequence[float] | NDArray[np.float64],
    unit: str,
    *,
    seed: int,
    within: tuple[float, float] = (0.0, 1.0),
    **more: Any,
) -> None:
    """Put the median of repeated measurements into the file, between two of their quantiles."""
    low, middle, high = (float(value) for value in np.quantile(values, [within[0], 0.5, within[1]]))
    keep(key, what, middle, unit, low=low, high=high, n=len(values), seed=seed, **more)


def keep_mean(
    key: str, what: str, values: Sequence[float], unit: str, *, seeds: Sequence[int], **more: Any
) -> None:
    """Put the mean of a figure over seeds into the file, with its 95 % t interval."""
    mean, reach = mean_and_reach(values)
    keep(
        key, what, mean, unit,
        low=mean - reach, high=mean + reach, n=len(values), seed=list(seeds), values=list(values), **more,
    )  # fmt: skip


def mean_and_reach(values: Sequence[float]) -> tuple[float, float]:
    """Of a normal figure over seeds: its mean, and how far the 95 % interval goes either way."""
    error = float(np.std(values, ddof=1)) / sqrt(len(values))
    return float(np.mean(values)), float(stats.t.ppf(0.975, len(values) - 1)) * error


def in_words(figure: dict[str, Any]) -> str:
    """Value, interval and unit as the README shows them."""
    if figure["unit"] == "share":
        text = f"{figure['value']:.1%}"
        return text if figure["low"] is None else f"{text} [{figure['low']:.1%}, {figure['high']:.1%}]"
    digits = DIGITS.get(figure["unit"], 0 if abs(figure["value"]) >= 100 else 1)
    text = f"{figure['value']:.{digits}f}"
    if figure["low"] is not None:
        text += f" [{figure['low']:.{digits}f}, {figure['high']:.{digits}f}]"
    return f"{text} {figure['unit']}".strip()
