"""A worker process: replaced when it is old, shown one GPU of several."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest

from generator.farm.settings import FarmSettings, one_gpu
from generator.farm.worker_process import WorkerProcess
from tests.helpers.blender import make_spec
from tests.helpers.farm import when

SPECS = [make_spec(size=16, variant=variant) for variant in range(4)]


def test_a_worker_is_recycled_and_the_next_gives_the_same_bytes(tmp_path: Path) -> None:
    made: dict[int, dict[str, bytes]] = {}
    for recycle, workers in ((0, 1), (3, 2)):
        folder, seen = tmp_path / str(recycle), []
        worker = WorkerProcess(tmp_path / "log", FarmSettings(recycle=recycle))
        for spec in SPECS:
            worker.start()
            seen.append(worker.process)
            assert worker.render(folder, spec) is None
        worker.close()
        assert len(set(seen)) == workers
        made[recycle] = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}
    assert len(made[0]) >= 3 * len(SPECS)
    assert made[0] == made[3]


def test_a_worker_is_shown_its_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b")
    monkeypatch.setenv("HIP_VISIBLE_DEVICES", "0")
    worker = WorkerProcess(tmp_path / "log", FarmSettings(), one_gpu(3))
    worker.start()
    around = Path(f"/proc/{worker.process}/environ").read_bytes().split(b"\0")
    worker.close()
    assert b"CUDA_VISIBLE_DEVICES=GPU-b" in around
    assert b"HIP_VISIBLE_DEVICES=0" in around


def test_a_worker_that_dies_as_it_starts_is_replaced(tmp_path: Path) -> None:
    worker, killed = WorkerProcess(tmp_path / "log", FarmSettings()), []

    def kill() -> None:
        killed.append(worker.process)
        os.kill(killed[0], signal.SIGKILL)

    killer = when(lambda: worker.process is not None, kill)
    worker.start()
    killer.join(timeout=5)
    assert worker.process not in (None, *killed)
    assert worker.handshake["device"] == "CPU"
    worker.close()


def test_kernels_are_compiled_with_patience_and_by_one_worker_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A stopped worker stands for one whose driver compiles: on a GPU that Blender has no kernels for it
    takes minutes over its first picture."""
    monkeypatch.setattr("generator.farm.worker_process.COMPILE_TOLD", 1.0)
    farm = FarmSettings(patience=1.0)
    workers = [WorkerProcess(tmp_path / f"log{i}", farm) for i in range(2)]
    for worker in workers:
        worker.compiling = True
        worker.start()
    first, second = (worker.process for worker in workers)
    assert first is not None
    with ThreadPoolExecutor(2) as pool:
        os.kill(first, signal.SIGSTOP)
        slow = pool.submit(workers[0].render, tmp_path / "slow", SPECS[0])
        sleep(0.2)
        waiting = pool.submit(workers[1].render, tmp_path / "waiting", SPECS[0])
        sleep(3.0)
        assert not slow.done()
        assert ["its first picture takes long" in line for line in caplog.messages] == [True]
        assert not list(tmp_path.rglob("*.png"))
        os.kill(first, signal.SIGCONT)
        assert slow.result(timeout=60) is None
        assert waiting.result(timeout=60) is None
    assert [worker.process for worker in workers] == [first, second]
    assert not any(worker.compiling for worker in workers)
    os.kill(first, signal.SIGSTOP)
    assert workers[0].render(tmp_path / "slow", SPECS[1]) is None
    assert workers[0].process != first
    for worker in workers:
        worker.close()


def test_only_cards_have_kernels_to_compile(tmp_path: Path) -> None:
    assert not WorkerProcess(tmp_path, FarmSettings()).compiling
    assert WorkerProcess(tmp_path, FarmSettings(device="optix")).compiling


def test_a_picture_that_cannot_be_made_compiles_nothing(tmp_path: Path) -> None:
    worker = WorkerProcess(tmp_path / "log", FarmSettings())
    worker.compiling = True
    assert "tank" in str(worker.render(tmp_path, SPECS[0].model_copy(update={"shape": "tank"})))
    assert worker.compiling
    worker.close()


def test_a_seat_left_makes_no_more(tmp_path: Path) -> None:
    worker = WorkerProcess(tmp_path / "log", FarmSettings())
    worker.leave()
    assert worker.render(tmp_path / "set", SPECS[0]) == "stopped"
    assert worker.process is None


def test_a_worker_let_go_leaves_nothing_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    worker = WorkerProcess(tmp_path / "log", FarmSettings())
    assert worker.render(tmp_path / "set", SPECS[0]) is None
    assert list(place.iterdir())
    worker.close()
    assert not list(place.iterdir())


def test_a_worker_that_does_not_go_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.farm.worker_process.PARTING_SECONDS", 0.5)
    worker = WorkerProcess(tmp_path / "log", FarmSettings())
    worker.start()
    process = worker.process
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    worker.close()
    assert worker.process is None
    assert not Path(f"/proc/{process}").exists()
