"""Begin a run folder or find one begun: what was asked for, with what, and that nobody else is at it.

Light: imports neither torch nor Blender, so that a finished run says so at once.
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

import yaml
from pydantic import ValidationError

from generator.errors import UserError
from generator.farm.settings import machine
from generator.files import LOCK, PART, held, read_yaml, remove_parts, write_json, write_text
from loop.config.training import Section

FARMS = ("farm", "run.farm")
NOT_CONTENT = re.compile(r"(run\.)?farm\.(?!assets\b).*|processes")
"""What may differ when a run, or a study of runs, goes on: who renders, and how many at a time, changes no
picture; users' models do."""

OWN = (LOCK, "config.given.yaml", "config.yaml", "environment.json")
"""What a run that has made nothing yet consists of."""

DONE = "done.json"
"""What a run's folder holds last."""

PACKAGES = ("bpy", "torch", "torchvision", "lightning", "numpy", "opencv-python", "pandas")


@contextmanager
def begun(folder: Path, config: Section, given: Path) -> Iterator[bool]:
    """Hold the folder; gives whether its run is finished already.

    A run may be begun with some entries of the keys that its `GROWS` names, and go on with more; while it
    has made nothing, with another configuration.

    Raises:
        UserError: another process holds it, or it was begun with another configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder):
        _begin(folder, config, given)
        remove_parts(folder)
        yield (folder / DONE).exists() and (folder / "report.html").exists()


def finish(folder: Path, seconds: float) -> None:
    """Say that all of a run is done; a report alone does not: one can be had of a run under way."""
    write_json(folder / DONE, {"seconds": round(seconds, 1)})


def _begin(folder: Path, config: Section, given: Path) -> None:
    resolved = config.model_dump(mode="json")
    stated = folder / "config.yaml"
    made = _made(folder)
    if made and not (stated.exists() and (folder / "config.given.yaml").exists()):
        raise UserError(f"{folder}: is not empty and holds no run; give a new or empty folder")
    if made:
        remedy = "give another folder with -o"
        before = _completed(read_yaml(stated, missing=remedy, empty=remedy), config)
        grown = [key for key in config.GROWS if _more(before.get(key), resolved[key])]
        _same(before, {**resolved, **{key: before[key] for key in grown}}, folder)
        if not grown:
            return
        (folder / DONE).unlink(missing_ok=True)
    write_text(folder / "config.given.yaml", given.read_text())
    write_json(folder / "environment.json", environment(resolved["seed"]))
    write_text(stated, yaml.safe_dump(resolved, sort_keys=False, allow_unicode=True))


def _made(folder: Path) -> bool:
    """Whether more lies there than a run begins with, and what a kill left of writing that."""
    return any(path.name not in OWN and not path.match(PART) for path in folder.iterdir())


def _completed(before: Any, config: Section) -> Any:
    """What a run was begun with, with today's defaults for keys that its version did not know."""
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
    """Versions, machine, command and seed of a run."""
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
