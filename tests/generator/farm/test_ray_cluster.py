"""A real Ray cluster of two nodes on this machine, one of which is killed at work."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.dataset.check import check_set
from generator.errors import UserError
from generator.farm import ray_cluster as cluster
from generator.farm.bookkeeping import batches
from generator.farm.code import code, difference
from generator.farm.ray_cluster import RenderRequest, render_here
from generator.farm.render import render_set
from generator.farm.settings import FarmSettings
from generator.naming import spec_name
from generator.planning.grid import SetPlan
from generator.planning.plan import plan_set
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.spec import CATALOGUE
from tests.helpers.farm import contents, when

SPECS = plan_set(
    SetPlan(count=24, shapes=("sedan", "bus"), variants=6),
    SceneRanges(),
    RenderSettings(size=32, samples=1),
    seed=4,
    block=0,
)
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_enable_metrics_collection": "0"}
STARTS = 4
"""Ray gives its own helpers 15 seconds to start, which a busy machine may need more than once."""


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """Two nodes of one processor each."""
    pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in QUIET.items():
            patch.setenv(name, value)
        started = start()
        yield started
        started.shutdown()


def start() -> Any:
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 100_000_000}
    for left in reversed(range(STARTS)):
        found = Cluster()
        try:
            found.add_node(**node, include_dashboard=False)
            found.add_node(**node)
        except Exception:
            found.shutdown()
            if not left:
                raise
        else:
            return found


def family(pid: int) -> dict[int, str]:
    """A process and all below it: process id -> command."""
    above = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            above[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    while new := {child for child, parent in above.items() if parent in found} - found:
        found |= new
    commands = {}
    for child in found:
        try:
            commands[child] = (Path("/proc") / str(child) / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    return commands


def test_without_ray_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"^Ray is not installed here; .*\[cluster\]"):
        render_set(tmp_path, SPECS[:1], FarmSettings(ray="auto"))


def test_an_address_where_nothing_answers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^Ray cluster 127.0.0.1:1: nothing answers there"):
        render_set(tmp_path, SPECS[:1], FarmSettings(ray="127.0.0.1:1"))


def test_batches_are_small_and_of_one_vehicle() -> None:
    cut = list(batches(SPECS, 2, most=3))
    assert sorted(map(spec_name, SPECS)) == sorted(spec_name(spec) for batch in cut for spec in batch)
    assert max(map(len, cut)) == 3
    assert all(len({(spec.shape, spec.variant) for spec in batch}) == 1 for batch in cut)


def test_a_task_returns_files_and_failures(tmp_path: Path) -> None:
    bad = SPECS[1].model_copy(update={"shape": "tank"})
    found = render_here(RenderRequest([SPECS[0], bad], FarmSettings(), code()))
    name = spec_name(SPECS[0])
    assert {f"images/{name}.png", f"masks/{name}.png", f"parts/{name}.png"} <= found.files[name].keys()
    assert [*found.files] == [name]
    assert "tank" in found.failures[spec_name(bad)]
    assert found.handshake["device"] == "CPU"
    for worker in cluster._workers.values():
        worker.close()
    cluster._workers.clear()


def test_other_code_is_named() -> None:
    here = code()
    assert difference(here, here) == ""
    assert here["catalogue"] == CATALOGUE
    assert difference(here, here | {"bpy": "5.1.0"}) == (
        f"has bpy 5.1.0, not {here['bpy']} as the machine that asks"
    )


def test_nodes_with_other_code_are_refused(
    nodes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "code", lambda: code() | {"catalogue": "vehicles-v0"})
    message = rf"^Ray cluster {nodes.address}: node \S+ has catalogue {CATALOGUE}, not vehicles-v0 "
    with pytest.raises(UserError, match=message):
        render_set(tmp_path, SPECS, FarmSettings(ray=nodes.address))
    assert not (tmp_path / "images").exists()


def test_a_cluster_without_the_gpu_asked_for_is_refused(nodes: Any, tmp_path: Path) -> None:
    message = r"no node has the 1 CPU and 0.5 GPU of a worker; nodes: 1 CPU, 0 GPU; 1 CPU, 0 GPU$"
    with pytest.raises(UserError, match=message):
        render_set(tmp_path, SPECS, FarmSettings(ray=nodes.address, device="gpu", gpu_share=0.5))


def test_a_killed_node_costs_no_picture_and_changes_none(nodes: Any, tmp_path: Path) -> None:
    local, folder = tmp_path / "local", tmp_path / "cluster"
    victim = max(nodes.worker_nodes, key=id)
    raylet = victim.all_processes["raylet"][0].process.pid
    killed: dict[int, str] = {}
    ready: list[int] = []
    before: list[int] = []

    def blenders() -> list[str]:
        return [command for command in family(raylet).values() if "generator.farm.worker" in command]

    def kill() -> None:
        killed.update(family(raylet))
        before.append(sum(ready))
        for pid in killed:
            os.kill(pid, signal.SIGKILL)

    killer = when(lambda: sum(ready) >= 1 and bool(blenders()), kill)
    render_set(folder, SPECS, FarmSettings(ray=nodes.address), ready.append)
    killer.join(timeout=10)
    render_set(local, SPECS, FarmSettings(workers=1))
    assert any("generator.farm.worker" in command for command in killed.values())
    assert 0 < before[0] < sum(ready) == len(SPECS)
    assert len(list((folder / "images").iterdir())) == check_set(folder) == len(SPECS)
    assert contents(folder) == contents(local)
    assert (folder / "manifest.parquet").read_bytes() == (local / "manifest.parquet").read_bytes()
