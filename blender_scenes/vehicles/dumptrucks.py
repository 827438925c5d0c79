"""Dump trucks: a cab, a frame on three axles, an open tipping body."""

from __future__ import annotations

import numpy as np

from blender_scenes.vehicles import bonnets, cabs, chassis, loads
from blender_scenes.vehicles.forms import drum, tube
from blender_scenes.vehicles.gear import Wheels, axle, flaps
from blender_scenes.vehicles.mesh import Builder, Solid
from generator.families import draw_family

Rng = np.random.Generator


def dumptruck(rng: Rng) -> Solid:
    """A tipper with ribbed walls; its cab bonneted or over the axle."""
    bonneted = draw_family("dumptruck", rng) == "bonneted-dumptruck"
    half, wheels = 1.2, Wheels(float(rng.uniform(0.49, 0.55)), 0.3, int(rng.integers(6, 11)))
    cab_length = float(rng.uniform(3.2, 3.45)) if bonneted else float(rng.uniform(1.85, 2.05))
    body = float(rng.uniform(4.0, 5.0))
    front = (cab_length + 0.25 + body) / 2
    cab = cabs.Cab(
        front=front,
        rear=front - cab_length,
        half=half,
        height=float(rng.uniform(2.75, 3.0)),
        axle=front - (1.1 if bonneted else 1.38),
        wheels=wheels,
    )
    builder = Builder()
    if bonneted:
        bonnet = bonnets.Bonnet(
            float(rng.uniform(1.7, 1.9)), float(rng.uniform(1.45, 1.6)), float(rng.uniform(1.75, 1.85))
        )
        bonnets.bonneted(builder, cab, bonnet, rng)
        chassis.stack_pipe(builder, cab.rear - 0.1, half - 0.14, 1.1, cab.height + 0.35)
    else:
        cabs.cabover(builder, cab, rng)
    _frame_and_body(builder, cab, body, rng)
    return builder.finish()


def _frame_and_body(builder: Builder, cab: cabs.Cab, length: float, rng: Rng) -> None:
    head = cab.rear - 0.25
    rear = head - length
    bay = loads.Bay(head, rear, 1.2, 1.3, cab.height - float(rng.uniform(0.05, 0.35)))
    high = max(bay.high, cab.height + 0.04)
    bay = loads.Bay(head, rear, 1.2, 1.3, high if rng.random() < 0.5 else bay.high)
    reach = cab.front - cab.rear - 0.5 if cab.front - cab.rear < 2.5 else 1.3
    loads.tipper(builder, bay, rng, guard=reach if bay.high >= cab.height else 0.1)
    chassis.rails(builder, cab.front - 0.5, rear + 0.35, 0.78, 1.05)
    builder.box((rear + 0.4, -0.5, 1.05), (head - 0.1, 0.5, 1.3), "trim")
    drive = [rear + 1.15 + 1.32, rear + 1.15]
    axle(builder, cab.axle, cab.half, cab.wheels, frame=0.78)
    for x in drive:
        axle(builder, x, cab.half, cab.wheels, frame=0.78, double=True)
    for x in (drive[0] + 0.75, drive[1] - 0.72):
        flaps(builder, x, cab.half, 1.25, width=0.62)
    chassis.tanks(
        builder,
        cab.rear - 0.1,
        max(drive[0] + 0.85, cab.rear - 1.3),
        cab.half,
        round_=bool(rng.random() < 0.5),
    )
    chassis.underride(builder, rear + 0.3, cab.half - 0.1, 0.95)
    chassis.tail_lamps(builder, rear + 0.28, cab.half - 0.1, 0.88, rng)
    chassis.markers(builder, head - 0.3, rear + 0.8, 1.26, bay.low + 0.02, 4)
    drum(builder, (head - 0.5, 0, 0.85), (head - 0.25, 0, 1.3), 0.12, "chrome")
    tube(builder, [(head - 0.3, 1.0, 1.05), (rear + 0.6, 1.0, 1.2)], 0.03, "trim", sides=6, mirror=True)
