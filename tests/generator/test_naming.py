"""File names <-> attributes."""

import pytest

from generator.errors import UserError
from generator.naming import Attributes, parse_name, picture_name


def test_long_form_reads_back_what_was_written() -> None:
    name = picture_name("sedan", "y", 60, "bleft", 7)
    assert name == "sedan_y_60_bleft_0007"
    assert parse_name(name) == Attributes("sedan", "y", 60, "bleft", 7)


def test_short_form_of_hand_made_pictures() -> None:
    assert parse_name("y_60_bleft") == Attributes(None, "y", 60, "bleft", None)


def test_shapes_of_users_own_models_are_known_when_told() -> None:
    assert parse_name("lorry2_y_60_f_0001", {"lorry2"}).shape == "lorry2"
    assert parse_name("sedan_y_60_f_0001", {"lorry2"}).shape == "sedan"
    with pytest.raises(UserError, match=r"'lory2' is not a shape; one of sedan, .*, schoolbus, lorry2$"):
        parse_name("lory2_y_60_f_0001", {"lorry2"})
    with pytest.raises(UserError, match="'lorry2' is not a shape"):
        parse_name("lorry2_y_60_f_0001")


def test_variants_beyond_four_digits() -> None:
    assert parse_name(picture_name("bus", "w", 5, "f", 12345)).variant == 12345


@pytest.mark.parametrize(
    ("stem", "wrong"),
    [
        ("sedann_y_60_bleft_0007", "'sedann' is not a shape"),
        ("sedan_q_60_bleft_0007", "'q' is not a colour"),
        ("sedan_y_-6_bleft_0007", "'-6' is not an angle"),
        ("sedan_y_90_bleft_0007", "'90' is not an angle"),
        ("sedan_y_60_back_0007", "'back' is not a view"),
        ("sedan_y_60_bleft_x", "'x' is not a variant"),
        ("sedan_y_²_bleft_1", "'²' is not an angle"),
        ("IMG_1234", "2 words"),
        ("", "1 words"),
    ],
)
def test_first_wrong_word_is_named(stem: str, wrong: str) -> None:
    with pytest.raises(UserError) as error:
        parse_name(stem)
    assert wrong in str(error.value)
    assert repr(stem) in str(error.value)
