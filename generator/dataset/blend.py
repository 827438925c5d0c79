"""The scene of one picture as a file that Blender opens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from generator.dataset.dataset import read_specs
from generator.errors import UserError
from generator.naming import spec_name
from generator.plugins import shape_plugins
from generator.spec import RenderSpec

SECONDS = 600.0
"""How long a scene may take to build."""


def read_spec(path: Path) -> RenderSpec:
    """A spec from a JSON file that holds what a line of `specs.jsonl` holds.

    Raises:
        UserError: no file there, or no spec in it.
    """
    if not path.is_file():
        raise UserError(f"{path}: does not exist; give a set and the name of a picture, or a spec as JSON")
    try:
        return RenderSpec.model_validate_json(path.read_bytes())
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"])) or "the whole file"
        raise UserError(f"{path}: is not a render spec: {place}: {fault['msg']}") from None


def spec_of(folder: Path, name: str) -> RenderSpec:
    """The spec of a picture of a set.

    Raises:
        UserError: no set there, or no such picture in it.
    """
    specs = {spec_name(spec): spec for spec in read_specs(folder)}
    if name not in specs:
        known = f"one of its names is {min(specs)!r}" if specs else "it has none"
        raise UserError(f"{folder}: has no picture {name!r}; {known}")
    return specs[name]


def save_scene(spec: RenderSpec, path: Path, cards: Sequence[Path] = ()) -> None:
    """Write the scene of a spec to a .blend file.

    Args:
        path: of the new file; its folder is made where it is not there.
        cards: asset cards of users' own models.

    Raises:
        UserError: the name of the file is wrong or taken, or the scene cannot be built.
    """
    if path.suffix != ".blend":
        raise UserError(f"{path}: a scene's file ends in .blend")
    if path.exists():
        raise UserError(f"{path}: is there, and may hold work of yours; remove it or give another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "blender_scenes.keep", str(path), *map(str, cards)]
    command += [word for name in shape_plugins() for word in ("--plugin", name)]
    try:
        done = subprocess.run(
            command,
            input=spec.model_dump_json(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UserError(f"{path}: took more than {SECONDS:.0f} s") from None
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise UserError(last[0] if done.returncode == 2 else f"{path}: Blender failed over it: {last[0]}")
