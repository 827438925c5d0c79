"""The folders of a study, a comparison and a slice benchmark: every file name, and reading and writing.

All three, beside what every command's folder has (`loop.run.output`):

| file | property; methods | what it holds |
|---|---|---|
| `results.json` | `results`; `read_results`, `write_results` | figures for the report and other programs |
| `results.parquet` | `results_table`; `read_results_table`, `write_results_table` | one row a result |

| folder | file | property or method | what it holds |
|---|---|---|---|
| `StudyFolder` | `renders/` | `renders` | every picture that was rendered, shared by all runs |
| | `begun/seed-N-WORD/` | `beginning(seed, word)`, `beginnings()` | runs up to their first evaluation |
| | `runs/seed-N/ARM/` | `run(arm, seed)` | the run of an arm, a `RunFolder` |
| `ComparisonFolder` | `data.json` | `data`; `read_data`, `write_data` | what was trained and tested on |
| | `jobs/VARIANT/NETWORK/seed-N/` | `job(variant, network, seed)` | `loop.run.job_folder` |
| `BenchmarkFolder` | `sets/NAME/` | `rendered_set(name)` | `pool`, `probe` |
| | `sets/probe_without/` | `probe_without` | the probe's scenes without the vehicle |
| | `settings/NAME/seed-N/` | `setting(name, seed)` | a `SettingFolder` |
| `HolesFolder` | `sets/NAME/` | `rendered_set(name)` | the pairs of an arm |
| | `features/` | `features` | features of photographs and renders |
| `SettingFolder` | `model.safetensors` | `weights` | the network |
| | `training.ckpt` | `checkpoint` | what an interrupted training goes on from |
| | `probe.parquet`, … | `probe`; `read_probe` | evaluation on the whole probe; written last |

`results_folder(path)` finds out which of the three a folder is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from generator.dataset.tables import write_parquet
from generator.files import write_json
from loop.evaluation.files import EvaluationFiles
from loop.run.files import REMAKE, read_keys, read_table
from loop.run.folder import RunFolder
from loop.run.job_folder import JobFolder
from loop.run.output import OutputFolder, Place


@dataclass(frozen=True)
class ResultsFolder(OutputFolder):
    """A folder that ends in a table of results."""

    results = Place("results.json")
    results_table = Place("results.parquet")

    def read_results(self, keys: Sequence[str] = ()) -> dict[str, Any]:
        """What `results.json` holds.

        Raises:
            UserError: it is missing or damaged, or lacks one of `keys`.
        """
        return read_keys(self.results, keys, REMAKE)

    def write_results(self, content: dict[str, Any]) -> None:
        """Write `results.json`."""
        write_json(self.results, content)

    def read_results_table(self) -> pd.DataFrame:
        """The rows of `results.parquet`.

        Raises:
            UserError: it is missing or damaged.
        """
        return read_table(self.results_table)

    def write_results_table(self, table: pd.DataFrame) -> None:
        """Write `results.parquet`."""
        write_parquet(self.results_table, table)


@dataclass(frozen=True)
class StudyFolder(ResultsFolder):
    """The folder of a study: arms × seeds of one run."""

    renders = Place("renders")
    """`renders/`: the cache that all runs share."""

    @property
    def has_begun(self) -> bool:
        """Whether the first run of a study is under way at least; False in the folder of another command."""
        return self._begun.is_dir()

    def beginning(self, seed: int, word: str) -> RunFolder:
        """A run up to its first evaluation, shared by the arms that begin alike.

        Args:
            word: the same for runs that begin alike, see `loop.config.study.beginning`.
        """
        return RunFolder(self._begun / f"seed-{seed}-{word}")

    def beginnings(self) -> list[RunFolder]:
        """All that there are."""
        return [RunFolder(path) for path in sorted(self._begun.glob("*")) if path.is_dir()]

    runs = Place("runs")

    def run(self, arm: str, seed: int) -> RunFolder:
        """The run of an arm and a seed."""
        return RunFolder(self.runs / f"seed-{seed}" / arm)

    @property
    def _begun(self) -> Path:
        return self.path / "begun"


@dataclass(frozen=True)
class ComparisonFolder(ResultsFolder):
    """The folder of a comparison of networks: variants × networks × seeds."""

    data = Place("data.json")

    def read_data(self) -> dict[str, Any]:
        """Variant -> its classes and how many pictures each part has.

        Raises:
            UserError: the file is missing or damaged.
        """
        return read_keys(self.data, (), REMAKE)

    def write_data(self, content: dict[str, Any]) -> None:
        """Write `data.json`."""
        write_json(self.data, content)

    jobs = Place("jobs")

    def job(self, variant: str, network: str, seed: int) -> JobFolder:
        """The folder of one training."""
        return JobFolder(self.jobs / variant / network / f"seed-{seed}")


@dataclass(frozen=True)
class SettingFolder:
    """The folder of one network of a slice benchmark."""

    path: Path

    weights = Place("model.safetensors")
    checkpoint = Place("training.ckpt")
    """`training.ckpt`, while the training is under way."""

    @property
    def probe(self) -> EvaluationFiles:
        """The evaluation on the whole probe; its table comes last of the setting's files."""
        return EvaluationFiles(self.path, "probe")

    def read_probe(self) -> pd.DataFrame:
        """One row a picture, with `residual` and `drop`.

        Raises:
            UserError: the table is missing or damaged.
        """
        return read_table(self.probe.table)


@dataclass(frozen=True)
class BenchmarkFolder(ResultsFolder):
    """The folder of a slice benchmark: settings × seeds."""

    sets = Place("sets")

    def rendered_set(self, name: str) -> Path:
        """Where `pool` or `probe` is rendered."""
        return self.sets / name

    probe_without = Place("sets/probe_without")
    """Where the probe's scenes lie without the vehicle."""

    settings = Place("settings")

    def setting(self, name: str, seed: int) -> SettingFolder:
        """The folder of one setting and seed."""
        return SettingFolder(self.settings / name / f"seed-{seed}")


@dataclass(frozen=True)
class HolesFolder(ResultsFolder):
    """The folder of a study of holes: sets of pairs, and features."""

    sets = Place("sets")

    def rendered_set(self, name: str) -> Path:
        """Where the pairs of an arm are rendered."""
        return self.sets / name

    features = Place("features")


def results_folder(path: Path) -> StudyFolder | BenchmarkFolder | ComparisonFolder:
    """A folder with results as what it is, by what it holds: runs, settings, or else jobs."""
    study, benchmark = StudyFolder(path), BenchmarkFolder(path)
    if study.runs.is_dir():
        return study
    if benchmark.settings.is_dir():
        return benchmark
    return ComparisonFolder(path)
