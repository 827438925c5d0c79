"""Commands that evaluate, explain, compare, reinforce and study networks, and describe photographs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from generator.errors import UserError
from renforce.program import HAND_OVER, LOOK, REINFORCE, STUDY, ConfigFile, Folder, Overrides, app, say

if TYPE_CHECKING:
    from renforce.results import FolderResult


@app.command(rich_help_panel=LOOK)
def verify(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Evaluate a network and where it looks; nothing is added.

    The network is trained first, or taken from network.weights.

    \b
    Examples:
      renforce verify configs/demo.yaml -o runs/evaluated
      renforce verify mine.yaml -o runs/mine --set network.weights=model.safetensors
    """
    from renforce import runs

    _say_report(runs.evaluate(config, output, overrides=overrides or (), log=say))


@app.command(rich_help_panel=LOOK)
def explain(
    weights: Annotated[Path, typer.Argument(metavar="WEIGHTS", help="A model.safetensors of a run.")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE…", help="Photographs of any size.")],
    output: Folder,
    masks: Annotated[
        list[Path] | None,
        typer.Option("--mask", metavar="FILE", help="A mask for each photograph, in order; repeatable."),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option("--method", metavar="NAME", help="Method of `renforce list methods`; all by default."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="CLASS", help="Class to explain; the predicted one by default."),
    ] = None,
) -> None:
    """Show where a network looks in photographs of your own.

    Every method is shown side by side, and the raw maps are kept.

    \b
    Examples:
      renforce explain runs/demo/rounds/01/model.safetensors car.jpg -o explained
      renforce explain model.safetensors car.jpg --mask car.png --method grad_cam -o explained
    """
    from renforce import reports

    done = reports.explain(weights, images, output, masks=masks or (), methods=methods or (), target=target)
    for path in done.sheets:
        say(str(path))


@app.command(rich_help_panel=LOOK)
def describe(
    photographs: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Photographs, each cropped to its vehicle.")
    ],
    output: Folder,
    renders: Annotated[
        Path | None,
        typer.Option("--renders", metavar="SET", help="Rendered set to learn from; else one is rendered."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", metavar="CSV", help="Attributes of some photographs: file, view, color, …"),
    ] = None,
    random_labels: Annotated[
        bool,
        typer.Option("--random-labels", help="Say that the labelled photographs were drawn at random."),
    ] = False,
    labels_for: Annotated[
        str,
        typer.Option("--labels-for", metavar="PURPOSE", help="Use labels for training or calibration alone."),
    ] = "training",
    attributes: Annotated[
        Path | None,
        typer.Option("--attributes", metavar="CSV", help="A table of your own to count: file, any columns."),
    ] = None,
    recognise: Annotated[
        list[str] | None,
        typer.Option(
            "--recognise",
            metavar="ATTRIBUTE",
            help="view, color, shape or elevation; repeatable. All by default, none beside your own table.",
        ),
    ] = None,
    network: Annotated[
        str, typer.Option("--network", metavar="NAME", help="Network with ImageNet weights.")
    ] = "efficientnet_lite0",
    align: Annotated[
        bool | None,
        typer.Option(
            "--align/--no-align",
            help="Align features of photographs to the renders'; by default where labels are learned from.",
        ),
    ] = None,
    lacking: Annotated[
        float,
        typer.Option(
            "--lacking", metavar="FRACTION", help="Of an even share, below which a value is lacking."
        ),
    ] = 0.25,
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache", metavar="FOLDER", help="Folder to keep renders and features in, for several."
        ),
    ] = None,
) -> None:
    """Count what photographs show and say what they lack.

    Views, colours, shapes and elevations are recognised by what renders teach.

    \b
    Examples:
      renforce describe photos -o described
      renforce describe photos -o described --labels labels.csv --random-labels
    """
    from renforce import reports

    if labels_for not in ("training", "calibration"):
        raise UserError(f"--labels-for {labels_for}: is not a purpose; training or calibration")
    done = reports.describe(
        photographs,
        output,
        renders=renders,
        labels=labels,
        random_labels=random_labels,
        labels_for=cast(Literal["training", "calibration"], labels_for),
        attributes=attributes,
        recognise=recognise,
        network=network,
        align=align,
        lacking=lacking,
        cache=cache,
        log=say,
    )
    for line in done.answers:
        say(line)
    say(f"report: {done.report}")


@app.command(rich_help_panel=LOOK)
def compare(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Train several networks on the same data and compare them.

    The same command goes on after a kill.

    \b
    Examples:
      renforce compare configs/compare.yaml -o runs/compare --set data.root=photos
      renforce compare configs/looks.yaml -o runs/looks --set data.root=photos --set probe.folder=sets/probe
    """
    from renforce import runs

    _say_report(runs.compare(config, output, overrides=overrides or (), log=say))


@app.command(rich_help_panel=REINFORCE)
def loop(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Evaluate, render what the network is weak on, retrain, evaluate.

    The same command goes on after a kill.

    \b
    Examples:
      renforce loop configs/demo.yaml -o runs/demo
      renforce loop configs/cifar10.yaml -o runs/cifar10 --set data.root=photos --set controller.rounds=2
    """
    from renforce import runs

    _say_report(runs.reinforce(config, output, overrides=overrides or (), log=say))


@app.command(rich_help_panel=STUDY)
def study(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Compare controllers over seeds at equal renders and steps.

    The same command goes on after a kill; arms and seeds can be added later.

    \b
    Examples:
      renforce study configs/study.yaml -o runs/study
      renforce study configs/study.yaml -o runs/small --set "arms=[none, uniform, oracle]" --set "seeds=[0]"
    """
    from renforce import runs

    _say_report(runs.study(config, output, overrides=overrides or (), log=say))


@app.command(name="bench-slices", rich_help_panel=STUDY)
def bench_slices(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Plant known failures and see which finder names them.

    The same command goes on after a kill; settings and seeds can be added later.

    \b
    Examples:
      renforce bench-slices configs/bench-slices.yaml -o runs/slices
      renforce bench-slices configs/bench-slices.yaml -o runs/quick --set "seeds=[0]" --set max_slices=5
    """
    from renforce import runs

    _say_report(runs.bench_slices(config, output, overrides=overrides or (), log=say))


@app.command(rich_help_panel=HAND_OVER)
def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run of any kind.")],
) -> None:
    """Write the report of a run, comparison, study or benchmark again.

    Of a study under way it covers the seeds that are done.

    \b
    Examples:
      renforce report runs/demo
      renforce report runs/study
    """
    from renforce import reports

    say(f"report: {reports.report(run)}")


def _say_report(done: FolderResult) -> None:
    say(f"nothing left to do; report: {done.report}" if done.was_finished else f"report: {done.report}")
