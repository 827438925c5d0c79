"""Sets that were damaged: what is said of them, and that doing what is said mends them."""

import errno
import fcntl
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from generator.dataset.check import check_set
from generator.dataset.dataset import KINDS, SPECS, STATED, read_set, write_manifest, write_picture
from generator.dataset.manifest import MANIFEST
from generator.dataset.pixels import read_image
from generator.errors import UserError
from generator.farm import render as farm
from generator.farm.render import Made, render_if_missing, render_set
from generator.farm.settings import FarmSettings
from generator.files import held
from generator.naming import spec_name
from generator.spec import RenderSpec
from tests.helpers.sets import Square, written


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A set of four pictures."""
    written(tmp_path / "set", 4)
    write_manifest(tmp_path / "set")
    return tmp_path / "set"


@pytest.fixture
def specs(whole: Path) -> list[RenderSpec]:
    return [RenderSpec.model_validate_json(line) for line in (whole / SPECS).read_text().splitlines()]


def draw(folder: Path, todo: Sequence[RenderSpec], *_: Any) -> dict[str, str]:
    """In place of the farm's workers."""
    for spec in todo:
        write_picture(folder, spec_name(spec), Square.of(spec.size))
    return {}


def mended(folder: Path, specs: list[RenderSpec], monkeypatch: pytest.MonkeyPatch) -> Made:
    """Render the set again, after which nothing is wrong with it."""
    monkeypatch.setattr(farm, "_render", draw)
    made = render_set(folder, specs, FarmSettings(workers=1))
    assert check_set(folder) == len(read_set(folder)) == len(specs)
    return made


def test_a_finished_set_is_not_rendered(
    whole: Path, specs: list[RenderSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is any progress shown of it; one whose manifest is not there is not finished."""
    ready: list[int] = []

    @contextmanager
    def progress() -> Iterator[Callable[[int], None]]:
        ready.append(0)
        yield ready.append

    monkeypatch.setattr(farm, "_render", draw)
    assert render_if_missing(whole, specs, FarmSettings(workers=1), progress) is None
    assert ready == []
    (whole / MANIFEST).unlink()
    (whole / "images" / f"{spec_name(specs[1])}.png").unlink()
    assert render_if_missing(whole, specs, FarmSettings(workers=1), progress) == Made(3, 0, 1)
    assert ready == [0, 3]
    assert (whole / MANIFEST).exists()
    with pytest.raises(UserError, match="holds a set begun with another plan"):
        render_if_missing(whole, specs[:2], FarmSettings(workers=1), progress)


def test_a_set_that_another_process_renders_is_waited_for(
    whole: Path, specs: list[RenderSpec], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And that is said. What it writes aside stays; of what is whole nothing is waited for."""
    part, image = whole / "images" / ".a.png.1.part", whole / "images" / f"{spec_name(specs[1])}.png"
    part.touch()
    monkeypatch.setattr(farm, "_render", draw)
    with ThreadPoolExecutor(1) as pool:
        with held(whole):
            assert render_set(whole, specs, FarmSettings(workers=1)) == Made(4, 0, 0)
            image.unlink()
            waiting = pool.submit(render_set, whole, specs, FarmSettings(workers=1))
            with pytest.raises(TimeoutError):
                waiting.result(0.3)
            assert part.exists()
            assert not image.exists()
            assert caplog.messages == [f"{whole}: another process is at work on it; waiting for it"]
        assert waiting.result(60) == Made(3, 0, 1)
    assert not part.exists()
    assert image.exists()


def test_on_a_disk_without_locks_nobody_is_waited_for(
    whole: Path, specs: list[RenderSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    (whole / "images" / f"{spec_name(specs[1])}.png").unlink()
    monkeypatch.setattr(fcntl, "flock", refuse)
    assert mended(whole, specs, monkeypatch) == Made(3, 0, 1)
    with pytest.raises(OSError, match="not implemented"), held(whole):
        pass


def test_a_set_of_another_catalogue_is_named(whole: Path, specs: list[RenderSpec]) -> None:
    stated = json.loads((whole / STATED).read_text())
    (whole / STATED).write_text(json.dumps({**stated, "catalogue": "vehicles-v0"}))
    with pytest.raises(UserError, match=r"holds a set of catalogue vehicles-v0, this is .*; give another"):
        render_set(whole, specs, FarmSettings(workers=1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_set_that_lacks_a_file_is_whole_once_it_is_rendered_again(
    whole: Path, specs: list[RenderSpec], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = whole / kind / f"{spec_name(specs[1])}{KINDS[kind]}"
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(UserError) as error:
        check_set(whole)
    assert (
        str(error.value) == f"{path}: does not exist; render the set again, only what is missing is rendered"
    )
    assert mended(whole, specs, monkeypatch) == Made(3, 0, 1)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "holds no keys"),
        ("{}", "box: Field required"),
        ('{"box": [1, 2, 3]}', "box.3: Field required"),
    ],
)
def test_numbers_that_are_none_are_said_and_rendered_again(
    whole: Path, specs: list[RenderSpec], content: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = whole / "truth" / f"{spec_name(specs[0])}.json"
    path.write_text(content)
    (whole / MANIFEST).unlink()
    for read in (check_set, write_manifest):
        with pytest.raises(UserError) as error:
            read(whole)
        assert str(error.value).startswith(f"{path}: {said}")
        assert str(error.value).endswith("; remove it and render the set again, which writes it")
    path.unlink()
    assert mended(whole, specs, monkeypatch).rendered == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (STATED, b'{"sch', "cannot be read as JSON"),
        (STATED, b"[]", "holds no keys"),
        (SPECS, b"\xff\xfe", "a line is not a render spec: Invalid JSON"),
        (SPECS, b'{"shape": "sed', "a line is not a render spec: Invalid JSON"),
        (MANIFEST, b"PAR1", "cannot be read as Parquet"),
        (MANIFEST, b"", "cannot be read as Parquet"),
    ],
)
def test_a_file_of_the_set_that_cannot_be_read_is_removed_and_written_again(
    whole: Path,
    specs: list[RenderSpec],
    name: str,
    content: bytes,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = (whole / name).read_bytes()
    (whole / name).write_bytes(content)
    with pytest.raises(UserError) as error:
        check_set(whole)
    assert str(error.value).startswith(f"{whole / name}: {said}")
    assert str(error.value).endswith("; remove it and render the set again, which writes it")
    (whole / name).unlink()
    assert mended(whole, specs, monkeypatch) == Made(4, 0, 0)
    assert (whole / name).read_bytes() == before


def test_a_statement_that_cannot_be_read_stops_rendering_too(whole: Path, specs: list[RenderSpec]) -> None:
    (whole / STATED).write_text('{"sch')
    with pytest.raises(UserError, match=r"dataset\.json: cannot be read as JSON"):
        render_set(whole, specs, FarmSettings(workers=1))


def test_a_statement_of_nothing_is_refused(whole: Path) -> None:
    (whole / STATED).write_text("{}")
    with pytest.raises(UserError, match=r"dataset\.json: is not of the specs in specs\.jsonl"):
        check_set(whole)


def test_pictures_of_another_plan_are_not_taken_for_those_of_this_one(
    whole: Path, specs: list[RenderSpec]
) -> None:
    (whole / STATED).unlink()
    with pytest.raises(UserError, match=r"is not empty and holds no dataset\.json"):
        render_set(whole, specs[:2], FarmSettings(workers=1))


def test_a_manifest_of_other_pictures_is_refused_until_it_is_removed(
    whole: Path, specs: list[RenderSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pd.read_parquet(whole / MANIFEST)
    names = sorted(table["name"])
    kept, twice = table[table["name"].isin(names[2:])], pd.concat([table, table[table["name"] == names[3]]])
    for other, said in (
        (kept, f"has no row for 2 of 4 pictures, {names[0]!r} first; move what is not of the set"),
        (twice, f"has 1 rows without a picture of their own, {names[3]!r} first; remove it and render"),
        (table.drop(columns="name"), "has no column 'name'; remove it and render the set again"),
    ):
        other.to_parquet(whole / MANIFEST)
        for read in (read_set, check_set):
            with pytest.raises(UserError) as error:
                read(whole)
            assert str(error.value).startswith(f"{whole / MANIFEST}: {said}")
    (whole / MANIFEST).unlink()
    assert mended(whole, specs, monkeypatch).rendered == 0


def test_a_manifest_of_other_specs_of_the_same_names_is_found(whole: Path) -> None:
    table = pd.read_parquet(whole / MANIFEST)
    table.loc[1, "hash"] = "0" * 64
    table.to_parquet(whole / MANIFEST)
    with pytest.raises(
        UserError, match=f"has other hashes than the specs in 1 rows, {table['name'][1]!r} first"
    ):
        check_set(whole)


def test_a_set_without_its_manifest_is_not_whole(whole: Path) -> None:
    (whole / MANIFEST).unlink()
    assert len(read_set(whole)) == 4
    with pytest.raises(UserError, match=r"manifest\.parquet: does not exist; render the set again"):
        check_set(whole)


def test_a_picture_that_no_spec_asked_for_is_found(whole: Path, specs: list[RenderSpec]) -> None:
    foreign = whole / "images" / "sedan_y_60_bleft_9999.png"
    shutil.copy(whole / "images" / f"{spec_name(specs[0])}.png", foreign)
    with pytest.raises(UserError) as error:
        check_set(whole)
    assert str(error.value) == f"{foreign}: is not of the set (1 such); move it out of images/"
    with pytest.raises(UserError, match=r"has no row for 1 of 5 pictures, 'sedan_y_60_bleft_9999' first"):
        read_set(whole)
    foreign.unlink()
    assert check_set(whole) == 4


def test_a_picture_that_was_removed_is_missed(
    whole: Path, specs: list[RenderSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole / "images" / f"{spec_name(specs[0])}.png").unlink()
    with pytest.raises(
        UserError, match=f"has 1 rows without a picture of their own, {spec_name(specs[0])!r}"
    ):
        read_set(whole)
    assert mended(whole, specs, monkeypatch).rendered == 1


def test_a_photograph_that_does_not_exist_is_not_to_be_rendered(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        read_image(tmp_path / "nope.jpg", 32)
    assert str(error.value) == f"{tmp_path / 'nope.jpg'}: does not exist"
