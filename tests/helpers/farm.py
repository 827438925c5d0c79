"""What tests of the farm share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread
from time import sleep


def contents(folder: Path) -> dict[str, bytes]:
    """Every PNG of a set: path inside it -> content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("*/*.png"))}


def when(ready: Callable[[], bool], act: Callable[[], None]) -> Thread:
    """Call `act` as soon as `ready` says so, from a thread of its own."""

    def watch() -> None:
        while not ready():
            sleep(0.005)
        act()

    thread = Thread(target=watch, daemon=True)
    thread.start()
    return thread
