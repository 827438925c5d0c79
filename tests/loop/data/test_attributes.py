"""Attributes of photographs: found by file, typed as those of renders, and left out by."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from generator.errors import UserError
from loop.config.training import DataSettings
from loop.data.attributes import attributes_of, read_attributes
from loop.data.sources import load_real

ROWS = """file,view,angle,color
a/0.png,f,20,r
a/1.png,b,0,
a/2.png,f,20,k
b/0.png,b,20,r
b/1.png,f,0,r
b/2.png,f,0,k
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes of three training and two test photographs."""
    rng = np.random.default_rng(0)
    for part, number in (("train", 3), ("test", 2)):
        for name in ("a", "b"):
            (tmp_path / "photos" / part / name).mkdir(parents=True)
            for i in range(number):
                picture = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
                assert cv2.imwrite(str(tmp_path / "photos" / part / name / f"{i}.png"), picture)
    (tmp_path / "attributes.csv").write_text(ROWS)
    return tmp_path


def settings(root: Path, **more: object) -> DataSettings:
    return DataSettings.model_validate(
        {"source": "folder", "root": root / "photos", "image_size": 32, "attributes": root / "attributes.csv",
         **more}
    )  # fmt: skip


def test_rows_are_found_by_the_path_below_the_train_folder(root: Path) -> None:
    data = load_real(settings(root), 0)
    assert data is not None
    assert data.attributes is not None
    found = attributes_of(data.train, data.attributes, root / "photos")
    assert found["view"].tolist() == ["f", "b", "f", "b", "f", "f"]
    assert found["angle"].tolist() == [20, 0, 20, 20, 0, 0]
    assert found["color"].isna().tolist() == [False, True, False, False, False, False]


def test_a_hole_is_planted_in_the_training_photographs_alone(root: Path) -> None:
    whole = load_real(settings(root), 0)
    holed = load_real(settings(root, leave_out=[{"view": "b"}, {"color": "k", "angle": "20"}]), 0)
    assert whole is not None
    assert holed is not None
    kept = [source.relative_to(root / "photos/train").as_posix() for source in holed.train.sources]  # type: ignore[union-attr]
    assert kept == ["a/0.png", "b/1.png", "b/2.png"]
    assert holed.test == whole.test


@pytest.mark.parametrize(
    ("rows", "more", "said"),
    [
        ("name,view\n", {}, r"needs the column 'file' and a column for each attribute; it has name, view"),
        ("file\na/0.png\n", {}, r"needs the column 'file' and a column for each attribute"),
        ("file,view\na/0.png,f\na/0.png,b\n", {}, r"names 'a/0\.png' twice; keep one row"),
        (
            "file,view\nc/9.png,f\n",
            {},
            r"names no picture of .*, such as 'train/a/0\.png'; write files relative",
        ),
        (ROWS, {"leave_out": [{"vue": "f"}]}, r"has no column 'vue'; it has view, angle, color"),
        (ROWS, {"leave_out": [{"view": "left"}]}, r"no training photograph has view=left; see the values in"),
    ],
)
def test_tables_that_do_not_fit(root: Path, rows: str, more: dict[str, object], said: str) -> None:
    (root / "attributes.csv").write_text(rows)
    with pytest.raises(UserError, match=said):
        load_real(settings(root, **more), 0)


def test_a_table_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"data\.attributes: .*none\.csv is not a CSV file that can be read"):
        read_attributes(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"leave_out": [{"view": "b"}]}, "goes by `data.attributes`; give that table"),
        ({"source": "rendered", "attributes": "a.csv", "rendered": {"count": 2}}, "are those of photographs"),
    ],
)
def test_configurations_that_contradict_themselves(more: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        DataSettings.model_validate({"source": "folder", "root": "photos", **more})
