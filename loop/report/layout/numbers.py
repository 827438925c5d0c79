"""Numbers as people read them: typographic minus signs, thin spaces, a dash where there is no value."""

from __future__ import annotations

import math

MISSING = "–"


def percent(value: float | None, digits: int = 1) -> str:
    """0.8123 -> `81.2 %`, with a space at which no line breaks."""
    return MISSING if _none(value) else f"{number(100 * float(value or 0), digits)}\u00a0%"


def points(value: float | None) -> str:
    """A difference of fractions in percentage points, with its sign: 0.053 -> `+5.3`."""
    return MISSING if _none(value) else signed(100 * float(value or 0), 1)


def number(value: float | None, digits: int = 2) -> str:
    """With a typographic minus, and never a negative zero.

    >>> number(-1.5), number(-0.001), number(None)
    ('−1.50', '0.00', '–')
    """
    if _none(value):
        return MISSING
    text = f"{float(value or 0):.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def signed(value: float | None, digits: int = 2) -> str:
    """With its sign.

    >>> signed(0.1), signed(-0.1), signed(0.001)
    ('+0.10', '−0.10', '0.00')
    """
    text = number(value, digits)
    return f"+{text}" if not _none(value) and float(value or 0) > 0 and text.strip("0.") else text


def q_value(value: float | None) -> str:
    """Three decimals, or `<0.001`."""
    if _none(value):
        return MISSING
    return "<0.001" if float(value or 0) < 0.001 else number(value, 3)


def count(n: int, thing: str) -> str:
    """`1 picture`, `2 pictures`."""
    return f"{n:,} {thing if n == 1 else thing + 's'}".replace(",", "\u202f")


def seconds(value: float) -> str:
    """`4.2 s`, `3 min 05 s`, `1 h 02 min`."""
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _none(value: float | None) -> bool:
    return value is None or math.isnan(value)
