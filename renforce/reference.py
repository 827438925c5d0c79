"""The pages docs/reference/config.md and docs/reference/cli.md, out of the code.

Both are the same whenever they are made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import typer
from pydantic import BaseModel

from loop.config.renamed import ANY, TABLES
from renforce.keys import KINDS, Key, all_keys, config_of, in_yaml, keys_of

HEAD = """# Configuration

Every key of every configuration, as the code reads it. This page is made by the code;
`renforce config KEY` prints the same in the terminal, and `renforce config --schema KIND` a JSON schema.

A configuration is a YAML file. `--set KEY=VALUE` overrides a key, such as `--set train.epochs=3`. A key that
does not exist is a mistake and is reported with those that do.

| command | its keys |
|---|---|
"""
DRAWN = """## Values that are drawn

Where the type is *value, list or distribution*, a key takes any of these forms:

| form | meaning |
|---|---|
| `gloss` | always this value |
| `[5, 20, 35]` | one of these with equal chance; each may be any of these forms |
| `{uniform: [low, high]}` | evenly between two numbers |
| `{normal: [mean, sd], within: [low, high]}` | a normal distribution, cut off at the ends |
| `{log_uniform: [low, high]}` | equal chances for equal ratios |
| `{choice: {gloss: 0.6, dirty: 0.4}}` | by weight |
"""
FORMER = """## Former names

Configurations with the names and values of before are still read; one line on stderr gives today's name.

| before | today |
|---|---|
"""


def config_page() -> str:
    """docs/reference/config.md."""
    parts = [HEAD]
    kinds = {name: config_of(name) for name in KINDS}
    for name, kind in kinds.items():
        parts.append(f"| `renforce {name}` | [{kind.__name__}](#{kind.__name__.lower()}) |\n")
    parts.append("| `renforce verify` | as `renforce loop`, with `controller.rounds: 0` |\n")
    used = _used_by()
    for kind in (*kinds.values(), *(section for section in used if section not in kinds.values())):
        parts.append(_section_page(kind, used.get(kind, [])))
    parts += [f"\n{DRAWN}", f"\n{FORMER}", *(f"| {old} | {new} |\n" for old, new in _former())]
    return "".join(parts)


@cache
def _used_by() -> dict[type[BaseModel], list[str]]:
    """Section -> the keys that hold one, in the order in which they are met."""
    found: dict[type[BaseModel], list[str]] = {}
    for name in KINDS:
        for key in all_keys(config_of(name)):
            if key.section is not None:
                found.setdefault(key.section, []).append(f"`{key.path}` ({name})")
    return found


def _section_page(kind: type[BaseModel], used: list[str]) -> str:
    command = next((name for name in KINDS if config_of(name) is kind), None)
    head = f"\n## {kind.__name__}\n\n{_paragraph(kind.__doc__ or '')}\n"
    if command is None:
        head += f"\nIt stands under {_places(used)}.\n"
    rows = [_row(key) for key in keys_of(kind)]
    return f"{head}\n| key | type | default | what it is |\n|---|---|---|---|\n{''.join(rows)}"


def _places(used: list[str]) -> str:
    """Keys, each with the commands whose configuration has it."""
    commands: dict[str, list[str]] = {}
    for place in used:
        key, _, command = place.rpartition(" (")
        commands.setdefault(key, []).append(command.rstrip(")"))
    return "; ".join(f"{key} of {', '.join(dict.fromkeys(names))}" for key, names in commands.items())


def _row(key: Key) -> str:
    what = _cell(key.description)
    if key.section is not None:
        what += f" Keys: [{key.section.__name__}](#{key.section.__name__.lower()})."
    default = (
        "must be given"
        if key.required
        else key.default
        if key.default == "see its keys"
        else (f"`{key.default}`")
    )
    return f"| `{key.path}` | {_cell(key.type)} | {_cell(default)} | {what} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _paragraph(text: str) -> str:
    """Docstrings without their indents; paragraphs stay apart."""
    return "\n\n".join(" ".join(one.split()) for one in re.split(r"\n\s*\n", text.strip()))


def _former() -> list[tuple[str, str]]:
    rows: dict[str, str] = {}
    for table in TABLES.values():
        for entry, known in table:
            if ANY not in entry.old:
                values = "; ".join(f"{in_yaml(old)} is now {in_yaml(new)}" for old, new in known.values)
                rows[f"`{known.old}`"] = f"`{known.new}`" + (f" ({values})" if values else "")
    return list(rows.items())


def cli_page() -> str:
    """docs/reference/cli.md."""
    from renforce.cli import app

    program: Any = typer.main.get_command(app)  # of click, or of the copy of it that typer brings
    head = f"# Command line\n\n{_paragraph(program.help or '')}\n\nThis page is made by the code.\n"
    return head + "".join(_command_page(path, command) for path, command in _commands(program, "renforce"))


def _commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
        elif not command.hidden:
            yield f"{path} {name}", command


def _command_page(path: str, command: Any) -> str:
    text, _, examples = (command.help or "").partition("Examples:")
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    usage = " ".join([path, "[OPTIONS]", *(_written(one) for one in shown if _is_argument(one))])
    parts = [f"\n## {path}\n\n{_paragraph(text)}\n\n    {usage}\n"]
    if shown:
        rows = "".join(map(_parameter, shown))
        parts.append(f"\n| argument or option | default | what it is |\n|---|---|---|\n{rows}")
    if examples.strip():
        lines = [f"    {line.strip()}\n" for line in examples.replace("\b", "").splitlines() if line.strip()]
        parts.append(f"\nExamples:\n\n{''.join(lines)}")
    return "".join(parts)


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _written(parameter: Any) -> str:
    """As it stands on the command line."""
    value = parameter.metavar or parameter.name.upper()
    if _is_argument(parameter):
        return str(value if parameter.required else f"[{value}]")
    names = ", ".join(parameter.opts)
    return names if parameter.is_flag else f"{names} {value}"


def _parameter(parameter: Any) -> str:
    default = ""
    if parameter.required:
        default = "must be given"
    elif parameter.default not in (None, False, ()) and not callable(parameter.default):
        default = f"`{parameter.default}`"
    return f"| `{_cell(_written(parameter))}` | {_cell(default)} | {_cell(parameter.help or '')} |\n"
