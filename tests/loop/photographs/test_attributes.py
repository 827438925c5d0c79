"""What users' tables say, and how mistakes in them are answered."""

from pathlib import Path

import pandas as pd
import pytest

from generator.errors import UserError
from loop.photographs.attributes import find_photographs, read_attributes, read_labels, rendered_values

FILES = ["a.jpg", "b.jpg", "cars/c.jpg"]
VALUES = {"view": ("f", "b"), "color": ("r", "k"), "elevation": ("0..10", "10..20")}


def table(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text)
    return path


def test_labels_are_read_by_file_and_by_word(tmp_path: Path) -> None:
    path = table(tmp_path, "file,view,colour,elevation,note\ncars/c.jpg,b,Red,10,x\na.jpg,,k,3.5,y\n")
    found = read_labels(path, FILES, VALUES).columns
    assert {name: one.index.tolist() for name, one in found.items()} == {
        "view": [-1, -1, 1],
        "color": [1, -1, 0],
        "elevation": [0, -1, 1],
    }
    assert found["view"].values == ("f", "b")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,view\na.jpg,f\n", "has no column 'file'; it has name, view"),
        ("file,view\n", "has no row"),
        ("file,view\nz.jpg,f\n", r"'z\.jpg' is not among the photographs \(1 of its 1 files are not\)"),
        ("file,view\na.jpg,f\na.jpg,b\n", r"names 'a\.jpg' twice"),
        ("file,view\na.jpg,left\n", r"'a\.jpg' has the view 'left'; one of f, b, or leave it empty"),
        ("file,make\na.jpg,audi\n", "has no column of view, color, elevation"),
    ],
)
def test_mistakes_in_labels_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_labels(table(tmp_path, text), FILES, VALUES)


def test_columns_of_a_table_of_ones_own_are_counted(tmp_path: Path) -> None:
    path = table(tmp_path, "file,view,weather\na.jpg,f,rain\nb.jpg,f,sun\ncars/c.jpg,left,\n")
    found = read_attributes(path, FILES)
    assert found.columns["weather"].values == ("rain", "sun")
    assert found.columns["weather"].index.tolist() == [0, 1, -1]
    assert found.columns["view"].values[:3] == ("f", "fleft", "left")  # all eight: the others are missing
    assert len(found.columns["view"].values) == 8
    assert found.notes == ()


def test_columns_of_names_are_not_counted(tmp_path: Path) -> None:
    files = [f"{i}.jpg" for i in range(40)]
    rows = "".join(f"{file},{i},{i % 2}\n" for i, file in enumerate(files))
    found = read_attributes(table(tmp_path, f"file,plate,side\n{rows}"), files)
    assert [*found.columns] == ["side"]
    assert found.notes == ("the column 'plate' is not counted: it has 40 values",)
    plates = "".join(f"{file},{file}\n" for file in files)
    with pytest.raises(UserError, match="has no column with 1 to 30 values beside 'file'"):
        read_attributes(table(tmp_path, f"file,plate\n{plates}"), files)


def test_photographs_are_found_below_and_hidden_ones_are_not(tmp_path: Path) -> None:
    for name in ("b.JPG", "cars/a.png", ".trash/c.png", "cars/.d.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    assert find_photographs(tmp_path) == ["b.JPG", "cars/a.png"]
    with pytest.raises(UserError, match="is not a folder"):
        find_photographs(tmp_path / "none")
    with pytest.raises(UserError, match="holds no picture"):
        find_photographs(tmp_path / "empty")


def test_values_of_renders_are_in_order() -> None:
    renders = pd.DataFrame(
        {"view": ["b", "f", "left"], "angle": [35, 5, 12], "shape": ["mine", "van", "sedan"]}
    )
    assert rendered_values(renders, "view").values == ("f", "left", "b")
    assert rendered_values(renders, "view").index.tolist() == [2, 0, 1]
    assert rendered_values(renders, "elevation").values == ("0..10", "10..20", "20..90")
    assert rendered_values(renders, "elevation").index.tolist() == [2, 0, 1]
    assert rendered_values(renders, "shape").values == ("sedan", "van", "mine")
    with pytest.raises(UserError, match="--recognise view: all renders show 'f'"):
        rendered_values(renders[renders["view"] == "f"], "view")
