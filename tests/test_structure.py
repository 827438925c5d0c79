"""Rules that hold over the whole code: what may import what, and no hidden randomness or clock."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("generator", "blender_scenes", "analysis", "loop", "renforce")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

MAY_IMPORT = {
    "generator": {"generator"},
    "blender_scenes": {"blender_scenes", "generator"},
    "analysis": {"analysis", "generator"},
    "loop": {"loop", "analysis", "generator"},
    "renforce": {"renforce", "loop", "analysis", "generator"},
}
BANNED = {
    ("time", "time"),
    ("datetime", "now"),
    ("uuid", "uuid4"),
    ("random", "seed"),
    *(
        ("random", name)
        for name in ("rand", "randn", "randint", "choice", "shuffle", "permutation", "random")
    ),
}
"""Attribute accesses `module.name` that read a clock or a global generator (torch's takes a generator)."""


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_dependencies_point_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    own = {name.split(".")[0] for name in imported(path)} & {*PACKAGES}
    allowed = MAY_IMPORT[package] | ({"blender_scenes"} if path.name == "worker.py" else set())
    assert own <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_scenes_import_blender_and_they_little_else(path: Path) -> None:
    names = {name.split(".")[0] for name in imported(path)}
    if path.is_relative_to(ROOT / "blender_scenes"):
        assert names.isdisjoint({"torch", "torchvision", "cv2", "pandas", "loop", "analysis", "renforce"})
        project = {name for name in imported(path) if name.startswith("generator")}
        assert project <= {f"generator.{name}" for name in ("spec", "families", "errors", "assets.card")}
    else:
        assert names.isdisjoint({"bpy", "bmesh", "mathutils"})


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_clock_and_no_global_randomness(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    used = set()
    for call in calls:
        if isinstance(call, ast.Attribute):
            owner = call.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            used.add((name, call.attr))
    assert used.isdisjoint(BANNED)
    assert "random" not in imported(path)
