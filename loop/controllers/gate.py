"""Whether a round did good or harm: the probe before and after it, compared picture by picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from analysis.slices.change import paired_change
from loop.config.run import ControllerSettings


@dataclass(frozen=True)
class Gate:
    """What a round changed on the probe."""

    gain: float
    """Of accuracy, in [-1, 1], with its paired 95 % bootstrap interval."""
    low: float
    high: float
    harmed: tuple[str, ...]
    """Slices of up to `controller.max_order` attributes, and classes, that became significantly worse."""
    kept: bool
    """False where the round is rolled back."""

    @property
    def gained(self) -> bool:
        return self.low > 0

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    def words(self) -> str:
        interval = (
            f"{100 * self.gain:+.1f} points [{100 * self.low:+.1f}, {100 * self.high:+.1f}] on the probe"
        )
        if not self.harmed:
            return f"{interval}, no slice significantly worse"
        what = "kept" if self.kept else "rolled back"
        return f"{interval}, significantly worse: {'; '.join(self.harmed)}: {what}"


def judge_round(
    before: pd.DataFrame,
    after: pd.DataFrame,
    attributes: Sequence[str],
    settings: ControllerSettings,
    seed: int,
) -> Gate:
    """Compare two verifications of the same pictures; harm is told at the rate `controller.level` of false
    discoveries."""
    spanning = with_classes(before, attributes)
    change = paired_change(before, after, "correct", spanning, settings.slice_test(seed))
    whole, slices = change.iloc[0], change.iloc[1:]
    harmed = tuple(slices.loc[slices["worse"], "slice"].astype(str))
    kept = not harmed or settings.on_regression == "report"
    return Gate(float(whole["difference"]), float(whole["low"]), float(whole["high"]), harmed, kept)


def with_classes(pictures: pd.DataFrame, attributes: Sequence[str]) -> list[str]:
    """The attributes, and `label` where it varies and is no other word for one of them."""
    kinds = pictures["label"].nunique()
    same = any(
        kinds == pictures[name].nunique() == len(pictures[["label", name]].drop_duplicates())
        for name in attributes
    )
    return [*attributes] if kinds < 2 or same else [*attributes, "label"]
