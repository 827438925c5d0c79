"""Bootstrap intervals against brute-force resampling and known means."""

import numpy as np
import pytest

from analysis.metrics.bootstrap import bootstrap_mean, bootstrap_means


def test_how_many_resamples_are_drawn_at_a_time_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    values, members = rng.normal(size=101), rng.random((40, 101)) < 0.2
    mean, means = bootstrap_mean(values, 3), bootstrap_means(members, values, 5)
    for drawn in (1, 101 * 7):
        monkeypatch.setattr("analysis.metrics.bootstrap.DRAWN", drawn)
        assert bootstrap_mean(values, 3) == mean
        np.testing.assert_array_equal(bootstrap_means(members, values, 5), means)


def test_bootstrap_of_binary_values_equals_resampling() -> None:
    values = np.array([1.0] * 30 + [0.0] * 10)
    mean, low, high = bootstrap_mean(values, 0, 20_000)
    resampled = np.random.default_rng(5).choice(values, (20_000, 40)).mean(1)
    assert mean == 0.75
    assert (low, high) == pytest.approx(tuple(np.percentile(resampled, (2.5, 97.5))), abs=0.026)


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
