"""`make bench-fidelity`: what more samples, and denoising, buy: error against a 1,024-sample reference.

    python -m benchmarks.fidelity

The error is the root of the mean squared difference of sRGB values in [0, 1], over all pixels; the
reference is not denoised and has another seed, so its own noise counts against nobody in particular.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.results import keep
from benchmarks.speed import SEED, specs_of
from generator.spec import RenderSpec

REFERENCE = 1024
PICTURES = {64: 10, 224: 2}
CHOICES = [(samples, denoise) for denoise in (True, False) for samples in (4, 8, 16, 32, 64)]


def main() -> None:
    if len(sys.argv) > 1:
        Path(sys.argv[1], "found.json").write_text(json.dumps(measured()))
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "benchmarks.fidelity", folder], check=True, stdout=2)
        found = json.loads((Path(folder) / "found.json").read_text())
    for row in found:
        keep_row(**row)


def measured() -> list[dict[str, Any]]:
    """One row for each size and choice: errors and seconds of its pictures, on one thread."""
    from blender_scenes.stage import Stage

    stage, rows = Stage(threads=1), []
    for size, count in PICTURES.items():
        specs = specs_of(size, REFERENCE, count, denoise=False)
        references = [stage.render(spec).rgb / 255.0 for spec in specs]
        for samples, denoise in CHOICES:
            chosen = [spec.model_copy(update={"samples": samples, "denoise": denoise}) for spec in specs]
            errors, seconds = zip(
                *(_against(stage, *pair) for pair in zip(chosen, references, strict=True)), strict=True
            )
            rows.append(
                {"size": size, "samples": samples, "denoise": denoise, "errors": errors, "seconds": seconds}
            )
    return rows


def _against(stage: Any, spec: RenderSpec, reference: np.ndarray) -> tuple[float, float]:
    """The second of two renders is timed: the first pays for the change of settings."""
    stage.render(spec)
    start = perf_counter()
    rgb = stage.render(spec.model_copy(update={"azimuth": spec.azimuth})).rgb / 255.0
    return float(np.sqrt(((rgb - reference) ** 2).mean())), perf_counter() - start


def keep_row(*, size: int, samples: int, denoise: bool, errors: list[float], seconds: list[float]) -> None:
    how = "denoised" if denoise else "plain"
    keep(
        f"fidelity_{size}px_{how}_{samples:02d}",
        f"error against {REFERENCE} samples: {size} px, {samples} samples, {how}",
        float(np.mean(errors)),
        "rmse",
        low=min(errors),
        high=max(errors),
        n=len(errors),
        seed=SEED,
        seconds=float(np.median(seconds)),
    )


if __name__ == "__main__":
    main()
