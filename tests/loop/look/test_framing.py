"""Crops to the mask's box: exact on masks made by hand."""

import numpy as np
import pytest

from loop.look.framing import Aspect, Window, cut, framed, inside, window

MASK = np.zeros((20, 30), bool)
MASK[5:9, 10:20] = True  # 10 pixels wide, 4 high
PICTURE = np.arange(20 * 30 * 3, dtype=np.uint16).reshape(20, 30, 3)


@pytest.mark.parametrize(
    ("margin", "aspect", "expected"),
    [
        (0.0, "box", Window(10, 5, 10, 4)),
        (0.0, "square", Window(10, 2, 10, 10)),
        (0.0, 2.0, Window(10, 5, 10, 5)),
        (0.0, 5.0, Window(5, 5, 20, 4)),
    ],
)
def test_the_window_is_the_box_of_the_mask(margin: float, aspect: Aspect, expected: Window) -> None:
    assert window(MASK, margin, aspect) == expected


def test_a_margin_is_a_fraction_of_the_box() -> None:
    found = window(MASK, 0.5, "box")
    assert (found.width, found.height) == ((2 * 9) + 1, (2 * 3) + 1)
    assert found.x + found.width / 2 == pytest.approx(15, abs=0.5)
    assert found.y + found.height / 2 == pytest.approx(7, abs=0.5)


def test_what_is_cut_is_the_slice_and_beyond_the_picture_its_border() -> None:
    np.testing.assert_array_equal(cut(PICTURE, Window(10, 5, 10, 4)), PICTURE[5:9, 10:20])
    beyond = cut(PICTURE, Window(-2, 17, 5, 6))
    rows, columns = np.clip(np.arange(17, 23), 0, 19), np.clip(np.arange(-2, 3), 0, 29)
    np.testing.assert_array_equal(beyond, PICTURE[rows][:, columns])


def test_the_margin_of_a_box_ends_where_the_picture_ends() -> None:
    assert inside(Window(-3, 4, 40, 30), 20, 30) == Window(0, 4, 30, 16)
    picture, mask = framed(PICTURE, MASK, 5.0, "box")
    np.testing.assert_array_equal(picture, PICTURE)
    np.testing.assert_array_equal(mask, MASK)


def test_the_mask_moves_with_its_picture() -> None:
    picture, mask = framed(PICTURE, MASK, 0.0, "box")
    np.testing.assert_array_equal(picture, PICTURE[5:9, 10:20])
    assert mask.shape == (4, 10)
    assert mask.all()


def test_a_picture_without_a_vehicle_stays_whole() -> None:
    empty = np.zeros_like(MASK)
    picture, mask = framed(PICTURE, empty, 0.1, "box")
    assert picture is PICTURE
    assert mask is empty
