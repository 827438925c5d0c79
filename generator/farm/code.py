"""What decides the bytes of a picture besides its spec: the code that renders and writes it.

Machines of a Ray cluster are compared by it (`generator.farm.ray_cluster`), and pictures kept for other runs
are kept apart by it (`generator.farm.cache`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from generator.plugins import shape_plugins, sources
from generator.spec import CATALOGUE

PACKAGES = ("bpy", "numpy", "openexr", "opencv-python", "scipy")


def code() -> dict[str, str]:
    """Catalogue, digests of the sources, versions of the packages that render and encode.

    Plugins that add shapes count with the sources of their packages; without any, they are not mentioned.
    """
    return _own_code() | {f"plugin {name}": _plugin_digest(name) for name in shape_plugins()}


@cache
def _own_code() -> dict[str, str]:
    root = Path(__file__).parents[2]
    files = sorted(
        path for package in ("generator", "blender_scenes") for path in root.glob(f"{package}/**/*.py")
    )
    found = {"catalogue": CATALOGUE, "renforce's sources": _digest(files, root)}
    return found | {package: _version(package) for package in PACKAGES}


@cache
def _plugin_digest(name: str) -> str:
    files = sources(name)
    return _digest(files, Path(os.path.commonpath([path.parent for path in files])))


def _digest(files: Sequence[Path], root: Path) -> str:
    """Of the files' paths below `root` and their content."""
    content = b"".join(path.relative_to(root).as_posix().encode() + path.read_bytes() for path in files)
    return sha256(content).hexdigest()[:12]


def difference(here: dict[str, str], there: dict[str, str]) -> str:
    """The first thing that `there` differs in, for a message; "" where nothing does."""
    for what in here:
        if there.get(what) != here[what]:
            return f"has {what} {there.get(what)}, not {here[what]} as the machine that asks"
    return ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
