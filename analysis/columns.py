"""The columns of an evaluation: their names, units, ranges and meanings, in one place.

`loop.evaluation` writes two tables. The *table of pictures*, `NAME.parquet`, has one row per picture; the
*table of scores*, `NAME_scores.parquet`, one row per picture × method × layer × target. Code spells the name
of a column by the constants and functions here; attributes of pictures (`shape`, `color`, …) are columns too
and have their names from `generator.spec`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from generator.errors import UserError

NAME = "name"
LABEL = "label"
PREDICTED = "predicted"
CORRECT = "correct"
P_TRUE = "p_true"
CONFIDENCE = "confidence"
ENTROPY = "entropy"
LOSS = "loss"
MASK_AREA = "mask_area"
WITHOUT = "without"
RESIDUAL = "residual"
DROP = "drop"

METHOD = "method"
LAYER = "layer"
TARGET = "target"
REASON = "reason"
EVIDENCE_INSIDE = "evidence_inside"
EVIDENCE_OUTSIDE = "evidence_outside"

TARGETS = ("true", "predicted")
"""The classes whose maps are scored: of a picture's label, and of the prediction."""


def score_column(score: str, target: str) -> str:
    """The score of a picture's map; corrected for chance where the score can be.

    >>> score_column("energy", "true")
    'energy_true'
    """
    return f"{score}_{target}"


def evidence_on(part: str, target: str) -> str:
    """The fraction of a map's positive evidence that lies on a part.

    >>> evidence_on("wheel", "true")
    'on_wheel_true'
    """
    return f"on_{part}_{target}"


def area_of(part: str) -> str:
    """The fraction of the picture that a part covers.

    >>> area_of("wheel")
    'area_wheel'
    """
    return f"area_{part}"


def part_drop(part: str) -> str:
    """What the true class's logit loses where the part is removed.

    >>> part_drop("wheel")
    'part_drop_wheel'
    """
    return f"part_drop_{part}"


def probability_of(name: str) -> str:
    """The probability of one class, whatever the label.

    >>> probability_of("bus")
    'probability_bus'
    """
    return f"probability_{name}"


def corrected(score: str) -> str:
    """A score in the table of scores, corrected for chance: 0 for a map that knows nothing of the mask.

    >>> corrected("energy")
    'energy_corrected'
    """
    return f"{score}_corrected"


def iou_at(percent: int) -> str:
    """The IoU of the mask with the pixels of at least so many percent of the map's maximum.

    >>> iou_at(50)
    'iou_50'
    """
    return f"iou_{percent}"


def parts_measured(columns: Iterable[object]) -> list[str]:
    """The parts whose area an evaluation has, in the order of its columns.

    >>> parts_measured(["name", "area_wheel", "area_lamp", "mask_area"])
    ['wheel', 'lamp']
    """
    return _named_by(area_of(""), columns)


def parts_removed(columns: Iterable[object]) -> list[str]:
    """The parts that were removed one at a time, in the order of the columns.

    >>> parts_removed(["drop", "part_drop_wheel"])
    ['wheel']
    """
    return _named_by(part_drop(""), columns)


def _named_by(prefix: str, columns: Iterable[object]) -> list[str]:
    return [str(column).removeprefix(prefix) for column in columns if str(column).startswith(prefix)]


@dataclass(frozen=True)
class Column:
    """What a column of an evaluation holds."""

    name: str
    """With SCORE, PART, CLASS, TARGET or PERCENT where the name is composed."""
    unit: str
    """`fraction` and `probability` have no dimension; "" for names and other text."""
    low: float
    high: float
    """Its range, both ends included where they are finite; nan never counts as a value."""
    meaning: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the names of this column look like."""
        return re.compile(re.sub("SCORE|PART|CLASS|TARGET|PERCENT", _shape, self.name))


_SHAPES = {"SCORE": r"[a-z_0-9]+", "PART": r"[a-z_]+", "CLASS": ".+", "TARGET": "|".join(TARGETS)}
_SHAPES["PERCENT"] = r"\d\d"


def _shape(found: re.Match[str]) -> str:
    return f"(?:{_SHAPES[found[0]]})"


PICTURES = (
    Column(NAME, "", -inf, inf, "name of the picture, unique in its set"),
    Column(LABEL, "", -inf, inf, "name of the true class"),
    Column(PREDICTED, "", -inf, inf, "name of the class with the highest logit"),
    Column(CORRECT, "0 or 1", 0, 1, "whether the prediction is the label"),
    Column(P_TRUE, "probability", 0, 1, "softmax probability of the true class"),
    Column(CONFIDENCE, "probability", 0, 1, "softmax probability of the predicted class"),
    Column(ENTROPY, "nats", 0, inf, "entropy of the softmax, at most ln of the number of classes"),
    Column(LOSS, "nats", 0, inf, "cross-entropy, -ln p_true"),
    Column(MASK_AREA, "fraction", 0, 1, "of the picture that the vehicle covers"),
    Column(WITHOUT, "", -inf, inf, "name of the scene rendered without the vehicle"),
    Column(RESIDUAL, "probability", 0, 1, "of the true class without the vehicle; high is bad"),
    Column(DROP, "logits", -inf, inf, "what the true class's centred logit loses without the vehicle"),
    Column(part_drop("PART"), "logits", -inf, inf, "the same where only a part, or the shadow, is removed"),
    Column(evidence_on("PART", "TARGET"), "fraction", 0, 1, "of a map's positive evidence on a part"),
    Column(area_of("PART"), "fraction", 0, 1, "of the picture that a part covers"),
    Column(probability_of("CLASS"), "probability", 0, 1, "softmax probability of the class"),
    Column(
        score_column("SCORE", "TARGET"), "as the score", -inf, inf,
        "score of the deciding map of the true or the predicted class, corrected where that is defined",
    ),
)  # fmt: skip
"""Of the table of pictures; which of them an evaluation has depends on what it was asked for."""

SCORES_TABLE = (
    Column(NAME, "", -inf, inf, "name of the picture"),
    Column(METHOD, "", -inf, inf, "attribution method"),
    Column(LAYER, "", -inf, inf, "layer of the network, or `picture` for methods without one"),
    Column(TARGET, "", -inf, inf, "class of the map: true or predicted"),
    Column("iou_PERCENT", "fraction", 0, 1, "IoU with the pixels of so many percent of the map's maximum"),
    Column(EVIDENCE_INSIDE, "as the map", 0, inf, "sum of the map's positive values on the vehicle"),
    Column(EVIDENCE_OUTSIDE, "as the map", 0, inf, "the same beside the vehicle"),
    Column(REASON, "", -inf, inf, "why there is no score; empty where there is one"),
    Column(
        corrected("SCORE"), "as the score", -inf, inf,
        "rescaled: 0 for a uniform map, 1 for the mask itself",
    ),
    Column("SCORE", "as the score", -inf, inf, "the score as it is"),
)  # fmt: skip
"""Of the table of scores."""


def describe(column: str, table: tuple[Column, ...] = PICTURES) -> Column:
    """The description of a column, composed names included.

    >>> describe("residual").unit, describe("part_drop_wheel").unit
    ('probability', 'logits')

    Raises:
        UserError: an evaluation has no column of this name.
    """
    for known in table:
        if known.pattern.fullmatch(column):
            return known
    names = ", ".join(known.name for known in table)
    raise UserError(f"{column!r} is not a column of an evaluation; there are {names}")
