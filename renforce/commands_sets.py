"""Commands that make, check and hand over sets of pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from generator.errors import UserError
from renforce.program import (
    HAND_OVER,
    MAKE,
    ConfigFile,
    Folder,
    Overrides,
    Place,
    RayAddress,
    app,
    asset,
    say,
)


@app.command(rich_help_panel=MAKE)
def render(
    config: ConfigFile,
    output: Place,
    overrides: Overrides = None,
    ray: RayAddress = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print how many pictures, minutes and gigabytes it takes.")
    ] = False,
) -> None:
    """Render a set of pictures with exact masks.

    The same command again renders only what is missing.

    \b
    Examples:
      renforce render configs/render.yaml -o sets/plain
      renforce render configs/scenes.yaml -o sets/scenes --set pictures.count=40 --dry-run
    """
    from renforce import sets

    asked = [*(overrides or ()), *([f"farm.ray={json.dumps(ray)}"] if ray else [])]
    if not dry_run:
        made = sets.render(config, output, overrides=asked)
        from generator.farm.render import Made  # after the configuration is checked: it is slow to import

        say(Made(made.there, made.cached, made.rendered).summary(output))
        return
    found = sets.estimate(config, output, overrides=asked)
    there = f" ({found.there} more are there)" if found.there else ""
    minutes, gigabytes = _figure(found.seconds / 60), _figure(found.bytes / 1e9)
    say(f"{found.pictures} pictures{there}, {minutes} minutes, {gigabytes} GB")
    say(found.basis)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.3f}"


@app.command(name="check", rich_help_panel=MAKE)
def check_(
    folder: Annotated[Path, typer.Argument(metavar="SET", help="The folder of a rendered set.")],
) -> None:
    """Check every file of a rendered set.

    Every picture is checked against its spec, its masks, its layers and its numbers.

    \b
    Examples:
      renforce check sets/plain
      renforce check /mnt/shared/sets/probe
    """
    from renforce import sets

    done = sets.check(folder)
    say(f"{done.pictures} pictures in {folder}, each whole and as its spec says")


@app.command(rich_help_panel=MAKE)
def scene(
    what: Annotated[Path, typer.Argument(metavar="SET|SPEC", help="A set, or a spec as a JSON file.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE.blend", help="File that the scene goes to.")
    ],
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A picture of the set.")] = None,
    cards: Annotated[
        list[Path] | None,
        typer.Option("--asset", metavar="CARD", help="Asset card of a model that it shows; repeatable."),
    ] = None,
) -> None:
    """Keep the scene of a picture as a file that Blender opens.

    \b
    Examples:
      renforce scene sets/plain sedan_r_5_f_0001 -o sedan.blend
      renforce scene spec.json -o lorry.blend --asset lorry.yaml
    """
    from generator.dataset.blend import read_spec, save_scene, spec_of

    if name is None and what.is_dir():
        raise UserError(f"{what}: is a set; name one of its pictures after it")
    save_scene(read_spec(what) if name is None else spec_of(what, name), output, cards or ())
    say(f"scene: {output}")


@asset.command()
def check(
    model: Annotated[
        Path, typer.Argument(metavar="CARD_OR_MODEL", help="An asset card, or a model file alone.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Folder for a turntable picture and a card."),
    ] = None,
) -> None:
    """Report what a model holds and how it takes a colour; suggest an asset card for a model alone.

    \b
    Examples:
      renforce asset check lorry.glb -o lorry
      renforce asset check lorry/lorry.yaml
    """
    from rich.console import Console

    from generator.assets.card import FORMATS
    from generator.assets.check import check_asset
    from generator.assets.console import show, suggestion, write

    bare = model.suffix.lower() in FORMATS
    console = Console(stderr=bare and output is None)
    found = check_asset(model)
    show(found, console)
    if output is not None:
        console.print(f"written: {', '.join(map(str, write(found, model, output)))}", markup=False)
    elif bare:
        say(suggestion(found))


@app.command(rich_help_panel=MAKE)
def match(
    photographs: Annotated[
        Path, typer.Argument(metavar="PHOTOGRAPHS", help="A folder of pictures, at any depth; 20 or more.")
    ],
    renders: Annotated[
        Path, typer.Argument(metavar="SET", help="The folder of a rendered set; 20 pictures or more.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE.yaml", help="File that the look goes to.")
    ],
    size: Annotated[
        int, typer.Option("--size", metavar="PX", help="Side of the network's input: data.image_size.")
    ] = 64,
) -> None:
    """Find the look that brings renders closest to photographs.

    The file is for train.rendered_look. Distances before and after are printed.

    \b
    Examples:
      renforce match photos sets/plain -o look.yaml
      renforce match photos sets/plain --size 96 -o look.yaml
    """
    from renforce import sets

    done = sets.match(photographs, renders, output, size=size)
    for line in done.table:
        say(line)
    say(f"look: {done.file}")


@app.command(rich_help_panel=HAND_OVER)
def export(
    pictures: Annotated[Path, typer.Argument(metavar="SET", help="The folder of a set of pictures.")],
    output: Folder,
    layout: Annotated[
        str, typer.Option("--to", metavar="LAYOUT", help="Layout: coco, imagefolder or huggingface.")
    ],
    by: Annotated[
        str, typer.Option("--by", metavar="ATTRIBUTE", help="Attribute whose values are the classes.")
    ] = "shape",
    classes: Annotated[
        Path | None,
        typer.Option("--classes", metavar="CONFIG", help="A YAML file whose `classes` are used instead."),
    ] = None,
) -> None:
    """Write a set in the layout of another library.

    \b
    Examples:
      renforce export sets/plain --to coco -o coco
      renforce export sets/plain --to imagefolder --classes configs/demo.yaml -o folders
    """
    from loop.config.load import load
    from loop.config.run import Classes
    from renforce import sets

    named = load(Classes, classes).classes if classes else None
    done = sets.export(pictures, output, layout, by=by, classes=named)
    say(f"{done.pictures} pictures in {output}")
