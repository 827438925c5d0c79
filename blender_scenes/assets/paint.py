"""Which materials are paint, and what part of the vehicle each of the others is. No Blender in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from blender_scenes.assets.words import paint_rank, part_by_name
from generator.assets.card import AssetCard
from generator.errors import UserError


@dataclass(frozen=True)
class Fabric:
    """What is known of one material of a model."""

    name: str
    """As the file calls it; "" for faces without a material."""
    fraction: float
    """Of the area that is seen from outside, in [0, 1]."""
    clear: bool = False
    """Transmissive or transparent: glass."""
    rubber: bool = False
    """Nearly black and dull."""


@dataclass(frozen=True)
class Paint:
    """The materials that take the colour, and why these."""

    names: tuple[str, ...]
    why: str


def find_paint(fabrics: Sequence[Fabric], card: AssetCard, place: str) -> Paint:
    """By the asset card, else by name, else by the largest area that could be paint.

    Raises:
        UserError: the card names a material that the model lacks, or nothing could be paint.
    """
    known = {fabric.name for fabric in fabrics}
    for field, names in (("paint", card.paints), ("parts", tuple(card.parts))):
        for name in names:
            if name not in known:
                raise UserError(
                    f"{place}: {field}: no material is called {name!r}; there are: "
                    f"{', '.join(sorted(known - {''})) or 'none'}"
                )
    if card.paints:
        return Paint(card.paints, "as the card states")
    free = [fabric for fabric in fabrics if fabric.name not in card.parts]
    return _by_name(free) or _by_area(free, place)


def _by_name(fabrics: Sequence[Fabric]) -> Paint | None:
    """All materials of the best word whose name is a paint's, unless none of them is seen."""
    ranks = {f.name: rank for f in fabrics if f.fraction > 0 and (rank := paint_rank(f.name)) is not None}
    names = tuple(name for name, rank in ranks.items() if rank == min(ranks.values()))
    return Paint(names, f"by name: {', '.join(names)}") if names else None


def _by_area(fabrics: Sequence[Fabric], place: str) -> Paint:
    likely = [f for f in fabrics if f.fraction > 0 and not (f.clear or f.rubber or part_by_name(f.name))]
    if not likely:
        raise UserError(f"{place}: paint: no material could be paint; name one in the card")
    largest = max(likely, key=lambda fabric: (fabric.fraction, fabric.name))
    return Paint((largest.name,), f"by area: {largest.fraction:.0%} of what is seen from outside")


def part_of(fabric: Fabric, paint: Paint, card: AssetCard) -> str:
    """A word of `generator.spec.PARTS`."""
    if fabric.name in paint.names:
        return "body"
    named = card.parts.get(fabric.name) or part_by_name(fabric.name)
    if named:
        return named
    if fabric.clear:
        return "glass"
    return "body" if paint_rank(fabric.name) is not None else "trim"
