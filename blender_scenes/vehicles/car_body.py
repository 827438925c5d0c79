"""The lower body of a car: sides with creases and wheel arches, bumpers, bonnet and boot, in one skin.

Its rows follow the body's own lines (bumper, shoulder, belt) from nose to tail; wheel arches push them up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.hull import Curve, Skin, curve
from blender_scenes.vehicles.measures import Car
from blender_scenes.vehicles.mesh import Builder, Faces, Points, grid_faces, slot_index
from blender_scenes.vehicles.styles import Style

FRACTIONS = np.array([0, 0.12, 0.22, 0.33, 0.35, 0.43, 0.54, 0.565, 0.66, 0.75, 0.83, 0.9, 0.95, 0.98, 1.0])
"""y of the columns of nose and tail as fractions of the half width; steps at the plate and the intake."""
PLATE, INTAKE = 0.34, 0.55
"""Half widths of the plate's recess and of the air intake, as fractions of the body's."""
STEP = (0.43, 0.46)
"""Heights between which the bumper steps back, as fractions of the wall's."""
LOW_INTAKE = (0.115, 0.35)
BOOT_PLATE, BUMPER_PLATE = (0.5, 0.72), (0.14, 0.39)
FILLET = 0.035
CROWN = 0.045
_TURN = np.linspace(0, np.pi / 2, 4)[1:]
_ACROSS = np.array([1, 0.95, 0.9, 0.76, 0.7, 0.64, 0.4, 0.2, 0])
_ACROSS = np.concatenate([_ACROSS, -_ACROSS[-2::-1]])
_OPENING = 0.91


def rows(style: Style) -> Points:
    """Heights of the rows as fractions of the wall's height, dense where the body has an edge."""
    edges = [*STEP, *LOW_INTAKE, *BOOT_PLATE, *BUMPER_PLATE]
    sharp = [edge + side * 0.008 for edge in edges for side in (-1, 1)]
    line = [style.shoulder + side for side in (-0.045, -0.014, 0, 0.014, 0.04)]
    plain = [0, 0.05, 0.25, 0.61, 0.87, 0.94, 1.0]
    every = np.sort(np.array([*sharp, *line, *plain]))
    apart: Points = every[np.concatenate([[True], np.diff(every) > 0.004])]
    return apart


class Body(Skin):
    """The lower body; `edge` is the ring from which bonnet, boot and belt start."""

    def __init__(self, car: Car, style: Style) -> None:
        self.car, self.style = car, style
        self.fractions = rows(style)
        self.sill = _sill(car)
        self.top_line = _top_line(car)
        super().__init__(self._walls(), len(FRACTIONS))
        self.edge = self.left[-1]
        self.half = float(self.edge[:, 1].max())

    def top(self, x: Points, y: Points) -> Points:
        """Height of the bonnet, the boot or the belt at the given places."""
        half = np.interp(-x, -self.edge[:, 0], self.edge[:, 1])
        z = np.interp(-x, -self.edge[:, 0], self.edge[:, 2])
        height: Points = z + self._rise(half, y / np.maximum(half, 1e-6))
        return height

    def height(self, x: float, fraction: float) -> float:
        """z at a fraction of the wall's height."""
        sill, top = (float(line(np.array([x]))[0]) for line in (self.sill, self.top_line))
        return sill + fraction * (top - FILLET - sill)

    def half_width(self, x: Points) -> Points:
        """y of the belt's edge at the given x."""
        half: Points = np.interp(-x, -self.edge[:, 0], self.edge[:, 1])
        return half

    def add_to(self, builder: Builder, opening: tuple[float, float] | None) -> None:
        """Add walls and top, open for the cabin between the two x of `opening`, dark plastic below."""
        left = self.left
        inner = left[:1] - (0, 0.34, 0)
        inner[..., 1] = np.maximum(inner[..., 1], 0)
        builder.grid(np.concatenate([inner, left[:1]]), "well", mirror=True)
        ring = np.concatenate([left, left[:, -2:0:-1] * (1, -1, 1)], axis=1)
        slots = self._slots()
        count, around = ring.shape[:2]
        walls = grid_faces(count, around, wrap=True)
        extra, index = self._lid((count - 1) * around, around, count * around)
        lid = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1).reshape(-1, 4)
        points = np.concatenate([ring.reshape(-1, 3), extra])
        if opening:
            lid = lid[~_within(points[lid].mean(1), opening, _OPENING, self)]
        tips = self._tips(index, (count - 1) * around, around)
        faces = np.concatenate([walls, lid, tips])
        lid_slots = np.full(len(lid) + len(tips), slot_index("paint"), np.int32)
        builder.add(points, faces, np.concatenate([slots.ravel(), lid_slots]))

    def _walls(self) -> Points:
        car, fractions = self.car, self.fractions[:, None]
        x = self._lengthwise()
        sill = self.sill(x)
        bottom = parts.arches(self.sill, car.axles, car.arch)(x)
        wall = self.top_line(x) - FILLET
        z = np.maximum(
            sill + fractions * (wall - sill),
            bottom + 0.002 * np.arange(len(fractions))[:, None] * (bottom > sill),
        )
        fraction = np.clip((z - sill) / (wall - sill), 0, 1)
        across = np.concatenate([FRACTIONS, np.ones(x.shape[1] - 2 * len(FRACTIONS)), FRACTIONS[::-1]])
        y = self._half(x, z, fraction) * across
        walls = np.stack([x, y, z], -1)
        return np.concatenate([walls, self._fillet(walls[-1], across)])

    def _lengthwise(self) -> Points:
        """x of every row and column."""
        car, style = self.car, self.style
        front, rear = (min(0.52, end - car.arch - 0.03) for end in (car.front, car.rear))
        corner = car.nose_x - front, car.tail_x + rear
        fractions = self.fractions
        nose = car.nose_x - _face(style.bumper, lean=0.05 if car.nose < 0.8 else 0.03)(fractions)
        tail = car.tail_x + _tail(style.bumper, car)(fractions)
        reach = [(1 - FRACTIONS**square) ** (1 / square) for square in (style.round_front, style.round_rear)]
        ahead = corner[0] + (nose[:, None] - corner[0]) * reach[0]
        behind = corner[1] + (tail[:, None] - corner[1]) * reach[1][::-1]
        ahead[self._recess(LOW_INTAKE), : np.searchsorted(FRACTIONS, INTAKE)] -= 0.05
        plate = np.searchsorted(FRACTIONS, PLATE)
        behind[self._recess(self.plate_rows), -plate:] += 0.03
        side = parts.columns(corner[0] - 0.03, corner[1] + 0.03, car.axles, car.arch, step=0.15)
        return np.concatenate([ahead, np.broadcast_to(side, (len(fractions), len(side))), behind], 1)

    @property
    def plate_rows(self) -> tuple[float, float]:
        """Heights of the rear plate's recess, as fractions of the wall's."""
        return BOOT_PLATE if self.style.plate == "boot" else BUMPER_PLATE

    def _recess(self, span: tuple[float, float]) -> NDArray[np.bool_]:
        return (self.fractions > span[0]) & (self.fractions < span[1])

    def _half(self, x: Points, z: Points, fraction: Points) -> Points:
        """Half width: the profile over the height, tapered towards the ends, with flared arches."""
        car, style = self.car, self.style
        half = car.width / 2
        knots = [(0, 0.955), (0.1, 0.985), (0.28, 1.0), (0.6, 0.995), (0.85, 0.985), (1, 0.95)]
        y = half * curve(knots, smooth=0.14)(fraction)
        y -= style.waist * np.exp(-(((fraction - style.shoulder + 0.16) / 0.1) ** 2))
        y += style.crease * np.clip(1 - np.abs(fraction - style.shoulder) / 0.06, 0, None)
        beyond = np.clip(np.abs(x) - 0.36 * car.wheelbase, 0, None)
        y *= 1 - 0.055 * (beyond / (0.14 * car.wheelbase + car.front)) ** 2
        for centre, axle in car.axles:
            away = np.hypot(x - centre, z - axle) - car.arch
            y += style.flare * np.clip(1 - away / 0.17, 0, 1) ** 2 * (away > -0.02)
        return y

    def _fillet(self, ring: Points, across: Points) -> Points:
        turned = []
        for angle in _TURN:
            inset, up = FILLET * float(1 - np.cos(angle)), FILLET * float(np.sin(angle))
            row = ring + np.array([0, 0, up])
            row[:, 1] = ring[:, 1] - inset * across
            ends = np.sqrt(np.clip(1 - across**2, 0, 1)) * np.sign(ring[:, 0])
            row[:, 0] -= inset * ends
            turned.append(row)
        return np.stack(turned)

    def _rise(self, half: Points, fraction: Points) -> Points:
        """How much the top rises above its edge: a crown, and a raised middle between two creases."""
        wide = (half / float(self.left[-1, :, 1].max())) ** 2
        middle = np.clip((0.73 - np.abs(fraction)) / 0.1, 0, 1)
        result: Points = wide * (CROWN * (1 - fraction**2) + self.style.bonnet * middle)
        return result

    def _lid(self, ring: int, around: int, first: int) -> tuple[Points, Faces]:
        """New points of the top, and the grid of indices that joins them to the highest ring."""
        edge = self.edge[1:-1]
        columns = np.arange(1, len(self.edge) - 1)
        inner = _ACROSS[1:-1]
        x, half = (np.broadcast_to(edge[:, i, None], (len(edge), len(inner))) for i in range(2))
        z = edge[:, 2, None] + self._rise(half, inner)
        points = np.stack([x, half * inner, z], -1).reshape(-1, 3)
        new = first + np.arange(len(points)).reshape(len(edge), -1)
        right = ring + (around - columns) % around
        return points, np.concatenate([ring + columns[:, None], new, right[:, None]], 1)

    def _tips(self, index: Faces, ring: int, around: int) -> Faces:
        """Triangles from the first and the last strip of the top to the ring's ends."""
        ends = [(index[0], ring, 1), (index[-1], ring + len(self.edge) - 1, -1)]
        tips = []
        for strip, tip, turn in ends:
            pair = np.stack([strip[:-1], strip[1:]], -1)[:, ::turn]
            tips.append(np.column_stack([pair, np.full(len(pair), tip), np.full(len(pair), -1)]))
        return np.concatenate(tips)

    def _slots(self) -> NDArray[np.int32]:
        """Slot of every face of the walls."""
        car, style = self.car, self.style
        count, columns = self.left.shape[:2]
        slots = np.full((count - 1, columns - 1), slot_index("paint"), np.int32)
        middle = (self.left[:-1, :-1] + self.left[1:, 1:]) / 2
        height = np.full(count - 1, 2.0)
        height[: len(self.fractions) - 1] = (self.fractions[:-1] + self.fractions[1:]) / 2
        low = 0.25 if style.cladding else 0.1
        slots[height < low] = slot_index("trim")
        if style.bumper_strip or style.cladding:
            near = np.abs(middle[..., 0]) > car.wheelbase / 2 + car.arch
            band = (height < STEP[0] - 0.02) if style.cladding else np.abs(height - 0.4) < 0.02
            slots[band[:, None] & near] = slot_index("trim")
        inside = np.flatnonzero((height > LOW_INTAKE[0]) & (height < LOW_INTAKE[1]))
        slots[inside, : np.searchsorted(FRACTIONS, INTAKE) - 1] = slot_index("well")
        return np.concatenate([slots, slots[:, ::-1]], 1)


def _within(middle: Points, opening: tuple[float, float], fraction: float, body: Body) -> NDArray[np.bool_]:
    front, rear = opening
    inside = np.abs(middle[:, 1]) < fraction * body.half_width(middle[:, 0])
    result: NDArray[np.bool_] = (middle[:, 0] < front) & (middle[:, 0] > rear) & inside
    return result


def _sill(car: Car) -> Curve:
    front, rear, low = car.nose_x, car.tail_x, car.sill
    knots = [(rear, low + 0.09), (rear + 0.5, low + 0.01), (front - 0.5, low), (front, low - 0.01)]
    return curve(knots, smooth=0.3)


def _top_line(car: Car) -> Curve:
    """Height of the body's upper edge from tail to nose."""
    front, rear = car.wheelbase / 2, -car.wheelbase / 2
    foot = front + car.screen[0]
    slope = (car.belt - car.nose) / (car.nose_x - foot)
    knots = [
        (car.tail_x - 0.1, car.boot),
        (car.tail_x, car.boot),
        (rear + car.back[0] + 0.04, car.deck),
        (foot - 0.5, car.belt + 0.01),
        (foot + 0.1, car.belt - 0.01),
        ((foot + car.nose_x) / 2, car.nose + 0.62 * slope * (car.nose_x - foot)),
        (car.nose_x - 0.16, car.nose),
        (car.nose_x, car.nose - 0.045),
        (car.nose_x + 0.1, car.nose - 0.09),
    ]
    return curve(knots, smooth=0.26)


def _face(bumper: float, *, lean: float) -> Curve:
    """How far the nose stays behind its foremost point, by height."""
    return curve(
        [
            (0, 0.1),
            (0.08, 0.025),
            (0.16, 0.008),
            (0.3, 0),
            (STEP[0], 0.004),
            (STEP[1], bumper),
            (0.8, bumper + lean * 0.6),
            (0.93, bumper + lean),
            (1, bumper + lean + 0.03),
        ]
    )


def _tail(bumper: float, car: Car) -> Curve:
    """How far the tail stays before its rearmost point, by height."""
    lip = bumper * 0.5 if not car.hatch else bumper + 0.05
    return curve(
        [
            (0, 0.16),
            (0.1, 0.03),
            (0.2, 0.005),
            (STEP[0], 0),
            (STEP[1], bumper),
            (0.75, bumper + 0.035),
            (0.93, lip + 0.01),
            (1, lip),
        ]
    )
