"""Begin the folder of a command or go on with it: what was asked for, in what environment, and that no other
process works in it.

The files themselves are in `loop.run.output`. Imports neither torch nor Blender, so that a finished run is
recognised at once.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from generator.errors import UserError
from generator.farm.settings import machine
from generator.files import held, remove_parts, write_text
from loop.config.renamed import modern
from loop.config.section import Section
from loop.run.output import OutputFolder

FARMS = ("farm", "run.farm")
NOT_CONTENT = re.compile(r"(run\.)?farm\.(?!assets\b).*|processes")
"""Keys that may differ when a run, or a study of runs, goes on: who renders, and how many at a time, changes
no picture; users' models do."""

PACKAGES = ("bpy", "torch", "torchvision", "lightning", "numpy", "opencv-python", "pandas")


@contextmanager
def begun(folder: Path, config: Section, given: Path | str) -> Iterator[bool]:
    """Hold the folder while inside; gives whether everything in it is made already, the report too.

    A run may be begun with some entries of the keys that its `GROWS` names, and go on with more; while it
    has made nothing, with another configuration.

    Args:
        given: the configuration as the user wrote it, a file or its text; it is kept beside the results.

    Raises:
        UserError: another process holds it, or it was begun with another configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder):
        output = OutputFolder(folder)
        _begin(output, config, given)
        remove_parts(folder)
        yield output.is_done and output.report.exists()


def _begin(folder: OutputFolder, config: Section, given: Path | str) -> None:
    resolved = config.model_dump(mode="json")
    made = folder.holds_results
    if made and not (folder.config.exists() and folder.given_config.exists()):
        raise UserError(f"{folder.path}: is not empty and holds no run; give a new or empty folder")
    if made:
        remedy = "give another folder with -o"
        before = _completed(folder.read_config(missing=remedy, empty=remedy), config)
        grown = [key for key in config.GROWS if _more(before.get(key), resolved[key])]
        _same(before, {**resolved, **{key: before[key] for key in grown}}, folder.path)
        if not grown:
            return
        folder.done.unlink(missing_ok=True)
    write_text(folder.given_config, given.read_text() if isinstance(given, Path) else given)
    folder.write_environment(environment(resolved["seed"]))
    folder.write_config(resolved)


def _completed(before: Any, config: Section) -> Any:
    """What a run was begun with, with the current names of keys and the current defaults for those that its
    version did not have."""
    before = modern(type(config), before)
    try:
        return type(config).model_validate(before).model_dump(mode="json")
    except ValidationError:
        return before


def _more(before: Any, now: Any) -> bool:
    """Whether a mapping or list holds all that it held, and more."""
    if isinstance(before, dict) and isinstance(now, dict):
        return len(now) > len(before) and before.items() <= now.items()
    if isinstance(before, list) and isinstance(now, list):
        return len(now) > len(before) and all(entry in now for entry in before)
    return False


def environment(seed: int) -> dict[str, Any]:
    """Versions, machine, command and seed of a run, as `environment.json` holds them."""
    return {
        "command": sys.argv,
        "seed": seed,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "machine": machine(),
    }


def _same(before: dict[str, Any], now: dict[str, Any], folder: Path) -> None:
    for key in {**before, **now}:
        if differs := _difference(key, before.get(key), now.get(key)):
            raise UserError(f"{folder}: was begun with {differs}; set that, or give another folder with -o")


def _difference(key: str, before: Any, now: Any) -> str | None:
    """The first value that differs, with the path of keys to it; a key that is not there is null."""
    if NOT_CONTENT.fullmatch(key):
        return None
    if key in FARMS:
        before, now = before or {}, now or {}
    if isinstance(before, dict) and isinstance(now, dict):
        inner = (_difference(f"{key}.{name}", before.get(name), now.get(name)) for name in {**before, **now})
        return next(filter(None, inner), None)
    return None if before == now else f"{key} {json.dumps(before)}, not {json.dumps(now)}"
