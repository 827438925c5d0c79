"""Four questions on where the network looks: failure, methods, networks and layers, on holdout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.methods.map_store import PICTURE
from analysis.metrics.stats import bootstrap_mean
from analysis.questions.agreement import layer_curve, map_agreement, slice_agreement, successes_and_failures
from analysis.questions.failure import COVARIATES, Found, best_of_halves, failure_table, with_best_iou
from generator.dataset.pixels import read_image, read_mask
from loop.report.run.content import RunContent
from loop.report.run.gallery import SIDE, outline, overlay, png_uri, shared_limit

EACH = 2
"""Pictures by each rule."""


@dataclass(frozen=True)
class Tile:
    title: str
    overlay: str
    """Data URI; empty for the picture itself."""


@dataclass(frozen=True)
class Example:
    rule: str
    name: str
    words: str
    image: str
    outline: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Looking:
    answers: tuple[tuple[str, str], ...]
    """(question, answer in words)."""
    scores: list[dict[str, Any]]
    """Rows of `failure_table` of the first method at the last layer."""
    layers: list[dict[str, Any]]
    """Method × layer × target: mean corrected energy in each round, and AUROC in the first."""
    rounds: tuple[int, ...]
    agreements: list[dict[str, Any]]
    """Rank correlation of maps: `one`, `other`, `mean`, `low`, `high`, `n`."""
    examples: tuple[Example, ...]
    side: int


def looking(run: RunContent) -> Looking | None:
    """The answers from the first round, and the change along the rounds; None without scores by layer."""
    scores = run.first.scores()
    if not {"method", "layer", "iou_50"} <= set(scores) or not scores["energy_corrected"].notna().any():
        return None
    scores = with_best_iou(scores, run.seed)
    pictures = run.first.pictures["holdout"]
    main = (
        str(scores["method"].iloc[0]),
        str(scores[scores["method"] == scores["method"].iloc[0]]["layer"].iloc[-1]),
    )
    table = failure_table(pictures, scores, run.seed)
    best = best_of_halves(pictures, scores, run.seed)
    layers = _layers(run, table)
    agreements = _agreements(run, main)
    side = min(SIDE, int(run.config["render"]["size"]))
    return Looking(
        answers=(
            ("Does misalignment predict failure?", _failure_words(table, best, main)),
            ("Which method?", _method_words(agreements)),
            ("How do networks differ?", _network_words(run, agreements)),
            ("Which layer to look at?", _layer_words(layers)),
        ),
        scores=_rows(table, main),
        layers=layers,
        rounds=tuple(turn.number for turn in run.rounds),
        agreements=agreements,
        examples=_examples(run, main, side),
        side=side,
    )


def _rows(table: pd.DataFrame, main: tuple[str, str]) -> list[dict[str, Any]]:
    if table.empty:
        return []
    mine = table[(table["method"] == main[0]) & (table["layer"] == main[1])]
    return [{str(k): v for k, v in row.items()} for row in mine.to_dict("records")]


def _layers(run: RunContent, table: pd.DataFrame) -> list[dict[str, Any]]:
    curves = [layer_curve(turn.scores()) for turn in run.rounds]
    rows = []
    for row in curves[0].itertuples():
        key = (row.method, row.layer, row.target)
        means = [_mean_of(curve, key) for curve in curves]
        found = pd.DataFrame() if table.empty else table[
            (table["method"] == key[0]) & (table["layer"] == key[1]) & (table["target"] == key[2])
            & (table["score"] == "energy")
        ]  # fmt: skip
        measured = (
            None
            if found.empty
            else {k: float(found[k].iloc[0]) for k in ("auroc", "auroc_low", "auroc_high")}
        )
        rows.append(
            {"method": key[0], "layer": key[1], "target": key[2], "means": means, "failure": measured}
        )
    return rows


def _mean_of(curve: pd.DataFrame, key: tuple[Any, ...]) -> dict[str, float]:
    row = curve[(curve["method"] == key[0]) & (curve["layer"] == key[1]) & (curve["target"] == key[2])]
    return {k: float(row[k].iloc[0]) if len(row) else float("nan") for k in ("mean", "sem", "n")}


def _agreements(run: RunContent, main: tuple[str, str]) -> list[dict[str, Any]]:
    store, kind = run.first.store(), (*main, "true")
    if store is None or kind not in store.kinds:
        return []
    own, found = store.read(kind), []
    for other in store.kinds:
        comparable = other[1] in (main[1], PICTURE) or other[0] == main[0]
        if other != kind and comparable and other[2] == "true":
            found.append(
                _agreement(
                    " at ".join(main), f"{other[0]} at {other[1]}", map_agreement(own, store.read(other)), run
                )
            )
    last = run.last.store()
    if len(run.rounds) > 1 and last is not None and kind in last.kinds:
        words = f"the same in round {run.last.number}"
        found.append(_agreement(" at ".join(main), words, map_agreement(own, last.read(kind)), run))
    return found


def _agreement(one: str, other: str, values: Any, run: RunContent) -> dict[str, Any]:
    mean, low, high = bootstrap_mean(values, run.seed)
    return {
        "one": one,
        "other": other,
        "mean": mean,
        "low": low,
        "high": high,
        "n": int(np.isfinite(values).sum()),
    }


def _failure_words(table: pd.DataFrame, best: Found | None, main: tuple[str, str]) -> str:
    if table.empty:
        return "Too few wrong or too few right predictions on holdout to say."
    mine = table[(table["method"] == main[0]) & (table["layer"] == main[1]) & (table["score"] == "energy")]
    said = [_verdict(row) for row in mine.to_dict("records")]
    if best is None:
        return " ".join(said)
    named = "{score} of the {target} class’s {method} map at {layer}".format(**best.row)
    held = "holds" if best.low > 0.5 else "does not hold beyond chance"
    there = f"(AUROC {best.chosen:.2f} there)"
    other = f"{best.n} pictures with {best.wrong} wrong, {best.auroc:.2f} [{best.low:.2f}, {best.high:.2f}]"
    where = f"Best on one half of the pictures: {named} {there}; on the other half, {other}: it {held}."
    return f"{' '.join(said)} {where}"


def _verdict(row: dict[Any, Any]) -> str:
    words = "says nothing of failure"
    if row["auroc_low"] > 0.5:
        words = "is lower where the network is wrong"
    elif row["auroc_high"] < 0.5:
        words = "is higher where the network is wrong: wrong predictions match the mask better"
    numbers = f"AUROC {row['auroc']:.2f} [{row['auroc_low']:.2f}, {row['auroc_high']:.2f}]"
    rest = f"with {', '.join(COVARIATES).replace('mask_area', 'size')} taken out {row['partial']:.2f}"
    return f"Energy of the {row['target']} class’s map {words} ({numbers}; {rest})."


def _method_words(agreements: list[dict[str, Any]]) -> str:
    others = [a for a in agreements if a["other"].split(" at ")[-1] in (a["one"].split(" at ")[-1], PICTURE)]
    if not others:
        return "One method has maps; add others with look.methods."
    found = [
        f"{a['other'].split(' at ')[0]} {a['mean']:.2f} [{a['low']:.2f}, {a['high']:.2f}]" for a in others
    ]
    return f"Rank correlation with {others[0]['one']}: {'; '.join(found)}."


def _network_words(run: RunContent, agreements: list[dict[str, Any]]) -> str:
    rounds = [a for a in agreements if a["other"].startswith("the same in round")]
    if not rounds:
        return "One network was verified; a run with rounds compares the network before and after."
    a, slices = rounds[0], [turn.slices for turn in run.rounds if turn.slices is not None]
    order = slice_agreement(slices[0], slices[-1], run.score) if len(slices) > 1 else float("nan")
    numbers = f"{a['mean']:.2f} [{a['low']:.2f}, {a['high']:.2f}], n {a['n']}"
    words = f"Maps of the same pictures before and after: rank correlation {numbers}"
    return words + ("." if np.isnan(order) else f"; order of the probe’s slices by {run.score}: {order:.2f}.")


def _layer_words(layers: list[dict[str, Any]]) -> str:
    known = [row for row in layers if row["target"] == "true" and not np.isnan(row["means"][0]["mean"])]
    judged = [row for row in known if row["failure"]]
    if not known:
        return "No layer has a score."
    most = max(known, key=lambda row: row["means"][0]["mean"])
    energy = f"{most['method']}, corrected energy {most['means'][0]['mean']:.2f}"
    words = f"Evidence lies on the vehicle most at {most['layer']} ({energy})"
    if not judged:
        return words + "."
    telling = max(judged, key=lambda row: row["failure"]["auroc"])
    if not telling["failure"]["auroc_low"] > 0.5:
        return f"{words}; at no layer does energy tell failure for sure."
    best = f"{telling['method']}, AUROC {telling['failure']['auroc']:.2f}"
    return f"{words}; energy tells failure best at {telling['layer']} ({best})."


def _examples(run: RunContent, main: tuple[str, str], side: int) -> tuple[Example, ...]:
    """Successes and failures by rule, with every method's map of the last layer beside one another."""
    files, store = run.holdout_files().set_index("name"), run.first.store()
    pictures = run.first.pictures["holdout"]
    if store is None or files.empty:
        return ()
    rules = successes_and_failures(pictures[pictures["name"].isin(files.index)], "energy_true", EACH)
    names = [name for found in rules.values() for name in found]
    kinds = [kind for kind in store.kinds if kind[1] in (main[1], PICTURE)]
    maps = {kind: store.read(kind, names) for kind in kinds}
    limits = {k: shared_limit(list(found.values()))[0] for k, found in maps.items()}
    known = pictures.set_index("name")
    return tuple(
        _example(rule, name, known.loc[name], files.loc[name], maps, limits, side)
        for rule, found in rules.items()
        for name in found
    )


def _example(rule: str, name: str, row: Any, file: Any, maps: Any, limits: Any, side: int) -> Example:
    tiles = [
        Tile(f"{kind[0]}, {kind[2]}", png_uri(overlay(found[name], side, limits[kind])))
        for kind, found in maps.items()
    ]
    judged = f"{row['label']}, predicted {row['predicted']} {row['confidence']:.0%}"
    words = f"{judged}, energy {row['energy_true']:.2f}"
    edge = outline(read_mask(Path(file["mask"]), side)) if file["mask"] else ""
    return Example(rule, name, words, png_uri(read_image(Path(file["image"]), side)), edge, tuple(tiles))
