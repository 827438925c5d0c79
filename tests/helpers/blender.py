"""Runs code that needs Blender in a process of its own, and brings its arrays back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from generator.spec import RenderSpec

ROOT = Path(__file__).parents[2]

ARRAYS = ("rgb", "mask", "parts", "depth", "normals", "coverage", "amodal")
"""Fields of a `Picture` that are arrays."""

PRELUDE = """
import sys
import numpy as np
from generator.spec import RenderSpec
from blender_scenes.stage import Stage
saved = {}
def spec(text):
    return RenderSpec.model_validate_json(text)
"""


def make_spec(**changes: Any) -> RenderSpec:
    """A small picture of a red sedan, but for `changes`."""
    fields: dict[str, Any] = {
        "shape": "sedan",
        "color": "r",
        "angle": 20,
        "view": "fleft",
        "variant": 1,
        "environment": "parking",
        "environment_seed": 1,
        "sun_elevation": 50.0,
        "sun_azimuth": 30.0,
        "finish": "gloss",
        "elevation": 20.0,
        "azimuth": 45.0,
        "fill": 0.75,
        "offset_x": 0.0,
        "offset_y": 0.0,
        "focal": 60.0,
        "size": 48,
        "samples": 1,
        "denoise": False,
    }
    return RenderSpec(**(fields | changes))


def run(code: str, folder: Path) -> dict[str, np.ndarray]:
    """Run `code` after `PRELUDE`; whatever it puts into `saved` is returned."""
    path = folder / "saved.npz"
    script = f"{PRELUDE}\n{code}\nnp.savez({str(path)!r}, **saved)\n"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    with np.load(path) as found:
        return dict(found)


def render(
    specs: list[RenderSpec], folder: Path, *, cast: bool = False, threads: int = 1
) -> list[dict[str, np.ndarray]]:
    """Render specs in the given order in a fresh process: the picture's arrays and, if wanted, cast."""
    lines = [f"stage = Stage(threads={threads})"]
    for i, spec in enumerate(specs):
        lines += [f"s = spec({spec.model_dump_json()!r})", "p = stage.render(s)"]
        lines += [f"saved['{i}_{key}'] = p.{key}" for key in ARRAYS]
        lines += [f"saved['{i}_cast'] = stage.cast(s)"] if cast else []
    saved = run("\n".join(lines), folder)
    return [
        {key.split("_", 1)[1]: array for key, array in saved.items() if key.startswith(f"{i}_")}
        for i in range(len(specs))
    ]
