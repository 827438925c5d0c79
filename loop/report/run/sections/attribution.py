"""Four questions about the maps, on holdout: failure, methods, rounds and layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.columns import LAYER, METHOD, TARGET, corrected, iou_at
from analysis.methods.map_store import PICTURE
from analysis.metrics.bootstrap import bootstrap_mean
from analysis.questions.agreement import layer_curve, map_agreement, slice_agreement
from analysis.questions.failure import COVARIATES, Found, best_of_halves, failure_table, with_best_iou
from loop.report.layout.text import listed
from loop.report.run.content.run import RunContent
from loop.report.run.sections.examples import Example, examples
from loop.report.run.sections.gallery import side_of

Kind = tuple[str, str]
"""(method, layer)."""
SAME_IN_ROUND = "the same in round"


@dataclass(frozen=True)
class Attribution:
    answers: tuple[tuple[str, str], ...]
    """(question, answer)."""
    scores: list[dict[str, Any]]
    """Rows of `failure_table` of the first method at the last layer."""
    layers: list[dict[str, Any]]
    """Method × layer × target: mean corrected energy in each round, AUROC of a wrong prediction in the
    first."""
    rounds: tuple[int, ...]
    agreements: list[dict[str, Any]]
    """Rank correlation of maps: `one`, `other`, `mean`, `low`, `high`, `n`."""
    examples: tuple[Example, ...]
    side: int


def attribution(run: RunContent) -> Attribution | None:
    """The answers from the first round, and the change over the rounds; None without scores by layer."""
    scores = run.first.scores()
    if not {METHOD, LAYER, iou_at(50)} <= set(scores) or not scores[corrected("energy")].notna().any():
        return None
    scores = with_best_iou(scores, run.seed)
    pictures = run.first.pictures["holdout"]
    main = _main(scores)
    table = failure_table(pictures, scores, run.seed)
    best = best_of_halves(pictures, scores, run.seed)
    layers = _layers(run, table)
    agreements = _agreements(run, main)
    side = side_of(run)
    return Attribution(
        answers=(
            ("Does misalignment predict failure?", _failure_text(table, best, main)),
            ("Do the methods agree?", _method_text(agreements)),
            ("Do the maps change?", _round_text(run, agreements)),
            ("Which layer is best?", _layer_text(layers)),
        ),
        scores=_rows(table, main),
        layers=layers,
        rounds=tuple(one.number for one in run.rounds),
        agreements=agreements,
        examples=examples(run, main[1], side),
        side=side,
    )


def _main(scores: pd.DataFrame) -> Kind:
    """The first method, and its last layer."""
    method = scores[METHOD].iloc[0]
    return str(method), str(scores.loc[scores[METHOD] == method, LAYER].iloc[-1])


def _rows(table: pd.DataFrame, main: Kind) -> list[dict[str, Any]]:
    if table.empty:
        return []
    mine = table[(table[METHOD] == main[0]) & (table[LAYER] == main[1])]
    return [{str(k): v for k, v in row.items()} for row in mine.to_dict("records")]


def _layers(run: RunContent, table: pd.DataFrame) -> list[dict[str, Any]]:
    curves = [layer_curve(one.scores()) for one in run.rounds]
    rows = []
    for row in curves[0].itertuples():
        key = (row.method, row.layer, row.target)
        rows.append({
            "method": row.method, "layer": row.layer, "target": row.target,
            "means": [_mean_of(curve, key) for curve in curves], "failure": _failure_of(table, key),
        })  # fmt: skip
    return rows


def _failure_of(table: pd.DataFrame, key: tuple[Any, ...]) -> dict[str, float] | None:
    """AUROC of energy with its interval; None where it was not measured."""
    if table.empty:
        return None
    found = table[_is(table, key) & (table["score"] == "energy")]
    return None if found.empty else {k: float(found[k].iloc[0]) for k in ("auroc", "auroc_low", "auroc_high")}


def _mean_of(curve: pd.DataFrame, key: tuple[Any, ...]) -> dict[str, float]:
    row = curve[_is(curve, key)]
    return {k: float(row[k].iloc[0]) if len(row) else float("nan") for k in ("mean", "sem", "n")}


def _is(table: pd.DataFrame, key: tuple[Any, ...]) -> pd.Series[bool]:
    """The rows of a (method, layer, target)."""
    rows: pd.Series[bool] = (table[METHOD] == key[0]) & (table[LAYER] == key[1]) & (table[TARGET] == key[2])
    return rows


def _agreements(run: RunContent, main: Kind) -> list[dict[str, Any]]:
    """Rank correlation of the main map with those of other methods and layers, and of the last round."""
    store = run.first.store()
    kind = (*main, "true")
    if store is None or kind not in store.kinds:
        return []
    own = store.read(kind)
    one = " at ".join(main)
    found = []
    for other in store.kinds:
        comparable = other[1] in (main[1], PICTURE) or other[0] == main[0]
        if other != kind and comparable and other[2] == "true":
            values = map_agreement(own, store.read(other))
            found.append(_agreement(one, f"{other[0]} at {other[1]}", values, run.seed))
    last = run.last.store()
    if len(run.rounds) > 1 and last is not None and kind in last.kinds:
        values = map_agreement(own, last.read(kind))
        found.append(_agreement(one, f"{SAME_IN_ROUND} {run.last.number}", values, run.seed))
    return found


def _agreement(one: str, other: str, values: Any, seed: int) -> dict[str, Any]:
    mean, low, high = bootstrap_mean(values, seed)
    n = int(np.isfinite(values).sum())
    return {"one": one, "other": other, "mean": mean, "low": low, "high": high, "n": n}


def _failure_text(table: pd.DataFrame, best: Found | None, main: Kind) -> str:
    if table.empty:
        return "Too few wrong or too few right predictions on holdout to tell."
    verdicts = [_verdict(row) for row in _rows(table, main) if row["score"] == "energy"]
    return " ".join(verdicts if best is None else [*verdicts, _best_text(best)])


def _best_text(best: Found) -> str:
    """The best of all scores, chosen on one half of the pictures and judged on the other."""
    name = "{score} of the {target} class’s {method} map at {layer}".format(**best.row)
    verdict = "it holds" if best.low > 0.5 else "it is not better than chance"
    there = f"{best.n} pictures, {best.wrong} wrong"
    auroc = f"{best.auroc:.2f} [{best.low:.2f}, {best.high:.2f}]"
    return (
        f"Best on one half of the pictures: {name} (AUROC {best.chosen:.2f}). "
        f"Its AUROC on the other half ({there}) is {auroc}: {verdict}."
    )


def _verdict(row: dict[Any, Any]) -> str:
    verdict = "does not predict failure"
    if row["auroc_low"] > 0.5:
        verdict = "is lower where the network is wrong"
    elif row["auroc_high"] < 0.5:
        verdict = "is higher where the network is wrong: wrong predictions match the mask better"
    auroc = f"AUROC {row['auroc']:.2f} [{row['auroc_low']:.2f}, {row['auroc_high']:.2f}]"
    controls = listed([name.replace("mask_area", "size") for name in COVARIATES])
    partial = f"{row['partial']:.2f} when controlled for {controls}"
    return f"Energy of the {row['target']} class’s map {verdict} ({auroc}; {partial})."


def _method_text(agreements: list[dict[str, Any]]) -> str:
    others = [a for a in agreements if a["other"].split(" at ")[-1] in (a["one"].split(" at ")[-1], PICTURE)]
    if not others:
        return "Only one method has maps; attribution.methods adds others."
    found = [
        f"{a['other'].split(' at ')[0]} {a['mean']:.2f} [{a['low']:.2f}, {a['high']:.2f}]" for a in others
    ]
    return f"Rank correlation with {others[0]['one']}: {'; '.join(found)}."


def _round_text(run: RunContent, agreements: list[dict[str, Any]]) -> str:
    rounds = [a for a in agreements if a["other"].startswith(SAME_IN_ROUND)]
    if not rounds:
        return "Only one network was evaluated; a run with more rounds compares before with after."
    a = rounds[0]
    slices = [one.slices for one in run.rounds if one.slices is not None]
    order = slice_agreement(slices[0], slices[-1], run.ranking.column) if len(slices) > 1 else float("nan")
    numbers = f"{a['mean']:.2f} [{a['low']:.2f}, {a['high']:.2f}], n {a['n']}"
    text = f"Maps of the same pictures before and after: rank correlation {numbers}"
    if np.isnan(order):
        return f"{text}."
    return f"{text}; order of the probe’s slices by {run.ranking.column}: {order:.2f}."


def _layer_text(layers: list[dict[str, Any]]) -> str:
    known = [row for row in layers if row["target"] == "true" and not np.isnan(row["means"][0]["mean"])]
    judged = [row for row in known if row["failure"]]
    if not known:
        return "No layer has a score."
    most = max(known, key=lambda row: row["means"][0]["mean"])
    energy = f"{most['method']}, corrected energy {most['means'][0]['mean']:.2f}"
    text = f"Most evidence is on the vehicle at {most['layer']} ({energy})"
    if not judged:
        return f"{text}."
    best = max(judged, key=lambda row: row["failure"]["auroc"])
    if not best["failure"]["auroc_low"] > 0.5:
        return f"{text}; at no layer does energy significantly predict failure."
    auroc = f"{best['method']}, AUROC {best['failure']['auroc']:.2f}"
    return f"{text}; energy predicts failure best at {best['layer']} ({auroc})."
