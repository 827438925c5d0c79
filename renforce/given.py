"""Configurations as the functions of renforce take them: a YAML file, a dict, or a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from generator.plugins import load_plugins
from loop.config.load import load, resolve

type Given[Config: BaseModel] = Config | Mapping[str, Any] | str | PathLike[str]
"""A configuration: the path of a YAML file, its content as a dict, or a checked model."""


Log = Callable[[str], None]
"""Takes one line about each step, as it is done."""


def silent(line: str) -> None:
    """Leave a line unsaid."""


def checked[Config: BaseModel](
    kind: type[Config], given: Given[Config], overrides: Sequence[str] = ()
) -> tuple[Config, str]:
    """The configuration as a model, and the text that stands for it in `config.given.yaml`.

    Raises:
        UserError: there is no such file, or a key or value is wrong; one line that names it.
    """
    if isinstance(given, str | PathLike):
        config = load(kind, Path(given), overrides)
        return config, Path(given).read_text()
    if isinstance(given, kind) and not overrides:
        load_plugins(getattr(given, "plugins", ()))
        return given, in_yaml(given.model_dump(mode="json"))
    content = given.model_dump(mode="json") if isinstance(given, BaseModel) else given
    config = resolve(kind, content, overrides)
    return config, in_yaml(config.model_dump(mode="json"))


def in_yaml(content: Any) -> str:
    """A content as a YAML file, its keys in their order."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
