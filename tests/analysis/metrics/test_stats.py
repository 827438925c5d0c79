"""Intervals and p values against exact counting and brute-force resampling."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import binomtest

from analysis.metrics.stats import (
    benjamini_hochberg,
    bootstrap_mean,
    bootstrap_means,
    lower_tail,
    sign_flip,
    upper_tail_within,
    wilson_mean,
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


def test_how_many_resamples_are_drawn_at_a_time_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    values, members = rng.normal(size=101), rng.random((40, 101)) < 0.2
    mean, means = bootstrap_mean(values, 3), bootstrap_means(members, values, 5)
    for drawn in (1, 101 * 7):
        monkeypatch.setattr("analysis.metrics.stats.DRAWN", drawn)
        assert bootstrap_mean(values, 3) == mean
        np.testing.assert_array_equal(bootstrap_means(members, values, 5), means)


def test_bootstrap_of_binary_values_equals_resampling() -> None:
    values = np.array([1.0] * 30 + [0.0] * 10)
    mean, low, high = bootstrap_mean(values, 0, 20_000)
    resampled = np.random.default_rng(5).choice(values, (20_000, 40)).mean(1)
    assert mean == 0.75
    assert (low, high) == pytest.approx(tuple(np.percentile(resampled, (2.5, 97.5))), abs=0.026)


@pytest.mark.parametrize("ones", [0, 5, 13])
def test_wilson_of_binary_values_is_scipys(ones: int) -> None:
    found = wilson_mean([1.0] * ones + [0.0] * (13 - ones) + [np.nan])
    expected = binomtest(ones, 13).proportion_ci(method="wilson")
    assert found == pytest.approx((ones / 13, expected.low, expected.high))
    assert np.isnan(wilson_mean([np.nan])).all()


def test_wilson_covers_the_mean_of_shares() -> None:
    rng = np.random.default_rng(0)
    intervals = [wilson_mean(rng.beta(8, 1, size=13))[1:] for _ in range(400)]
    assert np.mean([low <= 8 / 9 <= high for low, high in intervals]) >= 0.95


def test_bootstrap_covers_the_mean() -> None:
    rng = np.random.default_rng(0)
    inside = 0
    for trial in range(400):
        _, low, high = bootstrap_mean(rng.exponential(size=60), trial)
        inside += low <= 1.0 <= high
    assert 0.90 <= inside / 400 <= 0.97


def test_bootstrap_leaves_nan_out_and_repeats_itself() -> None:
    values = [0.1, np.nan, 0.5, 0.3]
    assert bootstrap_mean(values, 1) == bootstrap_mean([0.1, 0.5, 0.3], 1)
    assert bootstrap_mean(values, 1)[0] == pytest.approx(0.3)
    many = np.linspace(0, 1, 50) ** 2
    assert bootstrap_mean(many, 1) != bootstrap_mean(many, 2)
    assert np.isnan(bootstrap_mean([np.nan], 0)).all()
    assert bootstrap_mean([0.5, 0.5], 0) == (0.5, 0.5, 0.5)


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


@pytest.mark.parametrize("binary", [True, False])
def test_intervals_of_many_subsets_are_those_of_each_alone(binary: bool) -> None:
    rng = np.random.default_rng(5)
    values = (rng.random(400) < 0.7) * 1.0 if binary else rng.exponential(size=400)
    members = rng.random((6, 400)) < np.array([0.03, 0.1, 0.2, 0.5, 0.9, 0.0])[:, None]
    low, high = bootstrap_means(members, values, 0, 20_000)
    for i, member in enumerate(members[:5]):
        _, *alone = bootstrap_mean(values[member], 1, 20_000)
        spread = alone[1] - alone[0]
        assert (low[i], high[i]) == pytest.approx(alone, abs=0.1 * spread)
    assert np.isnan(low[5])
    assert np.isnan(high[5])
    turned = bootstrap_means(members[:, ::-1], values[::-1], 0, 20_000)
    np.testing.assert_array_equal(turned, (low, high))
