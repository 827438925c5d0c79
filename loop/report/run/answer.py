"""The question and the answer in sentences, before any table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.slices.conjunctions import slice_name, varying
from generator.naming import ATTRIBUTES
from generator.planning.sampling import Where
from loop.report.layout.words import (
    ATTRIBUTE_WORDS,
    count,
    listed,
    percent,
    points,
    score_words,
    sentence,
    slice_label,
    slice_words,
)
from loop.report.run.changes import Change, harm, in_classes, in_slices, within
from loop.report.run.content import RunContent
from loop.report.run.weakness import looked_at, weak_slices

ASKED = {
    "inside": "inside the reinforced slices",
    "drawn": "of combinations that the controller drew",
    "anywhere": "of anything",
}
MOST_NAMED = 6
"""Slices that a sentence names; a longer list is counted."""


@dataclass(frozen=True)
class Answer:
    headline: str
    figures: str
    """Holdout accuracy over all pictures, before and after."""
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    """(what it is about, sentences)."""


def answer(run: RunContent) -> Answer:
    """Everything that a reader needs who reads nothing else."""
    overall = within(run, "holdout", "correct")
    if overall is None:
        return _single(run)
    facts = (
        ("Asked", _asked(run)),
        ("Found weak", _found(run)),
        ("Added", (_added(run),)),
        ("Rolled back", _rolled_back(run)),
        ("Reinforced slices", _reinforced(run)),
        ("Planted slices", _planted(run)),
        ("Elsewhere", (*_outside(run), _lost(run))),
        ("Real pictures", _real(run)),
        _limits(run),
    )
    figures = " ".join((f"Holdout accuracy {_figures(overall)}.", *_parts_in_words(run)))
    return Answer(_headline(run, overall), figures, tuple(fact for fact in facts if fact[1]))


def _headline(run: RunContent, overall: Change) -> str:
    """The verdict over all pictures, unless what was reinforced gained and the rest lost."""
    if run.last is run.first:
        return "Every round made something worse and was rolled back: the first network stands."
    inside, outside = _parts(run)
    gained, lost = (change is not None and change.verdict for change in (inside, outside))
    if (gained, lost) == ("better", "worse"):
        return "Better in the reinforced slices, worse elsewhere."
    nothing = f"no difference that these {count(overall.n, 'picture')} could show"
    if (overall.verdict, gained) == ("unclear", "better"):
        return f"Better in the reinforced slices; over all pictures {nothing}."
    return {
        "better": "Retraining with the added pictures helped.",
        "worse": "Retraining with the added pictures made it worse.",
        "unclear": f"{nothing.capitalize()}.",
    }[overall.verdict]


def _rolled_back(run: RunContent) -> tuple[str, ...]:
    """Rounds whose pictures were taken out again; figures after are of the last one that stands."""
    out = [f"round {turn.number}" for turn in run.rounds if not turn.kept]
    if not out:
        return ()
    made = "it" if len(out) == 1 else "each"
    return (
        sentence(f"{listed(out)}, since {made} made a slice or class of the probe significantly worse"),
        f"What is said of after is of round {run.last.number}.",
    )


def _parts(run: RunContent) -> tuple[Change | None, Change | None]:
    """Gain in the reinforced slices and cost outside them, apart, for the two can cancel."""
    if not run.chosen:
        return None, None
    return in_slices(run, run.chosen), in_slices(run, run.chosen, outside=True)


def _parts_in_words(run: RunContent) -> tuple[str, ...]:
    inside, outside = _parts(run)
    if inside is None or outside is None:
        return ()
    gain, cost = (
        f"{points(c.difference)} points [{points(c.low)}, {points(c.high)}], n = {c.n}"
        for c in (inside, outside)
    )
    return (f"In the reinforced slices {gain}; outside them {cost}.",)


def _single(run: RunContent) -> Answer:
    slices = len(weak_slices(run, run.first))
    found = run.first.metrics["holdout"]["accuracy"]
    figures = (
        f"Holdout accuracy {percent(found['mean'])} [{percent(found['low'])}, {percent(found['high'])}], "
        f"n = {found['n']}."
    )
    named = (
        f"{count(slices, 'weak slice')} found" if slices else "no slice is significantly weaker than the rest"
    )
    start = (
        "Verified once, what was added not trained on yet" if run.chosen else "Verified once, nothing added"
    )
    return Answer(
        f"{start}: {named}.",
        figures,
        (
            ("Asked", _asked(run)),
            ("Found weak", _found(run)),
            ("Planted slices", _planted(run)),
            _limits(run),
        ),
    )


def _asked(run: RunContent) -> tuple[str, ...]:
    network, probe = run.config["network"], run.first.pictures["probe"]
    trained = "with the weights it was given" if network.get("weights") else "trained from scratch"
    spans = [f"{ATTRIBUTE_WORDS[a]} ({probe[a].nunique()} values)" for a in varying(probe, ATTRIBUTES)]
    return (
        f"What does {network['name']}, {trained} on {_data(run)}, see badly, and does it help to render more "
        "of just that?",
        f"The probe that decides is {count(len(probe), 'picture')} of vehicles{_masks(run)}, which vary in "
        f"{listed(spans) or 'no attribute'}. The holdout that is reported on is "
        f"{count(len(run.first.pictures['holdout']), 'picture')} of {_others(run)} in other surroundings.",
        f"A slice counts as weak where its {score_words(run.score)} lies below that of the rest by more than "
        f"{run.margin:g}, at a false-discovery rate of {percent(run.level, 0)}.",
    )


def _masks(run: RunContent) -> str:
    return " with exact masks" if (run.config.get("probe") or {}).get("render") else ""


def _others(run: RunContent) -> str:
    """A model of the user's own looks the same in every set."""
    own = (run.config.get("farm") or {}).get("assets")
    return "other vehicles (but for models of your own)" if own else "other vehicles"


def _data(run: RunContent) -> str:
    data = run.config["data"]
    rendered = data.get("rendered")
    own = count(_planned(rendered), "rendered picture") if rendered else ""
    if data["source"] == "rendered":
        return own
    root = Path(str(data["root"])).name
    known = {"cifar10": "CIFAR-10", "torchvision": f"torchvision’s {data.get('dataset')}"}
    real = known.get(data["source"], f"the pictures of the folder {root!r}")
    some = f" (at most {data['per_class']} of each class)" if data.get("per_class") else ""
    return f"{real}{some}" + (f" and {own}" if own else "")


def _planned(rendered: Mapping[str, Any]) -> int:
    """Pictures of a plan, of `count` or of `slices`."""
    return int(rendered["count"] or sum(part["budget"] for part in rendered["slices"]))


def _found(run: RunContent) -> tuple[str, ...]:
    """A sentence for each decision that was made, or for the verification where there was none."""
    turns, sentences = looked_at(run), []
    for turn in turns:
        slices = weak_slices(run, turn)
        start = f"Round {turn.number}: " if len(turns) > 1 else ""
        names = listed([slice_label(where) for where in slices])
        nothing = "no slice of the probe lies significantly below the rest"
        sentences.append(sentence(f"{start}{names or nothing}"))
    return tuple(sentences)


def _added(run: RunContent) -> str:
    total = sum(len(turn.added) for turn in run.rounds)
    if not total:
        return "Nothing was added."
    turns = sum(1 for turn in run.rounds if len(turn.added))
    asked: Counter[str] = sum((Counter(turn.asked) for turn in run.rounds), Counter())
    kinds = [f"{n if len(asked) > 1 else 'all'} {ASKED[kind]}" for kind, n in asked.items()]
    return (
        f"{count(total, 'rendered picture')} in {count(turns, 'round')}, {listed(kinds)}, of "
        "vehicles and surroundings that neither probe nor holdout holds."
    )


def _reinforced(run: RunContent) -> tuple[str, ...]:
    if not run.chosen:
        return ()
    change = in_slices(run, run.chosen)
    if change is None:
        return ("The holdout holds no picture of them.",)
    return (_sentence("In the reinforced slices together", change),)


def _planted(run: RunContent) -> tuple[str, ...]:
    """How the known holes fared, and whether they were named."""
    found = [where for turn in looked_at(run) for where in weak_slices(run, turn)] if run.planted else []
    sentences = []
    for where in run.planted:
        change = within(run, "holdout", "correct", where)
        fared = "" if change is None else " " + _sentence("On holdout", change)
        named = f"{slice_label(where)}, {_keep(run, where)}: {_named(found, where)}"
        sentences.append(sentence(named) + fared)
    return tuple(sentences)


def _keep(run: RunContent, where: Where) -> str:
    holes = run.config["data"]["rendered"]["holes"]
    keep = next(hole["keep"] for hole in holes if hole["where"] == where)
    return f"of which training kept {percent(keep, 0)}" if keep else "which training did not hold"


def _named(found: Sequence[Where], planted: Where) -> str:
    """Whether a planted slice was among the weak ones, exactly or as part of another."""
    names = {slice_name(where) for where in found}
    if slice_name(planted) in names:
        return "named among the weak slices"
    wider = [where for where in found if where.items() <= planted.items()]
    if wider:
        return f"not named itself, but inside {listed(_distinct(wider))}, which was"
    narrower = [where for where in found if planted.items() <= where.items()]
    if narrower:
        return f"named in part: {listed(_distinct(narrower))}"
    return "not named among the weak slices"


def _distinct(slices: list[Where]) -> list[str]:
    return list(dict.fromkeys(slice_words(where) for where in slices))


def _outside(run: RunContent) -> tuple[str, ...]:
    """What the added pictures cost: all of the holdout that was not reinforced."""
    change = in_slices(run, run.chosen, outside=True) if run.chosen else None
    return () if change is None else (_sentence("Outside the reinforced slices", change),)


def _lost(run: RunContent) -> str:
    """Whether any slice lost."""
    found = harm(run)
    if not found.tested:
        return "No slice of the holdout is large enough to be tested for harm."
    family = f"{count(found.tested, 'slice')} of at least {count(run.min_n, 'picture')}"
    rate = f"at a false-discovery rate of {percent(run.level, 0)}"
    if not found.worse:
        return f"None of {family} became significantly worse by itself {rate}."
    named = [
        f"{slice_label(where)} {percent(change.before)} → {percent(change.after)} (n = {change.n})"
        for where, change in found.worse[:MOST_NAMED]
    ]
    more = "" if len(found.worse) <= MOST_NAMED else f", the {MOST_NAMED} most evident"
    return f"{len(found.worse)} of {family} became significantly worse {rate}{more}: {listed(named)}."


def _real(run: RunContent) -> tuple[str, ...]:
    """All real test pictures, and the classes that have vehicles where there are others too."""
    change = within(run, "test", "correct")
    if change is None:
        return ()
    there = set(run.first.pictures["test"]["label"])
    mine = [name for name in run.vehicle_classes if name in there]
    vehicles = in_classes(run, "test", mine)
    sentences = [_sentence("Over all classes", change)]
    if vehicles is not None and len(mine) < len(there):
        sentences.append(_sentence(f"In the classes that have vehicles ({listed(mine)})", vehicles))
    return tuple(sentences)


def _limits(run: RunContent) -> tuple[str, tuple[str, ...]]:
    """What the figures do not say."""
    texts = [
        "Square brackets hold 95 % bootstrap intervals over the pictures. Where all pictures of a slice come "
        "out alike, the interval is a single value: too narrow where they are few."
    ]
    if len(run.rounds) > 1:
        texts.append(
            "The same pictures are compared before and after, so differences are paired. The intervals hold "
            "for these trained networks: how much another seed of training would change is not in them. "
            "Every round passes over its pictures equally often, so that added pictures are added steps."
        )
        if offset := (run.config.get("train") or {}).get("retrain_offset"):
            texts.append(
                f"After training the logits of the classes that may be rendered were raised by {offset:g} "
                "(train.retrain_offset): part of what these gain, on renders above all, is that."
            )
    if "test" not in run.first.metrics:
        texts.append("There is no real test set: nothing here says how the network does on photographs.")
    return ("How far this goes", tuple(texts))


def _sentence(where: str, change: Change) -> str:
    judged = {
        "better": "better",
        "worse": "worse",
        "unclear": f"no difference that {count(change.n, 'picture')} could show",
    }
    return f"{where}: {_figures(change)}: {judged[change.verdict]}."


def _figures(change: Change) -> str:
    return (
        f"{percent(change.before)} → {percent(change.after)}, {points(change.difference)} points "
        f"[{points(change.low)}, {points(change.high)}], n = {change.n}"
    )
