"""Reports of folders of any kind, and explained photographs."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from generator.errors import UserError
from renforce.results import ExplainResult


def explain(
    weights: str | PathLike[str],
    images: Sequence[str | PathLike[str]],
    folder: str | PathLike[str],
    *,
    masks: Sequence[str | PathLike[str]] = (),
    methods: Sequence[str] = (),
    target: str | None = None,
) -> ExplainResult:
    """Show where a network looks in photographs: every attribution method side by side, and the raw maps.

    Args:
        weights: `model.safetensors` of a run.
        images: photographs of any size.
        folder: where the sheets and maps go.
        masks: masks of the vehicle, one for each photograph in order, or none.
        methods: attribution methods of `renforce list methods`; all where none is given.
        target: the class that is explained; None for the predicted one.

    Raises:
        UserError: the weights are not of a run, or a class, method, picture or mask does not fit.

    Example:
        result = renforce.explain("runs/demo/rounds/01/model.safetensors", ["car.jpg"], "explained")
        print(result.sheets[0])
    """
    from loop.report.explain import explain_pictures

    sheets = explain_pictures(
        Path(weights),
        [Path(image) for image in images],
        Path(folder),
        masks=[Path(mask) for mask in masks],
        methods=methods,
        target=target,
    )
    return ExplainResult(Path(folder), tuple(sheets))


def report(folder: str | PathLike[str]) -> Path:
    """Write the report of a run, comparison, study or slice benchmark again.

    Of a study under way it tells of the seeds that every arm is through with.

    Returns:
        The page, `report.html` in the folder.

    Raises:
        UserError: the folder holds nothing to report yet.
    """
    from loop.run.results_folder import StudyFolder

    under_way = StudyFolder(Path(folder))
    if under_way.has_begun and not under_way.is_done:
        from loop.study.study import write_so_far

        write_so_far(Path(folder))
    return write_report(Path(folder))


def write_report(path: Path) -> Path:
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
