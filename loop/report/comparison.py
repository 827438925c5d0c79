"""The page of a comparison of networks: accuracy by amount of training, cost, and where they look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from loop.report.layout.numbers import count, percent
from loop.report.layout.page import environment_facts, template, write_results_page
from loop.report.layout.text import listed

KEYS = ("data", "seeds", "networks", "variants", "summaries", "curves")
"""Keys of every `results.json`."""
WIDE, HIGH = 260, 150
"""Width and height of a chart, in its own units."""


@dataclass(frozen=True)
class Line:
    what: str
    points: str
    """Of an SVG polyline."""


@dataclass(frozen=True)
class Chart:
    title: str
    epochs: int
    lines: tuple[Line, ...]
    dots: tuple[tuple[float, float, str], ...]
    """Test accuracy: x, y, and the figure as text."""


def write_comparison(run: Path) -> Path:
    """Write `RUN/report.html` from `results.json` and `environment.json`."""
    return write_results_page(run, KEYS, render)


def render(results: dict[str, Any], environment: dict[str, Any]) -> str:
    """The page of a comparison's results."""
    variants = [_variant(results, name) for name in results["variants"]]
    return template("comparison.html.j2").render(
        title=f"{count(len(results['networks']), 'network')} compared",
        headline=headline(results),
        variants=variants,
        seeds=results["seeds"],
        wide=WIDE,
        high=HIGH,
        environment=environment_facts(environment),
    )


def headline(results: dict[str, Any]) -> str:
    """The best network of each variant, and those whose interval reaches as high as its estimate."""
    sentences = []
    for name in results["variants"]:
        ranked = _ranked(_last(results, name))
        best = ranked[0]
        top = best["figures"]["test_top1"]
        close = [s["network"] for s in ranked[1:] if s["figures"]["test_top1"]["high"] >= top["low"]]
        text = (
            f"{name}: {best['network']} is right on {percent(top['mean'])} "
            f"[{percent(top['low'])}, {percent(top['high'])}] of {count(top['n'], 'test picture')}"
        )
        sentences.append(f"{text}; the intervals of {listed(close)} overlap with it" if close else text)
    return ". ".join(sentences) + "."


def _variant(results: dict[str, Any], name: str) -> dict[str, Any]:
    summaries = [s for s in results["summaries"] if s["variant"] == name]
    amounts = sorted({s["amount"] for s in summaries})
    return {
        "name": name,
        "data": results["data"][name],
        "rows": _ranked(_last(results, name)),
        "amounts": amounts,
        "by_amount": _by_amount(summaries, amounts, "test_top1"),
        "energy_by_amount": _by_amount(summaries, amounts, "looks_energy"),
        "agreements": results.get("agreements", {}).get(name, []),
        "charts": [_chart(results, name, network) for network in results["networks"]],
    }


def _last(results: dict[str, Any], variant: str) -> list[dict[str, Any]]:
    """Each network after its largest amount of training."""
    found = {
        s["network"]: s
        for s in sorted(results["summaries"], key=lambda s: s["amount"])
        if s["variant"] == variant
    }
    return list(found.values())


def _ranked(summaries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(summaries, key=lambda s: -s["figures"]["test_top1"]["mean"])


def _by_amount(
    summaries: list[dict[str, Any]], amounts: list[int], figure: str
) -> list[tuple[str, list[dict[str, Any] | None]]]:
    found = {(s["network"], s["amount"]): s["figures"].get(figure) for s in summaries}
    networks = dict.fromkeys(s["network"] for s in summaries)
    return [(network, [found.get((network, amount)) for amount in amounts]) for network in networks]


def _chart(results: dict[str, Any], variant: str, network: str) -> Chart:
    """Accuracy by epoch, the mean over seeds for as long as all of them trained."""
    runs = [c["epochs"] for c in results["curves"] if (c["variant"], c["network"]) == (variant, network)]
    epochs = min(len(run) for run in runs)
    lines = []
    for what in ("train", "valid"):
        key = f"{what}_accuracy"
        if all(key in row for run in runs for row in run[:epochs]):
            means = np.mean([[row[key] for row in run[:epochs]] for run in runs], axis=0)
            lines.append(Line(what, " ".join(_place(i + 1, float(v), epochs) for i, v in enumerate(means))))
    dots = [
        (
            *_at(s["amount"], s["figures"]["test_top1"]["mean"], epochs),
            percent(s["figures"]["test_top1"]["mean"]),
        )
        for s in results["summaries"]
        if (s["variant"], s["network"]) == (variant, network) and s["amount"] <= epochs
    ]
    return Chart(network, epochs, tuple(lines), tuple(dots))


def _at(epoch: int, accuracy: float, epochs: int) -> tuple[float, float]:
    return round(WIDE * epoch / epochs, 1), round(HIGH * (1 - accuracy), 1)


def _place(epoch: int, accuracy: float, epochs: int) -> str:
    x, y = _at(epoch, accuracy, epochs)
    return f"{x},{y}"
