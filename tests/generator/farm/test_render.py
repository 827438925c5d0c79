"""Worker processes with Blender in them: that they render, die, and are started again."""

import json
import os
import signal
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import pytest

from generator.dataset.check import check_set
from generator.dataset.dataset import begin
from generator.errors import UserError
from generator.farm.bookkeeping import render_order
from generator.farm.render import render_set
from generator.farm.settings import FarmSettings, machine
from generator.planning.plan import RenderSettings, SceneRanges, SetPlan, plan_set
from generator.spec import RenderSpec
from tests.helpers.farm import contents, when

SPECS = plan_set(
    SetPlan(count=12, shapes=("sedan", "bus"), variants=3),
    SceneRanges(),
    RenderSettings(size=32, samples=4),
    seed=3,
    block=0,
)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("farm") / "set"
    render_set(folder, SPECS, FarmSettings(workers=2, layers=("depth",)))
    return folder


def test_every_picture_is_there_and_sound(rendered: Path) -> None:
    assert check_set(rendered) == len(SPECS)
    assert (rendered / "manifest.parquet").exists()
    assert len(list(rendered.glob("depth/*.exr"))) == len(SPECS)


def test_other_workers_and_order_give_the_same_bytes(rendered: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    render_set(again, SPECS, FarmSettings(workers=1, threads=2))
    assert contents(again) == contents(rendered)


def test_progress_counts_every_picture_once(rendered: Path) -> None:
    done: list[int] = []
    render_set(rendered, SPECS, FarmSettings(workers=1), done.append)
    assert sum(done) == len(SPECS)


def children() -> list[int]:
    """Process ids of the workers of this process."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = status.read_text().partition(" ")
            command = (status.parent / "cmdline").read_text()
        except OSError:
            continue
        if int(rest.rpartition(")")[2].split()[1]) == os.getpid() and "generator.farm.worker" in command:
            found.append(int(pid))
    return found


def test_a_worker_that_is_killed_is_replaced(rendered: Path, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    victims: list[int] = []

    def kill() -> None:
        victims.extend(children())
        for pid in victims:
            os.kill(pid, signal.SIGKILL)

    killer = when(lambda: len(list(folder.glob("images/*.png"))) >= 3, kill)
    render_set(folder, SPECS, FarmSettings(workers=1))
    killer.join(timeout=5)
    assert len(victims) == 1
    assert contents(folder) == contents(rendered)


def test_a_picture_that_cannot_be_rendered_is_named_and_the_others_are_made(tmp_path: Path) -> None:
    bad: RenderSpec = SPECS[1].model_copy(update={"shape": "tank"})
    with pytest.raises(UserError, match=r"1 pictures could not be rendered, 'tank_.*worker-\*\.log"):
        render_set(tmp_path, [*SPECS[2:4], bad], FarmSettings(workers=1))
    assert len(list((tmp_path / "images").glob("*.png"))) == 2


def test_a_hung_worker_is_killed_and_its_picture_made_by_another(rendered: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hung"
    victims: list[int] = []

    def hang() -> None:
        victims.extend(children())
        for pid in victims:
            os.kill(pid, signal.SIGSTOP)

    stopper = when(lambda: len(list(folder.glob("images/*.png"))) >= 3, hang)
    render_set(folder, SPECS, FarmSettings(workers=1, patience=6))
    stopper.join(timeout=5)
    assert len(victims) == 1
    assert not Path(f"/proc/{victims[0]}").exists()
    assert contents(folder) == contents(rendered)


def test_a_missing_gpu_is_refused(tmp_path: Path) -> None:
    if Path("/dev/nvidia0").exists() or Path("/dev/kfd").exists():
        pytest.skip("this machine has a GPU")
    for device in ("gpu", "cuda"):
        with pytest.raises(UserError, match=rf"^device '{device}' .* does not find it; found here: 'cpu'$"):
            render_set(tmp_path / device, SPECS[:1], FarmSettings(device=device, workers=1))


def test_a_folder_that_takes_no_files_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    message = (
        r"^cannot write .*file/set \(Not a directory: .*\); free space or fix permissions and run the same "
        r"command again, or choose another folder with -o$"
    )
    with pytest.raises(UserError, match=message):
        render_set(tmp_path / "file" / "set", SPECS[:1], FarmSettings(workers=1))


def test_pictures_that_cannot_be_written_end_the_work(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    begin(folder, SPECS)
    (folder / "parts").write_text("in the way")
    with pytest.raises(UserError, match=r"^files cannot be used \(File exists: .*/parts\); mend that"):
        render_set(folder, SPECS, FarmSettings(workers=2))
    assert not (folder / "images").exists()


def test_what_rendered_is_noted_and_no_part_of_the_set(rendered: Path) -> None:
    noted = json.loads((rendered / "machine.json").read_text())
    assert noted == [{"device": "CPU", "blender": version("bpy"), **machine(), "workers": 2, "threads": 1}]
    assert "CPU" not in (rendered / "dataset.json").read_text()


def test_order_keeps_what_is_dear_together() -> None:
    shapes = [(spec.shape, spec.variant) for spec in sorted(SPECS, key=render_order)]
    changes = sum(a != b for a, b in pairwise(shapes))
    assert changes == len(set(shapes)) - 1
