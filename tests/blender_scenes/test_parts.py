"""Wheels, lamps, interiors and fittings, without Blender."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.mesh import SLOTS, Builder, Solid, slot_index
from blender_scenes.vehicles.parts.lamps import LAYOUTS
from generator.families import generator_of


def _built(add: Callable[[Builder], None]) -> Solid:
    builder = Builder()
    add(builder)
    return builder.finish()


def _corners(solid: Solid, slot: str) -> np.ndarray:
    faces = solid.faces[solid.slots == slot_index(slot)]
    return solid.points[faces[faces >= 0]]


def _area(solid: Solid, slot: str) -> float:
    quads = solid.points[solid.faces[solid.slots == slot_index(slot)]]
    return float(
        np.linalg.norm(np.cross(quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1]), axis=1).sum() / 2
    )


def _box() -> Hull:
    return Hull(
        Plan(
            nose=curve([(0, 2.0)]),
            tail=curve([(0, -2.0)]),
            width=curve([(0, 0.9)]),
            bottom=curve([(0, 0.3)]),
            top=curve([(0, 1.2)]),
            ends=(0.3, 0.3),
            columns=np.linspace(1.6, -1.6, 9),
        )
    )


@pytest.mark.parametrize("style", parts.RIMS)
def test_a_wheel_stands_on_the_ground_within_its_measures(style: str) -> None:
    at = parts.Wheel(x=1.2, y=0.9, radius=0.35, width=0.22)
    solid = _built(lambda b: parts.wheel(b, at, parts.Rim(style=style, count=12)))
    assert len(solid.faces) <= 2 * 1500
    left = solid.points[solid.points[:, 1] > 0]
    assert left.min(0) == pytest.approx((0.85, 0.68, 0.0), abs=2e-3)
    assert left.max(0) == pytest.approx((1.55, 0.9, 0.7), abs=2e-3)
    assert left[:, 2].min() == pytest.approx(0, abs=1e-9)
    assert set(SLOTS[list(SLOTS)[i]] for i in np.unique(solid.slots)) == {"wheel"}
    radius = np.hypot(*(_corners(solid, "rim") - (1.2, 0, 0.35))[:, [0, 2]].T)
    assert radius.max() == pytest.approx(0.67 * 0.35, abs=1e-3)


def test_rims_differ_and_depend_on_the_generator_alone() -> None:
    rims = [parts.random_rim(generator_of("rim", i)) for i in range(60)]
    assert rims == [parts.random_rim(generator_of("rim", i)) for i in range(60)]
    assert {rim.style for rim in rims} == set(parts.RIMS)
    assert {rim.slot for rim in rims} == {"rim", "rim_dark"}
    assert {parts.random_rim(generator_of(i), styles=("steel",)).style for i in range(9)} == {"steel"}


@pytest.mark.parametrize(("rows", "across", "heads"), [(1, 2, 2), (2, 2, 5), (3, 2, 7), (2, 1, 4)])
def test_an_interior_stays_in_its_cabin(rows: int, across: int, heads: int) -> None:
    room = parts.Cabin(
        front=1.0, rear=-1.6, half=0.7, floor=0.3, belt=0.95, roof=1.4, rows=rows, across=across
    )
    solid = _built(lambda b: parts.interior(b, room))
    assert (solid.points.min(0) >= (-1.6 - 0.05, -0.7 - 1e-9, 0.3 - 1e-9)).all()
    assert (solid.points.max(0) <= (1.0 + 1e-9, 0.7 + 1e-9, 1.4)).all()
    assert (_corners(solid, "chrome")[:, 2] > 0.3).all()
    posts = (solid.slots == slot_index("chrome")).sum() / 6
    assert posts == 2 * heads
    trim = _corners(solid, "trim")
    wheel = trim[trim[:, 2] > 0.6]  # the seats' plinths lie below
    assert len(wheel) > 100
    assert wheel[:, 1].min() > 0.1, "the steering wheel is on the left"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_tail_lamp_is_mostly_red_with_a_white_area_inside(layout: str) -> None:
    corners = [(0.5, 0.6), (0.95, 0.65), (0.95, 0.8), (0.5, 0.8)]
    solid = _built(lambda b: parts.tail_lamp(b, _box(), corners, parts.TailLamp(layout=layout)))
    red, white = _area(solid, "taillamp"), _area(solid, "reverse")
    assert red > 0.4 * (red + white + _area(solid, "amber"))
    assert white > 0
    assert _corners(solid, "taillamp")[:, 0].max() < -1.5
    assert abs(_corners(solid, "reverse")[:, 1]).mean() < abs(_corners(solid, "taillamp")[:, 1]).mean()


@pytest.mark.parametrize("units", [0, 1, 2])
def test_a_head_lamp_is_covered_by_its_lens(units: int) -> None:
    corners = [(0.5, 0.6), (0.95, 0.65), (0.95, 0.8), (0.5, 0.8)]
    style = parts.HeadLamp(units=units, strip="low")
    solid = _built(lambda b: parts.head_lamp(b, _box(), corners, style))
    lens = _area(solid, "lens")
    assert lens > _area(solid, "headlamp") > 0
    assert (_area(solid, "reflector") > 0) == (units > 0)
    for slot in ("headlamp", "daylight", "amber"):
        assert _corners(solid, slot)[:, 0].max() < _corners(solid, "lens")[:, 0].max()


def test_plates_differ_and_are_read_from_outside() -> None:
    def ink(seed: int, *, rear: bool) -> np.ndarray:
        return _corners(_built(lambda b: parts.plate(b, _box(), 0.6, generator_of(seed), rear=rear)), "ink")

    front, rear = ink(1, rear=False), ink(1, rear=True)
    assert not np.array_equal(front, ink(2, rear=False)[: len(front)])
    assert front[:, 1] == pytest.approx(-rear[:, 1]), "the same text, seen from the other side"
    assert front[:, 0].min() > 2.0 > -2.0 > rear[:, 0].max()
    assert abs(front[:, 1]).max() < 0.25
