"""The folder of a run: every file name, and reading and writing with validation.

`RunFolder(path)`, beside what every command's folder has (`loop.run.output`):

| file | property or method | what it holds |
|---|---|---|
| `ledger.jsonl` | `ledger`, `read_ledger()` | every decision: `round`, `step`, `why`; written by `Ledger` |
| `sets/NAME/` | `rendered_set(name)` | rendered sets `base`, `probe`, `holdout` |
| `sets/probe_without/` | `probe_without` | the probe's scenes without the vehicle (`vehicle/`) or a part |
| `rounds/NN/` | `round(number)` | a round, below |

The files of a round are in `loop.run.round_folder`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.files import read_jsonl
from loop.run.output import OutputFolder, Place
from loop.run.round_folder import RoundFolder


@dataclass(frozen=True)
class RunFolder(OutputFolder):
    """The folder of one run of the loop."""

    ledger = Place("ledger.jsonl")

    def read_ledger(self) -> list[dict[str, Any]]:
        """Every decision so far, in order: `round`, `step`, `why`, and figures of the step.

        Raises:
            UserError: a line is damaged.
        """
        return read_jsonl(self.ledger)

    # Rendered sets

    sets = Place("sets")

    def rendered_set(self, name: str) -> Path:
        """Where `base`, `probe` or `holdout` is rendered; a probe that was given lies elsewhere
        (`probe.folder`)."""
        return self.sets / name

    probe_without = Place("sets/probe_without")
    """Where the probe's scenes lie without the vehicle, or without a part (`loop.evaluation.ablation`)."""

    @property
    def empty_scenes(self) -> Path:
        """Set of the probe's scenes without the vehicle."""
        return self.probe_without / "vehicle"

    # Rounds

    rounds = Place("rounds")

    def round(self, number: int) -> RoundFolder:
        """The folder of a round, whether or not it exists."""
        return RoundFolder(self.rounds / f"{number:02d}")

    def evaluated_rounds(self) -> list[RoundFolder]:
        """Those whose evaluation is complete, in their order."""
        named = [path for path in self.rounds.glob("*") if path.name.isdecimal()]
        found = [one for one in map(RoundFolder, named) if one.evaluated]
        return sorted(found, key=lambda one: one.number)

    def last_accepted(self, number: int) -> int:
        """The last round up to this one that was not rolled back.

        Raises:
            UserError: a gate is damaged.
        """
        return max(n for n in range(number + 1) if self.round(n).accepted)
