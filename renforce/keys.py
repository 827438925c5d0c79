"""The keys of every configuration with type, default and description, out of the models that read them."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from annotated_types import BaseMetadata, Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from generator.draws import Draw
from generator.errors import UserError

KINDS: Mapping[str, tuple[str, str]] = {
    "render": ("loop.config.run", "RenderConfig"),
    "loop": ("loop.config.run", "LoopConfig"),
    "compare": ("loop.config.comparison", "CompareConfig"),
    "study": ("loop.config.study", "StudyConfig"),
    "bench-slices": ("loop.config.slice_benchmark", "SliceBenchmarkConfig"),
}
"""Command -> module and name of its configuration, imported when it is asked for: that of comparisons takes
long. `renforce verify` takes that of `loop`."""

SCALARS = {int: "whole number", float: "number", bool: "true or false", str: "text", Path: "path"}
BOUNDS = ((Ge, "ge", "≥"), (Gt, "gt", ">"), (Le, "le", "≤"), (Lt, "lt", "<"))
DRAW = {
    "description": "A value, a list, or a distribution such as {uniform: [low, high]}.",
    "anyOf": [{"type": kind} for kind in ("string", "number", "boolean", "null", "array", "object")],
}
"""What JSON schemas have for the forms of `generator.draws`, which a parser of its own reads."""


Model = type[BaseModel]


@dataclass(frozen=True)
class Key:
    """A key of a configuration, as users write it."""

    path: str
    """Words joined by dots; `[]` stands for an entry of a list."""
    type: str
    """What may be written, in words, with the range."""
    default: str
    """As YAML; empty where the key must be given."""
    description: str
    """What it is, in one paragraph."""
    section: Model | None
    """Where it holds keys of its own: what describes them."""

    @property
    def required(self) -> bool:
        return not self.default

    def text(self) -> str:
        """For the terminal: path, type and default in one line, the description below it."""
        default = "must be given" if self.required else f"default {self.default}"
        return f"{self.path}: {self.type}; {default}\n    {self.description}"


def keys_of(kind: type[BaseModel], prefix: str = "") -> Iterator[Key]:
    """The keys of a section, without those inside of its own sections."""
    for name, field in kind.model_fields.items():
        sections = list(_sections(field.annotation))
        yield Key(
            f"{prefix}{name}",
            _type(field.annotation, tuple(field.metadata)),
            _default(field, sections),
            " ".join((field.description or "").split()),
            sections[0] if sections else None,
        )


def all_keys(kind: type[BaseModel], prefix: str = "") -> Iterator[Key]:
    """The keys of a configuration, each followed by those inside of it."""
    for key in keys_of(kind, prefix):
        yield key
        if key.section is not None:
            listed = "[]" if key.type.startswith("list") else ""
            yield from all_keys(key.section, f"{key.path}{listed}.")


def reference(kind: str = "loop", key: str | None = None) -> list[Key]:
    """A key of a configuration and those inside of it, or all keys.

    Args:
        kind: one of `KINDS`.
        key: with dots, such as `train.epochs`; None for all.

    Raises:
        UserError: there is no such kind or key.

    >>> [key] = reference("loop", "controller.max_order")
    >>> key.type, key.default
    ('whole number, ≥ 1, ≤ 3', '2')
    """
    keys = list(all_keys(config_of(kind)))
    if key is None:
        return keys
    wanted = key.replace("[]", "")
    found = [one for one in keys if f"{one.path.replace('[]', '')}.".startswith(f"{wanted}.")]
    if not found:
        above = f"{wanted.rpartition('.')[0]}.".removeprefix(".")
        near = [one.path for one in keys if one.path.startswith(above) and "." not in one.path[len(above) :]]
        known = f"known here: {', '.join(sorted(near))}" if near else f"see `renforce config --for {kind}`"
        raise UserError(f"config {key}: a configuration of `renforce {kind}` has no such key; {known}")
    return found


def schema(kind: str) -> dict[str, Any]:
    """The JSON schema of a configuration, for editors that check YAML.

    Raises:
        UserError: there is no such kind.
    """
    found = config_of(kind).model_json_schema()
    if "Draw" in found.get("$defs", {}):
        found["$defs"]["Draw"] = DRAW
    return found


def config_of(kind: str) -> type[BaseModel]:
    """The configuration of a command.

    Raises:
        UserError: there is no such command, or it takes none.
    """
    if kind not in KINDS:
        raise UserError(f"--for {kind}: there is no such configuration; one of {', '.join(KINDS)}")
    module, name = KINDS[kind]
    found: type[BaseModel] = getattr(import_module(module), name)
    return found


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    """The sections that a key may hold, but for draws, which are values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not issubclass(annotation, Draw):
            yield annotation
        return
    for inner in get_args(annotation):
        yield from _sections(inner)


def _type(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    """What may be written, in words.

    >>> _type(tuple[int, ...] | None)
    'list of whole numbers or null'
    """
    if get_origin(annotation) is typing.Annotated:
        inner, *more = get_args(annotation)
        return _type(inner, (*more, *metadata))
    return f"{_bare(annotation)}{_range(metadata)}"


def _bare(annotation: Any) -> str:
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(one) for one in inside)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inside)
    if origin is tuple:
        return f"list of {_plural(_type(inside[0]))}"
    if annotation is type(None):
        return "null"
    if isinstance(annotation, type) and issubclass(annotation, Draw):
        return "value, list or distribution"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    if isinstance(origin or annotation, type) and issubclass(origin or annotation, Mapping):
        return "mapping"
    return SCALARS.get(annotation, "anything")


def _plural(words: str) -> str:
    for one in ("whole number", "number", "section", "path", "mapping"):
        if words == one or words.startswith(f"{one},"):
            return words.replace(one, f"{one}s", 1)
    return "texts" if words == "text" else words


def _range(metadata: tuple[Any, ...]) -> str:
    flat = [one for entry in metadata for one in _constraints(entry)]
    ends = [
        f", {sign} {_number(getattr(one, name))}"
        for kind, name, sign in BOUNDS
        for one in flat
        if isinstance(one, kind)
    ]
    return "".join(dict.fromkeys(ends))


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def _constraints(entry: Any) -> Iterator[BaseMetadata]:
    if isinstance(entry, FieldInfo):
        yield from (one for one in entry.metadata if isinstance(one, BaseMetadata))
    elif isinstance(entry, BaseMetadata):
        yield entry


def _default(field: FieldInfo, sections: list[type[BaseModel]]) -> str:
    """As YAML in one line; empty where the key must be given."""
    if field.is_required():
        return ""
    value = field.get_default(call_default_factory=True, validated_data={})
    if sections and isinstance(value, BaseModel):
        return "see its keys"
    return in_yaml(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=not isinstance(value, Draw))
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def in_yaml(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False)
    return text.removesuffix("...\n").strip()
