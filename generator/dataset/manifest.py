"""The manifest of a set, `manifest.parquet`: made of specs, masks and `truth/`; read, or refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ValidationError

from generator.dataset.pixels import expect_there, read_mask
from generator.dataset.tables import read_parquet, write_parquet
from generator.errors import UserError
from generator.families import family_of
from generator.files import read_json_object
from generator.naming import spec_name
from generator.planning.scenes import BLOCK
from generator.spec import RenderSpec

MANIFEST = "manifest.parquet"
AGAIN = "remove it and render the set again, which writes it"
"""Remedy for a file that is not what it should be."""

NUMBERS = ("visible_share", "outside_share", "camera_distance")
"""Numbers of `truth/` that are columns of the manifest."""


class Measured(BaseModel):
    """Those fields of `blender_scenes.truth.Truth` that the manifest has."""

    box: tuple[int, int, int, int] | None
    box_amodal: tuple[float, float, float, float]
    visible_share: float
    outside_share: float
    camera_distance: float

    def columns(self) -> dict[str, float]:
        """Column of the manifest -> value; `x0 y0 x1 y1` are -1 where no pixel shows the vehicle."""
        seen = dict(zip(("x0", "y0", "x1", "y1"), self.box or (-1,) * 4, strict=True))
        whole = dict(zip(("ax0", "ay0", "ax1", "ay1"), self.box_amodal, strict=True))
        return {**seen, **whole, **{number: getattr(self, number) for number in NUMBERS}}


def read_truth(folder: Path, name: str) -> Measured:
    """The numbers of a picture.

    Raises:
        UserError: the file is missing, is not JSON, or lacks one of them.
    """
    path = folder / "truth" / f"{name}.json"
    expect_there(path)
    try:
        return Measured.model_validate(read_json_object(path, AGAIN))
    except ValidationError as error:
        fault = error.errors()[0]
        raise UserError(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}; {AGAIN}") from None


def make_manifest(folder: Path, specs: Sequence[RenderSpec]) -> pd.DataFrame:
    """Write the manifest of a whole set, and return it: a row for each spec, in their order.

    Raises:
        UserError: a mask or a file of numbers is missing or cannot be read.
    """
    rows = []
    for spec in specs:
        name = spec_name(spec)
        mask = read_mask(folder / "masks" / f"{name}.png", spec.size)
        measured = {"mask_share": float(mask.mean()), **read_truth(folder, name).columns()}
        rows.append({"name": name, "hash": spec.hash, **spec.row(), **measured})
    table = pd.DataFrame(rows)
    write_parquet(folder / MANIFEST, table)
    return table


def read_manifest(folder: Path, names: Iterable[str]) -> pd.DataFrame:
    """The manifest as it was written, with a column `family`.

    Args:
        names: of the pictures that it is to have rows of, in any order.

    Raises:
        UserError: it is missing, cannot be read, or has other rows.
    """
    path = folder / MANIFEST
    table = read_parquet(path, AGAIN if path.exists() else "render the set again, which writes it")
    if "name" not in table:
        raise UserError(f"{path}: has no column 'name'; {AGAIN}")
    _expect_rows(path, Counter(map(str, table["name"])), Counter(names))
    return with_family(table)


def blocks(table: pd.DataFrame) -> list[int]:
    """Blocks of the vehicles and environments of rendered pictures, in order; [] for photographs.

    See `generator.planning.plan`.
    """
    if {"variant", "environment_seed"} - {*table}:
        return []
    return sorted(
        {int(number) // BLOCK for name in ("variant", "environment_seed") for number in table[name]}
    )


def with_family(table: pd.DataFrame) -> pd.DataFrame:
    """A table of renders with the column `family`, which older tables lack; others as they are."""
    if "family" in table or {"shape", "variant", "environment_seed"} - {*table}:  # photographs have no seed
        return table
    vehicles = zip(table["shape"], table["variant"].tolist(), strict=True)
    return table.assign(family=[family_of(shape, variant) for shape, variant in vehicles])


def _expect_rows(path: Path, rows: Counter[str], names: Counter[str]) -> None:
    """Refuse a manifest of other pictures than those of these names."""
    if without := sorted((names - rows).elements()):
        raise UserError(
            f"{path}: has no row for {len(without)} of {names.total()} pictures, {without[0]!r} first; move "
            f"what is not of the set out of images/, or else {AGAIN}"
        )
    if more := sorted((rows - names).elements()):
        raise UserError(
            f"{path}: has {len(more)} rows without a picture of their own, {more[0]!r} first; {AGAIN}"
        )
