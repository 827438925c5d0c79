"""Configurations out of YAML files, with overrides, and what is wrong with them in one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from generator.errors import UserError
from generator.files import read_yaml

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
        raise UserError(f"{path}: {first_fault(error, kind)}") from None


def _override(content: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise UserError(f"--set {override!r}: has the form key.key=value, such as data.root=photos")
    try:
        put(content, key, yaml.safe_load(text))
    except KeyError as error:
        what = f"{error.args[0]!r} is a value and has no keys under it"
        raise UserError(f"--set {override!r}: {what}") from None
    except yaml.YAMLError:
        raise UserError(
            f"--set {override!r}: {text!r} is no YAML value; quote it or close its brackets"
        ) from None


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


def first_fault(error: ValidationError, kind: type[BaseModel]) -> str:
    """The first mistake in one line."""
    fault = error.errors()[0]
    place = ".".join(str(word) for word in fault["loc"]) or "the whole file"
    if fault["type"] == "extra_forbidden":
        return f"{place}: no such key; known here: {', '.join(_keys(kind, fault['loc'][:-1]))}"
    if fault["type"] == "missing":
        return f"{place}: is missing; add it"
    message = fault["msg"].removeprefix("Value error, ")
    found = repr(fault["input"])
    short = len(found) <= LONGEST and not isinstance(fault["input"], BaseModel)
    return f"{place}: {message} (found {found})" if short else f"{place}: {message}"


def _keys(kind: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """Names of the fields at a place, following sections and the optional ones among them."""
    for word in place:
        annotation = kind.model_fields[str(word)].annotation if str(word) in kind.model_fields else None
        options = [annotation, *getattr(annotation, "__args__", ())]
        sections = [item for item in options if isinstance(item, type) and issubclass(item, BaseModel)]
        if sections:
            kind = sections[0]
    return sorted(kind.model_fields)
