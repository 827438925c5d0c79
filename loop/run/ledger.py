"""Every decision of a run with its reason in words, append-only.

What is decided, and what the entries say, is in the modules that write them: `loop.run.run`,
`loop.run.evaluations`, `loop.run.decisions`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Ledger:
    """`ledger.jsonl`: one JSON object a line, with `round`, `step` and `why` first.

    A run that goes on after a kill passes its earlier decisions again; what is already written is not written
    twice, and a line cut short by the kill is dropped. Entries with figures, which reports count, are not
    written twice either where an earlier version gave the reason in other words.

    Args:
        path: of the file; it need not exist.
        say: called with each entry as one line of text, also with those that are written already.
    """

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self.path = path
        self.say = say
        self._known = self._whole_lines()
        self._earlier = Counter(map(_without_reason, self._known))

    def write(self, round_number: int, step: str, why: str, **figures: Any) -> None:
        """Add an entry, unless it is there.

        Args:
            step: what was done, in a word or two.
            why: the reason, or the outcome, in words.
            figures: what goes with it, as JSON holds it.
        """
        entry = json.dumps({"round": round_number, "step": step, "why": why, **figures}, ensure_ascii=False)
        self.say(f"round {round_number} · {step}: {why}")
        reworded = self._was_written(_without_reason(entry)) and bool(figures)
        if reworded or entry in self._known:
            return
        self._known.append(entry)
        with self.path.open("a") as file:
            file.write(entry + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _was_written(self, entry: str) -> bool:
        """Whether an earlier process wrote this, whatever the reason; each entry of it stands for one."""
        self._earlier[entry] -= 1
        return self._earlier[entry] >= 0

    def _whole_lines(self) -> list[str]:
        content = self.path.read_bytes() if self.path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.truncate(self.path, len(whole))
        return whole.decode().splitlines()


def _without_reason(line: str) -> str:
    """An entry without `why`; a damaged one as it is."""
    try:
        return json.dumps({key: value for key, value in json.loads(line).items() if key != "why"})
    except (ValueError, AttributeError):
        return line
