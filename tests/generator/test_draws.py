"""Every way to write how an attribute varies, against SciPy's own distributions."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy import stats

from generator.draws import parse_draw

LEVELS = (np.arange(4000) + 0.5) / 4000
"""Evenly spread, so that what comes out is the distribution itself, without noise."""


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ({"uniform": [25, 70]}, stats.uniform(25, 45)),
        ({"normal": [50, 10], "within": [35, 85]}, stats.truncnorm(-1.5, 3.5, 50, 10)),
        ({"log_uniform": [4, 40]}, stats.loguniform(4, 40)),
    ],
)
def test_ranges_are_inverse_cdfs(written: Any, reference: Any) -> None:
    draw = parse_draw(written)
    assert np.allclose([draw.at(level) for level in LEVELS], reference.ppf(LEVELS), atol=1e-5)


@pytest.mark.parametrize(
    ("written", "shares"),
    [
        ("gloss", {"gloss": 1}),
        (None, {None: 1}),
        ([5, 20, 35, 50], {5: 0.25, 20: 0.25, 35: 0.25, 50: 0.25}),
        ({"choice": {"gloss": 3, "dirty": 1}}, {"gloss": 0.75, "dirty": 0.25}),
        (["a", {"choice": {"b": 1, "c": 1}}], {"a": 0.5, "b": 0.25, "c": 0.25}),
    ],
)
def test_values_come_in_their_shares(written: Any, shares: dict[Any, float]) -> None:
    draw = parse_draw(written)
    found = Counter(draw.at(level) for level in LEVELS)
    assert {value: n / len(LEVELS) for value, n in found.items()} == shares
    assert set(draw.options() or ()) == set(shares)


def test_whole_numbers_have_equal_chances_at_the_ends_too() -> None:
    draw = parse_draw({"uniform": [0, 4]})
    found = Counter(draw.at(level, whole=True) for level in LEVELS)
    assert found == dict.fromkeys(range(5), 800)


def test_a_list_mixes_values_and_ranges() -> None:
    draw = parse_draw([0, 0, {"uniform": [0.1, 0.3]}])
    values = np.array([draw.at(level) for level in LEVELS])
    assert (values == 0).mean() == pytest.approx(2 / 3, abs=1e-3)
    assert values[values > 0].min() >= 0.1
    assert values.max() <= 0.3
    assert draw.options() is None


def test_ends_are_never_passed() -> None:
    top = 1 - 2**-53
    for written in (
        {"uniform": [0.1, 0.3]},
        {"log_uniform": [0.1, 0.3]},
        {"normal": [0.1, 9], "within": [0.1, 0.3]},
    ):
        draw = parse_draw(written)
        assert 0.1 <= draw.at(0.0) <= draw.at(0.5) <= draw.at(top) <= 0.3
    assert parse_draw(["a", "b", "c"]).at(top) == "c"
    assert parse_draw({"choice": {"a": 0.1, "b": 0.2}}).at(top) == "b"


@pytest.mark.parametrize(
    "written",
    [7, [1, 2], {"uniform": [0.0, 1.0]}, {"choice": {"a": 1.0}}, [0, {"log_uniform": [1.0, 2.0]}], None],
)
def test_what_is_written_down_reads_back(written: Any) -> None:
    draw = parse_draw(written)
    again = draw.model_dump(mode="json")
    assert again == written
    assert parse_draw(again) == draw


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"uniform": [3, 1]}, "low to high"),
        ({"uniform": [1]}, "write it as {uniform: [low, high]}"),
        ({"uniform": [0, float("inf")]}, "finite"),
        ({"normal": [0, 1], "within": [1, 2]}, "mean lies within"),
        ({"normal": [0, 0], "within": [-1, 1]}, "greater than 0"),
        ({"log_uniform": [0, 1]}, "starts above 0"),
        ({"choice": {"a": 0}}, "greater than 0"),
        ({"choice": {}}, "at least 1"),
        ({"uniform": [0, 1], "sd": 2}, "Extra inputs"),
        ({}, "is not a distribution"),
        ([], "the list is empty"),
        (True, "is not a value"),
        ([1, [2, object()]], "is not a value"),
    ],
)
def test_mistakes_say_what_would_be_right(written: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("{", r"\{").replace("[", r"\[")) as error:
        parse_draw(written)
    assert "\n" not in str(error.value)
