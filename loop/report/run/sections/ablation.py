"""Predictions without the vehicle: what `attribution.residual` measured on the probe.

A right prediction that stays without the vehicle was made from something else. `loop.evaluation.ablation`
tells how the columns `residual` (the score without the vehicle) and `drop` are measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.columns import CORRECT, DROP, LABEL, NAME, P_TRUE, RESIDUAL, WITHOUT, part_drop, parts_removed
from analysis.slices.conjunctions import varying
from analysis.slices.find import find_slices
from analysis.slices.options import SliceTest
from generator.dataset.pixels import read_image
from generator.naming import ATTRIBUTES
from loop.report.layout.maps import png_uri
from loop.report.layout.numbers import percent
from loop.report.layout.tables import Figure, mean_figure
from loop.report.run.content.rounds import RoundContent
from loop.report.run.content.run import RunContent
from loop.report.run.sections.gallery import side_of

MOST_SLICES = 5
MOST_PAIRS = 3


@dataclass(frozen=True)
class ClassRow:
    """A class of the probe, or all of it."""

    label: str
    residual: tuple[Figure, ...]
    """One for each round: mean probability of the true class without the vehicle."""
    drop: Figure
    """Last accepted round: mean loss of the true class's logit, measured from the mean logit of all
    classes."""


@dataclass(frozen=True)
class Pair:
    """A picture with its vehicle and without it."""

    name: str
    caption: str
    image: str
    empty: str
    """Data URIs, both."""


@dataclass(frozen=True)
class Ablation:
    answer: str
    rounds: tuple[int, ...]
    rows: tuple[ClassRow, ...]
    parts: tuple[tuple[str, Figure], ...]
    """(part left out, mean loss of the true class's logit), last accepted round; empty where none was
    measured."""
    right: int
    """Right predictions in the last accepted round, of which slices and pairs are taken."""
    tested: int
    """Slices among them."""
    slices: tuple[dict[str, Any], ...]
    """Those with the highest mean score: `slice`, `n`, `mean`, `low`, `high`, `rest_mean`, `q`."""
    pairs: tuple[Pair, ...]
    side: int


def ablation(run: RunContent) -> Ablation | None:
    """What was measured on the probe; None where the vehicle was not removed in every round."""
    if not all(RESIDUAL in one.pictures["probe"] for one in run.rounds):
        return None
    probe = run.last.pictures["probe"]
    right = probe[probe[CORRECT] == 1]
    labels = sorted(probe[LABEL].unique())
    rows = tuple(_row(run, label) for label in (None, *labels))
    test = SliceTest(min_n=run.slice_test.min_n, level=run.slice_test.level, seed=run.seed)
    slices = highest_slices(right, test)
    side = side_of(run)
    return Ablation(
        answer=_answer(rows[0].residual[-1], run.classes),
        rounds=tuple(one.number for one in run.rounds),
        rows=rows,
        parts=tuple((part, mean_figure(probe[part_drop(part)], run.seed)) for part in parts_removed(probe)),
        right=len(right),
        tested=len(slices),
        slices=tuple({str(k): v for k, v in row.items()} for row in slices[:MOST_SLICES].to_dict("records")),
        pairs=_pairs(run, chosen_pairs(right), side),
        side=side,
    )


def highest_slices(right: pd.DataFrame, test: SliceTest) -> pd.DataFrame:
    """Slices of right predictions by their mean score without the vehicle, the highest first.

    Columns as `analysis.slices.find.find_slices` has them, but of that score: `weak` where it is above that
    of the rest at the false-discovery rate of `test`.
    """
    attributes = varying(right, ATTRIBUTES)
    if not attributes:
        return pd.DataFrame()
    lost = right.assign(lost=1 - right[RESIDUAL])  # the test looks for what is low
    found = find_slices(lost, attributes, "lost", test)
    turned = {"mean": 1 - found["mean"], "low": 1 - found["high"], "high": 1 - found["low"]}
    turned |= {"rest_mean": 1 - found["rest_mean"], "difference": -found["difference"]}
    return found.assign(**turned).sort_values(["mean", "slice"], ascending=[False, True], ignore_index=True)


def chosen_pairs(right: pd.DataFrame) -> pd.DataFrame:
    """The right predictions with the highest score without the vehicle, each of another scene, at most
    `MOST_PAIRS`."""
    ordered = right.dropna(subset=[RESIDUAL]).sort_values([RESIDUAL, NAME], ascending=[False, True])
    return ordered.drop_duplicates(WITHOUT).head(MOST_PAIRS)


def _row(run: RunContent, label: str | None) -> ClassRow:
    """A class; all pictures where no label is given."""
    residual = tuple(mean_figure(_of(one, label)[RESIDUAL], run.seed) for one in run.rounds)
    name = "All pictures" if label is None else label
    return ClassRow(name, residual, mean_figure(_of(run.last, label)[DROP], run.seed))


def _of(one: RoundContent, label: str | None) -> pd.DataFrame:
    table = one.pictures["probe"]
    return table if label is None else table[table[LABEL] == label]


def _answer(found: Figure, classes: Sequence[str] | None) -> str:
    interval = f"[{percent(found.low)}, {percent(found.high)}], n = {found.n}"
    mean = f"Without the vehicle, the true class still has a probability of {percent(found.mean)} on average "
    if classes is None:
        return f"{mean}({interval})."
    chance = f"guessing among {len(classes)} classes would give {percent(1 / len(classes))}"
    return f"{mean}({interval}); {chance}."


def _pairs(run: RunContent, chosen: pd.DataFrame, side: int) -> tuple[Pair, ...]:
    """With pictures, as far as they are there; looked up by name inside their folders alone."""
    given = run.settings.probe.folder if run.settings.probe else None
    whole = _files((given or run.folder.rendered_set("probe")) / "images")
    empty = _files(run.folder.empty_scenes / "images")
    rows = [row for row in chosen.to_dict("records") if row[NAME] in whole and row[WITHOUT] in empty]
    return tuple(
        Pair(
            str(row[NAME]),
            f"{row[LABEL]} {percent(row[P_TRUE], 0)}, without the vehicle {percent(row[RESIDUAL], 0)}",
            png_uri(read_image(whole[row[NAME]], side)),
            png_uri(read_image(empty[row[WITHOUT]], side)),
        )
        for row in rows
    )


def _files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in folder.glob("*.png")}
