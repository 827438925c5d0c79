"""What is kept of a set while it is rendered, and how its pictures are cut into batches.

Shared by those who render: `generator.farm.render` on this machine, `generator.farm.ray_cluster` on a Ray
cluster.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any

from generator.farm.cache import Maker, PictureCache
from generator.farm.settings import FarmSettings
from generator.farm.worker_process import Answer
from generator.files import write_json
from generator.spec import RenderSpec

MACHINE = "machine.json"
"""Lists what rendered the set: not a part of what the set is, and not the same on every machine."""

Advance = Callable[[int], None]
"""Takes the number of pictures that have become ready, from any thread."""


def render_order(spec: RenderSpec) -> tuple[str | int | float, ...]:
    """Sort key that changes seldom what is slow to rebuild; the camera changes with every picture."""
    surroundings = (spec.environment, spec.environment_seed, spec.sun_elevation, spec.sun_azimuth)
    return (spec.shape, spec.variant, *surroundings, spec.color, spec.finish)


def batches(specs: Sequence[RenderSpec], least: int, most: int = 10**9) -> Iterator[list[RenderSpec]]:
    """Batches of pictures of one vehicle each, since a vehicle is what takes longest to build.

    Args:
        specs: any number of pictures, in any order.
        least: pictures of one vehicle are divided so that there are about this many batches, at least 1, to
            keep all workers busy.
        most: pictures in a batch, at most.
    """
    most = max(1, min(most, len(specs) // least))
    for _, group in groupby(sorted(specs, key=render_order), key=lambda spec: (spec.shape, spec.variant)):
        batch = list(group)
        yield from (batch[i : i + most] for i in range(0, len(batch), most))


class Bookkeeping:
    """The books of a set: what rendered it (`machine.json`), how far it is, what the cache holds of it."""

    def __init__(self, folder: Path, farm: FarmSettings, advance: Advance) -> None:
        """Raises UserError where the cache of `farm` cannot be used."""
        self.folder = folder
        self.farm = farm
        self._advance = advance
        self._cache = PictureCache(farm.cache, farm) if farm.cache else None
        self._lock = Lock()

    def take(self, spec: RenderSpec) -> bool:
        """Get a picture from the cache; False where it is not there."""
        maker = self._cache.take(self.folder, spec) if self._cache else None
        if maker is not None:
            self._note(maker)
            self._advance(1)
        return maker is not None

    def maker(self, handshake: Answer, host: dict[str, Any]) -> Maker:
        """What renders: a worker's handshake, its machine and the settings; noted in the set, each once."""
        maker = {**handshake, **host, "workers": self.farm.workers, "threads": self.farm.threads}
        self._note(maker)
        return maker

    def done(self, spec: RenderSpec, maker: Maker | None) -> None:
        """A picture was rendered by `maker`, or given up (None)."""
        if self._cache and maker is not None:
            self._cache.put(self.folder, spec, maker)
        self._advance(1)

    def _note(self, maker: Maker) -> None:
        path = self.folder / MACHINE
        with self._lock:
            known = json.loads(path.read_text()) if path.exists() else []
            if maker not in known:
                write_json(path, [*known, maker])
