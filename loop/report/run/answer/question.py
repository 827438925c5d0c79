"""What was asked, of which network, data and pictures; and the limits of the answer."""

from __future__ import annotations

from pathlib import Path

from analysis.slices.conjunctions import varying
from generator.naming import ATTRIBUTES
from generator.planning.grid import SetPlan
from loop.report.layout.numbers import count, percent
from loop.report.layout.text import ATTRIBUTE_NAMES, listed
from loop.report.run.content.run import RunContent


def question(run: RunContent) -> tuple[str, ...]:
    """The question, the pictures that decide and those that are reported on, and what counts as weak."""
    network = run.settings.network
    probe, holdout = run.first.pictures["probe"], run.first.pictures["holdout"]
    trained = "with given weights, on" if network.weights else "trained from scratch on"
    spans = [f"{ATTRIBUTE_NAMES[a]} ({probe[a].nunique()} values)" for a in varying(probe, ATTRIBUTES)]
    test = run.slice_test
    return (
        f"On which slices is {network.name}, {trained} {_data(run)}, weak, and does it help to render more "
        "of just those?",
        f"Weaknesses are looked for on the probe: {count(len(probe), 'picture')} of vehicles{_masks(run)}, "
        f"which vary in {listed(spans) or 'no attribute'}. Results are reported on the holdout: "
        f"{count(len(holdout), 'picture')} of {_others(run)} in other surroundings.",
        f"A slice counts as weak if its {run.ranking.text} is more than {test.margin:g} below that of the "
        f"rest, at a false-discovery rate of {percent(test.level, 0)}.",
    )


def limits(run: RunContent) -> tuple[str, ...]:
    """What the figures do not tell."""
    texts = [
        "Square brackets give 95 % bootstrap intervals over the pictures. If all pictures of a slice have "
        "the same outcome, the interval is a single value, which is too narrow if there are few of them."
    ]
    if len(run.rounds) > 1:
        texts.append(
            "The same pictures are compared before and after, so differences are paired. The intervals are "
            "for these trained networks: they do not include how much another training seed would change. "
            "Every round makes the same number of passes over its pictures, so added pictures also mean "
            "added training steps."
        )
        if by := run.settings.train.retrain_logit_adjustment:
            texts.append(
                f"After training, the logits of the classes that may be rendered were raised by {by:g} "
                "(train.retrain_logit_adjustment). Part of their gain, above all on renders, is due to that."
            )
    if "test" not in run.first.metrics:
        texts.append("There is no real test set, so nothing here tells how the network does on photographs.")
    return tuple(texts)


def _masks(run: RunContent) -> str:
    probe = run.settings.probe
    return " with exact masks" if probe is not None and probe.render else ""


def _others(run: RunContent) -> str:
    """A model of the user's own looks the same in every set."""
    return "other vehicles (except your own models)" if run.settings.farm.assets else "other vehicles"


def _data(run: RunContent) -> str:
    data = run.settings.data
    own = "" if data.rendered is None else count(_planned(data.rendered), "rendered picture")
    if data.source == "rendered":
        return own
    root = Path(str(data.root)).name
    known = {"cifar10": "CIFAR-10", "torchvision": f"torchvision’s {data.dataset}"}
    real = known.get(data.source, f"the pictures of the folder {root!r}")
    some = f" (at most {data.per_class} of each class)" if data.per_class else ""
    return f"{real}{some}" + (f" and {own}" if own else "")


def _planned(plan: SetPlan) -> int:
    """Pictures of a plan, of `count` or of `slices`."""
    return plan.count or sum(part.budget for part in plan.slices)
