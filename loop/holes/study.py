"""A study of holes: photographs with planted holes, renders in pairs, and what the network gains where.

OUT/
  sets/NAME/            the pairs of an arm, rendered once
  features/             features of photographs and renders, made once
  results.parquet       a row a hole × arm × budget × seed: accuracy in the hole and elsewhere
  results.json          gains over `none` with intervals, and the fraction of the ceiling's gain
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from generator.dataset.dataset import read_set
from generator.farm.bookkeeping import Advance
from generator.farm.render import render_if_missing
from generator.naming import spec_name
from loop.config.holes import HolesConfig, HoleSettings, PairSettings
from loop.holes.arms import PairFeatures, learn
from loop.holes.data import Drawn, Photographs, draw, read_photographs
from loop.holes.pairs import Pair, plan_pairs, specs_of
from loop.holes.results import CEILING, MORE, NONE, Fitted, compared
from loop.photographs.features import features, pictures_of
from loop.progress import track
from loop.run.results_folder import HolesFolder

BLOCK = 200
"""Of the vehicles and environments of the first set; each set has one of its own."""
FEW = (25, 50, 100)
"""Numbers of photographs of the hole that are added, besides all: what a render is worth."""


@dataclass
class HolesStudy:
    """One study in its folder; `execute` does all that is not done yet."""

    config: HolesConfig
    folder: HolesFolder
    say: Callable[[str], None]
    fitted: dict[str, dict[int, list[Fitted]]] = field(default_factory=dict)
    """Hole -> seed -> trainings."""

    def execute(self) -> dict[str, Any]:
        """Render, train, and compare.

        Returns:
            What `results.json` holds.
        """
        pairs = self._render()
        for name, hole in self.config.holes.items():
            self.fitted[name] = {
                seed: list(self._fit(hole, self._pairs_of(name, pairs), seed)) for seed in self.config.seeds
            }
            self.say(f"{name}: {len(self.config.seeds)} seeds")
        self.folder.write_results_table(self._rows())
        results = {name: compared(seeds) for name, seeds in self.fitted.items()}
        self.folder.write_results(results)
        return results

    # Renders

    def _plans(self) -> Iterator[tuple[str, PairSettings, int]]:
        """Name, settings and number of pairs of each set."""
        most = max(self.config.budgets) // 2
        for name, hole in self.config.holes.items():
            yield f"{name}-targeted", hole.targeted, most
            yield f"{name}-control", hole.control, most
        for settings in self.config.uniform:
            yield f"uniform-{settings.attribute}", settings, most // len(self.config.uniform)

    def _render(self) -> dict[str, PairFeatures]:
        config = self.config
        made = {}
        for block, (name, settings, number) in enumerate(self._plans(), BLOCK):
            pairs = plan_pairs(
                settings, number, config.pictures, config.scene, config.render, seed=config.seed, block=block
            )
            folder = self.folder.rendered_set(name)
            render_if_missing(folder, specs_of(pairs), config.farm, self._progress(name, 2 * len(pairs)))
            made[name] = self._features(pairs, folder)
        return made

    def _progress(self, name: str, number: int) -> Any:
        @contextmanager
        def shown() -> Iterator[Advance]:
            with track(f"render {name}", number) as advance:
                yield advance

        return shown

    def _features(self, pairs: list[Pair], folder: Path) -> PairFeatures:
        table = read_set(folder).set_index("name")
        found = features(pictures_of(table), self.config.network, self.cache).whole
        row = {str(name): i for i, name in enumerate(table.index)}
        without, with_ = (
            found[[row[spec_name(spec)] for spec in half]]
            for half in ([pair.without for pair in pairs], [pair.with_ for pair in pairs])
        )
        return PairFeatures(without, with_)

    @property
    def cache(self) -> Path:
        """Folder of the features."""
        return self.folder.features

    def _pairs_of(self, hole: str, made: Mapping[str, PairFeatures]) -> dict[str, list[PairFeatures]]:
        """Arm -> the sets of which it takes equal parts."""
        uniform = [pairs for name, pairs in made.items() if name.startswith("uniform-")]
        return {
            "targeted": [made[f"{hole}-targeted"]],
            "uniform": uniform,
            "control": [made[f"{hole}-control"]],
        }

    # Trainings

    @cached_property
    def photographs(self) -> tuple[Photographs, Photographs]:
        """Training and test photographs."""
        return read_photographs(self.config, self.cache)

    def _fit(self, hole: HoleSettings, pairs: dict[str, list[PairFeatures]], seed: int) -> Iterator[Fitted]:
        train, test = self.photographs
        missing, unsure = train.rows(hole.photographs), train.rows(hole.unsure)
        drawn = draw(~missing & ~unsure, missing, self.config, seed)
        inside = test.rows(hole.photographs)
        judged = inside, ~inside & ~test.rows(hole.unsure)

        def fitted(arm: str, number: int, rows: NDArray[np.int64], add: PairFeatures | None) -> Fitted:
            layer = learn(train.samples.at(rows), add, self.config)
            right, rest = (layer.correct(test.samples.at(part)) for part in judged)
            return Fitted(arm, number, right, rest)

        yield fitted(NONE, 0, drawn.base, None)
        for arm, number, rows in _photographs(drawn):
            yield fitted(arm, number, rows, None)
        for arm, sets in pairs.items():
            for budget in self.config.budgets:
                parts = [one.first(budget // 2 // len(sets)) for one in sets]
                added = sum(parts[1:], parts[0])
                yield fitted(arm, 2 * len(added.without), drawn.base, added)

    def _rows(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "hole": hole, "seed": seed, "arm": one.arm, "added": one.number,
                "inside": one.inside.mean(), "outside": one.outside.mean(),
                "n_inside": len(one.inside), "n_outside": len(one.outside),
            }
            for hole, seeds in self.fitted.items()
            for seed, trainings in seeds.items()
            for one in trainings
        )  # fmt: skip


def _photographs(drawn: Drawn) -> Iterator[tuple[str, int, NDArray[np.int64]]]:
    """Arms that add photographs: all of the hole and a few of it, and as many of the rest."""
    for number in (*(few for few in FEW if few < len(drawn.missing)), len(drawn.missing)):
        yield CEILING, number, np.concatenate([drawn.base, drawn.missing[:number]])
    more = drawn.more[: len(drawn.missing)]
    yield MORE, len(more), np.concatenate([drawn.base, more])
