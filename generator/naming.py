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
"""Attributes that a name carries, besides the number of the vehicle."""


@dataclass(frozen=True)
class Attributes:
    """What a file name carries. `shape` and `variant` are None in the short form."""

    shape: str | None
    color: str
    angle: int
    view: str
    variant: int | None


def picture_name(shape: str, color: str, angle: int, view: str, variant: int) -> str:
    """The long form, without a suffix.

    >>> picture_name("sedan", "y", 60, "bleft", 7)
    'sedan_y_60_bleft_0007'
    """
    return f"{shape}_{color}_{angle}_{view}_{variant:04d}"


def spec_name(spec: RenderSpec) -> str:
    """The name of a spec's picture, without a suffix: the same in every set."""
    return picture_name(spec.shape, spec.color, spec.angle, spec.view, spec.variant)


def parse_name(stem: str, shapes: Collection[str] = ()) -> Attributes:
    """Read either form.

    Args:
        stem: a file's name without its suffix.
        shapes: words of users' own models, known besides those of the catalogue and of plugins.

    Raises:
        UserError: naming the file's stem and the first wrong word in it.

    >>> parse_name("sedan_y_60_bleft_0007")
    Attributes(shape='sedan', color='y', angle=60, view='bleft', variant=7)
    >>> parse_name("y_60_bleft")
    Attributes(shape=None, color='y', angle=60, view='bleft', variant=None)
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
