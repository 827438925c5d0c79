"""Files that are there whole or not at all: written under another name, flushed, renamed; and users' YAML."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from generator.errors import UserError

LOG = logging.getLogger(__name__)
LOCK = ".lock"
"""File that a process which is at work on a folder has locked."""
LOCKLESS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)
"""Error numbers of disks without locks."""
PART = ".*.part"
"""Pattern of the names under which files are written before they are renamed."""


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
    """Yield a folder beside `path` to fill; it becomes `path` when all went well, and is removed otherwise.

    Raises:
        UserError: `path` is there and is not an empty folder.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise UserError(f"{path}: is not empty; give a new or empty folder")
    path = path.resolve()
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    shutil.rmtree(aside, ignore_errors=True)  # of a killed process that had this one's number
    aside.mkdir(parents=True)
    try:
        yield aside
        aside.replace(path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def held(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Keep other processes from working on the folder meanwhile.

    Args:
        wait: until the other process is done, and log that; on disks without locks it is not waited for.

    Raises:
        UserError: another process is at work on it, and `wait` is False.
    """
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise UserError(
                    f"{folder}: another process is at work on it; wait for it or stop it"
                ) from None
            LOG.warning("%s: another process is at work on it; waiting for it", folder)
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            if not wait or error.errno not in LOCKLESS:
                raise
        yield


def write_text(path: Path, content: str) -> None:
    """Write UTF-8. What cannot be encoded, such as bytes of a file's name, is spelt out."""
    write_bytes(path, content.encode(errors="backslashreplace"))


def link(source: Path | str, target: Path) -> None:
    """Put a file at `target`, whole at once: a hard link, or a copy where the disk does not allow one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    aside.unlink(missing_ok=True)
    try:
        os.link(os.path.realpath(source), aside)  # of a link the file: its own path may lead elsewhere
    except OSError:
        write_bytes(target, Path(source).read_bytes())
        return
    aside.replace(target)
    aside.unlink(missing_ok=True)  # a rename to another link of the same file does nothing


def write_json(path: Path, content: Any) -> None:
    """Write strict JSON, keys in their order.

    Raises:
        ValueError: there is a NaN or an infinity in it.
    """
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_jsonl(path: Path, rows: Iterable[Any]) -> None:
    """Write strict JSON, a row a line."""
    write_text(path, "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows))


def append_jsonl(path: Path, row: Any) -> None:
    """Append a line; it replaces a last one that a kill or a full disk cut short."""
    content = path.read_bytes() if path.exists() else b""
    with path.open("r+b" if content else "wb") as file:
        file.truncate(content.rfind(b"\n") + 1)
        file.seek(0, os.SEEK_END)
        file.write(
            json.dumps(row, ensure_ascii=False, allow_nan=False).encode(errors="backslashreplace") + b"\n"
        )
        file.flush()
        os.fsync(file.fileno())


def read_jsonl(path: Path) -> list[Any]:
    """The whole lines, none without a file; a last line that a kill cut short is left out.

    Raises:
        UserError: a line is not JSON.
    """
    content = path.read_bytes() if path.exists() else b""
    rows = []
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        try:
            rows.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path}: line {number} is not JSON ({error}); restore it from a copy") from None
    return rows


def remove_parts(folder: Path) -> None:
    """Remove what a killed process left half-written."""
    for part in list(folder.rglob(PART)):
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)


def read_yaml(path: Path, *, missing: str, empty: str) -> dict[str, Any]:
    """The keys of a YAML file that a user wrote.

    Raises:
        UserError: there is no such file (the message ends with `missing`), it is not YAML, or holds no
            keys (ends with `empty`).
    """
    if not path.is_file():
        raise UserError(f"{path}: {missing}")
    try:
        content = parse_yaml(path.read_text())
    except ValueError as error:
        raise UserError(f"{path}: is not YAML: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds no keys; {empty}")
    return content


def parse_yaml(text: str) -> Any:
    """What a user wrote as YAML.

    Raises:
        ValueError: it is not YAML, names a key twice (the specification forbids that, the library takes the
            last), holds itself, or has more levels than can be read.

    >>> parse_yaml("size: 64")
    {'size': 64}
    """
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _sound(node, (), set())
        return loader.construct_document(node)
    except (yaml.YAMLError, AttributeError) as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("it has too many levels") from None


def _sound(node: yaml.Node, above: tuple[yaml.Node, ...], sound: set[yaml.Node]) -> None:
    """Refuse keys that are there twice and aliases of what they lie in; `sound` nodes are checked already."""
    if node in above:
        raise ValueError(f"line {node.start_mark.line + 1} holds itself")
    if node in sound:
        return
    sound.add(node)
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise ValueError(
                    f"the key {key!r} is twice in what begins in line {node.start_mark.line + 1}"
                )
    inner = getattr(node, "value", ())
    for part in () if isinstance(inner, str) else inner:
        for one in part if isinstance(part, tuple) else (part,):
            _sound(one, (*above, node), sound)


def read_json_object(path: Path, remedy: str) -> dict[str, Any]:
    """The keys of a JSON file.

    Raises:
        UserError: it cannot be read, or holds no keys; the message ends with `remedy`.
    """
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())[:200]
        raise UserError(f"{path}: cannot be read as JSON ({reason}); {remedy}") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds no keys; {remedy}")
    return content


def shown(path: Path | str) -> str:
    """A name for messages, with bytes that are not UTF-8 spelt out."""
    return os.fsencode(path).decode(errors="backslashreplace")
