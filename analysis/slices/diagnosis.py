"""Why a slice is weak, or right for a wrong reason: data are missing, or the network takes a shortcut.

*Missing data* show in the errors: the network is wrong, and the map of the true class lies off the vehicle.
More pictures of the slice help. A *shortcut* makes predictions right, so error and loss do not show it; it
shows when the vehicle is removed from the picture and the class stays (`residual`, from
`loop.evaluation.ablation`). Pictures that break the tie help: the slice without the cue, other slices with
it.

A network predicts some class for an empty scene too. If it predicts `bus` whatever the scene, all buses have
a residual of 1, and that is its fallback, not a cue. So residuals are compared with those of other pictures
of the same class, and what a whole class has makes no difference. The price: a cue that all pictures of a
class have cannot be told from the fallback and is not found, nor is one in a slice of the fallback's class,
whose residual cannot rise any more. Nor does a residual show a cue that goes away with the vehicle, such as
paint. Pictures that share an empty scene (they differ in paint alone) share its residual: where many do, the
tests, which count pictures, give too small a p. The class of an empty scene also differs from scene to scene
by accident. Where there are pictures enough to decide whether a class follows its cue, they decide
(`analysis.slices.cue`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis import columns
from analysis.metrics.arrays import Bools
from analysis.slices.conjunctions import in_any, inside, require_columns, slice_name
from analysis.slices.cue import MATERIAL, NO_PULL, Pull, class_and_cue, has_predictions, pull
from analysis.slices.evidence import Figure, column, compare, where_instead
from analysis.slices.options import DEFAULTS, SliceTest
from generator.errors import UserError

Kind = Literal["missing data", "shortcut", "unclear"]
Where = Mapping[str, Any]

ALIGNMENT = columns.score_column("energy", "true")
"""Energy of the true class's map on the vehicle, corrected: 0 by chance, below 0 for less than that, and 1
for the mask itself."""
PLACES = {"shadow": "the ground under the vehicle", "rest": "the background"}
"""Part -> its description; parts of the vehicle have their names."""


@dataclass(frozen=True)
class Diagnosis:
    """A slice, its failure mode, and the figures that show it."""

    name: str
    """As people read it: `color=y & shape=van`."""
    where: Where
    kind: Kind
    n: int
    """Pictures in the slice."""
    level: float
    """Of each test."""
    error: Figure
    """Fraction of wrong predictions."""
    loss: Figure
    alignment: Figure
    """`ALIGNMENT`; lower is worse."""
    residual: Figure
    """P(true class) without the vehicle, of right predictions, against others of the same classes."""
    off_vehicle: Figure
    """1 - `ALIGNMENT` of right predictions."""
    pull: Pull
    """How much the predictions of the slice's class follow its cue."""
    elsewhere: str
    """Where the evidence lies instead (`analysis.slices.evidence.where_instead`); of right predictions for a
    shortcut. "" where it is not known."""
    sentence: str
    """The finding in one sentence, with the name first."""

    @property
    def finding(self) -> str:
        """`sentence` without the name."""
        return self.sentence.removeprefix(f"{self.name}: ")


def diagnose(
    pictures: pd.DataFrame,
    where: Where,
    test: SliceTest = DEFAULTS,
    *,
    apart: Sequence[Where] = (),
) -> Diagnosis:
    """Find the failure mode of a slice.

    *Missing data*: error and loss are higher than in the rest and, where maps are known, the alignment is
    lower, each at the level. *Shortcut*: the error is not higher, but predictions of the slice's class follow
    its cue, in its own pictures and in others, by `MATERIAL` or more; where too few pictures decide that, the
    residual is higher within classes; where no residual is known, the evidence off the vehicle is, which
    misses a cue that lies within a cell of the map from it. *Unclear*: all else.

    Error and loss of a slice that was chosen for its errors are high by choice; then the alignment alone is
    new evidence. Pictures that are hard rather than rare may give the same figures; only more of them decide.

    Args:
        pictures: an evaluation (`analysis.columns`), one row per picture: `correct`, `loss`, and where they
            are known `energy_true`, `on_PART_true` and `area_PART`, `residual` and with it `label`, and
            `predicted`. Pictures without a value (nan) are left out of its figure.
        where: attribute values of the slice; continuous attributes in bins (`analysis.slices.binning`).
        test: `level` of each one-sided test, `seed` and `n_boot` of its intervals.
        apart: other slices with a failure mode; their pictures are left out of the rest, unless that leaves
            fewer than two.

    Raises:
        UserError: a column is missing or not numeric; the slice holds fewer than two pictures, or all.
    """
    needed = [columns.CORRECT, columns.LOSS, *where]
    if columns.RESIDUAL in pictures:
        needed.append(columns.LABEL)
    require_columns(pictures, needed, (), "the evaluation")
    member = inside(pictures, where).to_numpy(dtype=bool)
    fair = _fair(member, in_any(pictures, apart))
    table, member = pictures[fair], member[fair]
    followed = NO_PULL
    if has_predictions(pictures):
        followed = pull(pictures, where, seed=test.seed, n_boot=test.n_boot)
    figures = _figures(table, member, test)
    name, n = slice_name(where), int(member.sum())
    if not figures["error"].known:
        raise UserError(f"{name}: {n} of {len(member)} pictures; nothing to compare")
    cued = not has_predictions(pictures) or class_and_cue(pictures, where) is not None
    kind = _kind(figures, followed, test.level, cued=cued)
    asked = np.ones(len(table), dtype=bool)
    if kind == "shortcut":
        asked = table[columns.CORRECT].to_numpy() == 1
    part = where_instead(table[asked], member[asked])
    sentence = f"{name}: {_finding(kind, figures, followed, n, part)}"
    return Diagnosis(
        name, where, kind, n, test.level, **figures, pull=followed, elsewhere=part, sentence=sentence
    )


def _fair(member: Bools, failing: Bools) -> Bools:
    """The slice and what it is compared with: pictures in no other failing slice, or all others where fewer
    than two are left."""
    fair = member | ~failing
    return fair if np.count_nonzero(fair & ~member) >= 2 else np.ones_like(member)


def _figures(pictures: pd.DataFrame, member: Bools, test: SliceTest) -> dict[str, Figure]:
    """Those of a `Diagnosis`, by their names."""
    correct, alignment = column(pictures, columns.CORRECT), column(pictures, ALIGNMENT)
    residual = np.where(correct == 1, column(pictures, columns.RESIDUAL), np.nan)
    off_vehicle = np.where(correct == 1, 1 - alignment, np.nan)
    classes = pictures[columns.LABEL] if columns.RESIDUAL in pictures else None
    compared = partial(compare, member=member, seed=test.seed, n_boot=test.n_boot)
    return {
        "error": compared(1 - correct),
        "loss": compared(column(pictures, columns.LOSS)),
        "alignment": compared(alignment, worse=-1),
        "residual": compared(residual, within=classes),
        "off_vehicle": compared(off_vehicle),
    }


def _kind(figures: Mapping[str, Figure], followed: Pull, level: float, *, cued: bool) -> Kind:
    """The rules of `diagnose`; a slice without a class and a cue cannot be a shortcut."""
    worse = {name: figure.p <= level for name, figure in figures.items()}
    if worse["error"]:
        off_vehicle = worse["alignment"] or not figures["alignment"].known
        return "missing data" if worse["loss"] and off_vehicle else "unclear"
    if followed.known and followed.p <= level and followed.both(level):
        return "shortcut"
    if followed.enough:
        return "unclear"
    decides = "residual" if figures["residual"].known else "off_vehicle"
    material = figures[decides].difference >= MATERIAL
    return "shortcut" if cued and worse[decides] and material else "unclear"


def _finding(kind: Kind, figures: Mapping[str, Figure], followed: Pull, n: int, part: str) -> str:
    """The failure mode of a slice and the figures for it."""
    error, alignment, residual, off = (
        figures[name] for name in ("error", "alignment", "residual", "off_vehicle")
    )
    wrong = f"{error.here:.0%} of {n} pictures are wrong, {error.rest:.0%} of the rest"
    gone = (
        f"without the vehicle the class keeps a probability of {residual.here:.2f}, {residual.rest:.2f} in "
        "its other pictures"
    )
    seen = (
        f"corrected energy of the true class's map on the vehicle {alignment.here:.2f}, "
        f"{alignment.rest:.2f} in the rest"
    )
    seen = seen if alignment.known else "no map known"
    more = f", more than elsewhere on {PLACES.get(part, f'its {part}')}" if part else ""
    if kind == "missing data":
        return f"data are missing: {wrong}; {seen}{more}"
    if kind == "unclear":
        return f"unclear: {wrong}; {seen}; {gone if residual.known else 'no residual known'}"
    if followed.known:
        own, others = followed.own, followed.others
        gone = f"; {gone}" if residual.known else ""
        return (
            f"a shortcut: {wrong}, but with its cue {own.here:.0%} of its class are called so, "
            f"{own.rest:.0%} without, and {others.here:.0%} of the others, {others.rest:.0%} without"
            f"{gone}{more}"
        )
    if residual.known:
        return f"a shortcut: {wrong}, but {gone}{more}"
    return (
        f"a shortcut: {wrong}, but where it is right corrected energy on the vehicle is {1 - off.here:.2f}, "
        f"{1 - off.rest:.2f} in the rest{more}; no residual known"
    )
