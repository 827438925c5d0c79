"""The command `renforce`: words of the command line to the functions of `renforce.commands`."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from generator.errors import UserError
from loop.config.load import load
from loop.config.run import Classes, LoopConfig, RenderConfig
from renforce.commands import (
    check_model,
    check_pictures,
    compare_networks,
    estimate_pictures,
    find_planted,
    list_controllers,
    list_methods,
    list_models,
    render_pictures,
    report_run,
    run_loop,
    say,
    study_arms,
)

FULL = "is full; free some space and try again"
UNUSABLE = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EACCES: "may not be used by you; change its permissions or give another place",
    errno.EPERM: "may not be used by you; give another place",
    errno.EROFS: "cannot be written to; give another place",
    errno.ENOTDIR: "lies in what is no folder; give another place",
    errno.EEXIST: "is a file where a folder is needed; give another place",
    errno.EISDIR: "is a folder where a file is needed; give another place",
    errno.ENAMETOOLONG: "is too long a name; give another place",
}
"""Errors of the system that are the user's to mend, in words."""

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

asset = typer.Typer(no_args_is_help=True, help="Your own models as shapes.")
app.add_typer(asset, name="asset")

ConfigFile = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="A YAML file; ready-made ones in configs/.")
]
Folder = Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the result goes.")]
Place = Annotated[
    str, typer.Option("--output", "-o", metavar="FOLDER", help="Where the set goes: a folder, or s3://….")
]
RayAddress = Annotated[
    str | None, typer.Option("--ray", metavar="ADDRESS", help="Render on this Ray cluster: HOST:PORT, auto.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key, such as data.root=photos."),
]


@app.command()
def render(
    config: ConfigFile,
    output: Place,
    overrides: Overrides = None,
    ray: RayAddress = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many pictures, minutes and gigabytes.")
    ] = False,
) -> None:
    """Render a set of pictures with masks; the same command again renders only what is missing."""
    settings = load(RenderConfig, config, overrides or ())
    if ray:
        settings = settings.model_copy(update={"farm": settings.farm.model_copy(update={"ray": ray})})
    if dry_run:
        estimate_pictures(settings, output)
    else:
        render_pictures(settings, output)


@app.command(name="check")
def check_(
    folder: Annotated[Path, typer.Argument(metavar="SET", help="The folder of a rendered set.")],
) -> None:
    """Check a rendered set: every picture against its spec, its masks, its layers and its numbers."""
    check_pictures(folder)


@app.command()
def loop(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Verify, reinforce, verify again; the same command after a kill goes on where it stood."""
    run_loop(load(LoopConfig, config, overrides or ()), output, config)


@app.command()
def verify(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Train or take a network, look where it looks, and report; nothing is added."""
    run_loop(load(LoopConfig, config, [*(overrides or ()), "controller.rounds=0"]), output, config)


@app.command()
def compare(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Train several networks on the same data and put them into one table; goes on after a kill."""
    from loop.config.comparison import CompareConfig

    compare_networks(load(CompareConfig, config, overrides or ()), output, config)


@app.command()
def study(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Compare controllers over seeds at equal renders and steps; goes on after a kill."""
    from loop.config.study import StudyConfig

    study_arms(load(StudyConfig, config, overrides or ()), output, config)


@app.command(name="bench-slices")
def bench_slices(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Plant known diseases into training sets and see which method names them; goes on after a kill."""
    from loop.config.slice_benchmark import SliceBenchmarkConfig

    find_planted(load(SliceBenchmarkConfig, config, overrides or ()), output, config)


@app.command(name="list")
def list_(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="models, methods or controllers")],
    sizes: Annotated[
        list[int] | None, typer.Option("--size", metavar="PX", help="Count for pictures of this side.")
    ] = None,
) -> None:
    """Say what there is: networks with their layers, input and size; attribution methods; controllers."""
    lists: dict[str, Callable[[], None]] = {
        "models": lambda: list_models(tuple(sizes or (224, 32))),
        "methods": list_methods,
        "controllers": list_controllers,
    }
    if what not in lists:
        raise UserError(f"list {what}: there is no such list; one of {', '.join(lists)}")
    lists[what]()


@app.command()
def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]) -> None:
    """Write the report of a run again; of a study under way, of the seeds that are done."""
    report_run(run)


@app.command()
def explain(
    weights: Annotated[Path, typer.Argument(metavar="WEIGHTS", help="A model.safetensors of a run.")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE…", help="Photographs.")],
    output: Folder,
    masks: Annotated[
        list[Path] | None, typer.Option("--mask", metavar="FILE", help="One for each photograph, in order.")
    ] = None,
    methods: Annotated[
        list[str] | None, typer.Option("--method", metavar="NAME", help="Of `list methods`; all by default.")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="CLASS", help="What is explained; the predicted class.")
    ] = None,
) -> None:
    """Show what a network looks at in photographs: every method side by side, and the raw maps."""
    from loop.report.explain import explain_pictures

    written = explain_pictures(
        weights, images, output, masks=masks or (), methods=methods or (), target=target
    )
    for path in written:
        say(str(path))


@app.command()
def export(
    pictures: Annotated[Path, typer.Argument(metavar="SET", help="A set of pictures.")],
    output: Folder,
    layout: Annotated[str, typer.Option("--to", metavar="LAYOUT", help="coco, imagefolder or huggingface.")],
    by: Annotated[str, typer.Option("--by", metavar="ATTRIBUTE", help="What a class is.")] = "shape",
    classes: Annotated[
        Path | None,
        typer.Option("--classes", metavar="CONFIG", help="A YAML file whose `classes` say it instead."),
    ] = None,
) -> None:
    """Write a set in the layout of another library."""
    from generator.export import export_set

    named = load(Classes, classes).classes if classes else None
    say(f"{export_set(pictures, layout, output, by=by, classes=named)} pictures in {output}")


@app.command()
def scene(
    what: Annotated[Path, typer.Argument(metavar="SET|SPEC", help="A set, or a spec as a JSON file.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE.blend", help="Where it goes.")],
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A picture of the set.")] = None,
    cards: Annotated[
        list[Path] | None, typer.Option("--asset", metavar="CARD", help="Card of a model that it shows.")
    ] = None,
) -> None:
    """Keep the scene of a picture as a file that Blender opens."""
    from generator.dataset.blend import read_spec, save_scene, spec_of

    if name is None and what.is_dir():
        raise UserError(f"{what}: is a set; name one of its pictures after it")
    save_scene(read_spec(what) if name is None else spec_of(what, name), output, cards or ())
    say(f"scene: {output}")


@asset.command()
def check(
    model: Annotated[Path, typer.Argument(metavar="CARD_OR_MODEL", help="An asset card, or a model alone.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="For a turntable picture and a card."),
    ] = None,
) -> None:
    """Say what is found in a model and how it takes a colour; for a model alone, suggest a card."""
    check_model(model, output)


def main() -> None:
    """Entry point: mistakes that a user can mend are one line on stderr and exit code 2."""
    try:
        app()
    except UserError as error:
        sys.stderr.write(f"renforce: {error}\n")
        sys.exit(2)
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        sys.stderr.write(f"renforce: {error.filename or 'the disk'}: {UNUSABLE[error.errno]}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
