"""Details of cars: gaps of doors and lids, handles, wipers, arch lips, rails, spoilers."""

from __future__ import annotations

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.car_body import STEP, Body
from blender_scenes.vehicles.forms import Point, block, prism, tube
from blender_scenes.vehicles.greenhouse import Greenhouse
from blender_scenes.vehicles.hull import Corner
from blender_scenes.vehicles.mesh import Builder, Points
from blender_scenes.vehicles.patches import seam

Rng = np.random.Generator


def sides(builder: Builder, body: Body, cabin: Greenhouse) -> None:
    """Doors with handles, fuel flap, lips of the wheel arches."""
    car, style = body.car, body.style
    for ahead, behind in cabin.doors:
        _door(builder, body, ahead, behind)
        x = behind + 0.17
        z = body.height(x, style.shoulder - 0.075)
        parts.handle(builder, body, x, z, slot=style.handles)
    _flap(builder, body)
    for x, _ in car.axles:
        _lip(builder, body, x)
    for start, end in (
        (car.nose_x - 0.2, car.wheelbase / 2 + car.arch + 0.02),
        (-car.wheelbase / 2 - car.arch - 0.02, car.tail_x + 0.2),
    ):
        path = [(x, body.height(x, sum(STEP) / 2)) for x in (start, end)]
        seam(builder, body.side, path, inside=body.inside)


def _door(builder: Builder, body: Body, ahead: float, behind: float) -> None:
    """The gap around a door, its rear edge led around the wheel arch where that is in the way."""
    car = body.car
    low = body.height(0.0, 0.13)
    top = [body.height(x, 0.985) for x in (ahead, behind)]
    front = [(ahead, top[0]), (ahead, low + 0.05), (ahead - 0.05, low)]
    reach, centre = car.arch + 0.07, -car.wheelbase / 2
    if behind > centre + reach:
        rear = [(behind + 0.04, low), (behind, low + 0.05)]
    else:
        start = np.arcsin((low - car.wheel) / reach)
        end = np.arccos(np.clip((behind - centre) / reach, -1, 0.999))
        end = min(end, 1.2)
        rear = [
            (centre + reach * float(np.cos(a)), car.wheel + reach * float(np.sin(a)))
            for a in np.linspace(start, end, 9)
        ]
    seam(builder, body.side, [*front, *rear, (behind, top[1])], inside=body.inside)


def _flap(builder: Builder, body: Body) -> None:
    """The lid of the fuel filler, on the right above the rear wheel."""
    car = body.car
    x, z = -car.wheelbase / 2 - 0.12, body.height(-car.wheelbase / 2, body.style.shoulder - 0.02)
    angle = np.linspace(0, 2 * np.pi, 17)
    path = [(x + 0.075 * _squared(a), z - 0.03 + 0.075 * _squared(a - np.pi / 2)) for a in angle]
    seam(builder, body.side, path, inside=body.inside, only="right", width=0.006)


def _squared(angle: float) -> float:
    cos, sin = np.cos(angle), np.sin(angle)
    return float(cos * (cos**4 + sin**4) ** -0.25)


def _lip(builder: Builder, body: Body, centre: float) -> None:
    """The edge of a wheel arch, turned in; dark and broad on a clad car."""
    car, style = body.car, body.style
    wide, proud = (0.075, 0.014) if style.cladding else (0.02, 0.009)
    face = [(fraction * wide, proud) for fraction in ((0.1, 0.4, 0.7, 1) if style.cladding else (0.2, 1))]
    rows = np.array([(-0.004, -0.05), (-0.003, 0.004), *face, (wide + 0.01, -0.004)])
    angle = np.linspace(0, np.pi, 31)
    drop = car.wheel - car.sill
    cos = np.concatenate([[1, 1], np.cos(angle), [-1, -1]])
    sin = np.concatenate([[0, 0], np.sin(angle), [0, 0]])
    down = np.concatenate([[drop, drop / 2], np.zeros(31), [drop / 2, drop]])
    radius = car.arch + rows[:, :1]
    x, z = centre + radius * cos, car.wheel + radius * sin - down
    sheet = body.side(x, np.maximum(z, body.sill(x) + 0.015))
    sheet[..., 1] += rows[:, 1:]
    builder.grid(sheet, "trim" if style.cladding else "paint", mirror=True)


def lids(builder: Builder, body: Body, cabin: Greenhouse) -> None:
    """Gaps of the bonnet and of the boot lid or rear door."""
    car = body.car

    def above(x: Points, y: Points) -> Points:
        return np.stack([x, y, body.top(x, y)], -1)

    seam(builder, above, _bonnet(body, cabin), inside=body.inside)

    def behind(y: Points, z: Points) -> Points:
        return body.end(y, z, rear=True)

    half, step = 0.74 * body.half, body.height(car.tail_x, STEP[1] + 0.015)
    edge = body.height(car.tail_x, 0.99)
    seam(
        builder,
        behind,
        [(half, edge), (half * 0.97, step + 0.05), (half * 0.93, step), (0.0, step)],
        inside=body.inside,
    )
    if not car.hatch:
        rear = cabin.foot[1]
        start = rear.x + 0.6 * rear.bow if not car.open else cabin.opening[1] - 0.35
        seam(builder, above, [(start, half), (car.tail_x + 0.1, half)], inside=body.inside)


def _bonnet(body: Body, cabin: Greenhouse) -> list[Corner]:
    """The edge of the bonnet's left half, (x, y), from the windscreen to the middle of the nose."""
    nose = body.edge[: body.ends]
    y = np.linspace(0.88 * float(nose[-1, 1]), 0, 9)
    x = np.interp(y, nose[:, 1], nose[:, 0]) - 0.06
    foot = cabin.foot[0].x - 0.6 * cabin.foot[0].bow
    side = np.linspace(foot, float(x[0]) - 0.12, 7)
    path = zip(side, body.half_width(side) - 0.055, strict=True)
    return [(float(a), float(b)) for a, b in [*path, *zip(x, y, strict=True)]]


def fittings(builder: Builder, body: Body, cabin: Greenhouse) -> None:
    """Mirrors, wipers, spoiler."""
    car, style = body.car, body.style
    start = cabin.foot[0].x - cabin.foot[0].bow - cabin.foot[0].pillar
    y = float(body.half_width(np.array([start - 0.1]))[0])
    parts.mirrors(builder, start - 0.08, y - 0.06, car.belt + 0.09, slot="paint" if style.rim % 4 else "trim")
    low = float(cabin.left[1, 0, 2])
    parts.wipers(builder, cabin, low, 0.62 * car.width / 2)
    if car.hatch and not car.open:
        parts.wipers(builder, cabin, float(cabin.left[1, -1, 2]) + 0.02, 0.5 * car.width / 2, rear=True)
    if style.spoiler != "none":
        _SPOILERS[style.spoiler](builder, body, cabin)


def _lip_spoiler(builder: Builder, body: Body, cabin: Greenhouse) -> None:
    """A ridge along the boot's rear edge that rises towards the tail."""
    y = np.linspace(-0.86, 0.86, 17) * body.half
    tail = body.end(y, np.full(17, body.height(body.car.tail_x, 0.99)), rear=True)[:, 0]
    profile = [(0.16, -0.012), (0.02, 0.034), (0.0, 0.034), (-0.004, 0.026), (0.0, -0.03)]
    rows = []
    for ahead, up in profile:
        x = tail + 0.012 + ahead
        rows.append(np.stack([x, y, body.top(np.maximum(x, tail + 0.05), y) + up], -1))
    builder.grid(np.array(rows), "paint")


def _wing(builder: Builder, body: Body, cabin: Greenhouse) -> None:
    car = body.car
    x, z = car.tail_x + 0.16, float(body.top(np.array([car.tail_x + 0.16]), np.zeros(1))[0])
    outline = [(x + 0.1, z + 0.13), (x - 0.12, z + 0.165), (x - 0.13, z + 0.15), (x + 0.09, z + 0.11)]
    prism(builder, outline, -0.8 * body.half, 0.8 * body.half, "paint")
    foot = [(x + 0.07, z - 0.08), (x + 0.05, z + 0.12), (x - 0.05, z + 0.13), (x - 0.02, z - 0.08)]
    prism(builder, foot, 0.55 * body.half, 0.55 * body.half + 0.03, "trim", mirror=True)


def _roof_spoiler(builder: Builder, body: Body, cabin: Greenhouse) -> None:
    head = cabin.head[1]
    x, half = head.x, 0.82 * body.car.roof * body.half
    z = float(cabin.roof(np.array([x + 0.1]), np.array([half]))[0])
    outline = [(x + 0.18, z), (x - 0.16, z - 0.02), (x - 0.165, z - 0.035), (x + 0.06, z - 0.06)]
    prism(builder, outline, -half, half, "paint")
    builder.box((x - 0.168, -0.16, z - 0.034), (x - 0.16, 0.16, z - 0.022), "taillamp")


_SPOILERS = {"lip": _lip_spoiler, "wing": _wing, "roof": _roof_spoiler}


def roof(builder: Builder, cabin: Greenhouse, rng: Rng) -> None:
    """Rails and aerial."""
    style, car = cabin.style, cabin.car
    front, rear = cabin.head
    if style.rails:
        half = car.roof * car.width / 2 - 0.085
        x = np.linspace(front.x - 0.3, rear.x + 0.25, 12)
        z = cabin.roof(x, np.full(12, half)) + 0.045 * np.clip(np.sin(np.linspace(0, np.pi, 12)) * 3, -0.3, 1)
        path: list[Point] = [(float(a), half, float(b)) for a, b in zip(x, z, strict=True)]
        tube(builder, path, 0.018, "chrome" if style.rim % 2 else "trim", sides=6, mirror=True)
    if style.fin:
        x_fin = rear.x + 0.16
        z_fin = float(cabin.roof(np.array([x_fin]), np.zeros(1))[0])
        parts.antenna(builder, (x_fin, 0.0, z_fin), fin=True)


def open_top(builder: Builder, body: Body, cabin: Greenhouse, rng: Rng) -> None:
    """Behind the seats of a car without a roof: the folded top, or hoops."""
    rear, back = cabin.opening[1], cabin.seats[-1] - 0.3
    z = float(body.top(np.array([rear]), np.zeros(1))[0])
    half = float(body.half_width(np.array([rear]))[0]) * 0.82
    if rng.random() < 0.6:
        block(builder, (rear - 0.4, -half, z - 0.1), (rear + 0.08, half, z + 0.07), "interior", bevel=0.06)
    if rng.random() < 0.5:
        return
    for y in (0.25 * half, 0.68 * half):
        path: list[Point] = [(back, y - 0.1, z - 0.2), (back - 0.02, y - 0.09, z + 0.13)]
        path += [(back - 0.02, y + 0.09, z + 0.13), (back, y + 0.1, z - 0.2)]
        tube(builder, path, 0.02, "chrome", sides=6, mirror=True)
