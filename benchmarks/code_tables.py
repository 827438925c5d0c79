"""Tables of the documentation that are made from the code: columns, scores, attribution methods."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from math import isfinite


def evaluation_columns() -> str:
    """The columns of the table of pictures."""
    from analysis.columns import PICTURES

    rows = [(f"`{column.name}`", column.unit or "text", column.meaning) for column in PICTURES]
    return table(("column", "unit", "meaning"), rows)


def score_columns() -> str:
    """The columns of the table of scores."""
    from analysis.columns import SCORES_TABLE

    rows = [(f"`{column.name}`", column.unit or "text", column.meaning) for column in SCORES_TABLE]
    return table(("column", "unit", "meaning"), rows)


def scores() -> str:
    """The scores of a map against the mask."""
    from analysis.scores.table import SCORES

    rows = []
    for name, score in SCORES.items():
        low, high = (f"{end:g}" if isfinite(end) else "∞" for end in score.bounds)
        best = "high" if score.higher_is_better else "low"
        first = inspect.getdoc(score.function) or ""
        meaning = first.partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")
        span = f"{'−' if low == '∞' else ''}{low} to {high}"
        rows.append((f"`{name}`", score.family, span, best, "yes" if score.correction else "no", meaning))
    return table(("score", "family", "range", "good", "corrected", "definition"), rows)


def methods() -> str:
    """The attribution methods that give maps."""
    from analysis.methods.table import METHODS

    rows = []
    for name, method in METHODS.items():
        what = "a layer" if method.by_layer else "the picture"
        rows.append((f"`{name}`", method.family, method.description, what, method.source))
    return table(("method", "family", "what its map shows", "map of", "source"), rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


TABLES: dict[str, Callable[[], str]] = {
    made.__name__: made for made in (evaluation_columns, score_columns, scores, methods)
}
"""Word of a marker -> the table that it stands for."""
