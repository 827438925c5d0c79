"""Where a set goes: a folder, or object storage by a URL that fsspec knows (`s3://…`, `gs://…`, `az://…`).

For object storage the set is made in a temporary folder, which needs room for all of it, and goes up as it
is made: the labels of a picture before its image, so that an image that is there is a picture that is
whole, and the manifest last. The same command again fetches what is there and renders the rest.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import fsspec

from generator.dataset.dataset import SPECS, STATED, begin
from generator.dataset.manifest import MANIFEST
from generator.errors import UserError
from generator.farm.bookkeeping import MACHINE, Advance
from generator.farm.render import Made, render_set
from generator.farm.settings import FarmSettings
from generator.spec import RenderSpec

EVERY = 64
"""Pictures between uploads, and so the most that a kill loses."""
FIRST = (SPECS, STATED)
"""What is fetched first, and goes up first."""
LAST = (MACHINE, MANIFEST)
"""What goes up after all pictures."""


def render_to(
    target: str, specs: Sequence[RenderSpec], farm: FarmSettings, advance: Advance = lambda n: None
) -> Made:
    """`render_set` to a path or a URL, such as `sets/train` or `s3://bucket/train`.

    Raises:
        UserError: as `render_set`; or the URL is of no known kind, or cannot be read or written.
    """
    if "://" not in target or target.startswith(("file://", "local://")):
        return render_set(Path(target.partition("://")[2] or target), specs, farm, advance)
    with tempfile.TemporaryDirectory(prefix="renforce-") as folder:
        store = _Store(target, Path(folder))
        store.pull(specs, farm.without)
        try:
            return render_set(store.folder, specs, farm, store.counting(advance))
        finally:
            store.push()


def _own(name: str) -> bool:
    """Whether a set has such a file; another's key may lead out of the folder."""
    parts = name.split("/")
    return name in (*FIRST, *LAST) or (len(parts) == 2 and not {"", ".", ".."} & {*parts})


class _Store:
    """A set in object storage and its copy in a folder."""

    def __init__(self, target: str, folder: Path) -> None:
        self.target = target
        self.folder = folder
        self._there: dict[str, int] = {}
        self._new = 0
        self._lock = Lock()
        with self._checked_store():
            self.system, root = fsspec.core.url_to_fs(target)
        self.root = str(root).rstrip("/")

    def pull(self, specs: Sequence[RenderSpec], without: Sequence[str]) -> None:
        """Fetch what is there, once it is known to be a set of the same plan."""
        with self._checked_store():
            there = [str(path) for path in self.system.find(self.root)]
        names = [path.removeprefix(self.root).lstrip("/") for path in there]
        if names and STATED not in names and set(names) != {SPECS}:
            raise UserError(
                f"{self.target}: is not empty and holds no dataset.json; give a new or empty place"
            )
        self._fetch(name for name in names if name in FIRST)
        begin(self.folder, specs, without)
        self._fetch(name for name in names if name not in FIRST and _own(name))

    def counting(self, advance: Advance) -> Advance:
        """`advance` that sends up what is new now and then."""

        def count(number: int) -> None:
            advance(number)
            with self._lock:
                self._new += number
                due = self._new >= EVERY
                self._new = 0 if due else self._new
            if due:
                self.push()

        return count

    def push(self) -> None:
        """Send up what is new, images after all else of them.

        They are listed first, so that all else of a picture that is still being written is not missed.
        """
        with self._lock, self._checked_store():
            images = self._names("images/*")
            rest = [name for name in self._names("*/*") if name not in images]
            for name in (*FIRST, *rest, *images, *LAST):
                path = self.folder / name
                if path.exists() and self._there.get(name) != path.stat().st_mtime_ns:
                    self.system.put_file(str(path), f"{self.root}/{name}")
                    self._there[name] = path.stat().st_mtime_ns

    def _names(self, pattern: str) -> list[str]:
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.glob(pattern))
        return sorted(name for name in found if not name.endswith(".part"))

    def _fetch(self, names: Iterable[str]) -> None:
        with self._checked_store():
            for name in names:
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                self.system.get_file(f"{self.root}/{name}", str(path))
                self._there[name] = path.stat().st_mtime_ns

    @contextmanager
    def _checked_store(self) -> Iterator[None]:
        """Storage of any kind fails with errors of its own: one line for all of them."""
        try:
            yield
        except UserError:
            raise
        except Exception as error:
            what = " ".join(str(error).split())
            raise UserError(f"{self.target}: cannot be used ({type(error).__name__}: {what})") from None
