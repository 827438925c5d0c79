"""Does the class survive without the vehicle: what a verification with `look.residual` found on the probe.

A right prediction that stays without the vehicle was read from something else. `loop.evaluation.ablation`
says how the columns `residual` and `drop` come about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.metrics.stats import bootstrap_mean
from analysis.slices.conjunctions import varying
from analysis.slices.find import find_slices
from generator.dataset.pixels import read_image
from generator.naming import ATTRIBUTES
from loop.report.layout.words import percent
from loop.report.run.content import Round, RunContent
from loop.report.run.gallery import SIDE, png_uri
from loop.report.run.tables import Figure

MOST_SLICES = 5
MOST_PAIRS = 3
WITHOUT = Path("sets") / "probe_without" / "vehicle" / "images"
"""Where the empty scenes lie in a run."""


@dataclass(frozen=True)
class ClassRow:
    """A class of the probe, or all of it."""

    label: str
    residual: tuple[Figure, ...]
    """One a round: mean probability of the true class without the vehicle."""
    drop: Figure
    """Last round: mean loss of the true class's logit, the mean logit of all classes taken away."""


@dataclass(frozen=True)
class Pair:
    """A picture with its vehicle and without it."""

    name: str
    words: str
    image: str
    empty: str
    """Data URIs, both."""


@dataclass(frozen=True)
class Causes:
    words: str
    rounds: tuple[int, ...]
    rows: tuple[ClassRow, ...]
    parts: tuple[tuple[str, Figure], ...]
    """(part left out, mean loss of the true class's logit), last round; empty where none was measured."""
    right: int
    """Right predictions in the last round: what slices and pairs are taken of."""
    tested: int
    """Slices among them."""
    slices: tuple[dict[str, Any], ...]
    """Those with the highest mean residual: `slice`, `n`, `mean`, `low`, `high`, `rest_mean`, `q`."""
    pairs: tuple[Pair, ...]
    side: int


def causes(run: RunContent) -> Causes | None:
    """What the probe says; None where the vehicles were not left out in every round."""
    if not all("residual" in turn.pictures["probe"] for turn in run.rounds):
        return None
    probe = run.last.pictures["probe"]
    right = probe[probe["correct"] == 1]
    labels = sorted(probe["label"].unique())
    rows = tuple(_row(run, label) for label in (None, *labels))
    slices = highest_slices(right, run.min_n, run.level, run.seed)
    parts = [str(column) for column in probe if str(column).startswith("part_drop_")]
    side = min(SIDE, int(run.config["render"]["size"]))
    return Causes(
        words=_words(rows[0].residual[-1], run.classes),
        rounds=tuple(turn.number for turn in run.rounds),
        rows=rows,
        parts=tuple((p.removeprefix("part_drop_"), _figure(probe[p], run.seed)) for p in parts),
        right=len(right),
        tested=len(slices),
        slices=tuple({str(k): v for k, v in row.items()} for row in slices[:MOST_SLICES].to_dict("records")),
        pairs=_pairs(run, chosen_pairs(right), side),
        side=side,
    )


def highest_slices(right: pd.DataFrame, min_n: int, level: float, seed: int) -> pd.DataFrame:
    """Slices of right predictions by their mean residual, the highest first.

    Columns as `analysis.slices.find.find_slices` has them, but of the residual: `weak` where it lies above
    that of the rest at the false-discovery rate `level`.
    """
    attributes = varying(right, ATTRIBUTES)
    if not attributes:
        return pd.DataFrame()
    lost = right.assign(lost=1 - right["residual"])  # a test looks for what lies low
    found = find_slices(lost, attributes, "lost", min_n=min_n, level=level, seed=seed)
    turned = {"mean": 1 - found["mean"], "low": 1 - found["high"], "high": 1 - found["low"]}
    turned |= {"rest_mean": 1 - found["rest_mean"], "difference": -found["difference"]}
    return found.assign(**turned).sort_values(["mean", "slice"], ascending=[False, True], ignore_index=True)


def chosen_pairs(right: pd.DataFrame) -> pd.DataFrame:
    """The right predictions with the highest residual, one an empty scene, `MOST_PAIRS` at most."""
    ordered = right.dropna(subset=["residual"]).sort_values(["residual", "name"], ascending=[False, True])
    return ordered.drop_duplicates("without").head(MOST_PAIRS)


def _row(run: RunContent, label: str | None) -> ClassRow:
    """All pictures where no label is given."""
    residual = tuple(_figure(_of(turn, label)["residual"], run.seed) for turn in run.rounds)
    name = "All pictures" if label is None else label
    return ClassRow(name, residual, _figure(_of(run.last, label)["drop"], run.seed))


def _of(turn: Round, label: str | None) -> pd.DataFrame:
    table = turn.pictures["probe"]
    return table if label is None else table[table["label"] == label]


def _figure(values: pd.Series[Any], seed: int) -> Figure:
    known = values.dropna()
    missing = len(values) - len(known)
    if known.empty:
        return Figure(None, None, None, 0, missing)
    return Figure(*bootstrap_mean(known.to_numpy(float), seed), n=len(known), missing=missing)


def _words(found: Figure, classes: Sequence[str] | None) -> str:
    interval = f"[{percent(found.low)}, {percent(found.high)}], n = {found.n}"
    still = f"Without the vehicle the network still gives the true class {percent(found.mean)} on average "
    if classes is None:
        return f"{still}({interval})."
    even = f"one class of {len(classes)}, guessed evenly, would have {percent(1 / len(classes))}"
    return f"{still}({interval}); {even}."


def _pairs(run: RunContent, chosen: pd.DataFrame, side: int) -> tuple[Pair, ...]:
    """With pictures, as far as they are there; looked up by name inside their folders alone."""
    given = (run.config.get("probe") or {}).get("folder")
    whole = _files((Path(given) if given else run.folder / "sets" / "probe") / "images")
    empty = _files(run.folder / WITHOUT)
    rows = [row for row in chosen.to_dict("records") if row["name"] in whole and row["without"] in empty]
    return tuple(
        Pair(
            str(row["name"]),
            f"{row['label']} {percent(row['p_true'], 0)}, without the vehicle {percent(row['residual'], 0)}",
            png_uri(read_image(whole[row["name"]], side)),
            png_uri(read_image(empty[row["without"]], side)),
        )
        for row in rows
    )


def _files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in folder.glob("*.png")}
