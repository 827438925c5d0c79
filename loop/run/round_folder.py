"""The folder of one round of a run: every file name, and reading and writing with validation.

All are written whole, so a file that is there is complete.

| file | property; methods | what it holds |
|---|---|---|
| `model.safetensors` | `weights` | the network, with its network card |
| `training.ckpt` | `checkpoint` | what an interrupted training goes on from; removed after it |
| `NAME.parquet`, `NAME_scores.parquet`, … | `evaluation(name)`; `read_evaluation` | `probe`, … |
| `probe_faithfulness.parquet` | `faithfulness` | faithfulness of each attribution method |
| `metrics.json` | `metrics`; `read_metrics`, `write_metrics` | figures of the evaluations; written last |
| `gate.json` | `gate`; `read_gate`, `write_gate`, `accepted` | what the round changed; none in the first |
| `slices.parquet` | `slices`; `read_slices`, `write_slices` | every tested slice, by each score |
| `orders.json` | `requests`; `read_requests`, `write_requests` | render requests |
| `again.json` | `oversampled`; `read_oversampled`, `write_oversampled` | names of pictures to repeat |
| `kept_out.json` | `pruned`; `read_pruned`, `write_pruned` | names of pictures to leave out |
| `specs.jsonl` | `specs`; `read_specs`, `write_specs` | specs of what is to be rendered; decided when there |
| `renders/` | `renders` | the set rendered for the round after |

The folder of the run is in `loop.run.folder`, the files of an evaluation in `loop.evaluation.files`. Neither
torch nor Blender is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from generator.dataset import dataset
from generator.dataset.tables import write_parquet
from generator.files import read_jsonl, write_json, write_jsonl
from generator.spec import RenderSpec
from loop.controllers import RenderRequest
from loop.controllers.gate import JSON_KEYS, Gate
from loop.evaluation.files import EvaluationFiles
from loop.run.files import REMAKE, read_keys, read_list, read_table
from loop.run.output import Place

EVALUATED_SETS = ("probe", "holdout")
"""Rendered sets that every round is evaluated on."""
TRAIN = "train"
"""The evaluation of the rendered training pictures (`controller.prune`)."""
TEST = "test"
"""The evaluation of the photographs that are tested on."""
VALID = "valid"
"""The evaluation of the photographs that decisions may go by (`controller.evidence`)."""


@dataclass(frozen=True)
class RoundFolder:
    """The folder of one round of a run."""

    path: Path

    @property
    def number(self) -> int:
        """0 for the round before anything was added."""
        return int(self.path.name)

    weights = Place("model.safetensors")
    checkpoint = Place("training.ckpt")
    """`training.ckpt`, while the training is under way."""

    # Evaluations

    def evaluation(self, name: str) -> EvaluationFiles:
        """The files of the evaluation of `probe`, `holdout`, `test`, `valid` or `train`."""
        return EvaluationFiles(self.path, name)

    def read_evaluation(self, name: str) -> pd.DataFrame:
        """One row a picture, columns as in `loop.evaluation.evaluate`.

        Raises:
            UserError: the table is missing or damaged.
        """
        return read_table(self.evaluation(name).table)

    faithfulness = Place("probe_faithfulness.parquet")
    """`probe_faithfulness.parquet` (`attribution.faithfulness`)."""

    metrics = Place("metrics.json")
    """`metrics.json`, the last file of a round's evaluation."""

    @property
    def evaluated(self) -> bool:
        """Whether all evaluations of the round are there."""
        return self.metrics.exists()

    def read_metrics(self) -> dict[str, Any]:
        """Evaluation -> its figures (`loop.evaluation.summary`).

        Raises:
            UserError: the file is missing or damaged, or holds no figures of the probe or the holdout.
        """
        return read_keys(self.metrics, EVALUATED_SETS, REMAKE)

    def write_metrics(self, metrics: dict[str, Any]) -> None:
        """Write `metrics.json`; call it after the evaluations are written."""
        write_json(self.metrics, metrics)

    # The gate

    gate = Place("gate.json")
    """`gate.json`; the first round has none."""

    @property
    def accepted(self) -> bool:
        """False where the round was rolled back.

        Raises:
            UserError: the gate is damaged.
        """
        return bool(read_keys(self.gate, ("kept",), REMAKE)["kept"]) if self.gate.exists() else True

    def read_gate(self) -> Gate:
        """What the round changed on the probe.

        Raises:
            UserError: the file is missing or damaged.
        """
        return Gate.from_json(read_keys(self.gate, tuple(JSON_KEYS.values()), REMAKE))

    def write_gate(self, gate: Gate) -> None:
        """Write `gate.json`."""
        write_json(self.gate, gate.to_json())

    # Decisions

    slices = Place("slices.parquet")

    def read_slices(self) -> pd.DataFrame | None:
        """Every tested slice, one row a score × slice; None before the decision.

        Raises:
            UserError: the table is damaged.
        """
        return read_table(self.slices) if self.slices.exists() else None

    def write_slices(self, slices: pd.DataFrame) -> None:
        """Write `slices.parquet`."""
        write_parquet(self.slices, slices)

    requests = Place("orders.json")

    def read_requests(self) -> list[RenderRequest]:
        """What the controller requested after this round, and how much of it was granted.

        Raises:
            UserError: the file is missing or damaged.
        """
        return [RenderRequest.from_json(entry) for entry in read_list(self.requests, dict)]

    def write_requests(self, requests: Iterable[RenderRequest]) -> None:
        """Write `orders.json`."""
        write_json(self.requests, [request.to_json() for request in requests])

    oversampled = Place("again.json")

    def read_oversampled(self) -> list[str]:
        """Names of the training pictures that the next training repeats, once for each time they are named.

        Raises:
            UserError: the file is missing or damaged.
        """
        return read_list(self.oversampled, str)

    def write_oversampled(self, names: Sequence[str]) -> None:
        """Write `again.json`."""
        write_json(self.oversampled, list(names))

    pruned = Place("kept_out.json")

    def read_pruned(self) -> list[str]:
        """Names of the training pictures that the next training leaves out.

        Raises:
            UserError: the file is missing or damaged.
        """
        return read_list(self.pruned, str)

    def write_pruned(self, names: Sequence[str]) -> None:
        """Write `kept_out.json`."""
        write_json(self.pruned, list(names))

    specs = Place(dataset.SPECS)
    """`specs.jsonl`, the last file of a decision."""

    @property
    def decided(self) -> bool:
        """Whether all of the round's decision is there."""
        return self.specs.exists()

    def read_specs(self) -> list[RenderSpec]:
        """Specs of what is to be rendered after this round.

        Raises:
            UserError: the file is missing, or a line of it is not a spec.
        """
        return dataset.read_specs(self.path)

    def count_specs(self) -> int:
        """How many pictures were to be rendered after this round; 0 where nothing was decided.

        Raises:
            UserError: a line is damaged.
        """
        return len(read_jsonl(self.specs))

    def write_specs(self, specs: Iterable[RenderSpec]) -> None:
        """Write `specs.jsonl`; call it after the other files of the decision."""
        write_jsonl(self.specs, (spec.model_dump() for spec in specs))

    renders = Place("renders")
    """`renders/`: folder of the set that was rendered after this round."""
