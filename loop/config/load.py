"""Configurations out of YAML files, with overrides, and what is wrong with them in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from generator.errors import UserError
from generator.files import parse_yaml, read_yaml
from generator.plugins import load_plugins
from loop.config.renamed import Tell, modern

LONGEST = 80
"""Characters up to which a message shows the value that was found."""


def warn(line: str) -> None:
    """Write a line to stderr."""
    sys.stderr.write(f"renforce: {line}\n")


def load[Config: BaseModel](
    kind: type[Config], path: Path, overrides: Sequence[str] = (), *, tell: Tell | None = warn
) -> Config:
    """Read and check a YAML file, with `key.key=value` overrides.

    Keys may have the names of before (`loop.config.renamed`). Plugins that it names are loaded first.

    Args:
        tell: is given one line for each former name that is used; None says nothing.

    Raises:
        UserError: one line that names the file, the key, the value found and what would be right.
    """
    content = read_yaml(
        path,
        missing="no such file; ready-made ones lie in configs/",
        empty="see configs/demo.yaml for an example",
    )
    return resolve(kind, content, overrides, place=str(path), tell=tell)


def stored[Config: BaseModel](kind: type[Config], path: Path) -> Config:
    """A configuration that renforce wrote itself, of this version or one before.

    Raises:
        UserError: as `load`.
    """
    return load(kind, path, tell=None)


def resolve[Config: BaseModel](
    kind: type[Config],
    content: Mapping[str, Any],
    overrides: Sequence[str] = (),
    *,
    place: str = "the configuration",
    tell: Tell | None = warn,
) -> Config:
    """Check a content, as `load` does it.

    Args:
        place: where the content is from, for messages.

    Raises:
        UserError: as `load`.
    """
    lines: dict[str, None] = {}
    try:
        content = dict(modern(kind, content, lines.setdefault))
    except UserError as error:
        raise UserError(f"{place}: {error}") from None
    except RecursionError:
        raise UserError(f"{place}: has too many levels") from None
    names = _Names()
    for override in overrides:
        key, value = _parsed(override)
        _override(content, override, *names.today(kind, key, value, lines.setdefault))
    if tell is not None:
        for line in lines:
            tell(f"{place}: {line}")
    try:
        load_plugins(_plugins(content))
        return kind.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{place}: {first_fault(error, kind, content)}") from None
    except RecursionError:
        raise UserError(f"{place}: has too many levels") from None


def _plugins(content: Mapping[str, Any]) -> list[str]:
    """Those that a content, or the run of a study, names; what is no list of names is refused later."""
    inner = content.get("run")
    places = [content, inner] if isinstance(inner, Mapping) else [content]
    lists = [place.get("plugins") for place in places]
    return [
        name for list_ in lists if isinstance(list_, list | tuple) for name in list_ if isinstance(name, str)
    ]


class _Names:
    """The keys that overrides have given, by the names of today."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {}
        """Key -> the name by which it was given."""

    def today(self, kind: type, key: str, value: Any, tell: Tell) -> tuple[str, Any]:
        """An override with the names of today.

        Raises:
            UserError: another one gives the same key by its other name.
        """
        content: dict[str, Any] = {}
        put(content, key, value)
        found: Any = modern(kind, content, tell)
        words: list[str] = []
        for _ in key.split("."):
            ((word, found),) = found.items()
            words.append(word)
        name = ".".join(words)
        other = self.given.setdefault(name, key)
        if other != key:
            former = key if other == name else other
            raise UserError(f"--set {former}: is the former name of {name}, which is given too; leave it out")
        return name, found


def _parsed(override: str) -> tuple[str, Any]:
    """Key and value of `key.key=value`."""
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise UserError(f"--set {override!r}: has the form key.key=value, such as data.root=photos")
    try:
        return key, parse_yaml(text)
    except ValueError:
        shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        raise UserError(
            f"--set {key}: {shown!r} is not a YAML value; quote it or close its brackets"
        ) from None


def _override(content: dict[str, Any], override: str, key: str, value: Any) -> None:
    try:
        put(content, key, value)
    except KeyError as error:
        what = f"{error.args[0]!r} is a value and has no keys under it"
        raise UserError(f"--set {override!r}: {what}") from None


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
