"""Configurations out of YAML files, with overrides, and what is wrong with them in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from generator.errors import UserError
from generator.files import parse_yaml, read_yaml

LONGEST = 80
"""Characters up to which a message shows the value that was found."""


def load[Config: BaseModel](kind: type[Config], path: Path, overrides: Sequence[str] = ()) -> Config:
    """Read and check a YAML file, with `key.key=value` overrides.

    Raises:
        UserError: one line that names the file, the key, the value found and what would be right.
    """
    content = read_yaml(
        path,
        missing="no such file; ready-made ones lie in configs/",
        empty="see configs/demo.yaml for an example",
    )
    for override in overrides:
        _override(content, override)
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{path}: {first_fault(error, kind, content)}") from None
    except RecursionError:
        raise UserError(f"{path}: has too many levels") from None


def _override(content: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise UserError(f"--set {override!r}: has the form key.key=value, such as data.root=photos")
    try:
        put(content, key, parse_yaml(text))
    except KeyError as error:
        what = f"{error.args[0]!r} is a value and has no keys under it"
        raise UserError(f"--set {override!r}: {what}") from None
    except ValueError:
        shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        raise UserError(f"--set {key}: {shown!r} is no YAML value; quote it or close its brackets") from None


def put(content: dict[str, Any], key: str, value: Any) -> None:
    """Set `key.key` in place. What other keys share with it, as aliases of YAML do, stays as it is.

    Raises:
        KeyError: with the word before a dot that has a value and no keys.
    """
    *parents, last = key.split(".")
    for parent in parents:
        inner = content.get(parent, {})
        if not isinstance(inner, dict):
            raise KeyError(parent)
        content[parent] = content = dict(inner)
    content[last] = value


def first_fault(error: ValidationError, kind: type[BaseModel], content: Any) -> str:
    """The first mistake in one line.

    Args:
        content: what was checked; tells the keys in a fault's place from pydantic's names of alternatives.
    """
    faults = [(_keys_of(fault, content), fault) for fault in error.errors()]
    first = faults[0][0]
    alike = [(keys, fault) for keys, fault in faults if keys[: len(first)] == first]
    keys, fault = max(alike, key=lambda one: len(one[0]))
    place = ".".join(map(str, keys)) or "the whole file"
    if fault["type"] == "extra_forbidden":
        return f"{place}: no such key{_known(kind, keys[:-1])}"
    if fault["type"] == "missing":
        return f"{place}: is missing; add it"
    messages = dict.fromkeys(fault["msg"] for other, fault in alike if other == keys)
    message = " or ".join(messages).removeprefix("Value error, ").replace(" or Input should be", ", or")
    found = repr(fault["input"])
    short = len(found) <= LONGEST and not isinstance(fault["input"], BaseModel)
    return f"{place}: {message} (found {found})" if short else f"{place}: {message}"


def _keys_of(fault: ErrorDetails, content: Any) -> tuple[int | str, ...]:
    """The words of a fault's place that lead through the content; and the last, where a key is missing."""
    keys: list[int | str] = []
    for word in fault["loc"]:
        if isinstance(content, Mapping | Sequence) and not isinstance(content, str) and _holds(content, word):
            content = content[word]  # type: ignore[index]  # an index of the one, a key of the other
            keys.append(word)
    return (*keys, fault["loc"][-1]) if fault["type"] == "missing" else tuple(keys)


def _holds(content: Mapping[Any, Any] | Sequence[Any], word: int | str) -> bool:
    if isinstance(content, Mapping):
        return word in content
    return isinstance(word, int) and word < len(content)


def _known(kind: type[BaseModel], place: tuple[int | str, ...]) -> str:
    """Names of the fields at a place, following sections and those among alternatives; empty where the place
    is none."""
    for word in place:
        if isinstance(word, int):
            continue
        if word not in kind.model_fields:
            return ""
        sections = list(_sections(kind.model_fields[word].annotation))
        if not sections:
            return ""
        kind = sections[0]
    return f"; known here: {', '.join(sorted(kind.model_fields))}"


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _sections(inner)
