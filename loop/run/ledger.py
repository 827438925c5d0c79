"""Every decision of a run with its reason in words, append-only."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Ledger:
    """`ledger.jsonl`: one JSON object a line, with `round`, `step` and `why` first.

    A run that goes on after a kill comes by its earlier decisions again; what is already written is
    not written twice, and a line cut short by the kill is dropped.
    """

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self.path, self.say = path, say
        self._known = self._whole_lines()

    def write(self, turn: int, step: str, why: str, **figures: Any) -> None:
        entry = json.dumps({"round": turn, "step": step, "why": why, **figures}, ensure_ascii=False)
        self.say(f"round {turn} · {step}: {why}")
        if entry in self._known:
            return
        self._known.append(entry)
        with self.path.open("a") as file:
            file.write(entry + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _whole_lines(self) -> list[str]:
        content = self.path.read_bytes() if self.path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.truncate(self.path, len(whole))
        return whole.decode().splitlines()
