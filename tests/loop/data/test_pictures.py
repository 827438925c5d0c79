"""Real pictures from folders and torchvision."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import loop.data.pictures
from generator.errors import UserError
from loop.config.training import DataSettings
from loop.data.folders import class_folders
from loop.data.pictures import Batches, Labelled
from loop.data.sources import load_real


def folder_of(root: Path, **counts: int) -> Path:
    """Class folders with pictures whose grey level is their number."""
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        for i in range(count):
            cv2.imwrite(str(root / name / f"{i:03d}.png"), np.full((8, 8, 3), i, np.uint8))
    return root


def both(root: Path, train: dict[str, int], test: dict[str, int], second: str = "test") -> Path:
    folder_of(root / "train", **train)
    return folder_of(root / second, **test)


def settings(root: Path, **more: object) -> DataSettings:
    return DataSettings.model_validate({"source": "folder", "root": root, "image_size": 32, **more})


@pytest.mark.parametrize("names", [("train", "test"), ("cifar10_train", "cifar10_test")])
def test_train_and_test_folders(tmp_path: Path, names: tuple[str, str]) -> None:
    folder_of(tmp_path / names[0], car=3, truck=2)
    folder_of(tmp_path / names[1], car=1, truck=1)
    data = load_real(settings(tmp_path), seed=0)
    assert data is not None
    assert data.classes == ("car", "truck")
    assert data.train.labels == (0, 0, 0, 1, 1)
    assert data.test.labels == (0, 1)


def test_one_folder_is_split_by_class_and_seed(tmp_path: Path) -> None:
    folder_of(tmp_path, car=10, truck=20)
    data, again = (load_real(settings(tmp_path, test_fraction=0.3), seed=1) for _ in range(2))
    assert data is not None
    assert data == again
    assert data.test.labels == (0,) * 3 + (1,) * 6
    assert set(data.train.sources).isdisjoint(data.test.sources)  # type: ignore[arg-type]
    assert len(data.train) + len(data.test) == 30


def test_at_most_so_many_of_each_class(tmp_path: Path) -> None:
    folder_of(tmp_path / "train", car=10, truck=2)
    folder_of(tmp_path / "test", car=3, truck=3)
    data = load_real(settings(tmp_path, per_class=4), seed=0)
    assert data is not None
    assert data.train.labels == (0, 0, 0, 0, 1, 1)
    assert len(data.test) == 6


def test_batches_in_memory_and_from_disk_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_of(tmp_path, car=5, truck=5)
    data = class_folders(tmp_path, ("car", "truck"))
    kept = Batches(data, 32)
    monkeypatch.setattr(loop.data.pictures, "IN_MEMORY", 0)
    decoded = Batches(data, 32)
    assert decoded.images is None
    for one, other in zip(kept[[7, 0, 3]], decoded[[7, 0, 3]], strict=True):
        assert torch.equal(one, other)
    assert kept[[7]][0].unique().tolist() == [2]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda root: None, "is not a folder"),
        (lambda root: folder_of(root, car=2), "holds 1 class folders"),
        (lambda root: both(root, {"car": 2}, {"car": 2}), "train: holds 1 class folders"),
        (lambda root: folder_of(root, car=2, truck=0), "truck: holds no picture"),
        (lambda root: folder_of(root, a_train=1, b_train=1), "holds 2 train folders"),
        (
            lambda root: both(root, {"car": 2, "cat": 2}, {"car": 2, "cat": 2}, "val"),
            "data: has train but no test folder; rename val to test, or set data.root to .*/data/train to",
        ),
        (
            lambda root: folder_of(root / "a_train", car=2, cat=2),
            "data: has a_train but no test folder; add one, or set data.root to .*/data/a_train to",
        ),
        (
            lambda root: folder_of(root / "test", car=2, cat=2),
            "data: has test but no train folder; add one, or set data.root to .*/data/test to have it split",
        ),
        (
            lambda root: both(root, {"car": 2, "cat": 2}, {"car": 1, "cat": 1, "dog": 1, "cow": 1, "emu": 0}),
            r"test: holds pictures of cow, dog, of which .*/train has no folder; add or remove it, or choose",
        ),
    ],
)
def test_folders_that_will_not_do(tmp_path: Path, make, said: str) -> None:  # type: ignore[no-untyped-def]
    root = tmp_path / "data"
    make(root)
    with pytest.raises(UserError, match=said):
        load_real(settings(root), seed=0)


def test_chosen_classes_alone_must_be_learned_too(tmp_path: Path) -> None:
    both(tmp_path, {"car": 2, "cat": 2}, {"car": 1, "cat": 1, "dog": 1})
    data = load_real(settings(tmp_path, classes=["cat", "car"]), seed=0)
    assert data is not None
    assert data.test.labels == (1, 0)


@pytest.mark.parametrize("bad", [b"caf\xe9/000.png", b"cat/caf\xe9.png"])
def test_names_that_no_table_could_hold_are_refused(tmp_path: Path, bad: bytes) -> None:
    folder_of(tmp_path, car=2, cat=2)
    odd = tmp_path / os.fsdecode(bad)
    odd.parent.mkdir(exist_ok=True)
    odd.write_bytes((tmp_path / "car/000.png").read_bytes())
    (odd.parent / "001.png").write_bytes(odd.read_bytes())
    with pytest.raises(UserError, match=r"caf\\xe9(\.png)?: its name is not UTF-8; rename it") as told:
        load_real(settings(tmp_path), seed=0)
    assert str(told.value).isascii()


def test_an_odd_name_among_classes_that_are_not_chosen(tmp_path: Path) -> None:
    folder_of(tmp_path, car=2, cat=2, **{os.fsdecode(b"caf\xe9"): 0})
    (tmp_path / os.fsdecode(b"caf\xe9/0.png")).write_bytes((tmp_path / "car/000.png").read_bytes())
    (tmp_path / os.fsdecode(b"caf\xe9/1.png")).write_bytes((tmp_path / "car/000.png").read_bytes())
    data = load_real(settings(tmp_path, classes=["car", "cat"]), seed=0)
    assert data is not None
    assert data.classes == ("car", "cat")


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    folder_of(tmp_path, car=2, truck=2)
    (tmp_path / "car" / "001.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(UserError, match=r"car/001\.png: is not a picture"):
        Batches(class_folders(tmp_path, ("car", "truck")), 32)


def test_cifar10_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no CIFAR-10 in .* set data.download"):
        load_real(DataSettings(source="cifar10", root=tmp_path, image_size=32), seed=0)


def test_only_pictures_with_masks_are_left_out() -> None:
    mask = Path("m.png")
    data = Labelled((Path("a.png"), Path("b.png"), Path("a.jpg")), (0, 1, 2), (mask, mask, None))
    assert data.without(["a", "c"]).labels == (1, 2)
    assert data.without([]) == data


def test_sample_is_spread_over_the_set() -> None:
    pictures = tuple(np.full((32, 32, 3), i, np.uint8) for i in range(10))
    sample = Batches(Labelled(pictures, (0,) * 10), 32).sample(4)
    assert sample[:, 0, 0, 0].tolist() == [0, 3, 6, 9]
