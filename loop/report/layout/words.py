"""Names and numbers as people read them. Plain text: the template escapes it."""

from __future__ import annotations

import math
from typing import Any

from analysis.slices.conjunctions import slice_name
from generator.families import USUAL
from generator.planning.sampling import Where
from generator.spec import COLORS

SHAPE_WORDS = {
    "sedan": "sedans",
    "hatchback": "hatchbacks",
    "wagon": "station wagons",
    "coupe": "coupes",
    "convertible": "convertibles",
    "suv": "SUVs",
    "minivan": "minivans",
    "taxi": "taxis",
    "police": "police cars",
    "van": "vans",
    "pickup": "pickups",
    "boxtruck": "box trucks",
    "semi": "semi-trailer trucks",
    "dumptruck": "dump trucks",
    "bus": "buses",
    "schoolbus": "school buses",
}
VIEW_WORDS = {
    "f": "front",
    "fleft": "front left",
    "left": "left",
    "bleft": "rear left",
    "b": "rear",
    "bright": "rear right",
    "right": "right",
    "fright": "front right",
}
ATTRIBUTE_WORDS = {"shape": "shape", "color": "colour", "angle": "camera elevation", "view": "view"}
SET_WORDS = {"holdout": "Holdout", "test": "Real test pictures", "probe": "Probe"}

SCORE_WORDS = {
    "coverage": "How much of the vehicle is lit.",
    "iou": "Does the lit region, cut at half its maximum, have the vehicle's shape?",
    "energy": "What share of the positive evidence lies on the vehicle?",
    "dice": "The same, by the shares of both regions.",
    "soft_iou": "Does the map, read as a mask without a threshold, have the vehicle's shape?",
    "rank": "How many of the highest pixels lie on the vehicle, as many as it has?",
    "pointing": "Does the peak lie on the vehicle?",
    "pixel_auroc": "Does the order of all pixels tell the vehicle's from the others?",
    "pixel_ap": "Does it, with the highest counting most?",
    "cross_entropy": "Is every part of the vehicle looked at?",
    "kl": "How far is the evidence from lying evenly on the vehicle?",
    "soft_reward": "The policy's reward, and a bonus for looking at many places?",
    "bce": "Does the map, read pixel by pixel as a mask, agree with the mask?",
    "reward": "What would a policy earn that looks where the map says and is paid for the vehicle?",
}
"""What a score answers."""

MISSING = "–"


def slice_words(where: Where) -> str:
    """`{"color": "y", "shape": "van"}` -> `yellow vans`."""
    rest = dict(where)
    color, shape = rest.pop("color", None), rest.pop("shape", None)
    noun = SHAPE_WORDS.get(str(shape), str(shape)) if shape is not None else "vehicles"
    words = [noun] if color is None else [value_words("color", color), noun]
    if (family := rest.pop("family", None)) is not None:
        words.append("of a shape without families" if family == USUAL else f"of the family {family}")
    if "view" in rest:
        words.append(f"seen from the {value_words('view', rest.pop('view'))}")
    if "angle" in rest:
        words.append(f"at {value_words('angle', rest.pop('angle'))} elevation")
    beside = [f"{name.replace('_', ' ')} {str(value).replace('..', ' to ')}" for name, value in rest.items()]
    return " ".join([*words, *([f"with {listed(beside)}"] if beside else [])])


def slice_label(where: Where) -> str:
    """In words and as it is written: `yellow vans (color=y & shape=van)`."""
    return f"{slice_words(where)} ({slice_name(where)})"


def score_words(column: str) -> str:
    """What a column says of a picture: `p_true` -> `probability of the true class`."""
    known = {
        "p_true": "probability of the true class",
        "correct": "share of right predictions",
        "certainty": "certainty of the prediction",
        "ranks": "mean of the ranks by alignment and by correctness",
    }
    score, _, target = column.rpartition("_")
    map_words = f"{score} of the {target} class’s map" if score in SCORE_WORDS else column
    return known.get(column, map_words)


def sentence(text: str) -> str:
    """With a capital letter first and a stop at its end."""
    return f"{text[:1].upper()}{text[1:]}."


def value_words(attribute: str, value: Any) -> str:
    """One attribute's value: `y` -> `yellow`, `bleft` -> `rear left`, 20 -> `20°`."""
    if attribute == "color":
        return COLORS[value].word if value in COLORS else str(value)
    if attribute == "view":
        return VIEW_WORDS.get(str(value), str(value))
    return f"{value}°" if attribute == "angle" else str(value)


def percent(value: float | None, digits: int = 1) -> str:
    """0.8123 -> `81.2 %`, with a space that does not break."""
    return MISSING if _none(value) else f"{number(100 * float(value or 0), digits)}\u00a0%"


def points(value: float | None) -> str:
    """A difference of shares in percentage points, with its sign: `+5.3`."""
    return MISSING if _none(value) else signed(100 * float(value or 0), 1)


def number(value: float | None, digits: int = 2) -> str:
    """With a true minus; never `−0.00`."""
    if _none(value):
        return MISSING
    text = f"{float(value or 0):.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def signed(value: float | None, digits: int = 2) -> str:
    """`+0.10`, `−0.10`, `0.00`."""
    text = number(value, digits)
    return f"+{text}" if not _none(value) and float(value or 0) > 0 and text.strip("0.") else text


def q_value(value: float | None) -> str:
    """Three decimals, `<0.001` below."""
    if _none(value):
        return MISSING
    return "<0.001" if float(value or 0) < 0.001 else number(value, 3)


def listed(items: list[str]) -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


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
