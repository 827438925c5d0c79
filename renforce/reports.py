"""Reports of folders of any kind, and photographs explained and described."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from generator.errors import UserError
from renforce.given import Log, silent
from renforce.results import DescribeResult, ExplainResult

if TYPE_CHECKING:
    from loop.photographs.recogniser import FitOptions


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


def describe(
    photographs: str | PathLike[str],
    folder: str | PathLike[str],
    *,
    renders: str | PathLike[str] | None = None,
    labels: str | PathLike[str] | None = None,
    random_labels: bool = False,
    labels_for: Literal["training", "calibration"] = "training",
    attributes: str | PathLike[str] | None = None,
    recognise: Sequence[str] | None = None,
    network: str = "efficientnet_lite0",
    align: bool | None = None,
    lacking: float = 0.25,
    cache: str | PathLike[str] | None = None,
    fit: FitOptions | None = None,
    log: Log = silent,
) -> DescribeResult:
    """Count what photographs of vehicles show: views, colours, shapes, elevations, and pairs of them.

    A recogniser is trained on renders, once, and its confusions are taken out of the counts.

    Args:
        photographs: a folder, with folders in it or not; each photograph cropped to its vehicle.
        folder: where the tables and the report go; outside of the photographs.
        renders: a rendered set to learn from; None: that of `configs/describe.yaml`, rendered into the cache.
        labels: a CSV of some photographs, `file` and any of `view`, `color`, `shape`, `elevation`.
        random_labels: say that the labelled photographs were drawn at random from all, which makes the
            fractions surer.
        labels_for: learn from labelled photographs too, or only measure on them what is confused.
        attributes: a CSV of your own, `file` and any columns, which are counted as they are.
        recognise: attributes to recognise; None: all four, or none beside your own table.
        network: a network of the zoo, with weights trained on ImageNet.
        align: bring the features of the photographs to the mean and deviation of the renders'; None: where
            labelled photographs are learned from.
        lacking: a value is lacking if the upper end of its interval is below this fraction of an even share.
        cache: folder of renders, features and recognisers, which several descriptions may share; None:
            `folder`.
        fit: how the recogniser is trained.
        log: is given one line about each step.

    Returns:
        Where the report lies, and the figures.

    Raises:
        UserError: there are fewer than 20 photographs, or an input cannot be read or does not fit.

    Example:
        result = renforce.describe("photos", "described", labels="labels.csv", log=print)
        print(result.report, result.figures["attributes"]["view"]["values"])
    """
    from loop.photographs.describe import describe as described
    from loop.photographs.recognise import RecogniserOptions
    from loop.photographs.recogniser import FitOptions
    from loop.report.photographs import write_description

    default = RecogniserOptions().attributes if attributes is None else ()
    names = default if recognise is None else tuple(recognise)
    if labels is not None and not names:
        raise UserError(
            "--labels: nothing is recognised beside your own table; add --recognise or leave it out"
        )
    if random_labels and labels is None:
        raise UserError("--random-labels: there are no labels; give them with --labels")
    recogniser = RecogniserOptions(
        attributes=names,
        renders=_path(renders),
        labels=_path(labels),
        random_labels=random_labels,
        labels_for=labels_for,
        network=network,
        align=align,
        fit=fit or FitOptions(),
    )
    described(
        Path(photographs),
        Path(folder),
        recogniser if names else None,
        attributes=_path(attributes),
        cache=_path(cache),
        lacking=lacking,
        log=log,
    )
    return DescribeResult(Path(folder), write_description(Path(folder)))


def report(folder: str | PathLike[str]) -> Path:
    """Write the report of a run, comparison, study, slice benchmark or description again.

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
    from loop.photographs.folder import DescriptionFolder
    from loop.run.folder import RunFolder
    from loop.run.results_folder import BenchmarkFolder, StudyFolder, results_folder

    if DescriptionFolder(path).counts.exists():
        from loop.report.photographs import write_description

        return write_description(path)
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


def _path(given: str | PathLike[str] | None) -> Path | None:
    return None if given is None else Path(given)
