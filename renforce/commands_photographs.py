"""The command that describes a folder of photographs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from generator.errors import UserError
from renforce.program import LOOK, Folder, app, say


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
    from renforce import photographs as face

    if labels_for not in ("training", "calibration"):
        raise UserError(f"--labels-for {labels_for}: is not a purpose; training or calibration")
    done = face.describe(
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
