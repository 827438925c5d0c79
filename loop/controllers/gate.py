"""What a round changed: the probe before and after it, compared picture by picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from analysis.columns import CORRECT, LABEL
from analysis.slices.change import paired_change
from loop.config.controller import ControllerSettings

JSON_KEYS = {"gain": "gain", "low": "low", "high": "high", "regressed": "harmed", "kept": "kept"}
"""Field of a `Gate` -> its key in `gate.json`."""


@dataclass(frozen=True)
class Gate:
    """What a round changed on the probe."""

    gain: float
    """Of accuracy, in [-1, 1], with its paired 95 % bootstrap interval."""
    low: float
    high: float
    regressed: tuple[str, ...]
    """Slices of up to `controller.max_order` attributes, and classes, that became significantly worse."""
    kept: bool
    """False where the round is rolled back."""

    @property
    def gained(self) -> bool:
        """Whether the gain is significant."""
        return self.low > 0

    def to_json(self) -> dict[str, Any]:
        """As `gate.json`."""
        plain = asdict(self)
        return {key: plain[name] for name, key in JSON_KEYS.items()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Gate:
        """From `gate.json`, which has all of `JSON_KEYS`.

        >>> content = {"gain": 0.1, "low": 0.0, "high": 0.2, "harmed": ["color=y"], "kept": True}
        >>> Gate.from_json(content).regressed
        ('color=y',)
        """
        fields = {name: content[key] for name, key in JSON_KEYS.items()}
        return cls(**{**fields, "regressed": tuple(fields["regressed"])})

    def describe(self) -> str:
        """In one line, for the ledger."""
        interval = (
            f"{100 * self.gain:+.1f} points [{100 * self.low:+.1f}, {100 * self.high:+.1f}] on the probe"
        )
        if not self.regressed:
            return f"{interval}, no slice significantly worse"
        what = "kept" if self.kept else "rolled back"
        return f"{interval}, significantly worse: {'; '.join(self.regressed)}: {what}"


def judge_round(
    before: pd.DataFrame,
    after: pd.DataFrame,
    attributes: Sequence[str],
    settings: ControllerSettings,
    seed: int,
) -> Gate:
    """Compare two evaluations of the same pictures; regressions are called at the false-discovery rate
    `controller.level`."""
    spanning = with_classes(before, attributes)
    change = paired_change(before, after, CORRECT, spanning, settings.slice_test(seed))
    whole, slices = change.iloc[0], change.iloc[1:]
    regressed = tuple(slices.loc[slices["worse"], "slice"].astype(str))
    return Gate(
        gain=float(whole["difference"]),
        low=float(whole["low"]),
        high=float(whole["high"]),
        regressed=regressed,
        kept=not regressed or settings.on_regression == "report",
    )


def with_classes(pictures: pd.DataFrame, attributes: Sequence[str]) -> list[str]:
    """The attributes, and `label` where it varies and is not another word for one of them."""
    kinds = pictures[LABEL].nunique()
    same = any(
        kinds == pictures[name].nunique() == len(pictures[[LABEL, name]].drop_duplicates())
        for name in attributes
    )
    return [*attributes] if kinds < 2 or same else [*attributes, LABEL]
