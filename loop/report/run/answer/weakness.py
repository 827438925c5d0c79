"""Which slices were found weak, and whether the planted ones are among them."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.columns import CORRECT
from analysis.slices.conjunctions import slice_name
from generator.planning.sampling import Where
from loop.report.layout.numbers import percent
from loop.report.layout.text import listed, sentence, slice_label, slice_text
from loop.report.run.answer.sentences import change_sentence
from loop.report.run.content.changes import within
from loop.report.run.content.run import RunContent
from loop.report.run.content.weak_slices import deciding_rounds, weak_slices


def found_weak(run: RunContent) -> tuple[str, ...]:
    """A sentence for each decision that was made, or for the evaluation where there was none."""
    rounds = deciding_rounds(run)
    none = "no slice of the probe is significantly below the rest"
    sentences = []
    for one in rounds:
        names = listed([slice_label(where) for where in weak_slices(run, one)])
        start = f"Round {one.number}: " if len(rounds) > 1 else ""
        sentences.append(sentence(f"{start}{names or none}"))
    return tuple(sentences)


def planted(run: RunContent) -> tuple[str, ...]:
    """Whether each planted slice was found weak, and how it changed."""
    if not run.planted:
        return ()
    found = [where for one in deciding_rounds(run) for where in weak_slices(run, one)]
    sentences = []
    for where in run.planted:
        change = within(run, "holdout", CORRECT, where)
        effect = "" if change is None else " " + change_sentence("On holdout", change)
        status = sentence(f"{slice_label(where)}, {_kept(run, where)}: {_found(found, where)}")
        sentences.append(status + effect)
    return tuple(sentences)


def _kept(run: RunContent, where: Where) -> str:
    """How much of a planted slice the training set has."""
    rendered = run.settings.data.rendered
    holes = () if rendered is None else rendered.holes
    keep = next(hole.keep for hole in holes if dict(hole.where) == where)
    return f"of which {percent(keep, 0)} is in the training set" if keep else "left out of the training set"


def _found(found: Sequence[Where], where: Where) -> str:
    """Whether a planted slice is among the weak ones, exactly or as part of another."""
    if slice_name(where) in {slice_name(other) for other in found}:
        return "found among the weak slices"
    wider = [other for other in found if other.items() <= where.items()]
    if wider:
        return f"not found itself, but as part of {listed(_distinct(wider))}"
    narrower = [other for other in found if where.items() <= other.items()]
    if narrower:
        return f"found in part: {listed(_distinct(narrower))}"
    return "not found among the weak slices"


def _distinct(slices: Sequence[Where]) -> list[str]:
    return list(dict.fromkeys(slice_text(where) for where in slices))
