"""Maps on disk: what comes back, what an interruption leaves, and flat memory."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from analysis.methods.map_store import MapStore, MapWriter, exponents, index_of
from generator.errors import UserError

KIND = ("grad_cam", "layer4", "true")
OTHER = ("grad_cam_pp", "features.29", "predicted")


def batch(rng: np.random.Generator, count: int, size: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    return (size * rng.normal(size=(count, 7, 5))).astype(np.float32), rng.normal(size=count).astype(
        np.float32
    )


@pytest.mark.parametrize("size", [1e-20, 1.0, 1e20])
def test_float16_keeps_maps_of_any_size(tmp_path: Path, size: float) -> None:
    rng = np.random.default_rng(0)
    writer = MapWriter(tmp_path / "maps" / "probe", shard=3)
    given = {}
    for start in range(0, 8, 2):
        names = [f"p{start + i}" for i in range(2)]
        maps, other = batch(rng, 2, size), batch(rng, 2)
        given |= dict(zip(names, zip(*maps, other[0], strict=True), strict=True))
        writer.add(names, {KIND: maps, OTHER: other})
    assert not index_of(writer.folder).exists()
    writer.close()
    store = MapStore(tmp_path / "maps" / "probe")
    assert store.kinds == [KIND, OTHER]
    found, other_found, scales = store.read(KIND), store.read(OTHER, ["p3"]), store.log_scales(KIND)
    assert list(found) == [f"p{i}" for i in range(8)]
    assert list(other_found) == ["p3"]
    for name, (values, scale, _) in given.items():
        assert np.abs(found[name] - values).max() <= 2**-11 * np.abs(values).max()
        assert scales[name] == pytest.approx(float(scale))
    assert store.index["shards"][0]["pictures"] == ["p0", "p1", "p2", "p3"]


def test_float32_is_kept_as_it_is(tmp_path: Path) -> None:
    values, scale = batch(np.random.default_rng(0), 4)
    values[1] = 0
    values[2, 0, 0] = np.nan
    writer = MapWriter(tmp_path / "probe", "float32")
    writer.add(list("abcd"), {KIND: (values, scale)})
    writer.close()
    assert np.array_equal(
        np.stack(list(MapStore(tmp_path / "probe").read(KIND).values())), values, equal_nan=True
    )
    assert exponents(values)[1] == 0


def test_an_unfinished_set_counts_as_none_and_is_cleared(tmp_path: Path) -> None:
    writer = MapWriter(tmp_path / "probe", shard=1)
    writer.add(["a"], {KIND: batch(np.random.default_rng(0), 1)})
    with pytest.raises(UserError, match=r"probe.json: does not exist"):
        MapStore(tmp_path / "probe").read(KIND)
    again = MapWriter(tmp_path / "probe")
    again.close()
    assert not list((tmp_path / "probe").glob("*"))
    with pytest.raises(UserError, match=r"holds no maps grad_cam\|layer4\|true"):
        MapStore(tmp_path / "probe").read(KIND)


def test_memory_does_not_grow_with_the_number_of_pictures(tmp_path: Path) -> None:
    def peak(pictures: int) -> int:
        rng = np.random.default_rng(0)
        writer = MapWriter(tmp_path / f"set{pictures}", shard=64)
        tracemalloc.start()
        for start in range(0, pictures, 32):
            maps = rng.normal(size=(32, 28, 28)).astype(np.float32), np.zeros(32, np.float32)
            writer.add([f"{start + i:06d}" for i in range(32)], {KIND: maps})
        writer.close()
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return held

    few, many = peak(256), peak(2048)
    # 2048 maps are 6.4 MB; only their names stay.
    assert many - few < 400_000
