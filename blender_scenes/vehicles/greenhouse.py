"""The upper body of a car: pillars, roof and panes between the belt and the sky.

Every column of its skin runs straight from a point of the belt to a point of the roof's edge, so that
windows are blocks of the grid and pillars what is left between them. Windows are holes closed by panes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blender_scenes.vehicles.car_body import Body
from blender_scenes.vehicles.hull import Curve, Skin
from blender_scenes.vehicles.measures import Car, Window
from blender_scenes.vehicles.mesh import Builder, Points, grid_faces, slot_index
from blender_scenes.vehicles.panes import Pane, pane
from blender_scenes.vehicles.styles import Style

HEIGHTS = np.array([0, 0.05, 0.25, 0.5, 0.72, 0.9, 0.955, 1.0])
"""Rows, as fractions of the way from the belt to the roof's edge."""
SIDE, FRONT, REAR = (1, 5), (1, 6), (1, 5)
"""First and last row of the windows."""
_ARC = np.linspace(0, 1, 7)
_PILLAR = 3
"""Columns of a corner pillar."""
_PANE = 4
"""Columns of a side window."""
_EDGE = [(0.022, 0.012), (0.028, 0.035), (0.03, 0.065)]
"""Rounding of the roof's edge: metres up and inwards of each further ring."""
CROWN = 0.045
_ACROSS = np.linspace(1, -1, 13)


@dataclass(frozen=True)
class Corner:
    """How windscreen or rear window meet the sides at one height."""

    x: float
    """Of the glass in the middle."""
    bow: float
    """Metres by which its edges lie behind its middle."""
    pillar: float
    """Length of the pillar along x."""
    inset: float
    """How far the edge of the glass lies inside of the side."""


class Greenhouse(Skin):
    """`left` is (rows, columns, 3), from the middle of the windscreen to that of the rear window."""

    def __init__(self, car: Car, style: Style, body: Body) -> None:
        self.car, self.style, self.body = car, style, body
        self.side_windows = _columns(car.windows)
        front, rear = car.wheelbase / 2, -car.wheelbase / 2
        tilt = 1.0 if car.hatch else 0.75
        self.foot = (
            Corner(front + car.screen[0], 0.17, 0.1, 0.1),
            Corner(rear + car.back[0], 0.1 * tilt, 0.17, 0.13),
        )
        self.head = (
            Corner(front + car.screen[1], 0.07, 0.07, 0.09),
            Corner(rear + car.back[1], 0.05, 0.12, 0.11),
        )
        super().__init__(self._skin(), len(_ARC) + _PILLAR - 1)

    @property
    def opening(self) -> tuple[float, float]:
        """x between which the body below is open."""
        front, rear = self.foot
        end = rear.x + rear.bow + 0.05
        return front.x - front.bow - 0.06, max(end, self.seats[-1] - 0.3) if self.car.open else end

    @property
    def seats(self) -> list[float]:
        """x of the foot of the backs of each row of seats, from the first."""
        front, rear = self.foot
        first = front.x - front.bow - 1.2
        bay = self.car.hatch and len(self.car.windows) == 3
        last = max(
            rear.x + (0.4 if self.car.open else rear.bow + 0.3),
            self.head[1].x + (0.15 if self.car.hatch else -0.02) - self.car.open,
            0.1 - self.car.wheelbase / 2 if bay else rear.x,
        )
        count = 1 + min(len(self.car.windows) - 1, int((first - last) / 0.62))
        if self.car.open and self.style.rim % 2:
            count = 1
        return [first] if count < 2 else [float(x) for x in np.linspace(first, last, count)]

    @property
    def doors(self) -> list[tuple[float, float]]:
        """x of the front and of the rear edge of each door at the belt."""
        gaps = [self.left[0, first, 0] for first, _ in self.side_windows[1:]]
        gaps = [float(x) + 0.02 for x in gaps]
        quarter = len(self.car.windows) == 4
        start = float(self.left[0, self.side_windows[0][0], 0]) - 0.04
        last = max(float(self.left[0, self.side_windows[-1][1], 0]), 0.1 - self.car.wheelbase / 2)
        edges = [start, *gaps[1 if quarter else 0 :], last][: self.car.doors + 1]
        return list(itertools.pairwise(edges))

    def roof(self, x: Points, y: Points) -> Points:
        """Height of the roof's skin."""
        front, rear = self.head
        middle, reach = (front.x + rear.x) / 2 - 0.1, (front.x - rear.x) / 2
        half = self.car.roof * self.car.width / 2
        fall = 0.03 * ((x - middle) / reach) ** 2 * (1 + 0.35 * (x < middle))
        result: Points = self.car.height - 0.02 - fall - CROWN * (y / half) ** 2
        return result

    def add_to(self, builder: Builder) -> None:
        """Add pillars, roof and panes."""
        self._add_skin(builder)
        self._add_roof(builder)
        self.addside_windows(builder)

    def add_screen(self, builder: Builder) -> None:
        """Add the windscreen in its frame alone, for a car without a roof."""
        last = len(_ARC) + 1
        ring = np.concatenate([self.left[:, last:0:-1] * (1, -1, 1), self.left[:, : last + 1]], axis=1)
        rows, columns = ring.shape[:2]
        hole = np.zeros((rows - 1, columns - 1), bool)
        edge = len(_ARC) - 1
        hole[FRONT[0] : FRONT[1], last - edge : last + edge] = True
        builder.add(ring.reshape(-1, 3), grid_faces(rows, columns)[~hole.ravel()], self.style.pillars)
        self._front(builder)

    def addside_windows(self, builder: Builder) -> None:
        """Add the glass of all windows in its frames."""
        self._front(builder)
        rear = self.left[REAR[0] : REAR[1] + 1, -len(_ARC) :]
        pane(builder, _both(rear[:, ::-1]), Pane(frame="trim", border=0.05, round_=0.12))
        for first, last in self.side_windows:
            block = self.left[SIDE[0] : SIDE[1] + 1, first : last + 1]
            pane(builder, block, Pane(frame=self.style.frame, border=0.02, round_=0.1), mirror=True)

    def _front(self, builder: Builder) -> None:
        block = self.left[FRONT[0] : FRONT[1] + 1, : len(_ARC)]
        pane(builder, _both(block), Pane(frame="trim", border=0.035, round_=0.08))

    def _skin(self) -> Points:
        base = self._ring(self.foot, self.body.half_width, 0)
        base[:, 2] = self.body.top(base[:, 0], base[:, 1]) - 0.012
        half = self.car.roof * self.car.width / 2
        top = self._ring(self.head, lambda x: np.full_like(x, half) * (1 - 0.02 * (x < 0)), 1)
        top[:, 2] = self.roof(top[:, 0], top[:, 1]) - _EDGE[-1][0]
        straight = base + HEIGHTS[:, None, None] * (top - base)
        along = np.gradient(base[:, :2], axis=0)
        outwards = np.stack([-along[:, 1], along[:, 0]], -1)
        outwards *= np.sign((outwards * base[:, :2]).sum(1, keepdims=True))
        outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
        bulge = 0.022 * 4 * HEIGHTS * (1 - HEIGHTS)
        straight[..., :2] += bulge[:, None, None] * outwards
        return straight

    def _ring(self, corners: tuple[Corner, Corner], half: Curve, at: int) -> Points:
        """One ring's (x, y, 0): windscreen, pillar, side windows, pillar, rear window."""
        front, rear = corners
        start, end = front.x - front.bow - front.pillar, rear.x + rear.bow + rear.pillar
        fractions = _fractions(self.car.windows, at)
        x_side = start + fractions * (end - start)
        y_side = half(x_side) - (0.008 if at == 0 else 0)
        ahead = _bowed(front, float(y_side[0]), -1)
        behind = _bowed(rear, float(y_side[-1]), 1)
        side = np.stack([x_side, y_side], -1)
        ring = np.concatenate([ahead, side, behind[::-1]])
        return np.column_stack([ring, np.zeros(len(ring))])

    def _add_skin(self, builder: Builder) -> None:
        left = self._with_edge()
        ring = np.concatenate([left, left[:, -2:0:-1] * (1, -1, 1)], axis=1)
        rows, around = ring.shape[:2]
        slots, holes = self._cells(rows - 1, left.shape[1] - 1)
        keep = ~np.concatenate([holes, holes[:, ::-1]], 1).ravel()
        both = np.concatenate([slots, slots[:, ::-1]], 1).ravel()
        builder.add(ring.reshape(-1, 3), grid_faces(rows, around, wrap=True)[keep], both[keep])

    def _cells(self, rows: int, columns: int) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Slot of every face of the left half, and whether a window takes its place."""
        slots = np.full((rows, columns), slot_index("paint"), np.int32)
        slots[len(HEIGHTS) - 1 :] = slot_index(self.style.roof)
        slots[len(HEIGHTS) - 3 :, : len(_ARC)] = slot_index(self.style.roof)
        holes = np.zeros((rows, columns), bool)
        holes[FRONT[0] : FRONT[1], : len(_ARC) - 1] = True
        holes[REAR[0] : REAR[1], -len(_ARC) + 1 :] = True
        for first, last in self.side_windows:
            holes[SIDE[0] : SIDE[1], first:last] = True
        for (_, last), (first, _) in zip(self.side_windows, self.side_windows[1:], strict=False):
            slots[SIDE[0] : SIDE[1], last:first] = slot_index(self.style.pillars)
        return slots, holes

    def _with_edge(self) -> Points:
        """The skin and the rings that round it into the roof."""
        top = self.left[-1]
        front, rear = self.head
        centre = np.array([(front.x + rear.x) / 2, 0])
        reach = np.array([(front.x - rear.x) / 2, self.car.roof * self.car.width / 2])
        rings = []
        for up, inwards in _EDGE:
            ring = top + np.array([0, 0, up])
            ring[:, :2] = centre + (top[:, :2] - centre) * (1 - inwards / reach)
            rings.append(ring)
        rings[-1][:, 2] = self.roof(rings[-1][:, 0], rings[-1][:, 1])
        return np.concatenate([self.left, np.stack(rings)])

    def _add_roof(self, builder: Builder) -> None:
        edge = self._with_edge()[-1]
        x = np.broadcast_to(edge[:, 0, None], (len(edge), len(_ACROSS)))
        y = edge[:, 1, None] * _ACROSS
        sheet = np.stack([x, y, self.roof(x, y)], -1)
        slots = np.full((len(edge) - 1, len(_ACROSS) - 1), slot_index(self.style.roof), np.int32)
        if self.style.sunroof:
            middle = sheet[:-1, :-1, 0]
            front, rear = self.head
            span = (front.x - rear.x) * np.array([0.22, 0.62])
            inside = (middle < front.x - span[0]) & (middle > front.x - span[1])
            inside[:, [0, 1, -2, -1]] = False
            slots[inside] = slot_index("glass_dark")
        builder.grid(sheet, slots.ravel())


def _bowed(corner: Corner, half: float, towards: int) -> Points:
    """From the middle of a windscreen along its bow and around the pillar; (columns, 2)."""
    width = half - corner.inset
    glass = np.stack([corner.x + towards * corner.bow * _ARC**2, width * _ARC], -1)
    reach = corner.x + towards * corner.bow
    turn = [(reach + towards * 0.22 * corner.pillar, half - 0.45 * corner.inset)]
    turn.append((reach + towards * 0.58 * corner.pillar, half - 0.1 * corner.inset))
    return np.concatenate([glass, turn])


def _columns(windows: tuple[Window, ...]) -> list[tuple[int, int]]:
    """First and last column of each side window."""
    first = len(_ARC) + _PILLAR - 1
    return [(first + i * (_PANE + 1), first + i * (_PANE + 1) + _PANE) for i in range(len(windows))]


def _fractions(windows: tuple[Window, ...], at: int) -> Points:
    """Places of the side's columns between its pillars, at the foot (0) or at the head (1)."""
    spans = [np.linspace(*window[at], _PANE + 1) for window in windows]
    return np.concatenate([*spans, [1.0]])


def _both(block: Points) -> Points:
    """A block that starts at the middle, continued on the right."""
    return np.concatenate([block[:, :0:-1] * (1, -1, 1), block], axis=1)
