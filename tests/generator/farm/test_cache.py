"""Pictures taken from a cache: the same bytes as rendered ones, never half of one, never a damaged one."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

import pytest

from generator import spec
from generator.dataset.check import check_set
from generator.errors import UserError
from generator.farm import cache
from generator.farm.cache import PictureCache
from generator.farm.render import Made, render_set
from generator.farm.settings import FarmSettings
from generator.files import link
from generator.naming import spec_name
from generator.spec import RenderSpec
from tests.helpers.blender import make_spec

SPECS = [make_spec(size=16, azimuth=45.0 + i, variant=i) for i in range(3)]
SPECS.append(make_spec(size=16, variant=3, occluder="pole", occlusion=0.2))
"""The last one has an amodal mask too."""


def farm(folder: Path | None, **settings: object) -> FarmSettings:
    return FarmSettings.model_validate({"workers": 1, "cache": folder, **settings})


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the workers' logs."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".log")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set rendered without a cache."""
    folder = tmp_path_factory.mktemp("fresh") / "set"
    assert render_set(folder, SPECS, farm(None)) == Made(0, 0, len(SPECS))
    return folder


@pytest.fixture
def filled(fresh: Path, tmp_path: Path) -> Path:
    """A cache of copies of that set's pictures."""
    folder = tmp_path / "cache"
    kept = PictureCache(folder, farm(folder))
    copy = tmp_path / "copy"
    for path, content in contents(fresh).items():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes(content)
    for one in SPECS:
        kept.put(copy, one, {"device": "CPU"})
    return folder


def entry(folder: Path, one: RenderSpec) -> Path:
    key = PictureCache(folder, farm(folder)).key(one)
    return folder / key[:2] / key


def test_a_set_out_of_the_cache_is_that_which_was_rendered(fresh: Path, tmp_path: Path) -> None:
    """machine.json and all; and filling the cache changes nothing either."""
    settings, done = farm(tmp_path / "cache"), []
    assert render_set(tmp_path / "one", SPECS, settings) == Made(0, 0, len(SPECS))
    assert render_set(tmp_path / "two", SPECS, settings, done.append) == Made(0, len(SPECS), 0)
    assert sum(done) == len(SPECS)
    assert contents(tmp_path / "two") == contents(tmp_path / "one") == contents(fresh)
    assert any(path.startswith("amodal/") for path in contents(fresh))
    assert not list((tmp_path / "two").glob("worker-*.log")), "no Blender was started"
    images = [tmp_path / name / "images" / f"{spec_name(SPECS[0])}.png" for name in ("one", "two")]
    assert images[0].stat().st_ino == images[1].stat().st_ino, "hard links take no room"


def test_two_sets_that_overlap_render_their_union(tmp_path: Path) -> None:
    settings = farm(tmp_path / "cache")
    assert render_set(tmp_path / "one", SPECS[:2], settings).rendered == 2
    assert render_set(tmp_path / "two", SPECS[1:3], settings) == Made(0, 1, 1)
    assert check_set(tmp_path / "two") == 2


@pytest.mark.parametrize("change", [{"size": 24}, {"environment_seed": 2}, {"samples": 2}, {"color": "b"}])
def test_another_spec_is_not_found(filled: Path, tmp_path: Path, change: dict[str, object]) -> None:
    kept = PictureCache(filled, farm(filled))
    assert kept.take(tmp_path / "set", SPECS[0]) == {"device": "CPU"}
    assert kept.take(tmp_path / "set", SPECS[0].model_copy(update=change)) is None


@pytest.mark.parametrize(
    "settings", [{"layers": ["depth"]}, {"without": ["vehicle"]}, {"without": ["shadow"]}, {"device": "cuda"}]
)
def test_what_changes_the_files_is_told_apart(filled: Path, settings: dict[str, object]) -> None:
    here, there = PictureCache(filled, farm(filled)), PictureCache(filled, farm(filled, **settings))
    assert here.key(SPECS[0]) != there.key(SPECS[0])


def test_who_renders_is_not_told_apart(filled: Path) -> None:
    here = PictureCache(filled, farm(filled))
    assert here.key(SPECS[0]) == PictureCache(filled, farm(None, workers=7, threads=3)).key(SPECS[0])


def test_another_catalogue_and_other_code_are_told_apart(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = PictureCache(filled, farm(filled)).key(SPECS[0])
    found = cache.code()
    with monkeypatch.context() as patch:
        patch.setattr(spec, "CATALOGUE", "vehicles-v0")
        assert PictureCache(filled, farm(filled)).key(SPECS[0]) != before
    for what in found:
        monkeypatch.setattr(cache, "code", lambda what=what: found | {what: "another"})
        assert PictureCache(filled, farm(filled)).take(tmp_path, SPECS[0]) is None


def damage(path: Path, how: str) -> None:
    image = next((path / "images").iterdir())
    if how == "cut":
        image.write_bytes(image.read_bytes()[:-9])
    elif how == "flipped":
        content = bytearray(image.read_bytes())
        content[60] ^= 1
        image.write_bytes(content)
    elif how == "gone":
        image.unlink()
    elif how == "no entry":
        (path / cache.ENTRY).unlink()
    else:
        (path / cache.ENTRY).write_text(how)


STRANGE = '{"maker": {}, "sha256": {"../../machine.json": "00"}}'


@pytest.mark.parametrize("how", ["cut", "flipped", "gone", "no entry", "{", "{}", STRANGE])
def test_a_damaged_picture_is_not_taken_and_makes_room(
    filled: Path, fresh: Path, tmp_path: Path, how: str
) -> None:
    damage(entry(filled, SPECS[0]), how)
    kept = PictureCache(filled, farm(filled))
    assert kept.take(tmp_path / "set", SPECS[0]) is None
    assert not list(tmp_path.glob("set/*/*"))
    kept.put(fresh, SPECS[0], {"device": "again"})
    assert kept.take(tmp_path / "set", SPECS[0]) == {"device": "again"}
    assert not list((filled / ".aside").iterdir())


def test_a_removed_picture_is_rendered_again(filled: Path, fresh: Path, tmp_path: Path) -> None:
    for path in sorted(entry(filled, SPECS[1]).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    entry(filled, SPECS[1]).rmdir()
    assert render_set(tmp_path / "set", SPECS, farm(filled)) == Made(0, len(SPECS) - 1, 1)
    made, known = contents(tmp_path / "set"), contents(fresh)
    assert {path: made[path] for path in known if path != "machine.json"} == {
        path: content for path, content in known.items() if path != "machine.json"
    }
    assert entry(filled, SPECS[1]).is_dir()


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    bad = SPECS[0].model_copy(update={"shape": "tank"})
    with pytest.raises(UserError, match="1 pictures could not be rendered"):
        render_set(tmp_path / "set", [bad], farm(tmp_path / "cache"))
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [".aside"]


KILLED = """
import os, signal, sys
from pathlib import Path
import generator.farm.cache as cache
from generator.farm.settings import FarmSettings
from generator.spec import RenderSpec
spec, folder, source, after, name = RenderSpec.model_validate_json(sys.argv[1]), *sys.argv[2:]
whole, done = getattr(cache, name), 0
def counting(*args):
    global done
    if done == int(after):
        os.kill(os.getpid(), signal.SIGKILL)
    done += 1
    return whole(*args)
setattr(cache, name, counting)
farm = FarmSettings(cache=Path(folder))
cache.PictureCache(Path(folder), farm).put(Path(source), spec, {})
"""


@pytest.mark.parametrize(
    ("step", "after"), [*(("link", i) for i in range(5)), ("write_json", 0), ("_settle", 0)]
)
def test_a_kill_between_files_leaves_no_half_picture(
    fresh: Path, tmp_path: Path, step: str, after: int
) -> None:
    """The amodal mask, truth, parts, mask and image are linked, then the entry is written and renamed."""
    folder, one = tmp_path / "cache", SPECS[-1]
    arguments = [one.model_dump_json(), str(folder), str(fresh), str(after), step]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not list(folder.glob("??/*"))
    assert len(list((folder / ".aside").iterdir())) == 1
    kept = PictureCache(folder, farm(folder))
    assert not list((folder / ".aside").iterdir()), "swept"
    assert kept.take(tmp_path / "set", one) is None
    kept.put(fresh, one, {})
    assert kept.take(tmp_path / "set", one) == {}


def put_all(folder: Path, source: Path, specs: Sequence[RenderSpec], rounds: int) -> None:
    kept = PictureCache(folder, farm(folder))
    for i in range(rounds):
        for one in specs:
            kept.put(source, one, {})
            assert kept.take(source.with_name(f"taken-{os.getpid()}-{i}"), one) in ({}, None)
            kept._drop(kept._place(one))


def test_processes_that_put_take_and_remove_at_once_meet_whole_pictures_only(
    fresh: Path, tmp_path: Path
) -> None:
    source, folder = tmp_path / "source", tmp_path / "cache"
    for path in contents(fresh):
        link(fresh / path, source / path)
    pool = get_context("spawn")
    processes = [pool.Process(target=put_all, args=(folder, source, SPECS, 15)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert not list((folder / ".aside").iterdir())
    taken = [path for path in tmp_path.glob("taken-*/*/*") if path.is_file()]
    assert taken
    for path in taken:
        assert path.read_bytes() == (fresh / path.relative_to(path.parents[1])).read_bytes()


def test_a_link_replaces_and_leaves_nothing_aside(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "deep" / "b"
    source.write_text("new")
    for _ in range(2):
        link(source, target)
    assert target.stat().st_ino == source.stat().st_ino
    target.unlink()
    target.write_text("old")
    link(source, target)
    assert target.read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["b"]


def test_where_links_are_impossible_files_are_copied(tmp_path: Path, fresh: Path) -> None:
    """The kernel's memory file system is another one than that of the tests."""
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system here")
    name = spec_name(SPECS[0])
    target = other / f"renforce-test-{os.getpid()}"
    try:
        link(fresh / "images" / f"{name}.png", target)
        assert target.read_bytes() == (fresh / "images" / f"{name}.png").read_bytes()
    finally:
        target.unlink(missing_ok=True)


def test_a_cache_that_is_removed_meanwhile_is_made_again(filled: Path, fresh: Path) -> None:
    kept = PictureCache(filled, farm(filled))
    shutil.rmtree(filled)
    kept.put(fresh, SPECS[0], {"device": "cpu"})
    assert entry(filled, SPECS[0]).is_dir()


def test_a_cache_that_cannot_be_used_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"^farm.cache: .*file cannot be used \(Not a directory: .*again$"):
        render_set(tmp_path / "set", SPECS[:1], farm(tmp_path / "file"))
