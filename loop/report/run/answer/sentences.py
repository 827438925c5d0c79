"""A change as a sentence."""

from __future__ import annotations

from loop.report.layout.numbers import percent, points
from loop.report.layout.tables import Change

VERDICTS = {
    "better": "significantly better",
    "worse": "significantly worse",
    "unclear": "no significant difference",
}


def change_sentence(where: str, change: Change) -> str:
    """`On holdout: 50.0 % → 90.0 %, +40.0 points [31.0, 49.0], n = 100; significantly better.`"""
    return f"{where}: {change_figures(change)}; {VERDICTS[change.verdict]}."


def change_figures(change: Change) -> str:
    """Before and after, the difference with its interval, and n."""
    return (
        f"{percent(change.before)} → {percent(change.after)}, {points(change.difference)} points "
        f"[{points(change.low)}, {points(change.high)}], n = {change.n}"
    )
