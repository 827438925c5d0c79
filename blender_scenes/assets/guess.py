"""An asset card for a model that has none. No Blender in here."""

from __future__ import annotations

import re
from pathlib import Path

from generator.assets.card import FORMATS, AssetCard, Axis
from generator.spec import shapes

UNITS = (1.0, 0.01, 0.001, 0.0254)
"""Metres in a unit that models are made in: metres, centimetres, millimetres, inches."""
LIKELY = (2.5, 20.0)
"""Metres, of a road vehicle's length."""
USUAL = 4.5
"""Metres, where no unit gives a likely length."""

Size = tuple[float, float, float]
"""Extent along forward, to the left and upwards, in the units of the imported scene."""

_PLUS: dict[str, Axis] = {"x": "+x", "y": "+y", "z": "+z"}


def first_card(model: Path) -> AssetCard:
    """An asset card by the format's conventions, to import the model and see how large it is."""
    word = re.sub(r"[^a-z0-9]", "", model.stem.lower())
    if not re.match(r"[a-z]", word) or word in shapes():
        word = f"my{word}"
    return AssetCard(shape=word, file=model.name, length=USUAL)


def guess_card(model: Path, size: Size) -> AssetCard:
    """An asset card by how large a model is with its `first_card`: vehicles are longest along their axis.

    The front may as well be the back; the turntable picture shows which it is.
    """
    first = first_card(model)
    longest = max(range(3), key=lambda axis: (size[axis] > 1.02 * size[0], size[axis]))
    axes = dict(zip(("forward", "up"), _turned(first, longest), strict=True))
    return first.model_copy(update={"length": likely_length(size[longest]), **axes})


def _turned(first: AssetCard, longest: int) -> tuple[Axis | None, Axis | None]:
    """Forward and up, None where the convention holds."""
    convention = FORMATS[Path(first.file).suffix.lower()]
    if longest == 0:
        return None, None
    if longest == 2:
        return convention.up, _PLUS[convention.forward[1]]
    side = ({"x", "y", "z"} - {convention.forward[1], convention.up[1]}).pop()
    return _PLUS[side], None


def likely_length(extent: float) -> float:
    """Metres, to the centimetre."""
    lengths = [round(extent * unit, 2) for unit in UNITS]
    return next((length for length in lengths if LIKELY[0] <= length <= LIKELY[1]), USUAL)
