"""The controllers and finders that a configuration can name; open to users' own.

    from loop.controllers import Controller, Found, even_fractions, register_controller

    def darkest(observation):
        return [Found({"environment": "night"}, "it is dark")]

    register_controller("darkest", Controller(darkest, even_fractions, "night scenes"))

in a module that the configuration lists under `plugins`; then `controller: {name: darkest}` is rendered by.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from analysis.registry import register
from generator.errors import UserError
from loop.config.controller import CONTROLLER_NAMES
from loop.controllers.base import Controller, Finder

NAME = re.compile(r"[\w][\w .,+-]{0,39}")
"""Names folders of studies too."""
ALLOWED = "letters, digits, spaces and _ . , + -, at most 40"
"""`NAME` in words."""

CONTROLLERS: dict[str, Controller] = {}
"""Name in `controller.name` -> controller; `register_controller` adds to it."""
FINDERS: dict[str, Finder] = {}
"""Name in `finders` of a slice benchmark -> finder; `register_finder` adds to it."""


def register_controller(name: str, controller: Controller) -> None:
    """Let configurations name a controller.

    Args:
        name: letters, digits, spaces and `_ . , + -`, at most 40.

    Raises:
        UserError: the name has other characters, or is taken by another.
    """
    _register(CONTROLLERS, "controller", name, controller)
    if name not in CONTROLLER_NAMES:  # which configurations are checked by
        CONTROLLER_NAMES.append(name)


def register_finder(name: str, finder: Finder) -> None:
    """Let slice benchmarks judge a finder by itself.

    Args:
        name: letters, digits, spaces and `_ . , + -`, at most 40.

    Raises:
        UserError: the name has other characters, or is taken by another.
    """
    _register(FINDERS, "finder", name, finder)


def _register[Kind](table: dict[str, Kind], kind: str, name: str, entry: Kind) -> None:
    """The same entry may come again under its name: a module that is imported anew."""
    if table.get(name) is not entry:
        register(table, kind, name, entry, pattern=NAME, allowed=ALLOWED)


def controller_named(name: str) -> Controller:
    """The controller of a name.

    Raises:
        UserError: there is none; it lists those that there are.
    """
    return _named(CONTROLLERS, "controller.name", "controller", name)


def finder_named(name: str) -> Finder:
    """The finder of a name.

    Raises:
        UserError: there is none; it lists those that there are.
    """
    return _named(FINDERS, "finders", "finder", name)


def _named[Kind](registry: Mapping[str, Kind], key: str, what: str, name: str) -> Kind:
    if name not in registry:
        raise UserError(
            f"{key}: {name!r} is not a {what}; use one of {', '.join(registry)}, or list the module that "
            "registers it under `plugins`"
        )
    return registry[name]
