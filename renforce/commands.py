"""What each command does: functions of a configuration, for the command line and for Python alike.

What is heavy (torch, Blender) is imported where it is needed, so that a mistake is said at once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from generator.errors import UserError
from generator.files import shown
from generator.spec import RenderSpec
from loop.config.run import LoopConfig, RenderConfig

if TYPE_CHECKING:
    from loop.config.comparison import CompareConfig
    from loop.config.slice_benchmark import SliceBenchmarkConfig
    from loop.config.study import StudyConfig
    from loop.config.training import Section


def planned(config: RenderConfig) -> list[RenderSpec]:
    """The specs of a set."""
    from generator.assets.card import digests
    from generator.planning.plan import plan_set

    seed, block, assets = config.seed, config.block, digests(config.farm.assets)
    return plan_set(config.pictures, config.scene, config.render, seed=seed, block=block, assets=assets)


def render_pictures(config: RenderConfig, output: Path | str) -> None:
    """Plan and render one set, into a folder or to a URL."""
    from generator.farm.remote import render_to
    from loop.progress import track

    specs = planned(config)
    with track("render", len(specs)) as advance:
        made = render_to(str(output), specs, config.farm, advance)
    say(made.summary(output))


def check_pictures(folder: Path) -> None:
    """Check every file of a rendered set, one that was copied or handed on, say."""
    from generator.dataset.check import check_set

    say(f"{check_set(folder)} pictures in {folder}, each whole and as its spec says")


def estimate_pictures(config: RenderConfig, output: Path | str) -> None:
    """Say what is left to render of a set and what that takes, from a pilot of at most three pictures. What
    lies in object storage is not looked at."""
    from generator.dataset.dataset import missing, refuse_other
    from generator.farm.estimate import estimate

    specs, folder = planned(config), Path(output)
    refuse_other(folder, specs, config.farm.without)
    todo = missing(folder, specs, config.farm.layers)
    found = estimate(todo, config.farm)
    there = f" ({len(specs) - len(todo)} more are there)" if len(todo) < len(specs) else ""
    minutes, gigabytes = _figure(found.seconds / 60), _figure(found.bytes / 1e9)
    say(f"{found.pictures} pictures{there}, {minutes} minutes, {gigabytes} GB")
    say(found.basis)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.3f}"


def run_loop(config: LoopConfig, output: Path, given: Path) -> None:
    """Do all of a run that is not done yet; `given` is the file that the user wrote."""

    def execute() -> None:
        from loop.run.run import Run

        Run(config, output, say).execute()

    _finish(config, output, given, execute)


def compare_networks(config: CompareConfig, output: Path, given: Path) -> None:
    """Do all of a comparison that is not done yet; `given` is the file that the user wrote."""

    def execute() -> None:
        from loop.comparison.comparison import Comparison

        Comparison(config, output, say).execute()

    _finish(config, output, given, execute)


def study_arms(config: StudyConfig, output: Path, given: Path) -> None:
    """Do all of a study that is not done yet; `given` is the file that the user wrote."""

    def execute() -> None:
        from loop.study.study import Study

        Study(config, output, say).execute()

    _finish(config, output, given, execute)


def find_planted(config: SliceBenchmarkConfig, output: Path, given: Path) -> None:
    """Do all of a benchmark that is not done yet; `given` is the file that the user wrote."""

    def execute() -> None:
        from loop.slice_benchmark.benchmark import SliceBenchmark

        SliceBenchmark(config, output).execute(say)

    _finish(config, output, given, execute)


def _finish(config: Section, output: Path, given: Path, execute: Callable[[], None]) -> None:
    """Hold the folder, execute and report, unless that is finished; only then is imported what is heavy."""
    from loop.run.lifecycle import begun
    from loop.run.output import OutputFolder

    folder = OutputFolder(output)
    with begun(output, config, given) as finished:
        if finished:
            say(f"nothing left to do; report: {folder.report}")
        else:
            began = perf_counter()
            execute()
            with _timed_report(config, output):
                report = _write_report(output)
            folder.write_done(perf_counter() - began)
            say(f"report: {report}")


def _timed_report(config: Section, output: Path) -> AbstractContextManager[None]:
    """Runs alone say how long each step took."""
    from loop.run.folder import RunFolder

    return RunFolder(output).timed("report", 0) if isinstance(config, LoopConfig) else nullcontext()


def report_run(run: Path) -> None:
    """Write the report of a run of any kind again; of a study under way, of the seeds that are done.

    Raises:
        UserError: it has nothing to report yet.
    """
    from loop.run.results_folder import StudyFolder

    study = StudyFolder(run)
    if study.has_begun and not study.is_done:
        from loop.study.study import write_so_far

        write_so_far(run)
    say(f"report: {_write_report(run)}")


def _write_report(path: Path) -> Path:
    """The report of a folder of any kind, by what it holds.

    Raises:
        UserError: it has nothing to report yet.
    """
    from loop.run.folder import RunFolder
    from loop.run.results_folder import BenchmarkFolder, StudyFolder, results_folder

    folder = results_folder(path)
    if folder.results.exists():
        from loop.report.comparison import write_comparison
        from loop.report.slice_benchmark import write_slice_benchmark
        from loop.report.study import write_study

        if isinstance(folder, StudyFolder):
            return write_study(path)
        return write_slice_benchmark(path) if isinstance(folder, BenchmarkFolder) else write_comparison(path)
    run = RunFolder(path)
    if not run.round(0).evaluated:
        raise UserError(f"{path}: holds no evaluated round; `renforce loop` makes one")
    from loop.report.run import write_report

    return write_report(path)


def list_models(sizes: tuple[int, ...]) -> None:
    """The zoo as a table of Markdown."""
    from analysis.zoo.size import zoo_table

    rows = zoo_table(sizes)
    say(f"| {' | '.join(rows[0])} |\n|{'---|' * len(rows[0])}")
    for row in rows:
        say(f"| {' | '.join(row.values())} |")


def list_methods() -> None:
    """Say the attribution methods: their family, what they show, where they map, and their source."""
    from analysis.methods.table import METHODS, OTHERS

    for name, method in METHODS.items():
        place = "each layer" if method.by_layer else "the picture"
        say(f"{name:24}{method.family:20}{method.description} [{place}; {method.source}]")
    for name, (family, says, source) in OTHERS.items():
        say(f"{name:24}{family:20}{says} [{source}]")


def list_controllers() -> None:
    """Say who can decide what to render next (`controller.name`)."""
    from loop.controllers import CONTROLLERS

    for name, controller in CONTROLLERS.items():
        say(f"{name:24}{controller.description}")


def check_model(given: Path, output: Path | None = None) -> None:
    """Examine a user's model; a suggested card goes to the folder, or alone to stdout."""
    from rich.console import Console

    from generator.assets.card import FORMATS
    from generator.assets.check import check_asset
    from generator.assets.console import show, suggestion, write

    bare = given.suffix.lower() in FORMATS
    console = Console(stderr=bare and output is None)
    report = check_asset(given)
    show(report, console)
    if output is not None:
        console.print(f"written: {', '.join(map(str, write(report, given, output)))}", markup=False)
    elif bare:
        say(suggestion(report))


def say(line: str) -> None:
    print(shown(line), flush=True)  # noqa: T201
