"""What the functions of renforce give back: where the results lie, and their figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.files import read_json_object

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RenderResult:
    """A rendered set."""

    folder: str
    """Path or URL of the set."""
    there: int
    """Pictures that were there before."""
    cached: int
    """Pictures that were taken out of the cache."""
    rendered: int
    """Pictures that were rendered now."""

    @property
    def pictures(self) -> int:
        """Pictures of the whole set."""
        return self.there + self.cached + self.rendered


@dataclass(frozen=True)
class SetEstimate:
    """What is left to render of a set, and what that takes."""

    pictures: int
    """Pictures that are left to render."""
    there: int
    """Pictures that are there already."""
    seconds: float
    """Wall-clock time with all workers."""
    bytes: float
    """Disk space of the pictures that are left."""
    basis: str
    """What the figures rest on, in words."""


@dataclass(frozen=True)
class ExportResult:
    """A set in the layout of another library."""

    folder: Path
    pictures: int


@dataclass(frozen=True)
class CheckResult:
    """A rendered set whose files are all whole and as their specs ask."""

    folder: Path
    pictures: int


@dataclass(frozen=True)
class MatchResult:
    """A look that makes renders like photographs."""

    file: Path
    """YAML for `train.rendered_look`."""
    before: dict[str, float]
    """Measure -> distance of the renders as they are, in standard deviations among the photographs."""
    after: dict[str, float]
    """The same with the look."""
    table: tuple[str, ...]
    """Both in words, a line each."""


@dataclass(frozen=True)
class ExplainResult:
    """Photographs with the maps of a network."""

    folder: Path
    """Holds the sheets, the raw maps in `maps/`, and `explained.json`."""
    sheets: tuple[Path, ...]
    """One picture for each photograph, with every method side by side."""


@dataclass(frozen=True)
class DescribeResult:
    """What a folder of photographs shows."""

    folder: Path
    report: Path
    """The page for people."""

    @property
    def figures(self) -> dict[str, Any]:
        """`counts.json`: fractions of values and pairs with their intervals, and which are lacking."""
        from loop.photographs.folder import DescriptionFolder

        return read_json_object(DescriptionFolder(self.folder).counts, "describe the photographs again")

    @property
    def answers(self) -> list[str]:
        """What is lacking, a sentence for each attribute."""
        from loop.report.photographs import answers

        return answers(self.figures)

    @property
    def table(self) -> pd.DataFrame:
        """`attributes.csv`: one row for each photograph."""
        import pandas as pd

        from loop.photographs.folder import DescriptionFolder

        return pd.read_csv(DescriptionFolder(self.folder).attributes)


@dataclass(frozen=True)
class Accuracy:
    """Fraction of pictures that are classified right, with its 95 % interval."""

    value: float
    low: float
    high: float
    pictures: int


@dataclass(frozen=True)
class RoundResult:
    """One evaluated round of a run."""

    number: int
    """0 is the round before anything was added."""
    accepted: bool
    """False where the round was rolled back."""
    folder: Path
    accuracy: dict[str, Accuracy]
    """`probe` and `holdout`, and `test` where there are real test pictures -> accuracy."""


@dataclass(frozen=True)
class FolderResult:
    """The folder of a command, with its report."""

    folder: Path
    report: Path
    """The page for people."""
    was_finished: bool
    """Whether everything was there already, so that nothing was done."""


@dataclass(frozen=True)
class RunResult(FolderResult):
    """A run of the loop."""

    @property
    def rounds(self) -> tuple[RoundResult, ...]:
        """The evaluated rounds in their order, read from the folder."""
        from loop.run.folder import RunFolder

        return tuple(
            RoundResult(one.number, one.accepted, one.path, _accuracies(one.read_metrics()))
            for one in RunFolder(self.folder).evaluated_rounds()
        )

    @property
    def weights(self) -> Path:
        """`model.safetensors` of the last accepted round: the network to use."""
        from loop.run.folder import RunFolder

        run = RunFolder(self.folder)
        last = run.evaluated_rounds()[-1].number
        return run.round(run.last_accepted(last)).weights


@dataclass(frozen=True)
class TableResult(FolderResult):
    """What ends in a table: a comparison, a study, a slice benchmark."""

    @property
    def figures(self) -> dict[str, Any]:
        """`results.json`: what the report shows."""
        from loop.run.results_folder import ResultsFolder

        return ResultsFolder(self.folder).read_results()

    @property
    def table(self) -> pd.DataFrame:
        """`results.parquet`: one row for each training or round."""
        from loop.run.results_folder import ResultsFolder

        return ResultsFolder(self.folder).read_results_table()


@dataclass(frozen=True)
class ComparisonResult(TableResult):
    """A comparison of networks."""


@dataclass(frozen=True)
class StudyResult(TableResult):
    """A study of controllers."""


@dataclass(frozen=True)
class SliceBenchmarkResult(TableResult):
    """A benchmark of finders on planted failures."""


def _accuracies(metrics: dict[str, Any]) -> dict[str, Accuracy]:
    found: dict[str, Accuracy] = {}
    for name, figures in metrics.items():
        accuracy = figures.get("accuracy") if isinstance(figures, dict) else None
        if isinstance(accuracy, dict):
            found[name] = Accuracy(accuracy["mean"], accuracy["low"], accuracy["high"], accuracy["n"])
    return found
