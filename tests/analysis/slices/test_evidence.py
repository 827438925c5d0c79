"""Figures of a slice beside the rest, by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.slices.evidence import compare, where_instead

MEMBER = np.arange(12) < 4


def test_a_figure_of_binary_values_has_the_exact_p() -> None:
    wrong = np.array([1.0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, np.nan])
    figure = compare(wrong, MEMBER)
    assert (figure.here, figure.rest, figure.n) == (0.75, 1 / 7, 4)
    assert figure.difference == pytest.approx(0.75 - 1 / 7)
    assert figure.p == pytest.approx(stats.fisher_exact([[3, 1], [1, 6]], "greater").pvalue)
    assert figure.low <= figure.difference <= figure.high
    assert figure.known


def test_lower_is_worse_where_that_is_asked() -> None:
    values = np.random.default_rng(0).normal(size=12) - MEMBER
    higher, lower = compare(values, MEMBER), compare(values, MEMBER, worse=-1)
    assert lower.p < 0.3 < 0.7 < higher.p
    assert lower.p == pytest.approx(compare(-values, MEMBER).p)
    assert higher.difference == lower.difference


def test_the_interval_holds_the_difference_in_19_of_20_tables() -> None:
    rng, held = np.random.default_rng(1), 0
    member = np.arange(500) < 60
    for seed in range(300):
        figure = compare(rng.gamma(2, size=500) + 0.3 * member, member, seed=seed, n_boot=300)
        held += figure.low <= 0.3 <= figure.high
    # The rest is taken as known, which costs 1 - sqrt(440 / 500) = 6 % of the width.
    assert 0.89 <= held / 300 <= 0.98


def test_within_classes_a_class_of_its_own_level_makes_no_difference() -> None:
    labels = pd.Series(["a"] * 40 + ["b"] * 40 + ["c"] * 10)
    values = np.where(labels == "a", 0.8, 0.2) + np.tile([-0.1, 0.1], 45)
    member = np.r_[np.arange(40) < 30, np.arange(40) < 4, np.ones(10, dtype=bool)].astype(bool)
    assert compare(values, member).p < 0.001
    figure = compare(values, member, within=labels)
    # Class c lies inside altogether: nothing to hold it against.
    assert figure.n == 34
    assert figure.difference == pytest.approx(0)
    assert figure.here == pytest.approx((30 * 0.8 + 4 * 0.2) / 34)
    assert figure.p > 0.4
    assert not compare(values, (labels == "c").to_numpy(), within=labels).known


def test_too_few_pictures_make_no_figure() -> None:
    values = np.arange(12.0)
    for member in (np.zeros(12, dtype=bool), np.ones(12, dtype=bool), np.arange(12) < 1):
        figure = compare(values, member)
        assert not figure.known
        assert np.isnan([figure.here, figure.rest, figure.difference, figure.low, figure.high]).all()
    assert compare(np.where(np.arange(12) < 3, np.nan, values), MEMBER).n == 1


def test_evidence_lies_instead_where_it_exceeds_the_rest_beyond_the_area() -> None:
    shares = {"body": (0.3, 0.4), "shadow": (0.1, 0.05), "rest": (0.6, 0.55)}
    table = pd.DataFrame({f"area_{part}": np.full(12, area) for part, (area, _) in shares.items()})
    for part, (_, on) in shares.items():
        table[f"on_{part}_true"] = np.full(12, on)
    assert where_instead(table, MEMBER) == ""
    table.loc[MEMBER, ["on_body_true", "on_shadow_true", "on_rest_true"]] = [0.1, 0.28, 0.62]
    assert where_instead(table, MEMBER) == "shadow"
    # A larger shadow explains more evidence there; then the background has the most.
    table.loc[MEMBER, "area_shadow"] = 0.3
    assert where_instead(table, MEMBER) == "rest"
    assert where_instead(table.assign(on_rest_true=np.nan), MEMBER) == "shadow"
    assert where_instead(table[["area_rest"]], MEMBER) == ""
