"""Names of slices, attribute values and scores as people read them. Plain text: the templates escape it."""

from __future__ import annotations

from typing import Any

from analysis.slices.conjunctions import slice_name
from generator.families import USUAL
from generator.planning.sampling import Where
from generator.spec import COLORS

SHAPE_NAMES = {
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
VIEW_NAMES = {
    "f": "front",
    "fleft": "front left",
    "left": "left",
    "bleft": "rear left",
    "b": "rear",
    "bright": "rear right",
    "right": "right",
    "fright": "front right",
}
ATTRIBUTE_NAMES = {"shape": "shape", "color": "colour", "angle": "camera elevation", "view": "view"}
SET_TITLES = {"holdout": "Holdout", "test": "Real test pictures", "probe": "Probe"}

SCORE_QUESTIONS = {
    "coverage": "How much of the vehicle does the highlighted region cover?",
    "iou": "Does the highlighted region, cut at half the map’s maximum, have the vehicle’s shape?",
    "energy": "What fraction of the positive evidence lies on the vehicle?",
    "dice": "The same as the Dice coefficient, which is the F1 score of the pixels.",
    "soft_iou": "Does the map, read as a mask without a threshold, have the vehicle’s shape?",
    "rank": "Of as many of the highest pixels as the vehicle has, how many lie on it?",
    "pointing": "Does the peak lie on the vehicle?",
    "pixel_auroc": "Do the vehicle’s pixels rank above the others?",
    "pixel_ap": "The same, with the highest pixels counting most.",
    "cross_entropy": "Is there evidence on every part of the vehicle?",
    "kl": "How far is the evidence from being spread evenly over the vehicle?",
    "soft_reward": "As reward, with a bonus for evidence in many places.",
    "bce": "Does the map, read pixel by pixel as a mask, agree with the mask?",
    "reward": "What would a policy earn that draws pixels by the map, paid for hits, charged for misses?",
}
"""Score -> the question that it answers."""


def slice_text(where: Where) -> str:
    """A slice in plain English.

    >>> slice_text({"color": "y", "shape": "van"})
    'yellow vans'
    >>> slice_text({"view": "bleft", "haze": 0})
    'vehicles seen from the rear left with haze 0'
    """
    rest = dict(where)
    color, shape = rest.pop("color", None), rest.pop("shape", None)
    noun = SHAPE_NAMES.get(str(shape), str(shape)) if shape is not None else "vehicles"
    parts = [noun] if color is None else [value_text("color", color), noun]
    if (family := rest.pop("family", None)) is not None:
        parts.append("of a shape without families" if family == USUAL else f"of the family {family}")
    if "view" in rest:
        parts.append(f"seen from the {value_text('view', rest.pop('view'))}")
    if "angle" in rest:
        parts.append(f"at {value_text('angle', rest.pop('angle'))} elevation")
    others = [f"{name.replace('_', ' ')} {str(value).replace('..', ' to ')}" for name, value in rest.items()]
    return " ".join([*parts, *([f"with {listed(others)}"] if others else [])])


def slice_label(where: Where) -> str:
    """A slice in plain English and by its name: `yellow vans (color=y & shape=van)`."""
    return f"{slice_text(where)} ({slice_name(where)})"


def score_text(column: str) -> str:
    """The quantity that a column holds: `p_true` -> `probability of the true class`."""
    known = {
        "p_true": "probability of the true class",
        "correct": "accuracy",
    }
    score, _, target = column.rpartition("_")
    of_map = f"{score} of the {target} class’s map" if score in SCORE_QUESTIONS else column
    return known.get(column, of_map)


def sentence(text: str) -> str:
    """With a capital letter and a full stop: `all is well` -> `All is well.`"""
    return f"{text[:1].upper()}{text[1:]}."


def value_text(attribute: str, value: Any) -> str:
    """The value of an attribute: `y` -> `yellow`, `bleft` -> `rear left`, 20 -> `20°`; of elevations
    `0..10` -> `0° to 10°`."""
    if attribute == "color":
        return COLORS[value].word if value in COLORS else str(value)
    if attribute == "view":
        return VIEW_NAMES.get(str(value), str(value))
    if attribute == "elevation":
        return f"{str(value).replace('..', '° to ')}°"
    return f"{value}°" if attribute == "angle" else str(value)


def listed(items: list[str]) -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
