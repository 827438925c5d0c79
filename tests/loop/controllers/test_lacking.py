"""What training photographs lack is counted, value by value and combination by combination."""

import itertools
from dataclasses import replace

import pandas as pd
import pytest

from generator.errors import UserError
from loop.controllers.finders_lacking import lacking
from tests.helpers.controllers import observation, probe, requested

VIEWS = ("f", "left", "b", "right")
COLORS = ("r", "k")


def photographs(without: list[dict[str, str]], each: int = 20) -> pd.DataFrame:
    """As many of each view and colour, but for those that have all values of a slice to leave out."""
    cells = [dict(zip(("view", "color"), cell, strict=True)) for cell in itertools.product(VIEWS, COLORS)]
    kept = [cell for cell in cells if not any(hole.items() <= cell.items() for hole in without)]
    return pd.DataFrame(kept * each)


def found(pictures: pd.DataFrame | None) -> list[dict[str, str]]:
    seen = replace(
        observation(probe()), attributes=("view", "color"), training=pictures,
        options={"view": VIEWS, "color": COLORS},
    )  # fmt: skip
    return [dict(one.where) for one in lacking(seen)]


def test_nothing_lacks_where_all_are_alike() -> None:
    assert found(photographs([])) == []


def test_a_value_that_lacks_is_named_once_and_without_its_combinations() -> None:
    assert found(photographs([{"view": "b"}])) == [{"view": "b"}]


def test_a_combination_that_lacks_by_itself_is_named() -> None:
    assert found(photographs([{"view": "b", "color": "r"}])) == [{"view": "b", "color": "r"}]
    both = found(photographs([{"view": "left"}, {"view": "b", "color": "r"}], each=40))
    assert both == [{"view": "left"}, {"view": "b", "color": "r"}]


def test_few_photographs_prove_nothing() -> None:
    """One of each: an empty cell of eight is chance."""
    assert found(photographs([{"view": "b", "color": "r"}], each=1)) == []


def test_pictures_without_a_value_are_not_counted() -> None:
    pictures = photographs([{"view": "b"}])
    pictures.loc[pictures["view"] == "left", "view"] = pd.NA
    assert found(pictures) == [{"view": "left"}, {"view": "b"}]


def test_the_budget_goes_to_what_lacks() -> None:
    seen = replace(
        observation(probe(), budget=30), attributes=("view", "color"), training=photographs([{"view": "b"}]),
        options={"view": VIEWS, "color": COLORS},
    )  # fmt: skip
    (request,) = requested("lacking", seen)
    assert (dict(request.where), request.count) == ({"view": "b"}, 30)
    assert request.reason == "view=b: 0.0% of 120 training pictures, 25.0% if even"


def test_without_attributes_it_cannot_count() -> None:
    with pytest.raises(UserError, match=r"'lacking' needs data\.attributes"):
        found(None)
