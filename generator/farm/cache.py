"""Pictures that were rendered once, kept so that other sets take them instead of rendering them again.

    CACHE/
      ab/ab01…/           a picture; the name is a digest of all that decides its bytes
        entry.json        what rendered it, and the SHA-256 of each of its files
        images/NAME.png   and the others, as in a set
      .aside/             pictures on their way in

A picture is renamed into place when it is whole, so any number of processes may use one cache, and a kill
leaves no part of one. What is taken is compared with its digests first: a picture that was damaged is thrown
away and rendered again. Files are hard links to those of the sets where the disk allows it: replace them,
don't edit them in place. Anything in the cache may be removed at any time.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from generator.dataset.layers import layer_path
from generator.errors import UserError
from generator.farm.code import code
from generator.farm.settings import FarmSettings
from generator.files import link, write_json
from generator.naming import spec_name
from generator.spec import RenderSpec

ENTRY = "entry.json"

Maker = dict[str, Any]
"""What rendered a picture, as a set's `machine.json` lists it."""


class Entry(BaseModel):
    """What `entry.json` holds of a picture in the cache."""

    maker: Maker
    """What rendered it."""
    sha256: dict[str, str]
    """Path as in a set -> digest, hex."""


class PictureCache:
    """A cache as a farm with certain settings uses it; pictures of other settings are others to it."""

    def __init__(self, folder: Path, farm: FarmSettings) -> None:
        """Raises UserError where the folder cannot be made or read."""
        self.folder = folder
        self._aside = folder / ".aside"
        self._layers = sorted({*farm.layers, "amodal"})
        settings = [farm.device, farm.engine, sorted({*farm.layers}), sorted({*farm.without})]
        self._made_by = [code(), platform.system(), platform.machine(), *settings]
        with self._checked_disk():
            self._aside.mkdir(parents=True, exist_ok=True)
            self._sweep()

    def key(self, spec: RenderSpec) -> str:
        """Digest of all that decides the bytes of a picture, hex."""
        return sha256(json.dumps([spec.hash, *self._made_by], sort_keys=True).encode()).hexdigest()

    def take(self, folder: Path, spec: RenderSpec) -> Maker | None:
        """Add the picture to the set in `folder`, its image last.

        Returns:
            What rendered it; None where the cache does not have it.
        """
        place, name = self._place(spec), spec_name(spec)
        if not place.is_dir():
            return None
        try:
            entry = self._checked(place, name)
            for file in self._files(name):
                if file in entry.sha256:
                    link(place / file, folder / file)
        except (FileNotFoundError, ValueError):  # damaged, or another process has just removed it
            self._drop(place)
            return None
        return entry.maker

    def put(self, folder: Path, spec: RenderSpec, maker: Maker) -> None:
        """Keep a picture that was rendered into the set in `folder`.

        Raises:
            UserError: the cache cannot be written.
        """
        place = self._place(spec)
        if place.is_dir():
            return
        with self._checked_disk(), suppress(FileNotFoundError):  # somebody has just emptied the cache
            aside = self._fresh()
            digests = {}
            for file in self._files(spec_name(spec)):
                if (folder / file).exists():
                    link(folder / file, aside / file)
                    digests[file] = _digest(aside / file)
            write_json(aside / ENTRY, Entry(maker=maker, sha256=digests).model_dump())
            place.parent.mkdir(parents=True, exist_ok=True)
            _settle(aside, place)

    def _place(self, spec: RenderSpec) -> Path:
        key = self.key(spec)
        return self.folder / key[:2] / key

    def _files(self, name: str) -> list[str]:
        """Where a picture's files may lie in a set, the image last, as `write_picture` has it."""
        layers = [layer_path(Path(), layer, name).as_posix() for layer in self._layers]
        pixels = [f"{kind}/{name}.png" for kind in ("parts", "masks", "images")]
        return [*layers, f"truth/{name}.json", *pixels]

    def _checked(self, place: Path, name: str) -> Entry:
        """Raises ValueError or FileNotFoundError where any of it is not what was put in."""
        entry = Entry.model_validate_json((place / ENTRY).read_bytes())
        if not {*self._files(name)} >= entry.sha256.keys() >= {f"images/{name}.png", f"truth/{name}.json"}:
            raise ValueError(f"{place / ENTRY}: lists other files than those of a picture")
        for file, digest in entry.sha256.items():
            if _digest(place / file) != digest:
                raise ValueError(f"{place / file}: is not what was put in")
        return entry

    def _drop(self, place: Path) -> None:
        """Take an entry out of the cache at once, if it is still there."""
        with self._checked_disk():
            aside = self._fresh()
            with suppress(FileNotFoundError):  # another process was faster
                place.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)

    def _fresh(self) -> Path:
        """An empty folder that is this call's alone; machines may share a name, as containers do."""
        self._aside.mkdir(parents=True, exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix=f"{socket.gethostname()}.{os.getpid()}.", dir=self._aside))
        path.chmod(self._aside.stat().st_mode)  # else it would be for this user alone
        return path

    def _sweep(self) -> None:
        """Remove what killed processes of this machine left on its way."""
        for path in self._aside.glob(f"{socket.gethostname()}.*.*"):
            if not _alive(int(path.name.split(".")[-2])):
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _checked_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UserError(
                f"farm.cache: {self.folder} cannot be used ({error.strerror or error}: {error.filename}); "
                "mend that, give another folder, or leave it out, then run the same command again"
            ) from None


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _settle(aside: Path, place: Path) -> None:
    """Rename a folder into place; where another process was faster, its like is there already."""
    try:
        aside.rename(place)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        shutil.rmtree(aside)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
