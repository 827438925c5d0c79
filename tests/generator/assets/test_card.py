"""Asset cards: what they may hold, and what identifies a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.assets.card import AssetCard, read_asset, read_assets, read_card
from generator.errors import UserError

GOOD: dict[str, Any] = {"shape": "lorry", "file": "lorry.obj", "length": 8.2}


def write_card(folder: Path, name: str = "lorry.yaml", **changes: Any) -> Path:
    (folder / "lorry.obj").write_text("mtllib lorry.mtl\nv 0 0 0\n")
    path = folder / name
    path.write_text(yaml.safe_dump({key: value for key, value in (GOOD | changes).items() if value != ""}))
    return path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shape": "Lorry 2"}, "shape: 'Lorry 2' is not a word of lower-case letters and digits"),
        ({"shape": "sedan"}, "shape: 'sedan' is a shape of the catalogue; take another word"),
        ({"file": "lorry.3ds"}, "file: 'lorry.3ds' has no format that is known: .glb .gltf .obj"),
        ({"file": "../lorry.obj"}, "file: '../lorry.obj' leads out of the card's folder"),
        ({"file": "/lorry.obj"}, "file: '/lorry.obj' leads out of the card's folder"),
        ({"file": "none.obj"}, "file: 'none.obj' does not exist"),
        ({"length": 400}, "length: 400 Input should be less than or equal to 50"),
        ({"length": ""}, "length: is missing; add it"),
        ({"forward": "x"}, "forward: 'x' Input should be '+x', '-x'"),
        ({"forward": "-y"}, "forward -y and up +y are one axis"),
        ({"parts": {"Glas": "windows"}}, "parts: 'Glas': 'windows' is not a part: one of body, glass"),
        ({"colour": "red"}, "colour: no such key; known here: shape, file, length, class, paint"),
    ],
)
def test_a_wrong_card_is_refused_in_one_line(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = write_card(tmp_path, **changes)
    with pytest.raises(UserError) as refusal:
        read_asset(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_card_that_is_none(tmp_path: Path) -> None:
    for content, said in (("[1]", "holds no keys"), ("a: [", "is not YAML")):
        (tmp_path / "card.yaml").write_text(content)
        with pytest.raises(UserError, match=said):
            read_asset(tmp_path / "card.yaml")
    with pytest.raises(UserError, match="no such asset card"):
        read_asset(tmp_path / "nowhere.yaml")


def test_axes_are_the_formats_unless_given() -> None:
    def axes(**card: Any) -> tuple[str, str]:
        return AssetCard.model_validate(GOOD | card).axes

    assert axes() == ("+z", "+y")
    assert axes(file="a.blend") == ("-y", "+z")
    assert axes(file="a.fbx", forward="+x") == ("+x", "+z")


def test_the_digest_covers_card_model_and_named_textures(tmp_path: Path) -> None:
    path = write_card(tmp_path)
    first = read_asset(path)
    assert [file.name for file in first.files] == ["lorry.obj"]
    (tmp_path / "other.png").write_bytes(b"no part of it")
    assert read_asset(path).digest == first.digest

    (tmp_path / "lorry.mtl").write_text("newmtl a\nmap_Kd skin/Red%20.png\n")
    (tmp_path / "skin").mkdir()
    (tmp_path / "skin" / "red%20.png").write_bytes(b"one")
    second = read_asset(path)
    assert [file.name for file in second.files] == ["lorry.obj", "lorry.mtl", "red%20.png"]
    (tmp_path / "skin" / "red%20.png").write_bytes(b"two")
    third = read_asset(path)
    fourth = read_asset(write_card(tmp_path, length=8.3))
    assert len({asset.digest for asset in (first, second, third, fourth)}) == 4
    assert read_asset(write_card(tmp_path)).digest == third.digest


def test_files_outside_the_models_folder_are_no_part_of_it(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "lorry.mtl").write_text("newmtl a\n")
    (inside / "lorry.mtl").symlink_to(tmp_path / "lorry.mtl")
    assert [file.name for file in read_asset(write_card(inside)).files] == ["lorry.obj"]


def test_a_compressed_model_has_all_textures_around_but_no_picture_of_itself(tmp_path: Path) -> None:
    path = write_card(tmp_path, file="lorry.blend")
    (tmp_path / "lorry.blend").write_bytes(b"\x28\xb5\x2f\xfd compressed")
    (tmp_path / "skin.png").write_bytes(b"a texture")
    (tmp_path / "turntable.png").write_bytes(b"what the check wrote")
    assert [file.name for file in read_asset(path).files] == ["lorry.blend", "skin.png"]


def test_two_cards_of_one_word_are_refused(tmp_path: Path) -> None:
    cards = [write_card(tmp_path), write_card(tmp_path, "again.yaml")]
    assert list(read_assets(cards[:1])) == ["lorry"]
    with pytest.raises(UserError, match=r"again\.yaml: shape: 'lorry' is also that of .*lorry\.yaml"):
        read_assets(cards)


def test_the_card_in_the_docs_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "guide" / "own-models.md").read_text()
    _, _, rest = text.partition("```yaml\nshape:")
    (tmp_path / "card.yaml").write_text("shape:" + rest.partition("```")[0])
    card = read_card(tmp_path / "card.yaml")
    assert (card.shape, card.class_, card.paints, card.axes) == (
        "lorry",
        "truck",
        ("Body_Red",),
        ("+z", "+y"),
    )
    assert card.parts == {"Mat_07": "glass", "Mat_12": "lamp"}
