"""Controllers of cells by their chance of a failure."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from loop.controllers import RenderRequest
from loop.controllers.base import describe_drawn
from loop.controllers.cells import MOST_CELLS, combinations
from loop.controllers.finders_risk import chances_to_fail
from tests.helpers.controllers import WEAK, observation, probe, requested


@pytest.mark.parametrize("unseen", [None, ("van", "y", "b")], ids=["all seen", "one unseen"])
def test_risk_draws_in_proportion_to_the_square_of_the_chance_to_fail(unseen: tuple[str, ...] | None) -> None:
    table = probe(each=4000)
    rng = np.random.default_rng(0)
    chances = 1 / (1 + np.exp(2.0 - 1.5 * (table["view"] == "b") - 1.0 * (table["color"] == "y")))
    table["correct"] = (rng.random(len(table)) > chances).astype(float)
    shown = [cell != unseen for cell in zip(table["shape"], table["color"], table["view"], strict=True)]
    requests = requested("risk", observation(table[shown], budget=100_000))
    cells = table.assign(chance=chances).groupby(["shape", "color", "view"])["chance"].first()
    expected = cells**2 / (cells**2).sum()
    got = {tuple(request.where.values()): request.count / 100_000 for request in requests}
    assert set(got) == set(expected.index)
    for cell, share in expected.items():
        assert got[cell] == pytest.approx(share, rel=0.25)


def test_more_combinations_than_can_be_told_apart_are_drawn_by_lot() -> None:
    names = list("abcdefgh")
    table = pd.DataFrame([[f"{value}"] * len(names) for value in range(4)], columns=names)
    found = combinations(table, np.random.default_rng(0))
    assert 0.8 * MOST_CELLS < len(found) <= MOST_CELLS < 4 ** len(names), "some were drawn twice"
    assert not found.duplicated().any()
    for name in names:
        np.testing.assert_allclose(found[name].value_counts(normalize=True), 1 / 4, atol=0.02)
    some = combinations(table[names[:2]], np.random.default_rng(0))
    assert sorted(some.itertuples(index=False, name=None)) == sorted(product("0123", repeat=2))


def test_values_that_do_not_go_together_are_in_no_combination() -> None:
    kinds = [("sedan", "usual"), ("van", "minibus"), ("van", "high-van")]
    rows = [(shape, color, family) for color in "ry" for shape, family in kinds]
    table = pd.DataFrame(rows, columns=["shape", "color", "family"])
    found = combinations(table, np.random.default_rng(0))
    assert list(found) == ["shape", "color", "family"]
    assert sorted(found.itertuples(index=False, name=None)) == sorted(rows)


def test_the_chances_to_fail_are_those_of_the_penalised_likelihood() -> None:
    from scipy.optimize import minimize

    table = probe(WEAK)[["shape", "color", "view"]]
    failed = probe(WEAK)["correct"] < 1
    cells = table.drop_duplicates(ignore_index=True)

    def design(rows: pd.DataFrame) -> Any:
        ones = [(rows[a] == v).to_numpy(float) for a in rows for v in sorted(table[a].unique())]
        kinds = [a for a in rows for _ in table[a].unique()]
        both = [
            x * y for i, x in enumerate(ones) for j, y in enumerate(ones) if i < j and kinds[i] != kinds[j]
        ]
        return np.stack([*ones, *both], axis=1)

    def loss(weights: Any) -> float:
        logits = weights[0] + design(table) @ weights[1:]
        return float((np.logaddexp(0, logits) - failed * logits).sum() + (weights[1:] ** 2).sum() / 2)

    best = minimize(loss, np.zeros(1 + design(table).shape[1]), tol=1e-8).x
    expected = 1 / (1 + np.exp(-best[0] - design(cells) @ best[1:]))
    np.testing.assert_allclose(chances_to_fail(table, failed)(cells), expected, atol=0.005)


def test_risk_without_a_failure_or_without_a_success() -> None:
    table = probe()
    assert requested("risk", observation(table.assign(correct=1.0))) == []
    elsewhere = requested("risk", observation(table.assign(correct=1.0), idle="explore"))
    assert [(dict(request.where), request.count) for request in elsewhere] == [({}, 60)]
    assert sum(request.count for request in requested("risk", observation(table.assign(correct=0.0)))) == 60


def test_half_goes_to_what_is_weak_for_sure_and_half_as_risk_draws_it() -> None:
    table = probe(WEAK)
    sure, *drawn = requested("weak+risk", observation(table, budget=61))
    assert (dict(sure.where), sure.count) == (WEAK, 30)
    assert drawn == requested("risk", observation(table, budget=31))
    assert requested("weak+risk", observation(probe())) == requested("risk", observation(probe()))
    assert requested("error", observation(probe())) == [], "nothing is weak for sure"
    (alone,) = requested("weak+risk", observation(table, budget=1))
    assert alone.count == 1


def test_cells_that_were_drawn_are_told_by_what_there_is_most_of() -> None:
    cells = [
        RenderRequest({"shape": "bus", "color": "r"}, 6, "first", drawn=True),
        RenderRequest({"shape": "bus", "color": "y"}, 3, "", drawn=True),
        RenderRequest({"shape": "van", "color": "k"}, 1, "", drawn=True),
    ]
    words = describe_drawn(cells)
    assert words == "10 pictures in 3 cells at random, 90% shape=bus, 60% color=r; the most for first"
    assert all(request.drawn for request in requested("risk", observation(probe(WEAK))))
    assert [request.drawn for request in requested("weak+risk", observation(probe(WEAK)))][:2] == [
        False,
        True,
    ]
