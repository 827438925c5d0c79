"""File name <-> attributes.

The long form is `{shape}_{color}_{angle}_{view}_{variant}`, as in `sedan_y_60_bleft_0007`; the
short form `{color}_{angle}_{view}`, as in `y_60_bleft`, is what people give to pictures made by hand.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from generator.errors import UserError, with_article
from generator.spec import COLORS, VIEWS, RenderSpec
from generator.spec import shapes as known_shapes

ATTRIBUTES = ("shape", "color", "angle", "view")
"""What a name says of its picture, besides which vehicle it shows."""


@dataclass(frozen=True)
class Attributes:
    """What a file name says of its picture. `shape` and `variant` are None in the short form."""

    shape: str | None
    color: str
    angle: int
    view: str
    variant: int | None


def picture_name(shape: str, color: str, angle: int, view: str, variant: int) -> str:
    """The long form, without a suffix."""
    return f"{shape}_{color}_{angle}_{view}_{variant:04d}"


def spec_name(spec: RenderSpec) -> str:
    return picture_name(spec.shape, spec.color, spec.angle, spec.view, spec.variant)


def parse_name(stem: str, shapes: Collection[str] = ()) -> Attributes:
    """Read either form.

    Args:
        shapes: words of users' own models, known besides the catalogue's.

    Raises:
        UserError: naming the file's stem and the first wrong word in it.
    """
    words = stem.split("_")
    if len(words) not in (3, 5):
        raise UserError(
            f"{stem!r}: {len(words)} words between underscores; a name has the form "
            "sedan_y_60_bleft_0007 (shape, colour, angle, view, variant) or y_60_bleft"
        )
    long = len(words) == 5
    color, angle, view = words[1:4] if long else words
    known = tuple(dict.fromkeys((*known_shapes(), *sorted(shapes))))
    return Attributes(
        shape=_one_of(stem, words[0], "shape", known) if long else None,
        color=_one_of(stem, color, "colour", tuple(COLORS)),
        angle=_number(stem, angle, "angle", 89),
        view=_one_of(stem, view, "view", VIEWS),
        variant=_number(stem, words[4], "variant", 10**9) if long else None,
    )


def _one_of(stem: str, word: str, what: str, known: tuple[str, ...]) -> str:
    if word not in known:
        raise UserError(f"{stem!r}: {word!r} is not {with_article(what)}; one of {', '.join(known)}")
    return word


def _number(stem: str, word: str, what: str, most: int) -> int:
    if not (word.isascii() and word.isdigit()) or int(word) > most:
        raise UserError(f"{stem!r}: {word!r} is not {with_article(what)}; a whole number from 0 to {most}")
    return int(word)
