"""p values against exact counting and brute-force resampling."""

from itertools import combinations, product

import numpy as np
import pytest

from analysis.metrics.significance import (
    benjamini_hochberg,
    lower_tail,
    sign_flip,
    upper_tail_within,
)


def test_lower_tail_of_binary_values_counts_subsets() -> None:
    values = np.array([0.0, 0, 0, 1, 1, 1, 1, 1])
    members = np.array([[1, 1, 0, 1, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 0, 0]], dtype=bool)
    sums = [values[list(chosen)].sum() for chosen in combinations(range(8), 3)]
    expected = [np.mean(np.array(sums) <= total) for total in (1, 3)]
    np.testing.assert_allclose(lower_tail(members, values), expected, rtol=1e-12)
    assert expected == [16 / 56, 1.0]


@pytest.mark.parametrize("size", [8, 20, 150])
def test_lower_tail_of_skewed_values_equals_random_subsets(size: int) -> None:
    rng = np.random.default_rng(size)
    values = rng.beta(5, 1, 200) ** 3
    drawn = rng.permuted(np.tile(values, (40_000, 1)), axis=1)[:, :size].mean(1)
    for quantile in (0.001, 0.01, 0.2, 0.8):
        # Swap members until the subset's mean is that quantile of the drawn means.
        target = np.quantile(drawn, quantile)
        order = np.argsort(values)
        means = [values[order[start : start + size]].mean() for start in range(200 - size + 1)]
        start = int(np.argmin(np.abs(np.array(means) - target)))
        member = np.zeros(200, dtype=bool)
        member[order[start : start + size]] = True
        expected = np.mean(drawn <= means[start])
        # Far out in the tail of 8 very skewed values the fit is a third too high: on the safe side.
        assert lower_tail(member[None], values)[0] == pytest.approx(expected, rel=0.1, abs=5e-4)


def test_no_p_is_below_one_in_all_subsets() -> None:
    values = np.array([0.1, 0.2, 0.8, 0.9, 0.85, 0.95])
    lowest = lower_tail(np.array([[1, 1, 0, 0, 0, 0]], dtype=bool), values)[0]
    assert lowest >= 1 / 15
    assert lower_tail(np.array([[1, 1, 0]], dtype=bool), np.full(3, 0.5)).tolist() == [1.0]


def test_values_that_are_alike_but_for_rounding_tell_nothing() -> None:
    members = np.random.default_rng(0).random((8, 200)) < 0.25
    for value in np.linspace(0.01, 0.99, 120):
        assert (lower_tail(members, np.full(200, value)) == 1).all()


def test_sign_flip_of_binary_changes_is_the_sign_test() -> None:
    differences = np.array([1.0, 1, 1, 1, 1, -1, 0, 0])
    members = np.array([[1] * 8, [1, 1, 1, 1, 1, 0, 1, 1], [0, 0, 0, 0, 0, 0, 1, 1]], dtype=bool)
    # Of 6 changes 5 or more one way: 2 · 7/64; of 5 all: 2/32; of none: certain.
    np.testing.assert_allclose(sign_flip(members, differences, 0), [14 / 64, 2 / 32, 1.0])


def test_sign_flip_of_numbers_equals_all_flips() -> None:
    differences = np.random.default_rng(1).normal(0.4, 1, 10)
    flips = np.array(list(product((-1, 1), repeat=10)))
    expected = np.mean(np.abs(flips @ differences) >= abs(differences.sum()) * (1 - 1e-9))
    got = sign_flip(np.ones((1, 10), dtype=bool), differences, 3)[0]
    assert got == pytest.approx(expected, abs=0.015)
    assert got == sign_flip(np.ones((1, 10), dtype=bool), differences, 3)[0]


def test_benjamini_hochberg_by_hand() -> None:
    p = np.array([0.01, 0.5, 0.02, 0.04])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.04, 0.5, 0.04, 0.16 / 3])
    # With two named before, the ranks are 3, 4, 5, 6, but no q is below its p.
    np.testing.assert_allclose(benjamini_hochberg(p, named=2), [0.04 / 3, 0.5, 0.02, 0.04])
    assert benjamini_hochberg(np.array([])).tolist() == []


def test_within_one_stratum_it_is_the_upper_tail_of_all() -> None:
    rng = np.random.default_rng(5)
    values, member = rng.gamma(1, size=60), np.arange(60) < 9
    p = upper_tail_within(member, values, np.zeros(60, dtype=np.int64))
    assert p == pytest.approx(lower_tail(member[None], -values)[0])


def test_within_strata_it_agrees_with_subsets_drawn_within_them() -> None:
    rng = np.random.default_rng(6)
    strata = np.repeat([0, 1, 2], [30, 20, 10])
    values = rng.gamma(1, size=60) * np.array([1, 3, 0.2])[strata] + np.array([0, 5, 50])[strata]
    member = np.isin(np.arange(60), [0, 1, 2, 3, 30, 31, 50])
    member[np.argsort(values[:30])[-2:]] = True
    orders = np.argsort(rng.random((40_000, 60)) + strata, axis=1)
    sums = np.array([values[order][member].sum() for order in orders])
    p = upper_tail_within(member, values, strata)
    assert 0.02 < p < 0.5
    assert p == pytest.approx(np.mean(sums >= values[member].sum() - 1e-9), abs=0.01)


def test_what_a_whole_stratum_has_makes_no_difference() -> None:
    strata, member = np.repeat([0, 1], 20), np.arange(40) >= 15
    values = np.where(strata == 1, 0.9, 0.1)
    assert upper_tail_within(member, values, strata) == 1
    assert lower_tail(member[None], -values)[0] < 1e-4
