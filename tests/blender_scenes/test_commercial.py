"""Pickups, vans, trucks and buses: every variant another, of plausible size, in one piece, furnished."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from blender_scenes.vehicles import build
from blender_scenes.vehicles.fixtures import free_stretches
from blender_scenes.vehicles.hull import Hull, Plan, curve
from blender_scenes.vehicles.lettering import letter_walls
from blender_scenes.vehicles.mesh import SLOTS, Builder, Solid
from blender_scenes.vehicles.openings import Window, open_hull
from blender_scenes.vehicles.patches import rect

SIZES = {
    "van": ((4.1, 6.4), (1.9, 2.7), (1.75, 2.95)),
    "pickup": ((4.7, 6.1), (1.9, 2.7), (1.6, 2.2)),
    "boxtruck": ((5.0, 9.0), (2.1, 3.4), (2.6, 3.9)),
    "semi": ((8.0, 13.0), (2.4, 3.4), (3.4, 4.2)),
    "dumptruck": ((5.8, 9.0), (2.4, 3.4), (2.6, 3.8)),
    "bus": ((6.0, 10.0), (2.2, 3.4), (2.7, 3.6)),
    "schoolbus": ((6.0, 9.6), (2.2, 3.4), (2.6, 3.5)),
}
"""Shape -> least and largest length, width over the mirrors, height; metres."""
VARIANTS = 50
"""Of each shape; `make test-all` looks at 200."""


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize(
    "variants",
    [VARIANTS, pytest.param(200, marks=pytest.mark.slow)],
)
def test_variants_are_all_different_and_of_plausible_size(shape: str, variants: int) -> None:
    meshes, sizes = set(), []
    for variant in range(variants):
        solid = build(shape, variant)
        meshes.add(hashlib.sha256(solid.points.tobytes() + solid.faces.tobytes()).digest())
        sizes.append(np.ptp(solid.points, axis=0))
        assert len(solid.faces) <= 30_000
    assert len(meshes) == variants
    low, high = np.array(SIZES[shape]).T
    assert (np.min(sizes, 0) >= low).all(), np.min(sizes, 0)
    assert (np.max(sizes, 0) <= high).all(), np.max(sizes, 0)


@pytest.mark.parametrize("shape", SIZES)
def test_styles_differ_by_more_than_measures(shape: str) -> None:
    counts = {len(build(shape, variant).faces) for variant in range(24)}
    assert len(counts) >= 12


@pytest.mark.parametrize("variant", range(3))
@pytest.mark.parametrize("shape", SIZES)
def test_no_part_floats(shape: str, variant: int) -> None:
    solid = build(shape, variant)
    pieces = _pieces(solid)
    near = _neighbours(*_samples(solid, pieces, 0.04), reach=0.05)
    count, groups = _groups(near, pieces.max() + 1)
    assert count == 1, [_place(solid, pieces, groups == group) for group in range(count)]


def _pieces(solid: Solid) -> np.ndarray:
    """For each point, which connected piece of the mesh it belongs to."""
    whole = np.where(solid.faces < 0, solid.faces[:, :1], solid.faces)
    edges = np.concatenate([whole[:, [i, i + 1]] for i in range(3)])
    _, labels = _groups(edges, len(solid.points))
    used = np.unique(labels[solid.faces[:, 0]])
    return np.where(np.isin(labels, used), np.searchsorted(used, labels), -1)


def _neighbours(points: np.ndarray, owners: np.ndarray, *, reach: float) -> np.ndarray:
    """Pairs of pieces with points in one cube of twice `reach`, in any of eight shifted grids of cubes.

    Points closer than `reach` share one of them.
    """
    pairs = []
    for shift in np.ndindex(2, 2, 2):
        cubes = np.floor(points / (2 * reach) + np.array(shift) / 2).astype(np.int64) + 2**15
        keys = (cubes[:, 0] << 40) + (cubes[:, 1] << 20) + cubes[:, 2]
        order = np.lexsort((owners, keys))
        cube, owner = keys[order], owners[order]
        meet = (cube[1:] == cube[:-1]) & (owner[1:] != owner[:-1])
        pairs.append(np.unique(np.stack([owner[:-1][meet], owner[1:][meet]], -1), axis=0))
    return np.concatenate(pairs)


def _groups(edges: np.ndarray, count: int) -> tuple[int, np.ndarray]:
    graph = coo_array((np.ones(len(edges)), edges.T), shape=(count, count))
    found, labels = connected_components(graph, directed=False)
    return found, labels


def _samples(solid: Solid, pieces: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Points on all faces, `step` apart at most, and the piece of each."""
    whole = np.where(solid.faces < 0, solid.faces[:, :1], solid.faces)
    corners = solid.points[whole]
    edges = np.linalg.norm(corners - np.roll(corners, -1, 1), axis=-1)
    cells = np.ceil(np.maximum(edges[:, [0, 1]], edges[:, [2, 3]]) / step).astype(int)
    points, owners = [], []
    for size in np.unique(cells, axis=0):
        chosen = (cells == size).all(1)
        s, t = np.meshgrid(*(np.linspace(0, 1, n + 1) for n in size), indexing="ij")
        a, b, c, d = (corners[chosen][:, i, None, None] for i in range(4))
        s, t = s[..., None], t[..., None]
        points.append(((a * (1 - s) + b * s) * (1 - t) + (d * (1 - s) + c * s) * t).reshape(-1, 3))
        owners.append(np.repeat(pieces[whole[chosen, 0]], s.size))
    return np.concatenate(points), np.concatenate(owners)


def _place(solid: Solid, pieces: np.ndarray, group: np.ndarray) -> tuple[str, list[float]]:
    """A group's commonest slot and its middle."""
    mine = (pieces >= 0) & group[pieces]
    slots = solid.slots[mine[solid.faces[:, 0]]]
    return list(SLOTS)[np.bincount(slots).argmax()], solid.points[mine].mean(0).round(2).tolist()


@pytest.mark.parametrize("shape", SIZES)
def test_one_sees_through_the_side_windows(shape: str) -> None:
    solid = build(shape, 0)
    glass = solid.faces[solid.slots == list(SLOTS).index("glass")]
    middles = solid.points[glass].mean(1)
    flat = np.ptp(solid.points[glass][..., 1], axis=1) < 0.02
    beside = middles[flat & (middles[:, 1] > 0.6)]
    assert len(beside) >= 48
    lift = np.array([0, 0.05, 0])
    met = [_met(solid, at + lift, np.array([0, -1.0, 0]), 0.2) for at in beside[:: len(beside) // 12]]
    assert all("glass" in slots and slots <= {"glass", "seat"} for slots in met), met
    assert np.count_nonzero(solid.slots == list(SLOTS).index("seat")) >= 40


def _met(solid: Solid, origin: np.ndarray, ray: np.ndarray, reach: float) -> set[str]:
    """Slots of the faces that a ray meets within `reach`, by Möller and Trumbore's test."""
    quads = solid.faces[:, 3] >= 0
    triangles = np.concatenate([solid.faces[:, :3], solid.faces[quads][:, [0, 2, 3]]])
    slots = np.concatenate([solid.slots, solid.slots[quads]])
    a, b, c = (solid.points[triangles[:, i]] for i in range(3))
    across = np.cross(ray, c - a)
    scale = ((b - a) * across).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        u = ((origin - a) * across).sum(1) / scale
        turned = np.cross(origin - a, b - a)
        v = turned @ ray / scale
        distance = ((c - a) * turned).sum(1) / scale
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (distance > 0) & (distance < reach)
    return {list(SLOTS)[slot] for slot in slots[hit]}


def _crate() -> Hull:
    """A box 4 m long, 2 m wide, with upright walls from z = 0 to 2."""
    return Hull(
        Plan(
            nose=curve([(0, 2.0)]),
            tail=curve([(0, -2.0)]),
            width=curve([(0, 1.0)]),
            bottom=curve([(0, 0.0)]),
            top=curve([(0, 2.0)]),
            ends=(0.05, 0.05),
            square=(8.0, 8.0),
            crown=0.0,
            fillet=0.01,
            columns=np.linspace(1.9, -1.9, 14),
            levels=7,
        )
    )


def _area(builder: Builder, slot: str) -> float:
    solid = builder.finish()
    faces = solid.faces[solid.slots == list(SLOTS).index(slot)]
    corners = solid.points[np.where(faces < 0, faces[:, :1], faces)]
    halves = [np.cross(corners[:, i] - corners[:, 0], corners[:, i + 1] - corners[:, 0]) for i in (1, 2)]
    return float(sum(np.linalg.norm(half, axis=1).sum() / 2 for half in halves))


def test_a_window_takes_its_area_out_of_the_wall() -> None:
    slanted = [(1.0, 0.53), (-0.37, 0.61), (-0.2, 1.4), (0.8, 1.31)]
    x, z = np.array(slanted).T
    area = abs(float(x @ np.roll(z, -1) - z @ np.roll(x, -1))) / 2
    cases = [
        (Window(where="side", corners=slanted), 2 * area),
        (Window(where="side", corners=slanted, sides="right"), area),
        (Window(where="front", corners=rect(-0.7, 0.7, 0.8, 1.5)), 1.4 * 0.7),
        (Window(where="rear", corners=rect(0.1, 0.6, 0.8, 1.5)), 2 * 0.5 * 0.7),
    ]
    whole = Builder()
    open_hull(whole, _crate(), [])
    for window, hole in cases:
        cut = Builder()
        open_hull(cut, _crate(), [window])
        assert _area(whole, "paint") - _area(cut, "paint") == pytest.approx(hole, rel=2e-3), window


def test_stretches_are_what_holes_leave() -> None:
    assert free_stretches((0.0, 10.0), []) == [(0.0, 10.0)]
    assert free_stretches((0.0, 10.0), [(4.0, 6.0), (5.0, 7.0), (-1.0, 1.0)]) == [(1.0, 4.0), (7.0, 10.0)]
    assert free_stretches((0.0, 3.0), [(2.0, 5.0)]) == [(0.0, 2.0)]
    assert free_stretches((0.0, 3.0), [(-1.0, 5.0)]) == []


def test_names_are_written_to_be_read_from_outside_on_both_walls() -> None:
    builder = Builder()
    letter_walls(builder, "LE", (-2.0, 2.0), (1.0, 2.0), 1.2)
    solid = builder.finish()
    middle = solid.points[solid.faces].mean(1)
    for side in (1, -1):
        wall = solid.points[solid.faces[side * middle[:, 1] > 0]].reshape(-1, 3)
        assert np.abs(wall[:, 1]).min() >= 1.2
        assert wall[:, 2].min() == pytest.approx(1.0)
        assert wall[:, 2].max() == pytest.approx(2.0)
        # From outside of the left wall, right is towards the rear: -x.
        right = -side * wall[:, 0]
        assert right.min() == pytest.approx(-0.7), "7 columns of a fifth of a metre, centred"
        stem = (wall[:, 2] > 1.5) & (right < -0.3)
        assert right[stem].max() <= -0.5 + 1e-9, "above its foot, L has its stem only, on the left"
