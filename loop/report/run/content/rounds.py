"""One round of a run: what was evaluated, decided and rendered, read from its folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.methods.map_store import MapStore, index_of
from analysis.slices.find import attributes_of
from generator.dataset.dataset import read_set
from generator.planning.sampling import Where
from loop.run.files import read_table
from loop.run.round_folder import RoundFolder

SETS = ("holdout", "test", "probe")
"""In the order in which they are reported; `test` is of real photographs."""

OTHER_SCORES = ("correct", "p_true", "energy_true")
"""Scores that are listed beside the one that decides; all others agree with these or are hard to compare."""


@dataclass(frozen=True)
class RoundContent:
    """One evaluation, and what was decided and rendered after it."""

    number: int
    folder: RoundFolder
    metrics: dict[str, Any]
    """Set -> figures, as `loop.evaluation.summary.summary` gives them."""
    pictures: dict[str, pd.DataFrame]
    """Set -> one row a picture, with a unique `name`."""
    slices: pd.DataFrame | None
    """Every slice of the probe by the score that decides; empty where that is not a column of the table. None
    where nothing was decided."""
    binned: tuple[str, ...]
    """Attributes whose values in the names of slices are text, as those of bins are."""
    weak_by: dict[str, tuple[str, ...]]
    """Slice -> those of `OTHER_SCORES` by which it is weak too."""
    chosen: tuple[Where, ...]
    """Slices that pictures were requested of, for whatever reason: weak ones, planted ones, neighbours."""
    requested: dict[str, int]
    """New pictures requested `inside` these slices, `drawn` cell by cell, `anywhere`."""
    accepted: bool
    """False where the round was rolled back."""
    added: pd.DataFrame
    """The reinforcement set as `generator.dataset.dataset.read_set` gives it; empty where nothing was
    rendered."""

    @property
    def corrected(self) -> dict[str, bool]:
        """Score -> whether its values in `pictures` are corrected for chance (holdout)."""
        scores = self.scores()
        names = [str(column) for column in scores if str(column).endswith("_corrected")]
        return {name.removesuffix("_corrected"): bool(scores[name].notna().any()) for name in names}

    def scores(self) -> pd.DataFrame:
        """Every score of every map of the holdout, as `loop.evaluation.evaluate` writes them; or empty."""
        path = self.folder.evaluation("holdout").scores
        return read_table(path) if path.exists() else pd.DataFrame()

    def faithfulness(self) -> pd.DataFrame | None:
        """The faithfulness of each method's maps on the probe; None where it was not measured."""
        path = self.folder.faithfulness
        return read_table(path) if path.is_file() else None

    def maps(self) -> dict[str, NDArray[np.float32]]:
        """Holdout picture -> signed raw map (h, w) of the true class: first method, last layer."""
        store = self.store()
        kinds = [kind for kind in store.kinds if kind[2] == "true"] if store else []
        main = [kind for kind in kinds if kind[0] == kinds[0][0]]
        return store.read(main[-1]) if store and main else {}

    def store(self) -> MapStore | None:
        """All maps of the holdout; None where none were kept."""
        folder = self.folder.evaluation("holdout").maps
        return MapStore(folder) if index_of(folder).exists() else None


def read_round(folder: RoundFolder, ledger: Sequence[Mapping[str, Any]], score: str) -> RoundContent:
    """Read the folder of a round.

    Args:
        ledger: all entries of the run.
        score: by which the controller finds slices weak.

    Raises:
        UserError: a file is missing or damaged.
    """
    number = folder.number
    metrics = folder.read_metrics()
    slices = folder.read_slices()
    decided = [entry for entry in ledger if entry["step"] == "decide" and entry["round"] == number]
    return RoundContent(
        number=number,
        folder=folder,
        metrics=metrics,
        pictures={name: _pictures(folder, name) for name in SETS if name in metrics},
        slices=None if slices is None else slices[slices["score"] == score],
        binned=() if slices is None else _binned(slices),
        weak_by={} if slices is None else _weak_by(slices, score),
        chosen=tuple(dict(entry["slice"]) for entry in decided if "slice" in entry),
        requested=_requested(decided),
        accepted=folder.accepted,
        added=files_of(folder.renders),
    )


def files_of(folder: Path) -> pd.DataFrame:
    """`name`, `image` and `mask` (paths) of a rendered set; empty where the set is gone."""
    if not (folder / "images").is_dir():
        return pd.DataFrame({"name": [], "image": [], "mask": []}, dtype=str)
    return read_set(folder)


def _pictures(folder: RoundFolder, name: str) -> pd.DataFrame:
    """An evaluated set; pictures without names (real photographs) are named by their position."""
    table = folder.read_evaluation(name)
    return table if "name" in table else table.assign(name=[f"{i:06d}" for i in range(len(table))])


def _binned(slices: pd.DataFrame) -> tuple[str, ...]:
    values = {name: slices[name].dropna() for name in attributes_of(slices)}
    return tuple(name for name, found in values.items() if any(isinstance(value, str) for value in found))


def _weak_by(slices: pd.DataFrame, score: str) -> dict[str, tuple[str, ...]]:
    weak = slices["weak"] & (slices["score"] != score) & slices["score"].isin(OTHER_SCORES)
    return {str(name): tuple(rows["score"]) for name, rows in slices[weak].groupby("slice")}


def _requested(decided: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Of new pictures: oversampled ones are not counted."""
    requested: Counter[str] = Counter()
    for entry in decided:
        if "pictures" in entry and not entry.get("again"):
            kind = "inside" if "slice" in entry else "drawn" if "cells" in entry else "anywhere"
            requested[kind] += int(entry["pictures"])
    return dict(requested)
