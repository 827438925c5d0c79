"""The file of measured figures, `benchmarks/results.json`, and its reading and writing.

Every key holds `what` (the caption), `value`, `low` and `high` (the interval, null where there is none),
`unit`, `n`, `seed`, `catalogue` (version of the vehicles), `machine`, `packages`, `date`, and fields of the
figure's own. The unit `share` is that of fractions, which are shown in percent.
"""

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
"""Unit -> digits after the decimal point, where figures are small."""

RESULTS = Path(__file__).parent / "results.json"


def read() -> dict[str, dict[str, Any]]:
    """All figures by their keys; none where the file is missing."""
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
    """Put one figure into the file, in place of an older one of the same key, and print it.

    Args:
        key: stays the same for good: the documentation refers to it.
        what: the caption.
        unit: `share` for a fraction, `points` for percentage points, else as it is printed.
        low, high: the interval, if any.
        n: what the interval is over: seeds, pictures or repeats.
        more: fields of the figure's own; `machine`, `packages` and `date` replace those of now.
    """
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
    """Keep the median of repeated measurements; its interval is between the quantiles `within`."""
    low, middle, high = (float(value) for value in np.quantile(values, [within[0], 0.5, within[1]]))
    keep(key, what, middle, unit, low=low, high=high, n=len(values), seed=seed, **more)


def keep_mean(
    key: str, what: str, values: Sequence[float], unit: str, *, seeds: Sequence[int], **more: Any
) -> None:
    """Keep the mean of a figure over seeds, with its 95 % t interval."""
    mean, half = mean_and_half_width(values)
    keep(
        key, what, mean, unit,
        low=mean - half, high=mean + half, n=len(values), seed=list(seeds), values=list(values), **more,
    )  # fmt: skip


def mean_and_half_width(values: Sequence[float]) -> tuple[float, float]:
    """Mean of a figure over seeds, and half the width of its 95 % t interval."""
    error = float(np.std(values, ddof=1)) / sqrt(len(values))
    return float(np.mean(values)), float(stats.t.ppf(0.975, len(values) - 1)) * error


def in_words(figure: dict[str, Any]) -> str:
    """Value, interval and unit as the documentation shows them."""
    if figure["unit"] == "share":
        text = f"{figure['value']:.1%}"
        return text if figure["low"] is None else f"{text} [{figure['low']:.1%}, {figure['high']:.1%}]"
    digits = DIGITS.get(figure["unit"], 0 if abs(figure["value"]) >= 100 else 1)
    text = f"{figure['value']:.{digits}f}"
    if figure["low"] is not None:
        text += f" [{figure['low']:.{digits}f}, {figure['high']:.{digits}f}]"
    return f"{text} {figure['unit']}".strip()
