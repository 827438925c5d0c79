"""What was added, and what changed where."""

from __future__ import annotations

from collections import Counter

from analysis.columns import CORRECT
from loop.report.layout.numbers import count, percent
from loop.report.layout.text import listed, sentence, slice_label
from loop.report.run.answer.sentences import change_sentence
from loop.report.run.content.changes import in_classes, in_slices, regressions, within
from loop.report.run.content.run import RunContent

REQUESTED = {
    "inside": "inside the reinforced slices",
    "drawn": "of combinations that the controller drew",
    "anywhere": "of any combination",
}
"""Kind of a request, as `RoundContent.requested` counts them."""
MOST_NAMED = 6
"""Slices that a sentence names; the rest of a longer list is only counted."""


def added(run: RunContent) -> tuple[str, ...]:
    """How many pictures, and of what."""
    total = sum(len(one.added) for one in run.rounds)
    if not total:
        return ("Nothing was added.",)
    rounds = sum(1 for one in run.rounds if len(one.added))
    requested: Counter[str] = sum((Counter(one.requested) for one in run.rounds), Counter())
    kinds = [f"{n if len(requested) > 1 else 'all'} {REQUESTED[kind]}" for kind, n in requested.items()]
    return (
        f"{count(total, 'rendered picture')} in {count(rounds, 'round')}, {listed(kinds)}. "
        "Their vehicles and surroundings are in neither the probe nor the holdout.",
    )


def rolled_back(run: RunContent) -> tuple[str, ...]:
    """Rounds whose pictures were taken out again; figures after are of the last accepted round."""
    rounds = [f"round {one.number}" for one in run.rounds if not one.accepted]
    if not rounds:
        return ()
    it = "it" if len(rounds) == 1 else "each"
    return (
        sentence(f"{listed(rounds)}, because {it} made a slice or class of the probe significantly worse"),
        f"Figures after retraining are of round {run.last.number}.",
    )


def reinforced(run: RunContent) -> tuple[str, ...]:
    """The reinforced slices together."""
    if not run.chosen:
        return ()
    change = in_slices(run, run.chosen)
    if change is None:
        return ("The holdout has no pictures of them.",)
    return (change_sentence("In the reinforced slices together", change),)


def elsewhere(run: RunContent) -> tuple[str, ...]:
    """What the added pictures cost: all of the holdout that was not reinforced, and slices that lost."""
    change = in_slices(run, run.chosen, outside=True) if run.chosen else None
    outside = () if change is None else (change_sentence("Outside the reinforced slices", change),)
    return (*outside, _regressed(run))


def _regressed(run: RunContent) -> str:
    found = regressions(run)
    if not found.tested:
        return "No slice of the holdout is large enough to be tested for a regression."
    test = run.slice_test
    tested = f"{count(found.tested, 'slice')} of at least {count(test.min_n, 'picture')}"
    rate = f"at a false-discovery rate of {percent(test.level, 0)}"
    if not found.worse:
        return f"None of {tested} became significantly worse, {rate}."
    named = [
        f"{slice_label(where)} {percent(change.before)} → {percent(change.after)} (n = {change.n})"
        for where, change in found.worse[:MOST_NAMED]
    ]
    more = "" if len(found.worse) <= MOST_NAMED else f"; the {MOST_NAMED} most significant"
    return f"{len(found.worse)} of {tested} became significantly worse, {rate}{more}: {listed(named)}."


def real(run: RunContent) -> tuple[str, ...]:
    """All real test photographs, and the classes that can be rendered where there are others too."""
    change = within(run, "test", CORRECT)
    if change is None:
        return ()
    there = set(run.first.pictures["test"]["label"])
    mine = [name for name in run.settings.vehicle_classes if name in there]
    vehicles = in_classes(run, "test", mine)
    sentences = [change_sentence("Over all classes", change)]
    if vehicles is not None and len(mine) < len(there):
        sentences.append(change_sentence(f"In the classes that can be rendered ({listed(mine)})", vehicles))
    return tuple(sentences)
