"""What a run learns from: photographs, renders, what rounds added, less what is kept out."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pandas as pd
from torch import Tensor

from generator.dataset.dataset import read_set
from loop.config.run import LoopConfig
from loop.data.pictures import Batches, Labelled, RealData, load_rendered
from loop.data.splits import mixed
from loop.run.decisions import RENDERS, Decisions, read_again, read_kept_out


class TrainingSet:
    """The training pictures of one run.

    Args:
        classes: in the order of the network's outputs.
        base: folder of the rendered pictures that the run begins with, where there are any.
    """

    def __init__(
        self,
        config: LoopConfig,
        real: RealData | None,
        classes: tuple[str, ...],
        base: Path,
        reinforcing: Decisions,
    ) -> None:
        self.config, self.real, self.classes = config, real, classes
        self._folder, self._reinforcing = base, reinforcing

    def of(self, turn: int) -> Batches:
        """The base, and what all rounds before have added, but for what was rolled back or is kept out."""
        data = self._base
        for folder in self._reinforcing.added(turn):
            if (folder / RENDERS).exists():
                data += load_rendered(folder / RENDERS, self._label)
            data += data.named(read_again(folder))
        kept_out = read_kept_out(self._reinforcing.round(turn - 1)) if turn else []
        return self._batches(data.without(kept_out))

    def rendered(self, turn: int) -> pd.DataFrame:
        """The rendered pictures that the training after round `turn` would learn from, but for what that
        round orders; as `generator.dataset.dataset.read_set` gives them."""
        *before, _ = self._reinforcing.added(turn + 1)  # the last is what the round orders
        tables = [read_set(folder / RENDERS) for folder in before if (folder / RENDERS).exists()]
        if self.config.data.rendered:
            base = read_set(self._folder)
            kept = {Path(mask).stem for mask in self._base.masks if mask is not None}
            tables.insert(0, base[base["name"].isin(kept)])
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"name": []})

    def counted(self, turn: int) -> int:
        """Pictures that a pass is as long as: as if every budget had been spent and none kept out, so that
        all controllers train for as many steps."""
        return len(self._base) + turn * self.config.controller.budget

    def sample(self, number: int) -> Tensor:
        """Some of the base, (n, 3, S, S) uint8."""
        return self._batches(self._base).sample(number)

    @cached_property
    def valid(self) -> Batches | None:
        """Photographs to choose epochs by, where some are set aside."""
        return self._batches(self.real.valid) if self.real and len(self.real.valid) else None

    @cached_property
    def _base(self) -> Labelled:
        data = self.real.train if self.real else Labelled((), ())
        if self.config.data.rendered:
            rendered = load_rendered(self._folder, self._label)
            share = self.config.data.rendered_fraction if self.real else None
            data = mixed(data, rendered, share, self.config.seed)
        return data

    def _label(self, shape: str) -> int:
        return self.classes.index(self.config.class_of(shape))

    def _batches(self, data: Labelled) -> Batches:
        return Batches(data, self.config.data.image_size)
