"""The first sentence of the page, the verdict; and the figures below it."""

from __future__ import annotations

from analysis.columns import CORRECT
from loop.report.layout.numbers import count, percent, points
from loop.report.layout.tables import Change
from loop.report.run.answer.sentences import change_figures
from loop.report.run.content.changes import in_slices, within
from loop.report.run.content.run import RunContent
from loop.report.run.content.weak_slices import weak_slices


def headline(run: RunContent) -> str:
    """The verdict over all holdout pictures; or, where pictures of slices were added, that these gained and
    the rest did not. Of a run with one round what its evaluation found."""
    overall = within(run, "holdout", CORRECT)
    if overall is None:
        return _of_one_round(run)
    if run.last is run.first:
        return "Every round made something worse and was rolled back; the first network is kept."
    inside, outside = _parts(run)
    gained = inside is not None and inside.verdict == "better"
    lost = outside is not None and outside.verdict == "worse"
    if gained and lost:
        return "Better in the reinforced slices, worse elsewhere."
    if gained and overall.verdict == "unclear":
        pictures = count(overall.n, "picture")
        return f"Better in the reinforced slices; no significant difference over all {pictures}."
    return {
        "better": "Retraining with the added pictures helped.",
        "worse": "Retraining with the added pictures made it worse.",
        "unclear": f"Retraining made no significant difference on {count(overall.n, 'picture')}.",
    }[overall.verdict]


def figures(run: RunContent) -> str:
    """Holdout accuracy, before and after; and apart for the reinforced slices and all else."""
    overall = within(run, "holdout", CORRECT)
    if overall is None:
        return _figures_of_one_round(run)
    sentences = [f"Holdout accuracy {change_figures(overall)}."]
    inside, outside = _parts(run)
    if inside is not None and outside is not None:
        parts = f"Reinforced slices {_difference(inside)}; all other pictures {_difference(outside)}."
        sentences.append(parts)
    return " ".join(sentences)


def is_compared(run: RunContent) -> bool:
    """Whether there are two evaluations of the same holdout pictures."""
    return within(run, "holdout", CORRECT) is not None


def _parts(run: RunContent) -> tuple[Change | None, Change | None]:
    """Gain in the reinforced slices and loss outside them, apart because the two can cancel."""
    if not run.chosen:
        return None, None
    return in_slices(run, run.chosen), in_slices(run, run.chosen, outside=True)


def _difference(change: Change) -> str:
    difference = f"{points(change.difference)} points [{points(change.low)}, {points(change.high)}]"
    return f"{difference}, n = {change.n}"


def _of_one_round(run: RunContent) -> str:
    slices = len(weak_slices(run, run.first))
    none = "no slice is significantly weaker than the rest"
    found = f"{count(slices, 'weak slice')} found" if slices else none
    state = "the added pictures are not trained on yet" if run.chosen else "nothing added"
    return f"Evaluated once, {state}: {found}."


def _figures_of_one_round(run: RunContent) -> str:
    found = run.first.metrics["holdout"]["accuracy"]
    interval = f"[{percent(found['low'])}, {percent(found['high'])}]"
    return f"Holdout accuracy {percent(found['mean'])} {interval}, n = {found['n']}."
