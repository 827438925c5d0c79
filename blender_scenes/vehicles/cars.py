"""Cars: one builder for every shape, from the tables of `measures`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from blender_scenes.vehicles import car_details, livery, parts
from blender_scenes.vehicles.car_body import Body
from blender_scenes.vehicles.car_faces import front, rear
from blender_scenes.vehicles.greenhouse import Greenhouse
from blender_scenes.vehicles.measures import CARS, Car, varied
from blender_scenes.vehicles.mesh import Builder, Solid
from blender_scenes.vehicles.styles import Style, styled
from generator.families import draw_family

Rng = np.random.Generator

SERVICE: dict[str, livery.Dress] = {"taxi": livery.taxi, "police": livery.police}
"""Shapes that are cars of another shape in service, as their family says -> what they wear."""


def builder_of(shape: str) -> Callable[[Rng], Solid]:
    """What builds individuals of a shape of `CARS` or `SERVICE`."""

    def build(rng: Rng) -> Solid:
        car, style = individual(shape, rng)
        builder, body, cabin = assemble(car, style, rng)
        if shape in SERVICE:
            SERVICE[shape](builder, body, cabin, rng)
        return builder.finish()

    return build


def individual(shape: str, rng: Rng) -> tuple[Car, Style]:
    """Draw the measures and the style of one car."""
    base = draw_family(shape, rng).removesuffix(f"-{shape}") if shape in SERVICE else shape
    car = varied(CARS[base], rng)
    style = styled(car, rng)
    if shape in SERVICE:
        style = replace(style, roof="paint", rails=False, sunroof=False)
    return car, style


def assemble(car: Car, style: Style, rng: Rng) -> tuple[Builder, Body, Greenhouse]:
    """The whole car; `rng` decides what neither measures nor style do."""
    builder = Builder()
    body = Body(car, style)
    cabin = Greenhouse(car, style, body)
    body.add_to(builder, cabin.opening)
    if car.open:
        cabin.add_screen(builder)
        car_details.open_top(builder, body, cabin, rng)
    else:
        cabin.add_to(builder)
        car_details.roof(builder, cabin, rng)
    _interior(builder, body, cabin)
    front(builder, body, rng)
    rear(builder, body, rng)
    car_details.sides(builder, body, cabin)
    car_details.lids(builder, body, cabin)
    car_details.fittings(builder, body, cabin)
    _running_gear(builder, body, rng)
    return builder, body, cabin


def _interior(builder: Builder, body: Body, cabin: Greenhouse) -> None:
    """Dashboard and rows of seats; a shelf joins the last seats to the rear window."""
    car = body.car
    ahead, behind = cabin.opening
    half = float(body.half_width(np.array([behind + 0.3]))[0]) - 0.1
    room = parts.Cabin(
        front=ahead + 0.02,
        rear=behind,
        half=half,
        floor=car.sill + 0.1,
        belt=car.belt,
        roof=car.height - 0.07,
        rows=0,
    )
    parts.interior(builder, room)
    rows = cabin.seats
    for y in (-half / 2, half / 2):
        parts.seat(builder, room, (rows[0], y), min(0.52, 0.8 * half))
    for x in rows[1:]:
        parts.bench(builder, room, x)
    high = car.belt - 0.02
    builder.box((behind - 0.03, -half, high - 0.03), (rows[-1] - 0.12, half, high), "interior")


def _running_gear(builder: Builder, body: Body, rng: Rng) -> None:
    car = body.car
    rim = parts.random_rim(rng, fraction=float(rng.uniform(0.62, 0.74)))
    for x, axle in car.axles:
        y = car.width / 2 - 0.012
        parts.wheel(builder, parts.Wheel(x=x, y=y, radius=axle, width=0.6 * axle), rim)
    parts.floor(
        builder, car.nose_x - 0.4, car.tail_x + 0.35, car.width / 2 - 0.3, car.sill - 0.05, car.sill + 0.1
    )
    if body.style.exhausts:
        parts.exhaust(builder, car.tail_x + 0.08, 0.3 * car.width, car.sill + 0.02, rng)
