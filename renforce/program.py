"""The program `renforce`: its groups of commands, and the options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from generator.files import shown

MAKE, LOOK, REINFORCE, STUDY, HAND_OVER, LOOK_UP = (
    "Make pictures", "Look", "Reinforce", "Study", "Hand over", "Look up",
)  # fmt: skip
PANELS = (MAKE, LOOK, REINFORCE, STUDY, HAND_OVER, LOOK_UP)
"""Groups of commands, in the order of `renforce --help`."""


class Grouped(TyperGroup):
    """A program whose help lists its commands group by group, each in one whole line."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for panel in PANELS:
            commands = ((name, one) for name, one in self.commands.items() if _panel(one) == panel)
            with formatter.section(panel):
                formatter.write_dl([(name, (one.help or "").partition("\n")[0]) for name, one in commands])


def _panel(command: Any) -> Any:
    return getattr(command, "rich_help_panel", None)


app = typer.Typer(
    cls=Grouped,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 110},
)

asset = typer.Typer(no_args_is_help=True, help="Examine models of your own and use them as shapes.")
app.add_typer(asset, name="asset", rich_help_panel=MAKE)

ConfigFile = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="A YAML file; ready-made ones lie in configs/.")
]
Folder = Annotated[
    Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder that the result goes to.")
]
Place = Annotated[
    str,
    typer.Option(
        "--output", "-o", metavar="FOLDER", help="Where the set goes: a folder, or a URL such as s3://…."
    ),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        "--ray", metavar="ADDRESS", help="Render on the Ray cluster at this address: HOST:PORT, or auto."
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Give a key another value, such as data.root=photos; repeatable."
    ),
]


def say(line: str) -> None:
    """Print a line at once."""
    print(shown(line), flush=True)  # noqa: T201


def _version(asked: bool) -> None:
    if asked:
        import renforce

        say(f"renforce {renforce.__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Renders vehicles with controlled attributes and exact masks, evaluates an image classifier and where it
    looks, finds the combinations of attributes that it is weak on, renders more of just those, retrains, and
    evaluates again."""
