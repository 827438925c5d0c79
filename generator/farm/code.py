"""What decides the bytes of a picture besides its spec: the code that renders and writes it.

Machines of a Ray cluster are compared by it (`generator.farm.ray_cluster`), and pictures kept for other runs
are told apart by it (`generator.farm.cache`).
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from generator.spec import CATALOGUE

PACKAGES = ("bpy", "numpy", "openexr", "opencv-python", "scipy")


@cache
def code() -> dict[str, str]:
    """Catalogue, digest of the sources, versions of the packages that render and encode."""
    root = Path(__file__).parents[2]
    sources = sorted(
        path for package in ("generator", "blender_scenes") for path in root.glob(f"{package}/**/*.py")
    )
    digest = sha256(
        b"".join(path.relative_to(root).as_posix().encode() + path.read_bytes() for path in sources)
    )
    found = {"catalogue": CATALOGUE, "renforce's sources": digest.hexdigest()[:12]}
    return found | {package: _version(package) for package in PACKAGES}


def difference(here: dict[str, str], there: dict[str, str]) -> str:
    """The first thing that `there` differs in, in words; empty where nothing does."""
    for what in here:
        if there.get(what) != here[what]:
            return f"has {what} {there.get(what)}, not {here[what]} as the machine that asks"
    return ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
