"""The scene of a picture as a file: what is refused, and that it is written."""

from pathlib import Path

import pytest

from generator.dataset.blend import read_spec, save_scene, spec_of
from generator.dataset.dataset import SPECS, begin
from generator.errors import UserError
from generator.naming import spec_name
from tests.helpers.blender import make_spec

SPEC = make_spec(size=16)


def test_a_spec_is_found_by_name_and_read_from_a_file(tmp_path: Path) -> None:
    begin(tmp_path / "set", [SPEC])
    assert spec_of(tmp_path / "set", spec_name(SPEC)) == SPEC
    with pytest.raises(UserError, match=r"has no picture 'bus'; one of its names is 'sedan_r_20_fleft_0001'"):
        spec_of(tmp_path / "set", "bus")
    path = tmp_path / "spec.json"
    path.write_text(SPEC.model_dump_json())
    assert read_spec(path) == SPEC
    path.write_text(SPEC.model_dump_json().replace('"size":16', '"size":3'))
    with pytest.raises(UserError, match=r"spec\.json: is not a render spec: size: "):
        read_spec(path)
    path.write_bytes(b"\xff\xd8\xff\xe0 a photograph")
    with pytest.raises(UserError, match=r"spec\.json: is not a render spec: the whole file: Invalid JSON"):
        read_spec(path)
    with pytest.raises(UserError, match="does not exist"):
        read_spec(tmp_path / "none.json")
    (tmp_path / "set" / SPECS).write_text("")
    with pytest.raises(UserError, match=r"has no picture 'bus'; it has none"):
        spec_of(tmp_path / "set", "bus")


def test_a_scene_is_written_and_mistakes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "new" / "scene.blend"
    save_scene(SPEC, path)
    assert path.stat().st_size > 100_000
    with pytest.raises(UserError, match=r"ends in \.blend"):
        save_scene(SPEC, tmp_path / "scene.png")
    with pytest.raises(UserError, match=r"asset|card"):
        save_scene(SPEC.model_copy(update={"asset": "0" * 64}), path.with_name("other.blend"))
    before = path.stat()
    with pytest.raises(UserError, match="remove it or give another name"):
        save_scene(SPEC, path)
    assert path.stat() == before
