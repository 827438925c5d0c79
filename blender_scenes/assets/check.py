"""Examines a user's model, as a process of its own: writes facts and pictures into a folder.

    python -m blender_scenes.assets.check CARD_OR_MODEL FOLDER

`facts.json` holds what was found, or {"refused": why}; `pictures.npz` holds `rgb` (c, v, S, S, 3) and
`parts` (c, v, S, S): every view in every colour of `COLORS_SHOWN`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from blender_scenes.assets.guess import first_card, guess_card
from blender_scenes.assets.library import Imported, import_asset
from blender_scenes.stage import Stage
from generator.assets.card import FORMATS, Asset, make_asset, read_asset
from generator.errors import UserError
from generator.spec import ENVIRONMENTS, VIEWS, RenderSpec, view_azimuth

COLORS_SHOWN = ("r", "b")
SIZE, SAMPLES = 176, 6


def main() -> None:
    path, folder = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        facts = examine(path, folder)
    except UserError as error:
        facts = {"refused": str(error)}
    (folder / "facts.json").write_text(json.dumps(facts))


def examine(path: Path, folder: Path) -> dict[str, Any]:
    """Import a model, render it from all sides, and return what was found.

    Raises:
        UserError: the asset card or the model cannot be used.
    """
    asset = _guessed(path) if path.suffix.lower() in FORMATS else read_asset(path)
    stage = Stage(assets=[asset])
    found = stage.imported(asset.digest, asset.card.shape)
    shown = [[stage.render(_spec(asset, color, view)) for view in VIEWS] for color in COLORS_SHOWN]
    np.savez(
        folder / "pictures.npz",
        rgb=np.array([[picture.rgb for picture in row] for row in shown]),
        parts=np.array([[picture.parts for picture in row] for row in shown]),
    )
    return _facts(asset, found)


def _guessed(model: Path) -> Asset:
    """A model without an asset card, with one that is guessed from its size."""
    if not model.is_file():
        raise UserError(f"{model}: no such file; give an asset card or a model ({' '.join(FORMATS)})")
    found = import_asset(make_asset(model, first_card(model)), bpy.data.materials.new("paint"))
    size = found.fitted.before
    return make_asset(model, guess_card(model, size))


def _spec(asset: Asset, color: str, view: str) -> RenderSpec:
    return RenderSpec(
        shape=asset.card.shape,
        asset=asset.digest,
        color=color,
        angle=15,
        view=view,
        variant=0,
        environment=ENVIRONMENTS[0],
        environment_seed=0,
        sun_elevation=50,
        sun_azimuth=view_azimuth(view) + 40 if view_azimuth(view) < 180 else view_azimuth(view) - 320,
        finish="gloss",
        elevation=15,
        azimuth=view_azimuth(view),
        fill=0.85,
        offset_x=0,
        offset_y=0,
        focal=70,
        size=SIZE,
        samples=SAMPLES,
        denoise=True,
    )


def _facts(asset: Asset, found: Imported) -> dict[str, Any]:
    return {
        "format": asset.card.format.word,
        "card": asset.card.model_dump(by_alias=True, exclude_defaults=True),
        "axes": asset.card.axes,
        "files": [path.name for path in asset.files],
        "before": found.fitted.before,
        "after": found.fitted.after,
        "faces": len(found.thing.data.polygons),
        "materials": [
            {
                "name": fabric.name,
                "part": found.parts[fabric.name],
                "fraction": fabric.fraction,
                "paint": fabric.name in found.paint.names,
            }
            for fabric in found.fabrics
        ],
        "paint": found.paint.why,
        "notes": found.notes,
    }


if __name__ == "__main__":
    main()
