"""Users' own Python packages that add shapes, networks, scores, methods or controllers to ours.

A plugin is a module whose import calls the `register_…` functions. It is named in the configuration
(`plugins: [my_package]`), or its distribution announces it, so that it is there without being named:

    [project.entry-points."renforce.plugins"]
    my_package = "my_package"

What is loaded here is loaded in the worker processes and on the nodes of a Ray cluster too (`loaded`).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from generator.errors import UserError

GROUP = "renforce.plugins"
"""Group of entry points under which a distribution announces its plugins."""

_loaded: dict[str, ModuleType] = {}
"""Name of a plugin -> the module, in the order of loading."""


def load_plugins(names: Sequence[str] = ()) -> tuple[str, ...]:
    """Import the modules of these names, then those that installed distributions announce; each once.

    Args:
        names: dotted names of modules, as in `import my_package.shapes`.

    Returns:
        The names of all plugins that this process has loaded, in the order of loading.

    Raises:
        UserError: a module is not there, or its import fails; it names the module and the remedy.

    >>> load_plugins(["no_such_package"])
    Traceback (most recent call last):
    ...
    generator.errors.UserError: plugins: there is no module 'no_such_package'; install its package into \
this environment, put its folder on PYTHONPATH, or correct the name
    """
    for name in names:
        _load(name)
    for point in _announced():
        _load(point.module)
    return loaded()


def loaded() -> tuple[str, ...]:
    """Names of the plugins that this process has loaded, in the order of loading."""
    return tuple(_loaded)


def modules() -> tuple[ModuleType, ...]:
    """The plugins that this process has loaded, in the order of loading."""
    return tuple(_loaded.values())


def _announced() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda point: point.value)


def _load(name: str) -> None:
    if name in _loaded:
        return
    if not all(part.isidentifier() for part in name.split(".")):
        raise UserError(_absent(name))
    try:
        _loaded[name] = importlib.import_module(name)
    except ModuleNotFoundError as error:
        # The plugin itself or a package that it lies in, as against what it imports in turn.
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise UserError(_absent(name)) from None
        raise UserError(_failed(name, error)) from error
    except Exception as error:  # the module is a user's own: anything may go wrong in it
        raise UserError(_failed(name, error)) from error


def _absent(name: str) -> str:
    return (
        f"plugins: there is no module {name!r}; install its package into this environment, "
        "put its folder on PYTHONPATH, or correct the name"
    )


def _failed(name: str, error: Exception) -> str:
    what = " ".join(str(error).split())[:300]
    return (
        f"plugins: the import of {name!r} fails ({type(error).__name__}: {what}); "
        f"mend it until `python -c 'import {name}'` works, or take it out"
    )
