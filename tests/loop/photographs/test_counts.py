"""Corrected counts: against the inverse of the confusions, and in repeated simulation."""

# ruff: noqa: N803, N806 - array names end in their shapes

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from analysis.metrics.intervals import wilson_interval
from loop.photographs import counts
from loop.photographs.counts import Observed, corrected, count_pairs, count_values

ABC = ("a", "b", "c")
CONFUSIONS_KK = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.05, 0.7]])


def observed(index: NDArray[np.int64], confusion: NDArray[np.float64] | None = None) -> Observed:
    return Observed("view", ABC, index, confusion)


def recognised(true_N: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """What a recogniser with `CONFUSIONS_KK` says."""
    return np.array([rng.choice(3, p=CONFUSIONS_KK[value]) for value in true_N])


def alone(seen_K: list[float]) -> NDArray[np.float64]:
    return corrected(np.array(seen_K)[None, :, None], CONFUSIONS_KK[None], np.ones((1, 1, 1)))[0, :, 0]


def test_inside_it_is_the_inverse() -> None:
    truth_K = np.array([0.2, 0.5, 0.3])
    assert alone(list(1000 * truth_K @ CONFUSIONS_KK)) == pytest.approx(truth_K, abs=1e-3)


def test_where_the_inverse_is_negative_it_is_the_most_likely_fractions() -> None:
    seen_K = np.array([60.0, 5.0, 35.0])
    assert (np.linalg.solve(CONFUSIONS_KK.T, seen_K / 100) < 0).any()

    def loss(logits_K: NDArray[np.float64]) -> float:
        shares_K = np.exp(logits_K) / np.exp(logits_K).sum()
        return float(-seen_K @ np.log(shares_K @ CONFUSIONS_KK))

    best = np.exp(minimize(loss, np.zeros(3), method="Nelder-Mead", options={"maxiter": 4000}).x)
    assert alone(list(seen_K)) == pytest.approx(best / best.sum(), abs=5e-3)
    assert alone(list(seen_K)).sum() == pytest.approx(1)


def test_pairs_sum_to_values_and_take_both_confusions_out() -> None:
    truth_IJ = np.array([[0.1, 0.3], [0.2, 0.05], [0.0, 0.35]])
    across_JL = np.array([[0.9, 0.1], [0.2, 0.8]])
    seen_KL = CONFUSIONS_KK.T @ truth_IJ @ across_JL
    found_IJ = corrected(seen_KL[None], CONFUSIONS_KK[None], across_JL[None])[0]
    assert found_IJ == pytest.approx(truth_IJ, abs=5e-3)


def test_what_a_table_says_is_counted_with_the_score_interval() -> None:
    found = count_values(observed(np.array([0] * 30 + [1] * 10 + [-1] * 5)), seed=0)
    assert [one.recognised for one in found] == [30, 10, 0]
    assert [one.share for one in found] == pytest.approx([0.75, 0.25, 0.0])
    assert (found[2].low, found[2].high) == wilson_interval(0.0, 40)
    assert found[0].low <= wilson_interval(0.75, 40)[0]
    assert found[0].low == pytest.approx(0.6, abs=0.03)


def test_pairs_of_a_table_are_their_cross_table() -> None:
    down, across = np.array([0, 0, 1, 2, 2, -1]), np.array([1, 1, 0, 2, -1, 0])
    found = count_pairs(observed(down), observed(across), seed=0)
    assert [[one.recognised for one in row] for row in found] == [[0, 2, 0], [1, 0, 0], [0, 0, 1]]
    assert found[0][1].share == pytest.approx(0.5)


def test_nothing_said_is_nothing_known() -> None:
    (first, *_) = count_values(observed(np.full(4, -1)), seed=0)
    assert (first.share, first.low, first.high, first.recognised) == (0.0, 0.0, 1.0, 0)


def test_the_same_seed_gives_the_same_intervals() -> None:
    one = observed(np.arange(60) % 3, 40 * CONFUSIONS_KK)
    assert count_values(one, seed=3) == count_values(one, seed=3)
    assert count_values(one, seed=3) != count_values(one, seed=4)


def test_a_biased_recogniser_is_corrected_and_intervals_cover_the_truth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`a` is 4 % of all and seen in 16 %; without the correction no interval would hold it."""
    monkeypatch.setattr(counts, "DRAWS", 200)
    truth_K = np.array([0.04, 0.66, 0.3])
    rng = np.random.default_rng(0)
    estimates, covered, raw = [], [], []
    for trial in range(60):
        index = recognised(rng.choice(3, 1200, p=truth_K), rng)
        calibration = np.stack([rng.multinomial(200, row) for row in CONFUSIONS_KK]) + 1 / 3
        found = count_values(observed(index, calibration), trial)
        estimates.append([one.share for one in found])
        covered.append([one.low <= truth <= one.high for one, truth in zip(found, truth_K, strict=True)])
        raw.append([one.recognised / 1200 for one in found])
    assert np.mean(raw, axis=0)[0] == pytest.approx(truth_K @ CONFUSIONS_KK[:, 0], abs=0.01)
    assert np.mean(raw, axis=0)[0] > 0.16
    assert np.mean(estimates, axis=0) == pytest.approx(truth_K, abs=0.01)
    assert np.abs(np.array(estimates) - truth_K).mean() < 0.035
    assert 0.9 <= np.mean(covered) <= 0.99


def test_intervals_hold_what_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "DRAWS", 200)
    rng, held = np.random.default_rng(1), 0
    for trial in range(40):
        index = recognised(rng.choice(3, 600, p=[0.0, 0.7, 0.3]), rng)
        calibration = np.stack([rng.multinomial(100, row) for row in CONFUSIONS_KK]) + 1 / 3
        held += count_values(observed(index, calibration), trial)[0].low < 0.002
    assert held >= 36


def test_a_random_choice_that_is_labelled_tells_more_than_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Double sampling: right in the mean, less error than the labels alone, and intervals that hold."""
    monkeypatch.setattr(counts, "DRAWS", 200)
    truth_K = np.array([0.04, 0.66, 0.3])
    rng = np.random.default_rng(2)
    estimates, by_hand, covered = [], [], []
    for trial in range(80):
        true_N = rng.choice(3, 1200, p=truth_K)
        index = recognised(true_N, rng)
        truths_KK = np.full((3, 3), 1 / 3)
        np.add.at(truths_KK, (index[:150], true_N[:150]), 1)
        found = count_values(Observed("view", ABC, index, None, truths_KK), trial)
        estimates.append([one.share for one in found])
        by_hand.append(np.bincount(true_N[:150], minlength=3) / 150)
        covered.append([one.low <= truth <= one.high for one, truth in zip(found, truth_K, strict=True)])
    assert np.mean(estimates, axis=0) == pytest.approx(truth_K, abs=0.01)
    errors = [np.sqrt(np.square(np.array(one) - truth_K).mean()) for one in (estimates, by_hand)]
    assert errors[0] < 0.85 * errors[1]
    assert 0.92 <= np.mean(covered) <= 1


def test_double_sampling_is_the_closed_form_of_tenenbein() -> None:
    truths_KK = np.array([[8.0, 1.0, 1.0], [2.0, 17.0, 1.0], [1.0, 1.0, 8.0]])
    index = np.repeat([0, 1, 2], [300, 500, 200])
    found = count_values(Observed("view", ABC, index, None, truths_KK), seed=0)
    assert [one.share for one in found] == pytest.approx([0.24 + 0.05 + 0.02, 0.03 + 0.425 + 0.02, 0.215])
