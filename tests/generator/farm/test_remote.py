"""Sets in object storage, by fsspec's storage in memory."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from generator.errors import UserError
from generator.farm.remote import _Store, render_to
from generator.farm.settings import FarmSettings
from generator.files import LOCK
from tests.helpers.blender import make_spec

SPECS = [make_spec(size=16, azimuth=45.0 + i, variant=i) for i in range(4)]
FARM = FarmSettings(workers=1)


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/bucket", recursive=True)


def contents(system: fsspec.AbstractFileSystem, root: str) -> dict[str, bytes]:
    return {path.removeprefix(root): system.cat_file(path) for path in system.find(root)}


def test_a_set_in_storage_is_that_of_a_folder_and_goes_on(
    memory: fsspec.AbstractFileSystem, tmp_path: Path
) -> None:
    render_to(f"file://{tmp_path}/set", SPECS, FARM)
    made = {
        f"/{path.relative_to(tmp_path / 'set')}": path.read_bytes()
        for path in (tmp_path / "set").rglob("*")
        if path.is_file() and path.suffix != ".log" and path.name != LOCK
    }
    render_to("memory://bucket/set/", SPECS, FARM)
    assert contents(memory, "/bucket/set") == made

    victim = memory.find("/bucket/set/images")[1]
    before = {path: memory.modified(path) for path in memory.find("/bucket/set")}
    memory.rm(victim)
    done: list[int] = []
    render_to("memory://bucket/set", SPECS, FARM, done.append)
    assert done == [3, 1]
    assert contents(memory, "/bucket/set") == made
    again = {path for path, when in before.items() if memory.modified(path) != when}
    name = Path(victim).stem
    assert {path for path in again if name not in path} == {"/bucket/set/manifest.parquet"}


def test_what_is_left_out_is_of_the_plan_there_too(memory: fsspec.AbstractFileSystem) -> None:
    without = FARM.model_copy(update={"without": ("vehicle",)})
    for rendered in (2, 0):
        assert render_to("memory://bucket/bare", SPECS[:2], without).rendered == rendered
    with pytest.raises(UserError, match="holds a set begun with another plan"):
        render_to("memory://bucket/bare", SPECS[:2], FARM)


def test_images_go_up_after_their_labels_and_the_manifest_last(
    memory: fsspec.AbstractFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _Store("memory://bucket/order", tmp_path)
    for name in ("manifest.parquet", "images/a.png", "masks/a.png", "masks/.b.png.1.part", "specs.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    sent: list[str] = []
    put = store.system.put_file

    def noting(source: str, target: str) -> None:
        sent.append(target.removeprefix("/bucket/order/"))
        put(source, target)

    monkeypatch.setattr(store.system, "put_file", noting)
    store.push()
    store.push()
    assert sent == ["specs.jsonl", "masks/a.png", "images/a.png", "manifest.parquet"]


@pytest.mark.parametrize("place", ["/photos/a.jpg", "/photos/2024/a.jpg"])
def test_a_place_with_something_else_is_refused_and_not_fetched(
    memory: fsspec.AbstractFileSystem, place: str
) -> None:
    memory.pipe_file(f"/bucket/else{place}", b"x")
    with pytest.raises(UserError, match=r"^memory://bucket/else: is not empty and holds no dataset.json"):
        render_to("memory://bucket/else", SPECS, FARM)
    assert list(contents(memory, "/bucket/else")) == [place]


def test_keys_that_lead_out_of_the_set_are_not_fetched(
    memory: fsspec.AbstractFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who may write to the bucket could write anywhere on the machine that renders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "here"))
    (tmp_path / "here").mkdir()
    render_to("memory://bucket/set", SPECS[:1], FARM)
    memory.store["/bucket/set/../../escaped"] = memory.store["/bucket/set/specs.jsonl"]
    memory.store["/bucket/set/images/../../../escaped"] = memory.store["/bucket/set/specs.jsonl"]
    assert any("escaped" in path for path in memory.find("/bucket/set")), "the storage lists it"
    assert render_to("memory://bucket/set", SPECS[:1], FARM).rendered == 0
    assert list(tmp_path.rglob("escaped")) == []


@pytest.mark.parametrize("target", ["nowhere://bucket/set", "memory2+x://y"])
def test_a_url_of_no_known_kind_is_one_line(target: str) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*: cannot be used \(ValueError: [^\n]*\)$"):
        render_to(target, SPECS, FARM)
