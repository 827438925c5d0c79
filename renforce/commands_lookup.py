"""Commands that list what there is and explain configuration keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated

import typer

from generator.errors import UserError
from renforce.program import LOOK_UP, app, say


@app.command(name="list", rich_help_panel=LOOK_UP)
def list_(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="models, methods or controllers")],
    sizes: Annotated[
        list[int] | None,
        typer.Option(
            "--size", metavar="PX", help="Count operations for pictures of this side; 224 and 32 by default."
        ),
    ] = None,
) -> None:
    """List the networks, attribution methods or controllers.

    \b
    Examples:
      renforce list models --size 64
      renforce list controllers
    """
    from generator.plugins import load_plugins
    from renforce import listing

    lists: dict[str, Callable[[], list[str]]] = {
        "models": lambda: listing.models(sizes or (224, 32)),
        "methods": listing.methods,
        "controllers": listing.controllers,
    }
    if what not in lists:
        raise UserError(f"list {what}: there is no such list; one of {', '.join(lists)}")
    load_plugins()
    for line in lists[what]():
        say(line)


@app.command(rich_help_panel=LOOK_UP)
def config(
    key: Annotated[str | None, typer.Argument(metavar="KEY", help="With dots, such as train.epochs.")] = None,
    kind: Annotated[
        str,
        typer.Option("--for", metavar="COMMAND", help="loop, render, compare, study or bench-slices."),
    ] = "loop",
    schema: Annotated[
        str | None,
        typer.Option("--schema", metavar="COMMAND", help="Print the JSON schema of its configuration."),
    ] = None,
) -> None:
    """Explain a configuration key, or all of them.

    \b
    Examples:
      renforce config controller.on_regression
      renforce config --for study
    """
    from renforce import keys

    if schema is not None:
        say(json.dumps(keys.schema(schema), indent=1, ensure_ascii=False))
        return
    for one in keys.reference(kind, key):
        say(one.text())
