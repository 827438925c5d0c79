"""Tables of labels, torchvision's sets, splits, duplicates, rendered shares."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from torchvision.datasets import ImageFolder

from generator.errors import UserError
from loop.config.training import DataSettings
from loop.data.pictures import Labelled
from loop.data.sources import load_real
from loop.data.splits import divide, mixed


@pytest.fixture
def pile(tmp_path: Path) -> Path:
    """Twelve unordered pictures of three classes, the grey level their number, and their table."""
    (tmp_path / "pile").mkdir()
    rows = ["file,label"]
    for i in range(12):
        cv2.imwrite(str(tmp_path / "pile" / f"{i:02d}.png"), np.full((8, 8, 3), 10 * i, np.uint8))
        rows.append(f"{i:02d}.png,{['car', 'truck', 'bird'][i % 3]}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    return tmp_path


def listed(pile: Path, **more: object) -> DataSettings:
    content = {"source": "listed", "root": pile / "pile", "labels": pile / "labels.csv", "image_size": 32}
    return DataSettings.model_validate({**content, **more})


def test_a_pile_is_sorted_into_classes(pile: Path) -> None:
    data = load_real(listed(pile, test_fraction=0.25, valid_fraction=0.34), seed=1)
    assert data is not None
    assert data.classes == ("bird", "car", "truck")
    assert [len(part) for part in (data.train, data.valid, data.test)] == [6, 3, 3]
    for part in (data.train, data.valid, data.test):
        for source, label in zip(part.sources, part.labels, strict=True):
            assert isinstance(source, Path)
            assert data.classes[label] == ["car", "truck", "bird"][int(source.stem) % 3]
    again = load_real(listed(pile, test_fraction=0.25, valid_fraction=0.34), seed=1)
    assert again == data


def test_a_subset_of_classes_in_its_own_order(pile: Path) -> None:
    data = load_real(listed(pile, classes=["truck", "bird"], test_fraction=0.25, per_class=2), seed=0)
    assert data is not None
    assert data.classes == ("truck", "bird")
    assert sorted(data.train.labels) == [0, 0, 1, 1]
    assert sorted(data.test.labels) == [0, 1]
    with pytest.raises(
        UserError, match=r"data\.classes: 'boat' is not a class of the data; one of bird, car"
    ):
        load_real(listed(pile, classes=["boat", "bird"]), seed=0)


def test_validation_pictures_do_not_hang_on_how_many_are_learned_from(pile: Path) -> None:
    few, many = (load_real(listed(pile, valid_fraction=0.34, per_class=k), seed=3) for k in (1, 9))
    assert few is not None
    assert many is not None
    assert few.valid == many.valid
    assert set(few.train.sources) < set(many.train.sources)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("file,klass\n00.png,car", "has no column 'label'; it has file, klass"),
        ("file,label\n00.png,car\n01.png,", "'01.png' has no label"),
        ("file,label\n00.png,car\n77.png,bird", "'77.png' is not in"),
        ("file,label\n00.png,car\n../labels.csv,bird", "lies outside"),
        (
            f"file,label\n00.png,car\n{300 * 'x'},bird",
            f"labels.csv: '{80 * 'x'}…' cannot be the name of a file; correct",
        ),
        (
            "file,label\n00.png,car\n0\0.png,bird",
            r"labels.csv: '0\\x00.png' cannot be the name of a file; correct it",
        ),
        ("file,label\n00.png,car\n00.png,bird", "names '00.png' twice"),
        ("file,label\n00.png,car\n01.png,car", "names 1 class; at least 2"),
        ("file,label\n00.png,car\n01.png,bird", "class 0 has 1 picture, too few to split"),
        ("file,label,split\n00.png,car,train\n01.png,bird,later", "'later' is not a split"),
        ("file,label,split\n00.png,car,train\n01.png,bird,test", "no train picture of class 'bird'"),
    ],
)
def test_tables_that_will_not_do(pile: Path, table: str, said: str) -> None:
    (pile / "labels.csv").write_text(table)
    with pytest.raises(UserError, match=said):
        load_real(listed(pile), seed=0)


def test_the_same_pixels_in_two_splits_are_found(pile: Path) -> None:
    """Another name, another packing: the pixels tell."""
    twin = cv2.imread(str(pile / "pile" / "00.png"))
    cv2.imwrite(str(pile / "pile" / "twin.bmp"), twin)
    rows = [
        f"{i:02d}.png,{['car', 'truck', 'bird'][i % 3]},{'train' if i < 6 else 'test'}" for i in range(12)
    ]
    (pile / "labels.csv").write_text("\n".join(["file,label,split", *rows, "twin.bmp,car,test"]))
    kept, reported, dropped = (
        load_real(listed(pile, duplicates=w), seed=0) for w in ("keep", "report", "drop")
    )
    assert kept is not None
    assert reported is not None
    assert dropped is not None
    assert kept.notes == ()
    assert "1 of 6 training pictures are in the validation or test pictures too" in reported.notes[0]
    assert "00.png = " in reported.notes[0]
    assert reported.notes[0].endswith("twin.bmp")
    assert [len(data.train) for data in (kept, reported, dropped)] == [6, 6, 5]
    assert len(dropped.test) == 7


def test_a_torchvision_set_by_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(5):
            cv2.imwrite(str(tmp_path / name / f"{i}.png"), np.full((8, 8, 3), i, np.uint8))
    settings = {"source": "torchvision", "dataset": "ImageFolder", "root": tmp_path, "image_size": 32}
    data = load_real(DataSettings.model_validate(settings), seed=0)
    assert data is not None
    assert data.classes == tuple(ImageFolder(str(tmp_path)).classes)
    assert (len(data.train), len(data.test)) == (8, 2)
    for dataset, said in (
        ("Nothing", "is not a data set of torchvision"),
        ("CIFAR100", "no CIFAR100 in"),
    ):
        with pytest.raises(UserError, match=said):
            load_real(DataSettings.model_validate({**settings, "dataset": dataset}), seed=0)


def test_arrays_with_channels_first_are_turned(tmp_path: Path) -> None:
    from loop.data.sources import _pictures

    pictures = np.random.default_rng(0).integers(256, size=(2, 32, 32, 3)).astype(np.uint8)

    class Last:
        classes, targets, data = ("a", "b"), (0, 1), pictures

    class First(Last):
        data = pictures.transpose(0, 3, 1, 2)

    settings = DataSettings(source="torchvision", dataset="STL10", root=tmp_path, image_size=32)
    for found in (_pictures(Last(), settings), _pictures(First(), settings)):
        for there, mine in zip(found.sources, pictures, strict=True):
            np.testing.assert_array_equal(there, mine)


def test_labels_out_of_range_are_refused() -> None:
    from loop.data.sources import _labels

    class Odd:
        classes = ("a", "b")
        targets = (0, 1, 2)

    with pytest.raises(UserError, match="labels run from 0 to 2; the classes are 0 to 1"):
        _labels(Odd())


def test_a_stated_share_of_rendered_pictures() -> None:
    blank = np.zeros((2, 2, 3), np.uint8)
    real, rendered = Labelled((blank,) * 30, (0,) * 30), Labelled((blank,) * 20, (1,) * 20)
    both = mixed(real, rendered, 0.25, seed=0)
    assert (both.labels.count(0), both.labels.count(1)) == (30, 10)
    assert len(mixed(real, rendered, None, seed=0)) == 50
    with pytest.raises(UserError, match=r"0\.5 beside 30 real pictures needs 30 rendered ones, there are 20"):
        mixed(real, rendered, 0.5, seed=0)


def test_parts_are_stratified() -> None:
    blank = np.zeros((2, 2, 3), np.uint8)
    data = Labelled((blank,) * 60, (0,) * 40 + (1,) * 20)
    rest, part = divide(data, 0.1, seed=0)
    assert (part.labels.count(0), part.labels.count(1)) == (4, 2)
    assert (rest.labels.count(0), rest.labels.count(1)) == (36, 18)
