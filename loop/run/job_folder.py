"""The folder of one training of a comparison: every file name, and reading and writing.

| file | property; methods | what it holds |
|---|---|---|
| `job.json` | `job`; `read_job`, `write_job` | what the training was and took; written last |
| `training.ckpt` | `checkpoint` | what an interrupted training goes on from |
| `epoch-NNN.safetensors` | `weights(epoch)` | the network after so many epochs |
| `epoch-NNN.json` | `measures(epoch)`; `read_measures`, `write_measures` | figures of each data set |
| `epoch-NNN.parquet` | `pictures(epoch)`; `read_pictures`, `write_pictures` | one row a test picture |
| `epoch-NNN-looks.parquet`, … | `attribution(epoch)` | evaluation on a rendered set |

The folder of the comparison is in `loop.run.results_folder`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from generator.dataset.tables import write_parquet
from generator.files import write_json
from loop.evaluation.files import EvaluationFiles
from loop.run.files import REMAKE, read_keys, read_table
from loop.run.output import Place

ATTRIBUTION = "-looks"
"""Ending of the names of the evaluation on a rendered set."""


@dataclass(frozen=True)
class JobFolder:
    """The folder of one training of a comparison."""

    path: Path

    job = Place("job.json")

    def read_job(self) -> dict[str, Any]:
        """What the training was, each epoch's figures (`epochs`), and what it took.

        Raises:
            UserError: the file is missing or damaged.
        """
        return read_keys(self.job, ("epochs",), REMAKE)

    def write_job(self, content: dict[str, Any]) -> None:
        """Write `job.json`; call it after all else of the job is written."""
        write_json(self.job, content)

    checkpoint = Place("training.ckpt")
    """`training.ckpt`, while the training is under way."""

    def weights(self, epoch: int) -> Path:
        """The network after so many epochs."""
        return self.path / f"{_stem(epoch)}.safetensors"

    def measures(self, epoch: int) -> Path:
        """Figures after so many epochs, as JSON."""
        return self.path / f"{_stem(epoch)}.json"

    def read_measures(self, epoch: int) -> dict[str, Any]:
        """`train`, `valid` and `test` -> `loop.evaluation.measures.measure`.

        Raises:
            UserError: the file is missing or damaged, or holds nothing of the test pictures.
        """
        return read_keys(self.measures(epoch), ("test",), REMAKE)

    def write_measures(self, epoch: int, content: dict[str, Any]) -> None:
        """Write the figures; call it after the other files of the epoch."""
        write_json(self.measures(epoch), content)

    def pictures(self, epoch: int) -> Path:
        """Table of the test pictures after so many epochs."""
        return self.path / f"{_stem(epoch)}.parquet"

    def read_pictures(self, epoch: int) -> pd.DataFrame:
        """One row a test picture, columns as in `loop.evaluation.measures.pictures`.

        Raises:
            UserError: the table is missing or damaged.
        """
        return read_table(self.pictures(epoch))

    def write_pictures(self, epoch: int, table: pd.DataFrame) -> None:
        """Write the table of the test pictures."""
        write_parquet(self.pictures(epoch), table)

    def attribution(self, epoch: int) -> EvaluationFiles:
        """The evaluation on a rendered set after so many epochs."""
        return EvaluationFiles(self.path, f"{_stem(epoch)}{ATTRIBUTION}")

    def last_attribution(self) -> EvaluationFiles:
        """That of the most epochs; there must be one."""
        names = [path.stem for path in self.path.glob(f"epoch-*{ATTRIBUTION}.parquet")]
        epochs = [int(name.removeprefix("epoch-").removesuffix(ATTRIBUTION)) for name in names]
        return self.attribution(max(epochs))


def _stem(epoch: int) -> str:
    return f"epoch-{epoch:03d}"
