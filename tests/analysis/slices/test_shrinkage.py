"""Shrunk estimates against closed forms, dense linear algebra and simulated tables of known truth."""

from functools import reduce
from itertools import product

import numpy as np
import pandas as pd
import pytest

from analysis.metrics.arrays import Floats
from analysis.slices.conjunctions import conjunctions
from analysis.slices.shrinkage import Prior, fit_prior, posterior, reliability, shrink, subsets


def _normal(variance: float) -> Prior:
    return Prior(np.array([variance]), np.array([1.0]))


def test_of_equal_slices_it_is_the_two_level_normal_in_closed_form() -> None:
    rng = np.random.default_rng(0)
    means, n, noise, between = rng.normal(0.5, 0.3, 12), np.r_[120, [10] * 12], 1.0, 0.09
    below = subsets([(("a", value),) for value in range(12)])
    every = np.r_[means.mean(), means]
    mean, variance = posterior(every, n, below, [_normal(between)], np.full(13, noise))
    kept = between / (between + noise / 10)
    np.testing.assert_allclose(mean[1:], means.mean() + kept * (means - means.mean()))
    # The grand mean is known with variance noise / 120; of what a slice has beyond it, `kept` is left.
    np.testing.assert_allclose(variance[1:], noise / 10 * (1 / 12 + kept * 11 / 12))
    assert (mean[0], variance[0]) == pytest.approx((means.mean(), noise / 120))


def test_a_prior_is_fitted_to_the_variance_beyond_noise() -> None:
    rng = np.random.default_rng(1)
    noise = rng.uniform(0.5, 1.5, 4000)
    seen = rng.normal(0, np.sqrt(2.0 + noise))
    prior = fit_prior(seen, np.ones(4000), noise)
    assert prior.weights.sum() == pytest.approx(1)
    assert prior.weights @ prior.variances == pytest.approx(2.0, rel=0.1)
    none = fit_prior(rng.normal(0, np.sqrt(noise)), np.ones(4000), noise)
    assert none.weights @ none.variances < 0.1


def test_few_large_effects_among_small_ones_are_kept() -> None:
    rng = np.random.default_rng(2)
    effects = np.r_[np.zeros(195), np.full(5, 6.0)]
    seen = effects + rng.normal(0, 1, 200)
    kept, unsure = reliability(fit_prior(seen, np.ones(200), np.ones(200)), seen, np.ones(200), np.ones(200))
    assert (kept[195:] > 0.85).all()
    assert np.mean(kept[:195]) < 0.1
    assert (unsure >= 0).all()


def test_posterior_is_the_best_linear_prediction_of_a_balanced_table() -> None:
    """Against generalised least squares over all 2 × 3 × 4 cells, 5 pictures each, flat in the mean."""
    levels, pictures, noise, between = (2, 3, 4), 5, 0.7, (0.5, 0.2, 0.1)
    cells = list(product(*map(range, levels)))
    table = pd.DataFrame(np.repeat(cells, pictures, axis=0), columns=list("abc"))
    values = np.random.default_rng(2).normal(size=len(table))
    found = conjunctions(table, list("abc"), 3)
    everything = np.vstack([np.ones(len(table), dtype=bool), found.members])
    n = everything.sum(1)
    below = subsets(found.parts)
    mean, variance = posterior(
        everything @ values / n, n, below, [_normal(b) for b in between], np.full(len(n), noise)
    )

    prior = np.zeros((len(cells), len(cells)))
    for chosen in list(product((0, 1), repeat=3))[1:]:
        sides = [np.eye(k) - 1 / k if c else np.ones((k, k)) for c, k in zip(chosen, levels, strict=True)]
        prior += between[sum(chosen) - 1] * reduce(np.kron, sides)
    cell_means = values.reshape(-1, pictures).mean(1)
    flat = prior + 1e4
    gain = flat @ np.linalg.inv(flat + noise / pictures * np.eye(len(cells)))
    covariance = flat - gain @ flat
    weights = everything[:, ::pictures] / everything[:, ::pictures].sum(1, keepdims=True)
    np.testing.assert_allclose(mean, weights @ gain @ cell_means, atol=1e-4)
    np.testing.assert_allclose(variance, np.diag(weights @ covariance @ weights.T), rtol=1e-3)


def _simulated(seed: int, binary: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Raw, truth, shrunk and whether the interval holds the truth, of the slices of a random table.

    4 attributes of 4 values; effects of order 1, 2, 3 with standard deviations that fall.
    """
    rng = np.random.default_rng(seed)
    cells = np.array(list(product(range(4), repeat=4)))
    truth = np.full(len(cells), 0.25 if binary else 0.0)
    for order, spread in ((1, 0.06), (2, 0.05), (3, 0.03)):
        for at in [c for c in product((0, 1), repeat=4) if sum(c) == order]:
            chosen = [i for i in range(4) if at[i]]
            effects = rng.normal(0, spread, (4,) * order)
            truth += effects[tuple(cells[:, i] for i in chosen)]
    truth = truth.clip(0.02, 0.98) if binary else truth
    drawn = rng.integers(0, len(cells), 1000)
    values = (rng.random(1000) < truth[drawn]) * 1.0 if binary else rng.normal(truth[drawn], 0.3)
    found = conjunctions(pd.DataFrame(cells[drawn], columns=list("abcd")), list("abcd"), 3, 8)
    got = shrink(found.members, values, found.parts)
    raw = found.members @ values / found.members.sum(1)
    inside = [
        np.logical_and.reduce([cells[:, "abcd".index(str(name))] == value for name, value in parts])
        for parts in found.parts
    ]
    right = np.array([truth[member].mean() for member in inside])
    return raw, right, got.mean, ((got.low <= right) & (right <= got.high)).astype(float)


@pytest.mark.parametrize("binary", [False, True])
def test_shrunk_estimates_are_closer_than_raw_ones_and_intervals_hold_the_truth(binary: bool) -> None:
    columns = [
        np.concatenate(found) for found in zip(*(_simulated(s, binary) for s in range(40)), strict=True)
    ]
    raw, truth, shrunk, held = columns
    assert np.mean((shrunk - truth) ** 2) < 0.6 * np.mean((raw - truth) ** 2)
    assert 0.93 <= held.mean() <= 0.97


def test_a_duplicate_attribute_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    once = pd.DataFrame({"a": rng.integers(0, 4, 300), "b": rng.integers(0, 4, 300)})
    values = (rng.random(300) < 0.2 + 0.15 * once["a"]).to_numpy(dtype=float)
    twice = conjunctions(once.assign(c=once["a"]), ["a", "c"], 2, 8)
    got = shrink(twice.members, values, twice.parts)
    for i, parts in enumerate(twice.parts):
        if len(parts) == 2:
            parent = twice.parts.index(parts[:1])
            assert got.mean[i] == pytest.approx(got.mean[parent])
            assert got.high[i] == pytest.approx(got.high[parent])


def test_without_differences_every_slice_has_the_mean_of_the_whole() -> None:
    values = np.tile([0.0, 1.0], 40)
    found = conjunctions(pd.DataFrame({"a": np.arange(80) // 20}), ["a"], 1)
    got = shrink(found.members, values, found.parts)
    assert got.mean.tolist() == pytest.approx([0.5] * 4)
    none = shrink(found.members[:0], values, [])
    assert len(none.mean) == 0
