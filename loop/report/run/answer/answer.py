"""The answer as a whole: the headline, its figures, and one fact after another."""

from __future__ import annotations

from dataclasses import dataclass

from loop.report.run.answer.headline import figures, headline, is_compared
from loop.report.run.answer.outcome import added, elsewhere, real, reinforced, rolled_back
from loop.report.run.answer.question import limits, question
from loop.report.run.answer.weakness import found_weak, planted
from loop.report.run.content.run import RunContent


@dataclass(frozen=True)
class Answer:
    headline: str
    figures: str
    """Holdout accuracy over all pictures, before and after."""
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    """(heading, sentences)."""


def answer(run: RunContent) -> Answer:
    """All that a reader needs who reads nothing else."""
    compared = is_compared(run)
    facts = [("Question", question(run)), ("Weak slices", found_weak(run))]
    if compared:
        facts += [
            ("Pictures added", added(run)),
            ("Rolled back", rolled_back(run)),
            ("Reinforced slices", reinforced(run)),
        ]
    facts.append(("Planted slices", planted(run)))
    if compared:
        facts += [("Elsewhere", elsewhere(run)), ("Real photographs", real(run))]
    facts.append(("Limits", limits(run)))
    return Answer(headline(run), figures(run), tuple(fact for fact in facts if fact[1]))
