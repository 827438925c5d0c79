"""Files that are there whole or not at all: written aside, flushed to disk, renamed; and users' YAML."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from generator.errors import UserError


def write_bytes(path: Path, content: bytes) -> None:
    """Put `content` at `path`; a kill at any moment leaves the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Gives a folder beside `path` to fill; it becomes `path` when all went well, and goes away otherwise.

    Raises:
        UserError: `path` is there and is no empty folder.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise UserError(f"{path}: is not empty; give a new or empty folder")
    path = path.resolve()
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    aside.mkdir(parents=True)
    try:
        yield aside
        aside.replace(path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_text(path: Path, content: str) -> None:
    write_bytes(path, content.encode())


def link(source: Path | str, target: Path) -> None:
    """Put a file at `target`, whole at once: a hard link, or a copy where the disk does not allow one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    aside.unlink(missing_ok=True)
    try:
        os.link(source, aside)
    except OSError:
        write_bytes(target, Path(source).read_bytes())
        return
    aside.replace(target)
    aside.unlink(missing_ok=True)  # a rename to another link of the same file does nothing


def write_json(path: Path, content: Any) -> None:
    """Strict JSON, keys in their order; NaN is refused."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_jsonl(path: Path, rows: Iterable[Any]) -> None:
    write_text(path, "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows))


def read_jsonl(path: Path) -> list[Any]:
    """The whole lines, none without a file; a last line that a kill cut short is left out."""
    content = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in content.split("\n")[:-1]]


def remove_parts(folder: Path) -> None:
    """Sweep what a killed process left aside."""
    for part in list(folder.rglob(".*.part")):
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)


def read_yaml(path: Path, *, missing: str, empty: str) -> dict[str, Any]:
    """The keys of a YAML file that a user wrote.

    Raises:
        UserError: there is no such file (the message ends with `missing`), it is no YAML, or holds no
            keys (ends with `empty`).
    """
    if not path.is_file():
        raise UserError(f"{path}: {missing}")
    try:
        content = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: is no YAML: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds no keys; {empty}")
    return content
