"""Rules that hold over the whole code: what may import what, how large a package may be, no hidden clock."""

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from functools import cache
from graphlib import CycleError, TopologicalSorter
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
NAMES_SCENES = {ROOT / "generator/farm/worker.py", ROOT / "renforce/__init__.py"}
"""The process around Blender; and the public face, for `register_shape`, which needs no Blender."""
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


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imported(path: Path) -> frozenset[str]:
    tree = parsed(path)
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return frozenset(names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_dependencies_point_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    own = {name.split(".")[0] for name in imported(path)} & {*PACKAGES}
    allowed = MAY_IMPORT[package] | ({"blender_scenes"} if path in NAMES_SCENES else set())
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
    calls = [node.func for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]
    used = set()
    for call in calls:
        if isinstance(call, ast.Attribute):
            owner = call.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            used.add((name, call.attr))
    assert used.isdisjoint(BANNED)
    assert "random" not in imported(path)


FLOORS = ("generator", "analysis", "loop", "loop.report", "renforce")
"""From the lowest to the highest: a module imports from its own floor and from lower ones."""
MOST_MODULES = 15
"""In a package of generator, analysis or loop, its `__init__` included."""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module_name(path): path for path in MODULES}


def package_of(name: str) -> str:
    return name if NAMES[name].name == "__init__.py" else name.rpartition(".")[0]


def floor_of(name: str) -> int:
    return max(i for i, floor in enumerate(FLOORS) if f"{name}.".startswith(f"{floor}."))


@cache
def imports_of(name: str) -> frozenset[str]:
    """The project's modules that a module imports anywhere: at its head, in a function, or for its types."""
    found = set[str]()
    for node in ast.walk(parsed(NAMES[name])):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {whole if whole in NAMES else node.module for whole in inside}
    return frozenset(found & NAMES.keys() - {name})


def package_imports() -> dict[str, set[str]]:
    """Package -> other packages that any of its modules imports."""
    found: dict[str, set[str]] = {}
    for name in NAMES:
        mine = found.setdefault(package_of(name), set())
        mine |= {package_of(other) for other in imports_of(name)} - {package_of(name)}
    return found


def circle(graph: Mapping[str, Set[str]]) -> list[str]:
    """The nodes of a circle, none where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_from_a_higher_floor() -> None:
    ours = [name for name in NAMES if not name.startswith("blender_scenes")]
    wrong = [
        f"{name} imports {other}"
        for name in ours
        for other in imports_of(name)
        if not other.startswith("blender_scenes") and floor_of(other) > floor_of(name)
    ]
    assert wrong == []


def test_there_is_no_circle_of_modules() -> None:
    assert circle({name: imports_of(name) for name in NAMES}) == []


def test_there_is_no_circle_of_packages() -> None:
    scenes = "blender_scenes"  # one room of one scene: its parts are packages by their size alone
    graph = {name: mine for name, mine in package_imports().items() if not name.startswith(scenes)}
    assert circle(graph) == []


def test_circles_are_found() -> None:
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []


def test_no_package_is_too_large() -> None:
    sizes = Counter(package_of(name) for name in NAMES if not name.startswith("blender_scenes"))
    assert {name: n for name, n in sizes.items() if n > MOST_MODULES} == {}


def test_no_test_imports_another_test() -> None:
    def tests_imported(path: Path) -> Iterator[str]:
        for name in imported(path):
            if name.startswith("tests.") and name.rpartition(".")[2].startswith("test_"):
                yield f"{path.relative_to(ROOT)} imports {name}"

    assert [line for path in (ROOT / "tests").rglob("*.py") for line in tests_imported(path)] == []


def test_every_package_is_installed() -> None:
    """An installation that is not editable holds what `pyproject.toml` lists."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = {name for name, path in NAMES.items() if path.name == "__init__.py"}
    assert set(listed) == {*there, "configs"}


def test_names_of_output_files_stand_in_one_place() -> None:
    """Where folders are described (`Place`), and nowhere else in what reads and writes them."""
    owners: dict[str, set[Path]] = {}
    strings: list[tuple[Path, str]] = []
    for path in (path for name, path in NAMES.items() if name.split(".")[0] in ("loop", "renforce")):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                strings.append((path, node.value))
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Place":
                (argument,) = node.args
                if isinstance(argument, ast.Constant) and "." in str(argument.value):
                    owners.setdefault(str(argument.value), set()).add(path)
    assert {"model.safetensors", "report.html", "gate.json", "results.json"} <= owners.keys()
    elsewhere = [(path, text) for path, text in strings if text in owners and path not in owners[text]]
    assert elsewhere == []
