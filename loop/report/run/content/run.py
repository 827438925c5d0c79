"""A whole run, read into plain tables; nothing is computed here but the bins that slices name.

`loop.run.run` describes the folder. Everything in it is untrusted: YAML is read by the safe loader, arrays
without pickle, and pictures are looked up by name inside the folder alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.slices.binning import bin_attributes
from analysis.slices.conjunctions import slice_name
from analysis.slices.find import attributes_of
from analysis.slices.options import SliceTest
from generator.errors import UserError
from generator.planning.sampling import Where
from loop.report.run.content.ranking import Ranking
from loop.report.run.content.rounds import RoundContent, files_of, read_round
from loop.report.run.content.settings import RunSettings, read_settings
from loop.run.folder import RunFolder
from loop.training.weights import read_network_card


@dataclass(frozen=True)
class RunContent:
    folder: RunFolder
    settings: RunSettings
    config_text: str
    """`config.yaml` as it is."""
    environment: dict[str, Any]
    ledger: tuple[dict[str, Any], ...]
    timings: tuple[dict[str, Any], ...]
    rounds: tuple[RoundContent, ...]

    @property
    def first(self) -> RoundContent:
        return self.rounds[0]

    @property
    def last(self) -> RoundContent:
        """The last accepted round: its network is the one to use."""
        return self.last_accepted(self.rounds[-1])

    @property
    def ends(self) -> tuple[RoundContent, ...]:
        """Before and after: the first and the last accepted round, or the only one."""
        return (self.first, self.last) if len(self.rounds) > 1 else (self.first,)

    def last_accepted(self, until: RoundContent) -> RoundContent:
        """The last round, up to this one, that was not rolled back: decisions are made by its evaluation."""
        return next(one for one in reversed(self.rounds) if one.number <= until.number and one.accepted)

    @property
    def map_label(self) -> str:
        """Whose maps are scored and shown: the first method's at the last layer."""
        scores = self.first.scores()
        if scores.empty or "method" not in scores:
            return "map"
        method = scores["method"].iloc[0]
        return f"{method} map at {scores.loc[scores['method'] == method, 'layer'].iloc[-1]}"

    @property
    def classes(self) -> tuple[str, ...] | None:
        """All classes of the network, from its file; None where the file is gone, or not to be read here."""
        if not self.first.folder.weights.is_file():
            return None
        try:
            card = read_network_card(self.first.folder.weights)
        except UserError:
            return None
        return None if card is None else card.classes

    @property
    def seed(self) -> int:
        return self.settings.seed

    @property
    def slice_test(self) -> SliceTest:
        """How slices are tested, on the probe and on the holdout."""
        return self.settings.controller.slice_test(self.seed)

    @property
    def ranking(self) -> Ranking:
        """By what slices are weak."""
        return Ranking(self.settings.controller)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Attributes whose slices the decisions tested; none where nothing was decided."""
        tables = [one.slices for one in self.rounds if one.slices is not None]
        return attributes_of(tables[0]) if tables else ()

    @property
    def planted(self) -> tuple[Where, ...]:
        """Slices that are (almost) left out of the rendered training set."""
        return self.settings.planted

    @property
    def chosen(self) -> tuple[Where, ...]:
        """Slices reinforced in any round, each once."""
        every = {slice_name(where): where for one in self.rounds for where in one.chosen}
        return tuple(every.values())

    def holdout_files(self) -> pd.DataFrame:
        """Where each holdout picture and its mask lie, by `name`; empty where the set is gone."""
        return files_of(self.folder.rendered_set("holdout"))


def read_run(path: Path) -> RunContent:
    """Read a run folder with at least one evaluated round.

    Raises:
        UserError: no round is evaluated, or a file that every run has is missing or damaged.
    """
    folder = RunFolder(path)
    settings = read_settings(folder)
    environment = folder.read_environment()
    ledger = tuple(folder.read_ledger())
    rounds = folder.evaluated_rounds()
    if not rounds:
        raise UserError(f"{path}: has no evaluated round; `renforce loop` makes one")
    score = Ranking(settings.controller).column
    return RunContent(
        folder=folder,
        settings=settings,
        config_text=folder.config.read_text(),
        environment=environment,
        ledger=ledger,
        timings=tuple(folder.read_timings()),
        rounds=_in_bins([read_round(one, ledger, score) for one in rounds]),
    )


def _in_bins(rounds: Sequence[RoundContent]) -> tuple[RoundContent, ...]:
    """The same with numbers replaced by the bins that slices name, in every set that has these numbers."""
    binned = next((one.binned for one in rounds if one.slices is not None), ())
    _, bins = bin_attributes(rounds[0].pictures["probe"], binned)
    found = []
    for one in rounds:
        pictures = {
            name: bins.apply(table) if set(bins.of) <= set(table) else table
            for name, table in one.pictures.items()
        }
        found.append(replace(one, pictures=pictures))
    return tuple(found)
