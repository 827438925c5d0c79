"""The catalogue of cars, without Blender: plausible, never twice the same, with windows that are open."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from blender_scenes.vehicles import build
from blender_scenes.vehicles.car_body import Body
from blender_scenes.vehicles.cars import SERVICE, individual
from blender_scenes.vehicles.greenhouse import Greenhouse
from blender_scenes.vehicles.measures import CARS, Car
from blender_scenes.vehicles.mesh import SLOTS, Solid, slot_index
from blender_scenes.vehicles.styles import Style
from generator.families import families, generator_of

SHAPES = (*CARS, *SERVICE)
CLOSED = tuple(shape for shape in SHAPES if shape != "convertible")
VARIANTS = 200


class Ranges(NamedTuple):
    """What cars of a kind measure on real roads: from the least to the most, metres."""

    length: tuple[float, float]
    width: tuple[float, float]
    """Without mirrors."""
    height: tuple[float, float]
    wheelbase: tuple[float, float]
    wheel: tuple[float, float]
    """Diameter."""
    clearance: tuple[float, float]
    """Of the sills."""


REAL: dict[str, Ranges] = {
    "sedan": Ranges((4.3, 5.2), (1.7, 1.96), (1.38, 1.53), (2.6, 3.0), (0.6, 0.74), (0.13, 0.26)),
    "hatchback": Ranges((3.7, 4.45), (1.62, 1.86), (1.4, 1.58), (2.4, 2.75), (0.56, 0.7), (0.13, 0.26)),
    "wagon": Ranges((4.4, 5.1), (1.7, 1.96), (1.4, 1.58), (2.6, 3.0), (0.6, 0.74), (0.13, 0.26)),
    "coupe": Ranges((4.0, 4.8), (1.72, 1.98), (1.22, 1.42), (2.4, 2.8), (0.6, 0.76), (0.1, 0.22)),
    "convertible": Ranges((3.9, 4.8), (1.7, 1.98), (1.2, 1.42), (2.3, 2.8), (0.6, 0.76), (0.1, 0.22)),
    "suv": Ranges((4.1, 5.1), (1.78, 2.02), (1.58, 1.9), (2.5, 3.0), (0.66, 0.86), (0.18, 0.36)),
    "minivan": Ranges((4.4, 5.3), (1.78, 2.05), (1.6, 1.9), (2.7, 3.15), (0.6, 0.78), (0.13, 0.28)),
}

DRAWN: dict[str, list[tuple[Car, Style]]] = {
    shape: [individual(shape, generator_of("vehicle", shape, variant)) for variant in range(VARIANTS)]
    for shape in SHAPES
}


def area(solid: Solid, slot: str) -> float:
    """Square metres of all faces of a slot."""
    corners = solid.points[solid.faces[solid.slots == slot_index(slot)]]
    return float(
        np.linalg.norm(np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]), axis=1).sum()
        / 2
    )


def met(solid: Solid, origin: np.ndarray, ray: np.ndarray) -> list[str]:
    """Slots of the faces that a ray meets, from the origin on (Möller and Trumbore's test)."""
    quads, three = solid.faces, solid.faces[:, 3] < 0
    triangles = np.concatenate([quads[:, :3], quads[~three][:, [0, 2, 3]]])
    slots = np.concatenate([solid.slots, solid.slots[~three]])
    a, b, c = (solid.points[triangles[:, i]] for i in range(3))
    across = np.cross(ray, c - a)
    det = ((b - a) * across).sum(1)
    det[np.abs(det) < 1e-12] = np.nan
    away = origin - a
    u = (away * across).sum(1) / det
    turned = np.cross(away, b - a)
    v, reach = (turned @ ray) / det, ((c - a) * turned).sum(1) / det
    hit = np.flatnonzero((u >= 0) & (v >= 0) & (u + v <= 1) & (reach > 0))
    return [list(SLOTS)[slots[i]] for i in hit[np.argsort(reach[hit])]]


@pytest.mark.parametrize("shape", SHAPES)
def test_two_hundred_variants_are_two_hundred_bodies(shape: str) -> None:
    skins = {Body(car, style).left.astype(np.float32).tobytes() for car, style in DRAWN[shape]}
    assert len(skins) == VARIANTS


@pytest.mark.parametrize("shape", SHAPES)
def test_two_hundred_variants_have_real_measures(shape: str) -> None:
    kinds = [word.removesuffix(f"-{shape}") for word in families(shape)] if shape in SERVICE else [shape]
    for car, _ in DRAWN[shape]:
        length = car.nose_x - car.tail_x
        measures = (length, car.width, car.height, car.wheelbase, 2 * car.wheel, car.sill)
        fits = [
            all(low <= value <= high for value, (low, high) in zip(measures, REAL[kind], strict=True))
            for kind in kinds
        ]
        assert any(fits), (shape, measures)


@pytest.mark.parametrize("shape", SHAPES)
def test_meshes_keep_the_measures_and_stay_small(shape: str) -> None:
    for variant in (0, 7):
        (car, _), solid = DRAWN[shape][variant], build(shape, variant)
        shell = solid.points[solid.faces[solid.slots == slot_index("paint")][:, :3]].reshape(-1, 3)
        assert np.isfinite(solid.points).all()
        assert np.ptp(solid.points[:, 0]) == pytest.approx(car.nose_x - car.tail_x, abs=0.12)
        assert shell[:, 2].max() == pytest.approx(car.height, abs=0.1)
        # Mirrors reach beyond the body.
        assert car.width - 0.01 <= np.ptp(solid.points[:, 1]) <= car.width + 0.5
        assert 8_000 < len(solid.faces) <= 25_000


@pytest.mark.parametrize("shape", CLOSED)
def test_one_looks_through_the_windows(shape: str) -> None:
    """Across the car at the middle of its panes, and along it: glass first, and no paint behind it."""
    for variant in (0, 1):
        (car, style), solid = DRAWN[shape][variant], build(shape, variant)
        cabin = Greenhouse(car, style, Body(car, style))
        for first, last in cabin.side_windows:
            pane = cabin.left[3, (first + last) // 2]
            slots = met(solid, pane + np.array([0, 1.0, 0]), np.array([0, -1.0, 0]))
            assert slots[0] == slots[-1] == "glass", (variant, slots)
            assert "paint" not in slots, (variant, slots)
        for column, ahead in ((0, 1.0), (-1, -1.0)):
            pane = cabin.left[3, column]
            slots = met(solid, pane + np.array([2 * ahead, 0.2, 0]), np.array([-ahead, 0, 0]))
            assert slots[0] == "glass", (variant, slots)
            assert slots[1] != "paint", (variant, slots)


def test_a_convertible_is_open_behind_its_windscreen() -> None:
    for variant in range(4):
        car, _ = DRAWN["convertible"][variant]
        solid = build("convertible", variant)
        paint = solid.points[solid.faces[solid.slots == slot_index("paint")][:, :3]].reshape(-1, 3)
        behind = paint[paint[:, 0] < car.wheelbase / 2 + car.screen[1] - 0.25]
        assert behind[:, 2].max() < car.deck + 0.16
        above = met(
            solid, np.array([car.wheelbase / 2 + car.screen[1] - 0.45, 0.35, 3.0]), np.array([0, 0, -1.0])
        )
        assert above[0] in ("seat", "interior", "trim"), above


def test_service_cars_wear_their_signs_on_the_roof_and_keep_their_paint() -> None:
    for shape, signs, band in (
        ("taxi", ("lightbox",), "panel"),
        ("police", ("beacon_blue",), "panel"),
    ):
        for variant in range(4):
            (car, _), solid = DRAWN[shape][variant], build(shape, variant)
            for sign in signs:
                corners = solid.points[solid.faces[solid.slots == slot_index(sign)][:, :3]].reshape(-1, 3)
                assert car.height < corners[:, 2].max() < car.height + 0.3, (shape, variant)
            assert area(solid, band) > 0.1
            assert area(solid, "paint") > 6 * area(solid, band)


def test_styles_differ() -> None:
    styles = [style for shape in SHAPES for _, style in DRAWN[shape]]
    for name, least in (
        ("grille", 6),
        ("headlamp", 5),
        ("taillamp", 5),
        ("spoiler", 4),
        ("frame", 2),
        ("roof", 3),
    ):
        assert len({getattr(style, name) for style in styles}) == least, name
