"""What a run learns from: photographs, renders, and what rounds added, less what is pruned.

How photographs are read and split is in `loop.data.sources`, how pictures become batches in
`loop.data.pictures` and `loop.data.batches`.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pandas as pd
from torch import Tensor

from analysis import columns
from generator.dataset.dataset import read_set
from loop.config.run import LoopConfig
from loop.data.pictures import Batches, Labelled, RealData, load_rendered
from loop.data.splits import mixed
from loop.run.decisions import Decisions


class TrainingSet:
    """The training pictures of one run.

    Args:
        classes: in the order of the network's outputs.
        base: folder of the rendered pictures that the run begins with, where there are any.
        decisions: tell what rounds added.
    """

    def __init__(
        self,
        config: LoopConfig,
        real: RealData | None,
        classes: tuple[str, ...],
        base: Path,
        decisions: Decisions,
    ) -> None:
        self.config = config
        self.real = real
        self.classes = classes
        self._base_folder = base
        self._decisions = decisions

    def of(self, number: int) -> Batches:
        """What the training of a round learns from: the base, and what all rounds before have added, but for
        what was rolled back or pruned."""
        data = self._base
        for folder in self._decisions.added(number):
            if folder.renders.exists():
                data += load_rendered(folder.renders, self._label)
            data += data.named(folder.read_oversampled())
        pruned = self._decisions.folder.round(number - 1).read_pruned() if number else []
        return self._batches(data.without(pruned))

    def rendered(self, number: int) -> pd.DataFrame:
        """The rendered pictures that the training after a round would learn from, but for what that round
        requests; as `generator.dataset.dataset.read_set` gives them."""
        *before, _ = self._decisions.added(number + 1)  # the last is the round itself
        tables = [read_set(folder.renders) for folder in before if folder.renders.exists()]
        if self.config.data.rendered:
            base = read_set(self._base_folder)
            kept = {Path(mask).stem for mask in self._base.masks if mask is not None}
            tables.insert(0, base[base[columns.NAME].isin(kept)])
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({columns.NAME: []})

    def counted(self, number: int) -> int:
        """Pictures that an epoch of a round's training is as long as: as if every budget had been spent and
        none pruned, so that all controllers train for as many steps."""
        return len(self._base) + number * self.config.controller.budget

    def sample(self, number: int) -> Tensor:
        """At most so many pictures of the base, evenly spaced, (n, 3, S, S) uint8."""
        return self._batches(self._base).sample(number)

    @cached_property
    def valid(self) -> Batches | None:
        """Photographs to choose epochs by, where some are set aside."""
        return self._batches(self.real.valid) if self.real and len(self.real.valid) else None

    @cached_property
    def _base(self) -> Labelled:
        data = self.real.train if self.real else Labelled((), ())
        if self.config.data.rendered:
            rendered = load_rendered(self._base_folder, self._label)
            fraction = self.config.data.rendered_fraction if self.real else None
            data = mixed(data, rendered, fraction, self.config.seed)
        return data

    def _label(self, shape: str) -> int:
        return self.classes.index(self.config.class_of(shape))

    def _batches(self, data: Labelled) -> Batches:
        return Batches(data, self.config.data.image_size)
