"""Figures of a study against definitions by hand and by libraries, and intervals against simulations."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import f1_score, roc_auc_score

from analysis.metrics.bootstrap import resample_weights
from analysis.metrics.seeds import over_seeds
from loop.evaluation.summary import summary
from loop.study.statistics import (
    MIN_WORST,
    accuracy,
    auroc,
    calibration_error,
    fraction_of_gain,
    macro_f1,
    mean_of,
    renders_to_reach,
    sample_efficiency,
    within,
    worst_slice,
)

RNG = np.random.default_rng(0)
N = 300


def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    label = rng.choice(["a", "b", "c"], N)
    predicted = np.where(rng.random(N) < 0.7, label, rng.choice(["a", "b", "c"], N))
    return pd.DataFrame(
        {
            "name": [f"p{i}" for i in range(N)],
            "label": label,
            "predicted": predicted,
            "correct": (label == predicted).astype(float),
            "confidence": rng.uniform(0.34, 1, N),
            "energy_true": np.where(rng.random(N) < 0.1, np.nan, rng.random(N)),
            "color": rng.choice(["r", "y"], N),
            "view": rng.choice(["f", "b", "left"], N),
        }
    )


def test_of_the_set_itself_they_are_the_usual_figures() -> None:
    pictures, once = table(), resample_weights(N, 0, 10)
    known = summary(pictures, ["a", "b", "c"], (), 0)
    assert accuracy(pictures, once)[0] == pytest.approx(known["accuracy"]["mean"])
    assert macro_f1(pictures, once)[0] == pytest.approx(
        f1_score(pictures["label"], pictures["predicted"], labels=["a", "b", "c"], average="macro")
    )
    assert calibration_error(pictures, once)[0] == pytest.approx(known["calibration_error"], abs=1e-6)
    assert mean_of("energy_true")(pictures, once)[0] == pytest.approx(pictures["energy_true"].mean())
    red = pictures[pictures["color"] == "r"]
    assert within([{"color": "r"}])(pictures, once)[0] == pytest.approx(red["correct"].mean())
    groups = [pictures.groupby(by)["correct"].mean().min() for by in (["color"], ["view"], ["color", "view"])]
    assert worst_slice(["color", "view"])(pictures, once)[0] == pytest.approx(min(groups))


def test_weights_are_repetitions() -> None:
    pictures, weights = table(), resample_weights(N, 1, 5)
    for b in range(6):
        repeated = pictures.loc[np.repeat(np.arange(N), weights[b].astype(int))].reset_index(drop=True)
        ones = np.ones((1, len(repeated)))
        for figure in (accuracy, macro_f1, calibration_error, mean_of("energy_true")):
            assert figure(pictures, weights)[b] == pytest.approx(figure(repeated, ones)[0])
        assert weights[b].sum() == N


def test_the_worst_slice_is_the_worst_of_those_that_are_large_enough() -> None:
    """23 red ones are all wrong, of 24 yellow ones a quarter, of the blue ones a tenth."""
    table = pd.DataFrame({"color": ["r"] * (MIN_WORST - 1) + ["y"] * MIN_WORST + ["b"] * 100})
    table["shape"] = "van"
    wrong = [*[1] * (MIN_WORST - 1), *[1] * 6, *[0] * (MIN_WORST - 6), *[1] * 10, *[0] * 90]
    table["correct"] = 1.0 - np.array(wrong)
    weights = np.ones((1, len(table)))
    assert worst_slice(["color"])(table, weights)[0] == pytest.approx(0.75)
    table.loc[table["color"] == "y", "energy_true"] = 0.5
    table.loc[table["color"] == "b", "energy_true"] = 0.4
    assert worst_slice(["color"], "energy_true")(table, weights)[0] == pytest.approx(0.4)
    table.loc[table.index[-80:], "energy_true"] = np.nan  # 20 blue ones are left: too few
    assert worst_slice(["color"], "energy_true")(table, weights)[0] == pytest.approx(0.5)
    table["energy_true"] = np.nan
    assert np.isnan(worst_slice(["color"], "energy_true")(table, weights)[0])


def test_auroc_is_that_of_a_library_under_weights_and_ties() -> None:
    rng, pictures, weights = np.random.default_rng(5), table(), resample_weights(N, 2, 20)
    for name in ("a", "b"):
        pictures[f"p_{name}"] = rng.integers(0, 40, N) / 40 + 0.3 * (pictures["label"] == name)
    found = auroc({"a": "p_a", "b": "p_b"})(pictures, weights)
    for b in range(21):
        known = [
            roc_auc_score(pictures["label"] == name, pictures[f"p_{name}"], sample_weight=weights[b])
            for name in ("a", "b")
        ]
        assert found[b] == pytest.approx(np.mean(known))


def test_the_interval_over_seeds_holds_the_truth() -> None:
    """Seeds differ by more than pictures do; an interval over pictures alone would miss most often."""
    rng, held, trials, wider = np.random.default_rng(0), 0, 300, []
    weights = resample_weights(200, 0, 200)
    for trial in range(trials):
        of_seed = rng.normal(0.8, 0.05, 5)
        right = rng.random((5, 200)) < of_seed[:, None]
        found = over_seeds(right @ weights.T / 200, trial)
        held += found.low <= 0.8 <= found.high
        students = 2 * stats.t.ppf(0.975, 4) * right.mean(1).std(ddof=1) / np.sqrt(5)
        wider.append((found.high - found.low) / students)
    assert held / trials >= 0.92
    assert 1.0 <= np.median(wider) <= 1.5, "pictures are drawn too: a little on the safe side"


def test_pairs_on_the_same_pictures_are_tighter_than_two_sets() -> None:
    right = RNG.random((5, 400)) < 0.7
    better = right | (RNG.random((5, 400)) < 0.1)
    draws = [table @ resample_weights(400, 0, 500).T / 400 for table in (better, right)]
    other = right @ resample_weights(400, 1, 500).T / 400
    paired, apart = over_seeds(draws[0] - draws[1], 0), over_seeds(draws[0] - other, 0)
    assert paired.excludes_zero
    assert paired.high - paired.low < 0.7 * (apart.high - apart.low)
    assert paired.mean == pytest.approx(better.mean() - right.mean())


def test_renders_to_reach_a_goal_are_interpolated() -> None:
    curve = np.array([[0.5, 0.5, 0.9], [0.6, 0.5, 0.9], [0.8, 0.6, 0.9]])
    assert renders_to_reach(curve, np.array([0.7, 0.7, 0.7]), 100).tolist() == pytest.approx([150, np.inf, 0])


def test_sample_efficiency_of_a_curve_twice_as_steep() -> None:
    seeds = np.ones((4, 1, 101))
    slow = seeds * np.array([0.5, 0.6, 0.7])[None, :, None]
    fast = seeds * np.array([0.5, 0.7, 0.8])[None, :, None]
    found = sample_efficiency(fast, slow, 50, seed=0)
    assert (found.mean, found.low, found.high) == (2.0, 2.0, 2.0)
    assert sample_efficiency(slow, fast, 50, seed=0).mean == 0.0
    assert sample_efficiency(slow, slow, 50, seed=0).mean == 1.0


def test_share_of_the_best_ones_gain() -> None:
    nothing, best, arm = (np.full((3, 101), value) for value in (0.5, 0.9, 0.8))
    found = fraction_of_gain(arm, nothing, best, seed=0)
    assert found is not None
    assert (found.mean, found.low, found.high) == pytest.approx((0.75, 0.75, 0.75))
    assert fraction_of_gain(best, best, nothing, seed=0) is None, "the best gains nothing"
    # A best one that loses in one seed of three: in draws of that seed alone a share has no end.
    best = np.repeat([[0.4], [0.9], [0.9]], 1001, axis=1)
    arm, nothing = np.full((3, 1001), 0.8), np.full((3, 1001), 0.5)
    wide = fraction_of_gain(arm, nothing, best, seed=0)
    assert wide is not None
    assert wide.mean == pytest.approx(0.3 / (0.7 / 3))
    assert wide.high == np.inf


def test_the_interval_of_a_share_holds_the_truth() -> None:
    """Five seeds whose gains scatter by a quarter of themselves; plain percentiles are too narrow."""
    rng, weights, held, trials = np.random.default_rng(6), resample_weights(150, 0, 200), 0, 200
    for trial in range(trials):
        start = rng.normal(0.6, 0.03, 5)
        gains = {"nothing": 0.0, "arm": 0.16, "best": 0.2}
        luck = rng.random((5, 150))
        draws = {
            name: (luck < (start + gain * rng.normal(1, 0.25, 5))[:, None]) @ weights.T / 150
            for name, gain in gains.items()
        }
        found = fraction_of_gain(draws["arm"], draws["nothing"], draws["best"], trial)
        assert found is not None
        held += found.low <= 0.8 <= found.high
    assert held / trials >= 0.92
