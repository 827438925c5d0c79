"""Runs of the loop, comparisons, studies and slice benchmarks, with their reports.

Each function does all that is not done yet in its folder: called again after a kill, it goes on. What is
heavy is imported where it is needed, so mistakes, and finished runs, are reported at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from loop.config.run import LoopConfig
from loop.config.section import Section
from renforce.given import Given, Log, checked, silent
from renforce.reports import write_report
from renforce.results import (
    ComparisonResult,
    FolderResult,
    RunResult,
    SliceBenchmarkResult,
    StudyResult,
)

if TYPE_CHECKING:
    from loop.config.comparison import CompareConfig
    from loop.config.slice_benchmark import SliceBenchmarkConfig
    from loop.config.study import StudyConfig


def reinforce(
    config: Given[LoopConfig],
    folder: str | PathLike[str],
    *,
    overrides: Sequence[str] = (),
    log: Log = silent,
) -> RunResult:
    """Evaluate a network, render more of what it is weak on, retrain, and evaluate again.

    Called again with the same configuration, it goes on where it stopped.

    Args:
        config: the path of a YAML file, a dict with its keys, or a `LoopConfig`.
        folder: the folder of the run; new, empty, or of the same run.
        overrides: keys that take the place of the configuration's, such as `["train.epochs=3"]`.
        log: is given one line about each step, as it is done.

    Returns:
        Where the report and the weights lie, and the accuracy of each round.

    Raises:
        UserError: a key or value is wrong, or the folder holds another run; one line with the remedy.

    Example:
        result = renforce.reinforce("configs/demo.yaml", "runs/demo", log=print)
        for one in result.rounds:
            print(one.number, one.accuracy["holdout"].value)
    """
    settings, given = checked(LoopConfig, config, overrides)

    def execute(place: Path) -> None:
        from loop.run.run import Run

        Run(settings, place, log).execute()

    return _finished(RunResult, settings, given, Path(folder), execute)


def evaluate(
    config: Given[LoopConfig],
    folder: str | PathLike[str],
    *,
    overrides: Sequence[str] = (),
    log: Log = silent,
) -> RunResult:
    """Train or take a network, evaluate it and where it looks, and report; nothing is added.

    As `reinforce` with `controller.rounds=0`; see there for arguments, result and errors.
    """
    return reinforce(config, folder, overrides=[*overrides, "controller.rounds=0"], log=log)


def compare(
    config: Given[CompareConfig],
    folder: str | PathLike[str],
    *,
    overrides: Sequence[str] = (),
    log: Log = silent,
) -> ComparisonResult:
    """Train several networks on the same data and put them into one table.

    Args:
        config: the path of a YAML file, a dict with its keys, or a `CompareConfig`.
        folder: the folder of the comparison; new, empty, or of the same comparison.
        overrides: keys that take the place of the configuration's, such as `["train.epochs=3"]`.
        log: is given one line about each training, as it is done.

    Raises:
        UserError: as `reinforce`.

    Example:
        result = renforce.compare("configs/compare.yaml", "runs/compare", overrides=["data.root=photos"])
        print(result.table)
    """
    from loop.config.comparison import CompareConfig

    settings, given = checked(CompareConfig, config, overrides)

    def execute(place: Path) -> None:
        from loop.comparison.comparison import Comparison

        Comparison(settings, place, log).execute()

    return _finished(ComparisonResult, settings, given, Path(folder), execute)


def study(
    config: Given[StudyConfig],
    folder: str | PathLike[str],
    *,
    overrides: Sequence[str] = (),
    log: Log = silent,
) -> StudyResult:
    """Compare controllers over seeds, at equal numbers of renders and steps.

    Args:
        config: the path of a YAML file, a dict with its keys, or a `StudyConfig`.
        folder: the folder of the study; new, empty, or of the same study with fewer arms or seeds.
        overrides: keys that take the place of the configuration's, such as `["seeds=[0, 1]"]`.
        log: is given one line about each run, as it is done.

    Raises:
        UserError: as `reinforce`.

    Example:
        result = renforce.study("configs/study.yaml", "runs/study", log=print)
        print(result.figures["final"])
    """
    from loop.config.study import StudyConfig

    settings, given = checked(StudyConfig, config, overrides)

    def execute(place: Path) -> None:
        from loop.study.study import Study

        Study(settings, place, log).execute()

    return _finished(StudyResult, settings, given, Path(folder), execute)


def bench_slices(
    config: Given[SliceBenchmarkConfig],
    folder: str | PathLike[str],
    *,
    overrides: Sequence[str] = (),
    log: Log = silent,
) -> SliceBenchmarkResult:
    """Plant known failures into training sets and measure which finder of slices names them.

    Args:
        config: the path of a YAML file, a dict with its keys, or a `SliceBenchmarkConfig`.
        folder: the folder of the benchmark; new, empty, or of the same one with fewer settings or seeds.
        overrides: keys that take the place of the configuration's, such as `["seeds=[0]"]`.
        log: is given one line about each training, as it is done.

    Raises:
        UserError: as `reinforce`.

    Example:
        result = renforce.bench_slices("configs/bench-slices.yaml", "runs/slices", log=print)
        print(result.table)
    """
    from loop.config.slice_benchmark import SliceBenchmarkConfig

    settings, given = checked(SliceBenchmarkConfig, config, overrides)

    def execute(place: Path) -> None:
        from loop.slice_benchmark.benchmark import SliceBenchmark

        SliceBenchmark(settings, place).execute(log)

    return _finished(SliceBenchmarkResult, settings, given, Path(folder), execute)


def _finished[Result: FolderResult](
    kind: type[Result], config: Section, given: str, folder: Path, execute: Callable[[Path], None]
) -> Result:
    """Hold the folder, execute and report, unless that is finished."""
    from loop.run.lifecycle import begun
    from loop.run.output import OutputFolder

    output = OutputFolder(folder)
    with begun(folder, config, given) as finished:
        if not finished:
            began = perf_counter()
            execute(folder)
            with _timed_report(config, folder):
                write_report(folder)
            output.write_done(perf_counter() - began)
    return kind(folder, output.report, finished)


def _timed_report(config: Section, folder: Path) -> AbstractContextManager[None]:
    """Runs alone keep how long each step took."""
    from loop.run.folder import RunFolder

    return RunFolder(folder).timed("report", 0) if isinstance(config, LoopConfig) else nullcontext()
