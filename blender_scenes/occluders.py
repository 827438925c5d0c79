"""What may hide the vehicle, and how each comes before it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from blender_scenes import things
from blender_scenes.props import Prop, Stand, Store
from blender_scenes.scenery import Rng
from blender_scenes.sightline import Draft, View
from generator.spec import COLORS

STYLES = 4
"""Of each occluder."""
HEIGHTS = {"sedan": 1.4, "hatchback": 1.4, "wagon": 1.4, "suv": 1.6, "minivan": 1.7, "van": 2.1, "bus": 2.8}
"""Shape -> metres that others of it reach at least."""
Scale = tuple[float, float, float]


def _slide(
    rng: Rng,
    view: View,
    prop: Prop,
    turn: float,
    gap: float,
    scale: tuple[float, float, float],
    color: str = "s",
) -> Draft:
    """Let it come in from a side until its middle is before the vehicle's."""
    wide = float(np.ptp(Stand(prop, (0.0, 0.0), turn, scale).points[:, :2] @ view.side)) / 2
    low, high = view.narrowed(gap)
    middle = (low + high) / 2
    start = low - wide if rng.uniform() < 0.5 else high + wide
    return Draft(view, prop, turn, gap, (start, middle), (scale, scale), color)


def _square(view: View, *, second: bool = False) -> View:
    """Measures along that of the vehicle's axes which points best, or second best, to the camera."""
    quarter = np.degrees(view.azimuth) / 90
    nearest = round(quarter)
    other = nearest + (1 if quarter > nearest else -1)
    return view.turned(90.0 * (other if second else nearest))


def _pole(rng: Rng, view: View, store: Store, attempt: int) -> Draft:
    """Grows thicker."""
    gap = view.gap(rng, 7.0)
    low, high = view.narrowed(gap)
    across = low + float(rng.uniform(0.25, 0.75)) * (high - low)
    tall = max(1.0, (view.sight(gap, view.top) + 0.5) / 7.0)
    prop = store.thing("pole", int(rng.integers(STYLES)))
    most = 4.0 + attempt
    scales = (0.25, 0.25, tall), (most, most, tall)
    return Draft(view, prop, float(rng.uniform(0, np.pi)), gap, (across, across), scales)


def _tree(rng: Rng, view: View, store: Store, attempt: int) -> Draft:
    """Slides in: a fir, or a tree whose crown is at the height of the line of sight."""
    fir = (attempt + int(rng.integers(2))) % 2 == 0
    gap = view.gap(rng, 5.0) + 0.1 * attempt
    sight = view.sight(gap, view.top / 2)
    size = (
        max(1.0, (view.sight(gap, view.top) + 1.0) / 5.0) if fir else float(np.clip(sight / 0.62, 3, 9)) / 6
    )
    size *= 1 + 0.08 * attempt
    prop = store.thing("conifer" if fir else "tree", int(rng.integers(STYLES)))
    return _slide(rng, view, prop, float(rng.uniform(0, 2 * np.pi)), gap, (size, size, size))


def _sign(rng: Rng, view: View, store: Store, attempt: int) -> Draft:
    """A board at the height of the line of sight slides in."""
    gap = view.gap(rng, 2.6)
    high = float(np.clip(view.sight(gap, view.top / 2) / things.BOARD_MIDDLE, 0.55, 2.2))
    wide = float(rng.uniform(0.7, 1.3)) * (1 + 0.25 * attempt)
    prop = store.thing("board", int(rng.integers(STYLES)))
    return _slide(rng, view, prop, view.azimuth + np.pi, gap, (1.0, wide, high))


def _cone(rng: Rng, view: View, store: Store, attempt: int) -> Draft:
    """Rows slide in: of usual cones at first, of ever larger ones where those are too low."""
    view = view if attempt < 3 else _square(view)
    size = float(rng.uniform(0.9, 1.2)) + 0.25 * max(0, attempt - 2)
    gap = view.gap(rng, things.CONE * size) if attempt < 3 else 0.3
    row = store.thing("cones", int(rng.integers(2 * STYLES)))
    return _slide(rng, view, row, view.azimuth + np.pi / 2, gap, (size, size, size))


def _hedge(rng: Rng, view: View, store: Store, attempt: int) -> Draft:
    """Grows higher before the whole vehicle, or slides in."""
    view = view if attempt < 4 else _square(view)
    kind = ("hedge", "wall", "bushes")[int(rng.integers(3))]
    prop = store.thing(kind, int(rng.integers(STYLES)))
    gap, turn = view.gap(rng, 1.6 * things.HEDGE), view.azimuth + np.pi / 2
    low, high = view.narrowed(gap)
    if attempt % 2:
        tall = float(rng.uniform(1.2, 1.8)) + 0.1 * attempt
        return _slide(rng, view, prop, turn, gap, (1.0, 1.0, tall))
    wide = float(np.clip(1.3 * (high - low) / things.ROW, 0.8, 2.5))
    middle = (low + high) / 2
    return Draft(view, prop, turn, gap, (middle, middle), ((wide, 1.0, 0.25), (wide, 1.0, 2.3)))


def _vehicle(rng: Rng, view: View, store: Store, attempt: int) -> Draft:
    """Another vehicle, parked beside, before or behind, slides in: one tall enough for the line of sight.

    It stands the same way, or crosswise where the camera is too near for its length.
    """
    view = _square(view, second=attempt % 3 == 2)
    gap = float(rng.uniform(0.4, max(0.45, min(1.4 - 0.12 * attempt, 0.4 * view.room))))
    least = min(view.sight(gap, 0.45 * view.top) + 0.1 * attempt, max(HEIGHTS.values()))
    shapes = [shape for shape, height in HEIGHTS.items() if height >= least]
    prop = store.vehicle(shapes[int(rng.integers(min(3, len(shapes))))], 0)
    crosswise = abs(view.ahead[0]) > 0.5 and view.room < 6.5
    turn = float(rng.normal(0, 0.03)) + np.pi * (float(rng.integers(2)) + 0.5 * crosswise)
    color = sorted(COLORS)[int(rng.integers(len(COLORS)))]
    return _slide(rng, view, prop, turn, gap, (1.0, 1.0, 1.0), color)


KINDS: dict[str, Callable[[Rng, View, Store, int], Draft]] = {
    "pole": _pole,
    "tree": _tree,
    "sign": _sign,
    "cone": _cone,
    "hedge": _hedge,
    "vehicle": _vehicle,
}
