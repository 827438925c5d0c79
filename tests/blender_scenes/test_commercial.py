"""Pickups, vans, trucks and buses: every variant another, of plausible size, in one piece, furnished."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from blender_scenes.vehicles import build
from blender_scenes.vehicles.mesh import SLOTS, Solid

SIZES = {
    "van": ((4.1, 6.4), (1.9, 2.7), (1.75, 2.95)),
    "pickup": ((4.7, 6.1), (1.9, 2.7), (1.6, 2.2)),
    "boxtruck": ((5.0, 9.0), (2.1, 3.4), (2.6, 3.9)),
    "semi": ((9.0, 15.0), (2.4, 3.4), (3.5, 4.3)),
    "dumptruck": ((5.8, 9.0), (2.4, 3.4), (2.6, 3.8)),
    "bus": ((7.4, 12.2), (2.2, 3.4), (2.7, 3.6)),
    "schoolbus": ((6.8, 11.0), (2.2, 3.4), (2.6, 3.5)),
}
"""Shape -> least and largest length, width over the mirrors, height; metres."""
VARIANTS = 200


@pytest.mark.parametrize("shape", SIZES)
def test_variants_are_all_different_and_of_plausible_size(shape: str) -> None:
    meshes, sizes = set(), []
    for variant in range(VARIANTS):
        solid = build(shape, variant)
        meshes.add(hashlib.sha256(solid.points.tobytes() + solid.faces.tobytes()).digest())
        sizes.append(np.ptp(solid.points, axis=0))
        assert len(solid.faces) <= 30_000
    assert len(meshes) == VARIANTS
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
        both = np.unique(np.stack([keys, owners], -1), axis=0)
        same = both[1:, 0] == both[:-1, 0]
        pairs.append(np.stack([both[:-1, 1], both[1:, 1]], -1)[same])
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
