"""What service cars wear over their paint."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from blender_scenes.vehicles.car_body import Body
from blender_scenes.vehicles.forms import block
from blender_scenes.vehicles.greenhouse import Greenhouse
from blender_scenes.vehicles.mesh import Builder, slot_index
from blender_scenes.vehicles.patches import patch

Rng = np.random.Generator
Dress = Callable[[Builder, Body, Greenhouse, Rng], None]


def taxi(builder: Builder, body: Body, cabin: Greenhouse, rng: Rng) -> None:
    """A lit sign on the roof, and chequers along the doors."""
    x, z = _on_roof(cabin, 0.45, rng)
    half, tall = float(rng.uniform(0.26, 0.4)), float(rng.uniform(0.13, 0.18))
    block(builder, (x - 0.09, -0.6 * half, z - 0.03), (x + 0.09, 0.6 * half, z + 0.03), "trim")
    block(builder, (x - 0.1, -half, z + 0.025), (x + 0.1, half, z + 0.025 + tall), "lightbox", bevel=0.03)
    for face in (x - 0.102, x + 0.1):
        area = (0.72 * half, z + 0.06, z + tall - 0.01)
        builder.box((face, -area[0], area[1] + 0.02), (face + 0.002, area[0], area[2] - 0.02), "ink")
    _chequers(builder, body, rng)


def _chequers(builder: Builder, body: Body, rng: Rng) -> None:
    """Two rows of dark and light squares that follow the body's lines."""
    reach, side = body.car.wheelbase / 2 - body.car.arch - 0.1, float(rng.uniform(0.05, 0.07))
    fraction, count = float(rng.uniform(0.4, 0.5)), int(2 * reach / side)
    x = np.linspace(reach, -reach, count + 1)
    foot = np.array([body.height(float(at), fraction) for at in x])
    sheet = body.side(np.stack([x] * 3), foot + side * np.arange(3)[:, None])
    light = np.add.outer(np.arange(2), np.arange(count)) % 2
    slots = np.where(light, slot_index("panel"), slot_index("trim")).astype(np.int32)
    builder.grid(sheet + np.array([0, 0.004, 0]), slots.ravel(), mirror=True)


def police(builder: Builder, body: Body, cabin: Greenhouse, rng: Rng) -> None:
    """A light bar across the roof, and a bright band with a stripe along the sides."""
    x, z = _on_roof(cabin, 0.4, rng)
    half, tall = float(rng.uniform(0.48, 0.58)), float(rng.uniform(0.09, 0.13))
    block(builder, (x - 0.11, -half + 0.05, z - 0.05), (x + 0.11, half - 0.05, z + 0.035), "trim")
    left, right = ("beacon_blue", "beacon_red") if rng.random() < 0.6 else ("beacon_blue", "beacon_blue")
    block(builder, (x - 0.13, 0.12, z + 0.03), (x + 0.13, half, z + 0.03 + tall), left, bevel=0.035)
    block(builder, (x - 0.13, -half, z + 0.03), (x + 0.13, -0.12, z + 0.03 + tall), right, bevel=0.035)
    block(builder, (x - 0.12, -0.12, z + 0.03), (x + 0.12, 0.12, z + 0.01 + tall), "chrome", bevel=0.02)
    _bands(builder, body, rng)


def _bands(builder: Builder, body: Body, rng: Rng) -> None:
    reach = body.car.wheelbase / 2 - body.car.arch - 0.1
    foot = float(rng.uniform(0.36, 0.42))
    for low, high, slot in ((foot, foot + 0.26, "panel"), (foot + 0.29, foot + 0.34, "beacon_blue")):
        corners = [
            (x, body.height(x, s)) for s, x in ((low, -reach), (low, reach), (high, reach), (high, -reach))
        ]
        patch(builder, body, "side", corners, slot, lift=0.003, cells=(30, 6), round_=0.0)


def _on_roof(cabin: Greenhouse, fraction: float, rng: Rng) -> tuple[float, float]:
    """x and height of a place on the roof's middle line."""
    front, rear = (corner.x for corner in cabin.head)
    x = front + (fraction + 0.1 * float(rng.uniform(-1, 1))) * (rear - front)
    return x, float(cabin.roof(np.array([x]), np.zeros(1))[0])
