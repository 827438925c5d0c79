"""`make sheet`: the contact sheets of the documentation: shapes × views, shapes, families, environments.

    python -m benchmarks.sheet FOLDER

Renders what FOLDER lacks and writes the sheets to `docs/`: `vehicles.jpg`, `shapes.jpg`, `families.jpg`,
`environments.jpg`. Nothing is measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from generator.dataset.pixels import read_image
from generator.families import FAMILIES, families, shape_of
from generator.farm.render import render_set
from generator.farm.settings import FarmSettings
from generator.files import write_bytes
from generator.naming import spec_name
from generator.planning.grid import SetPlan
from generator.planning.plan import plan_set
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.spec import COLORS, ENVIRONMENTS, MARKERS, SHAPES, VIEWS, RenderSpec
from loop.progress import track

DOCS = Path("docs")
PLAIN = ("studio", "parking", "meadow")
ANGLES = (8, 16, 28, 50)
SEED = 5

Grid = list[list[RenderSpec]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    draw(folder / "views", views(), 128, DOCS / "vehicles.jpg")
    draw(folder / "shapes", shapes(4), 360, DOCS / "shapes.jpg")
    draw(folder / "families", families_and_markers(8), 180, DOCS / "families.jpg")
    draw(folder / "environments", environments(), 300, DOCS / "environments.jpg")


def views() -> Grid:
    """A row a shape, a column a view; colours and angles change from cell to cell."""
    return [
        [one(shape, view, 3 * i + j, size=224, environments=PLAIN) for j, view in enumerate(VIEWS)]
        for i, shape in enumerate(SHAPES)
    ]


def shapes(columns: int) -> Grid:
    """Each shape at 512 px from the front or the rear."""
    every = [
        one(shape, ("fleft", "bright", "fright")[i % 3], i, size=512, environments=PLAIN, angle=12)
        for i, shape in enumerate(SHAPES)
    ]
    return [every[i : i + columns] for i in range(0, len(every), columns)]


def families_and_markers(columns: int) -> Grid:
    """A vehicle of each family, in the order of shapes, then one beside each marker."""
    names = [family for shape in FAMILIES for family in families(shape)]
    every = [
        one(str(shape_of(family)), "fleft", i, size=320, environments=PLAIN, angle=14, family=family)
        for i, family in enumerate(names)
    ]
    every += [
        one("sedan", "fright", i, size=320, environments=PLAIN[1:], angle=28, marker=marker)
        for i, marker in enumerate(MARKERS[1:])
    ]
    return [every[i : i + columns] for i in range(0, len(every), columns)]


def environments() -> Grid:
    """Two environments a row, each from near the ground and from above."""
    every = [
        one(
            SHAPES[(5 * i + j) % len(SHAPES)],
            ("fleft", "bright")[j],
            i,
            size=512,
            environments=(name,),
            angle=(9, 30)[j],
        )
        for i, name in enumerate(ENVIRONMENTS)
        for j in range(2)
    ]
    return [every[i : i + 4] for i in range(0, len(every), 4)]


def one(
    shape: str,
    view: str,
    step: int,
    *,
    size: int,
    environments: Sequence[str],
    angle: int | None = None,
    family: str | None = None,
    marker: str = "none",
) -> RenderSpec:
    """The spec of one picture of a shape and view; `step` goes through colours, angles and vehicles."""
    colors = list(COLORS)
    where = {"family": family} if family else {}
    plan = SetPlan.model_validate(
        {
            "slices": [{"where": where, "budget": 1}],
            "shapes": [shape],
            "colors": [colors[step % len(colors)]],
            "angles": [ANGLES[step % len(ANGLES)] if angle is None else angle],
            "views": [view],
            "variants": 100,
        }
    )
    scene = SceneRanges.model_validate(
        {"environment": list(environments), "instances": 100, "marker": marker}
    )
    (spec,) = plan_set(plan, scene, RenderSettings(size=size, samples=16), seed=SEED + step, block=1)
    return spec


def draw(folder: Path, grid: Grid, cell: int, file: Path) -> None:
    """Render what is missing and write the sheet, its cells `cell` pixels wide."""
    specs = [spec for row in grid for spec in row]
    with track(file.stem, len(specs)) as advance:
        render_set(folder, specs, FarmSettings(), advance)
    rows = [np.hstack(list(_filled(row, len(grid[0]), folder, cell))) for row in grid]
    _, jpeg = cv2.imencode(".jpg", np.vstack(rows)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    write_bytes(file, jpeg.tobytes())


def _filled(row: list[RenderSpec], columns: int, folder: Path, cell: int) -> Iterator[NDArray[np.uint8]]:
    """The pictures of a row, then white cells."""
    for spec in row:
        yield read_image(folder / "images" / f"{spec_name(spec)}.png", cell)
    for _ in range(columns - len(row)):
        yield np.full((cell, cell, 3), 255, np.uint8)


if __name__ == "__main__":
    main()
