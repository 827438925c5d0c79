"""The files of one evaluation: a folder may hold several, each under its own name.

| file | property | what it holds |
|---|---|---|
| `NAME.parquet` | `table` | one row a picture; written last, so where it is, the evaluation is complete |
| `NAME_scores.parquet` | `scores` | one row a picture × method × layer × target |
| `maps/NAME/` | `maps` | raw attribution maps, read with `analysis.methods.map_store.MapStore` |

Columns and units: `loop.evaluation.evaluate`. Imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class EvaluationFiles:
    """Where the evaluation `name` lies in a folder."""

    folder: Path
    name: str

    @property
    def table(self) -> Path:
        """One row a picture."""
        return self.folder / f"{self.name}.parquet"

    @property
    def scores(self) -> Path:
        """One row a picture × method × layer × target; missing where nothing was attributed (`test`)."""
        return self.folder / f"{self.name}_scores.parquet"

    @property
    def maps(self) -> Path:
        """Folder of raw attribution maps."""
        return self.folder / "maps" / self.name

    @property
    def complete(self) -> bool:
        """Whether all of the evaluation was written."""
        return self.table.exists()
