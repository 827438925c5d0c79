"""`make bench-fidelity`: how close renders with few samples, denoised or not, come to 1,024 samples.

    python -m benchmarks.fidelity

The error is the root mean squared difference of sRGB values in [0, 1] over all pixels. The reference is not
denoised and has another noise seed, so its own noise adds to every error alike. Seconds are measured on one
thread. Needs no data; the figures go to `benchmarks/results.json` (`fidelity_*`).
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
SETTINGS = [(samples, denoise) for denoise in (True, False) for samples in (4, 8, 16, 32, 64)]


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
    """One row a size and setting: errors and seconds of its pictures, on one thread."""
    from blender_scenes.stage import Stage

    stage = Stage(threads=1)
    rows = []
    for size, count in PICTURES.items():
        specs = specs_of(size, REFERENCE, count, denoise=False)
        references = [stage.render(spec).rgb / 255.0 for spec in specs]
        for samples, denoise in SETTINGS:
            chosen = [spec.model_copy(update={"samples": samples, "denoise": denoise}) for spec in specs]
            results = [_against(stage, *pair) for pair in zip(chosen, references, strict=True)]
            errors, seconds = zip(*results, strict=True)
            rows.append(
                {"size": size, "samples": samples, "denoise": denoise, "errors": errors, "seconds": seconds}
            )
    return rows


def _against(stage: Any, spec: RenderSpec, reference: np.ndarray) -> tuple[float, float]:
    """Error of a picture, and seconds of its second render: the first has to change settings."""
    stage.render(spec)
    start = perf_counter()
    rgb = stage.render(spec.model_copy(update={"azimuth": spec.azimuth})).rgb / 255.0
    return float(np.sqrt(((rgb - reference) ** 2).mean())), perf_counter() - start


def keep_row(*, size: int, samples: int, denoise: bool, errors: list[float], seconds: list[float]) -> None:
    key, how = ("denoised", "denoised") if denoise else ("plain", "not denoised")
    keep(
        f"fidelity_{size}px_{key}_{samples:02d}",
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
