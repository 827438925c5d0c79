"""Users' own Python packages that add shapes, networks, scores, methods or controllers to ours.

A plugin is a module whose import calls the `register_…` functions. It is named in the configuration
(`plugins: [my_package]`), or its distribution announces it, so that it is there without being named:

    [project.entry-points."renforce.plugins"]
    my_package = "my_package"

    # my_package/__init__.py
    from blender_scenes.vehicles import register_shape

    register_shape("tram", build_tram, version="1")

Plugins that add shapes are imported by the processes around Blender and on the nodes of a Ray cluster too
(`shape_plugins`): a package that brings networks as well had better add its shapes in a module that does not
import torch, and name both modules.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from generator.errors import UserError
from generator.spec import SHAPES, shapes

GROUP = "renforce.plugins"
"""Group of entry points under which a distribution announces its plugins."""

_loaded: dict[str, bool] = {}
"""Name of a plugin -> whether its import added shapes, in the order of loading."""


def load_plugins(names: Sequence[str] = (), *, announced: bool = True) -> tuple[str, ...]:
    """Import the modules of these names, then those that installed distributions announce; each once.

    Args:
        names: dotted names of modules, as in `import my_package.shapes`.
        announced: whether those of installed distributions are loaded.

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
    for point in _announced() if announced else ():
        _load(point.module)
    return loaded()


def loaded() -> tuple[str, ...]:
    """Names of the plugins that this process has loaded, in the order of loading."""
    return tuple(_loaded)


def shape_plugins() -> tuple[str, ...]:
    """Names of those among them whose import added shapes."""
    return tuple(name for name, added in _loaded.items() if added)


def sources(name: str) -> list[Path]:
    """The Python files of the package that a loaded plugin lies in, in order; of a lone module its file."""
    top = sys.modules[name.partition(".")[0]]
    if not hasattr(top, "__path__"):
        return [Path(top.__file__)] if top.__file__ else []
    return sorted(path for folder in top.__path__ for path in Path(folder).rglob("*.py"))


def _announced() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda point: point.value)


def _load(name: str) -> None:
    if name in _loaded:
        return
    if not all(part.isidentifier() for part in name.split(".")):
        raise UserError(_absent(name))
    # One that a script imported itself may have added any of the shapes that are there.
    before = SHAPES if name in sys.modules else shapes()
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        # The plugin itself or a package that it lies in, as against what it imports in turn.
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise UserError(_absent(name)) from None
        raise UserError(_failed(name, error)) from error
    except Exception as error:  # the module is a user's own: anything may go wrong in it
        raise UserError(_failed(name, error)) from error
    _loaded[name] = shapes() != before


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
