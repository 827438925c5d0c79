"""Hugging Face: `images/`, `masks/`, and `metadata.jsonl` with a line a picture.

`datasets.load_dataset("imagefolder", data_dir=FOLDER)` gives the columns `image`, `mask` (None where there
is none), `label` and all that is known of a picture.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator.export.table import PATHS, Labelled
from generator.files import link, write_jsonl


def write(labelled: Labelled, out: Path) -> None:
    """Write `images/`, `masks/` and `metadata.jsonl` into the folder `out`."""
    lines = []
    for row, label in zip(labelled.rows(), labelled.labels, strict=True):
        files = {kind: row.pop(kind) for kind in PATHS}
        line: dict[str, Any] = {"file_name": None, "mask_file_name": None, "label": label, **row}
        for kind, key in zip(PATHS, ("file_name", "mask_file_name"), strict=True):
            if files[kind]:
                line[key] = f"{kind}s/{Path(files[kind]).name}"
                link(files[kind], out / line[key])
        lines.append(line)
    write_jsonl(out / "metadata.jsonl", lines)
