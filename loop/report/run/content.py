"""What a run folder holds, read into plain tables; nothing is computed here but the bins that slices name.

`loop.run.run` says how the folder is laid out. Everything in it is untrusted: YAML is read by the safe
loader, arrays without pickle, and pictures are looked up by name inside the folder alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from analysis.methods.map_store import MapStore, index_of
from analysis.slices.binning import bin_attributes
from analysis.slices.conjunctions import slice_name
from analysis.slices.find import attributes_of
from generator.dataset.dataset import read_set
from generator.errors import UserError
from generator.files import read_jsonl, read_yaml
from generator.planning.sampling import Where
from loop.run.files import ANEW, WITHOUT, kept, read_keys, read_table

SETS = ("holdout", "test", "probe")
"""In the order in which they are reported; `test` is of real pictures."""

OTHERS = ("correct", "p_true", "energy_true")
"""Scores that are told beside the one that decides: the rest say the same as these or are hard to compare."""

CERTAINTY, RANKS = "certainty", "ranks"
OWN_SCORES = {"error": "correct", "oversample": "correct", "entropy": CERTAINTY, "alignment+error": RANKS}
"""Arm -> by what it finds slices weak, where that is not `controller.score`
(`loop.controllers.weak_slices`). The last two are no columns of a verification."""


@dataclass(frozen=True)
class Round:
    """One verification, and what was decided and rendered after it."""

    number: int
    folder: Path
    metrics: dict[str, Any]
    """Set -> figures, as `loop.evaluation.summary.summary` gives them."""
    pictures: dict[str, pd.DataFrame]
    """Set -> one row a picture, with a unique `name`."""
    slices: pd.DataFrame | None
    """Every slice of the probe by the score that decides, none where that is no column; None where nothing
    was decided."""
    words: tuple[str, ...]
    """Attributes that slices say in words, as they do of bins."""
    weak_by: dict[str, tuple[str, ...]]
    """Slice -> those of `OTHERS` by which it is weak too."""
    chosen: tuple[Where, ...]
    """Slices that pictures were ordered of, for whatever reason: weak ones, planted ones, neighbours."""
    asked: dict[str, int]
    """Pictures ordered "inside" these slices, "drawn" cell by cell, "anywhere"."""
    kept: bool
    """False where the round was rolled back."""
    added: pd.DataFrame
    """The reinforcement set as `generator.dataset.dataset.read_set` gives it; empty where nothing was
    rendered."""

    @property
    def corrected(self) -> dict[str, bool]:
        """Score -> whether its values in `pictures` are corrected for chance (holdout)."""
        path = self.folder / "holdout_scores.parquet"
        scores = read_table(path) if path.exists() else pd.DataFrame()
        names = [str(column) for column in scores if str(column).endswith("_corrected")]
        return {name.removesuffix("_corrected"): bool(scores[name].notna().any()) for name in names}

    def scores(self, name: str = "holdout") -> pd.DataFrame:
        """Every score of every map, as `loop.evaluation.evaluate` writes them; empty where there are none."""
        path = self.folder / f"{name}_scores.parquet"
        return read_table(path) if path.exists() else pd.DataFrame()

    def maps(self) -> dict[str, NDArray[np.float32]]:
        """Holdout picture -> signed raw map (h, w) of the true class: first method, last layer."""
        store = self.store()
        kinds = [kind for kind in store.kinds if kind[2] == "true"] if store else []
        main = [kind for kind in kinds if kind[0] == kinds[0][0]]
        return store.read(main[-1]) if store and main else {}

    def store(self, name: str = "holdout") -> MapStore | None:
        """All maps of a set; None where none were kept."""
        folder = self.folder / "maps" / name
        return MapStore(folder) if index_of(folder).exists() else None


@dataclass(frozen=True)
class RunContent:
    folder: Path
    config: dict[str, Any]
    config_text: str
    environment: dict[str, Any]
    ledger: tuple[dict[str, Any], ...]
    timings: tuple[dict[str, Any], ...]
    rounds: tuple[Round, ...]

    @property
    def first(self) -> Round:
        return self.rounds[0]

    @property
    def last(self) -> Round:
        """The last that was not rolled back: its network is the one to use."""
        return next(turn for turn in reversed(self.rounds) if turn.kept)

    def standing(self, turn: Round) -> Round:
        """The last round up to this one that was not rolled back: decisions are made by its verification."""
        return next(one for one in reversed(self.rounds) if one.number <= turn.number and one.kept)

    @property
    def map_words(self) -> str:
        """Whose maps are scored and shown: the first method's at the last layer."""
        scores = self.first.scores()
        if scores.empty or "method" not in scores:
            return "map"
        method = scores["method"].iloc[0]
        return f"{method} map at {scores.loc[scores['method'] == method, 'layer'].iloc[-1]}"

    @property
    def classes(self) -> tuple[str, ...] | None:
        """All that the network tells apart, from its file; None where that is not there any more."""
        path = self.first.folder / "model.safetensors"
        if not path.is_file():
            return None
        try:
            with safe_open(path, framework="numpy") as file:
                card = json.loads((file.metadata() or {}).get("card", "{}"))
        except (SafetensorError, ValueError):
            return None
        classes = card.get("classes") if isinstance(card, dict) else None
        return tuple(map(str, classes)) if isinstance(classes, list) and classes else None

    @property
    def seed(self) -> int:
        return int(self.config["seed"])

    @property
    def level(self) -> float:
        return float(self.config["controller"]["level"])

    @property
    def margin(self) -> float:
        return float(self.config["controller"].get("margin", 0))

    @property
    def min_n(self) -> int:
        return int(self.config["controller"]["min_n"])

    @property
    def limits(self) -> dict[str, Any]:
        """What weak slices are tested with, as `analysis.slices.find` takes it."""
        max_order = int(self.config["controller"].get("max_order", 2))
        return {
            "max_order": max_order, "min_n": self.min_n, "level": self.level, "margin": self.margin,
            "seed": self.seed,
        }  # fmt: skip

    @property
    def score(self) -> str:
        """By which slices are weak."""
        return _score(self.config)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Whose slices the decisions tested; none where nothing was decided."""
        return _tested(self.rounds)

    @property
    def planted(self) -> tuple[Where, ...]:
        """Slices that the rendered training set hardly holds, by configuration."""
        rendered = self.config["data"].get("rendered") or {}
        return tuple(dict(hole["where"]) for hole in rendered.get("holes") or ())

    @property
    def vehicle_classes(self) -> tuple[str, ...]:
        return tuple(name for name, shapes in self.config["classes"].items() if shapes)

    @property
    def chosen(self) -> tuple[Where, ...]:
        """Slices reinforced in any round, each once."""
        every = {slice_name(where): where for turn in self.rounds for where in turn.chosen}
        return tuple(every.values())

    @property
    def ends(self) -> tuple[Round, ...]:
        """Before and after: the first round and the last that stands, or the only one."""
        return (self.first, self.last) if len(self.rounds) > 1 else (self.first,)

    def holdout_files(self) -> pd.DataFrame:
        """Where each holdout picture and its mask lie, by `name`; empty where the set is gone."""
        return _set(self.folder / "sets" / "holdout")


def read_run(folder: Path) -> RunContent:
    """Read a run folder with at least one verified round.

    Raises:
        UserError: no round is verified, or a file that every run has is missing or damaged.
    """
    missing = "does not exist; is this the folder of a run?"
    config = read_yaml(folder / "config.yaml", missing=missing, empty="restore it from a copy")
    environment = read_keys(folder / "environment.json", (), WITHOUT)
    ledger = tuple(read_jsonl(folder / "ledger.jsonl"))
    metrics = [path for path in folder.glob("rounds/*/metrics.json") if path.parent.name.isdecimal()]
    metrics.sort(key=lambda path: int(path.parent.name))
    if not metrics:
        raise UserError(f"{folder}: holds no verified round; `renforce loop` makes one")
    return RunContent(
        folder=folder,
        config=config,
        config_text=(folder / "config.yaml").read_text(),
        environment=environment,
        ledger=ledger,
        timings=tuple(read_jsonl(folder / "timings.jsonl")),
        rounds=_in_bins([_round(path.parent, ledger, _score(config)) for path in metrics]),
    )


def _in_bins(rounds: Sequence[Round]) -> tuple[Round, ...]:
    """The same with numbers in the bins by which slices name them, in every set that has these numbers."""
    words = next((turn.words for turn in rounds if turn.slices is not None), ())
    _, bins = bin_attributes(rounds[0].pictures["probe"], words)
    return tuple(
        replace(turn, pictures={
            name: bins.apply(table) if set(bins.of) <= set(table) else table
            for name, table in turn.pictures.items()
        })
        for turn in rounds
    )  # fmt: skip


def _tested(rounds: Sequence[Round]) -> tuple[str, ...]:
    """Attributes of the slices that were decided on."""
    tables = [turn.slices for turn in rounds if turn.slices is not None]
    return attributes_of(tables[0]) if tables else ()


def _in_words(slices: pd.DataFrame) -> tuple[str, ...]:
    """Attributes that slices of any score say in words, as they do of bins."""
    known = {name: slices[name].dropna() for name in attributes_of(slices)}
    return tuple(name for name, said in known.items() if any(isinstance(value, str) for value in said))


def _score(config: dict[str, Any]) -> str:
    """By what the controller finds slices weak; by `controller.score` where it seeks none."""
    settings = config["controller"]
    if settings.get("arm") == "alignment":
        return str(settings["alignment"])
    return OWN_SCORES.get(settings.get("arm"), str(settings["score"]))


def _weak_by(slices: pd.DataFrame, score: str) -> dict[str, tuple[str, ...]]:
    named = slices["weak"] & (slices["score"] != score) & slices["score"].isin(OTHERS)
    return {str(name): tuple(rows["score"]) for name, rows in slices[named].groupby("slice")}


def _round(folder: Path, ledger: tuple[dict[str, Any], ...], score: str) -> Round:
    number = int(folder.name)
    metrics = read_keys(folder / "metrics.json", ("probe", "holdout"), ANEW)
    path = folder / "slices.parquet"
    slices = read_table(path) if path.exists() else None
    decided = [entry for entry in ledger if entry["step"] == "decide" and entry["round"] == number]
    return Round(
        number=number,
        folder=folder,
        metrics=metrics,
        pictures={name: _pictures(folder / f"{name}.parquet") for name in SETS if name in metrics},
        slices=None if slices is None else slices[slices["score"] == score],
        words=() if slices is None else _in_words(slices),
        weak_by={} if slices is None else _weak_by(slices, score),
        chosen=tuple(dict(entry["slice"]) for entry in decided if "slice" in entry),
        asked=_asked(decided),
        kept=kept(folder),
        added=_set(folder / "renders"),
    )


def _asked(decided: list[dict[str, Any]]) -> dict[str, int]:
    """Of what is new: pictures that are repeated are not counted."""
    asked: Counter[str] = Counter()
    for entry in decided:
        if "pictures" in entry and not entry.get("again"):
            kind = "inside" if "slice" in entry else "drawn" if "cells" in entry else "anywhere"
            asked[kind] += int(entry["pictures"])
    return dict(asked)


def _pictures(path: Path) -> pd.DataFrame:
    """A verified set; pictures without names (a real test set) are named by their place."""
    table = read_table(path)
    return table if "name" in table else table.assign(name=[f"{i:06d}" for i in range(len(table))])


def _set(folder: Path) -> pd.DataFrame:
    if not (folder / "images").is_dir():
        return pd.DataFrame({"name": [], "image": [], "mask": []}, dtype=str)
    return read_set(folder)
