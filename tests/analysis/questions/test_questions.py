"""The answers of a verification: against scikit-learn, by hand, and on data whose answer is planted."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from analysis.metrics.auroc import auroc
from analysis.questions.agreement import (
    alignment_by_round,
    layer_curve,
    map_agreement,
    rank_correlation,
    slice_agreement,
    successes_and_failures,
)
from analysis.questions.failure import (
    best_of_halves,
    failure_table,
    residual,
    with_best_iou,
)
from analysis.scores.table import SCORES


def planted(n: int = 400) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Wrong predictions have low energy of the true class at layer4; all else is noise."""
    rng = np.random.default_rng(0)
    names = [f"p{i:04d}" for i in range(n)]
    wrong = rng.random(n) < 0.3
    loss = rng.exponential(1, n) + wrong
    pictures = pd.DataFrame({"name": names, "correct": 1.0 - wrong, "loss": loss,
                             "confidence": rng.random(n), "mask_area": rng.random(n)})  # fmt: skip
    tables = []
    for layer in ("layer3", "layer4"):
        for target in ("true", "predicted"):
            values = {f"{s}{end}": rng.random(n) for s in SCORES for end in ("", "_corrected")}
            values |= {f"iou_{p}": rng.random(n) + (p == 30) for p in range(10, 100, 10)}
            if (layer, target) == ("layer4", "true"):
                values["energy_corrected"] = rng.normal(0, 1, n) - 1.5 * wrong
                values["energy_corrected"][:3] = np.nan
            table = {"name": names, "method": "grad_cam", "layer": layer, "target": target, **values}
            tables.append(pd.DataFrame(table))
    return pictures, pd.concat(tables, ignore_index=True)


def test_the_table_equals_scikit_learn_and_scipy() -> None:
    pictures, scores = planted()
    table = failure_table(pictures, scores, 0).set_index(["layer", "target", "score"])
    assert len(table) == 4 * len(SCORES)
    row = table.loc[("layer4", "true", "energy")]
    mine = scores[(scores["layer"] == "layer4") & (scores["target"] == "true")]
    value = mine["energy_corrected"].to_numpy()[3:]
    wrong, loss = (pictures["correct"] == 0).to_numpy()[3:], pictures["loss"].to_numpy()[3:]
    assert row["n"] == 397
    assert row["auroc"] == pytest.approx(roc_auc_score(wrong, -value))
    assert row["spearman"] == pytest.approx(stats.spearmanr(value, loss).statistic)
    assert row["auroc_low"] < row["auroc"] < row["auroc_high"]
    assert row["auroc_low"] > 0.75
    assert row["partial"] > 0.7
    noise = table.drop(index=("layer4", "true", "energy"))
    covered = (noise["auroc_low"] <= 0.5) & (noise["auroc_high"] >= 0.5)
    assert covered.mean() > 0.85  # 95 % intervals of columns that say nothing
    assert noise["auroc"].between(0.38, 0.62).all()


def test_intervals_equal_a_bootstrap_written_out() -> None:
    rng = np.random.default_rng(3)
    wrong = rng.random(150) < 0.4
    pictures, scores = planted(150)
    pictures["correct"] = 1.0 - wrong
    row = failure_table(pictures, scores, 1).iloc[0]
    value = -scores[scores["layer"] == "layer3"]["coverage"].to_numpy()[:150]
    drawn = []
    for _ in range(400):
        sides = [rng.choice(np.flatnonzero(side), side.sum()) for side in (wrong, ~wrong)]
        rows = np.concatenate(sides)
        drawn.append(roc_auc_score(wrong[rows], value[rows]))
    low, high = np.percentile(drawn, (2.5, 97.5))
    assert row["score"] == "coverage"
    assert (row["auroc_low"], row["auroc_high"]) == pytest.approx((low, high), abs=0.025)


def test_auroc_shares_ties() -> None:
    values, wrong = np.array([1.0, 1.0, 0.0]), np.array([True, False, False])
    assert auroc(wrong, values, np.ones((1, 3))) == 0.75


def test_what_is_taken_out_is_gone() -> None:
    rng = np.random.default_rng(0)
    size = rng.random(300)
    wrong = rng.random(300) < size
    assert auroc(wrong, size, np.ones((1, 300))) > 0.7
    left = residual(size + 0, [size])
    assert left.tolist() == [0.0] * 300
    mixed = residual(size + 0.1 * rng.random(300), [size])
    assert abs(stats.spearmanr(mixed, size).statistic) < 0.1


def test_the_best_is_named_on_one_half_and_reported_on_the_other() -> None:
    pictures, scores = planted()
    found = best_of_halves(pictures, scores, 0)
    assert found is not None
    assert found.row == {"method": "grad_cam", "layer": "layer4", "target": "true", "score": "energy"}
    assert found.low > 0.7
    assert found.n <= 200
    assert best_of_halves(pictures.assign(correct=1.0), scores, 0) is None


def test_without_an_answer_the_best_of_many_is_nothing_special_on_the_other_half() -> None:
    found = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        pictures, scores = planted(120)
        pictures["correct"] = rng.permutation(pictures["correct"].to_numpy())
        best = best_of_halves(pictures, scores, seed)
        assert best is not None
        found.append((best.chosen, best.auroc))
    chosen, other = np.mean(found, 0)
    assert chosen > 0.62
    # Its standard error: that of an AUROC of 18 against 42 is 0.08, over 12 draws 0.024.
    assert abs(other - 0.5) < 0.07


def test_best_iou_takes_the_threshold_of_the_other_half() -> None:
    scores = with_best_iou(planted()[1], 0)
    assert (scores["best_iou"] == scores["iou_30"]).all()
    assert "best_iou" in set(failure_table(planted()[0], scores, 0)["score"])


def test_rank_correlation_of_maps() -> None:
    one = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert rank_correlation(one, one**3) == pytest.approx(1)
    assert rank_correlation(one, -one) == pytest.approx(-1)
    assert np.isnan(rank_correlation(one, np.zeros((4, 4), np.float32)))
    fine = np.kron(one, np.ones((2, 2), np.float32))
    assert rank_correlation(one, fine) == pytest.approx(1)
    assert map_agreement({"a": one, "b": one}, {"b": -one}).tolist() == [pytest.approx(-1)]


def test_slices_layers_and_rounds() -> None:
    slices = pd.DataFrame({"score": "p_true", "slice": list("abcd"), "mean": [0.1, 0.2, 0.3, 0.4]})
    other = slices.assign(mean=[0.2, 0.1, 0.6, 0.9])
    assert slice_agreement(slices, other, "p_true") == pytest.approx(0.8)
    scores = planted()[1]
    curve = layer_curve(scores)
    assert curve["layer"].tolist() == ["layer3", "layer3", "layer4", "layer4"]
    mine = scores[(scores["layer"] == "layer4") & (scores["target"] == "true")]["energy_corrected"]
    assert curve["mean"].iloc[2] == pytest.approx(mine.mean())
    assert curve["n"].tolist() == [400, 400, 397, 400]
    assert alignment_by_round([("00", scores), ("01", scores)])["round"].tolist() == ["00"] * 4 + ["01"] * 4


def test_pictures_are_chosen_by_rule() -> None:
    table = pd.DataFrame({"name": list("abcdef"), "correct": [1, 1, 1, 0, 0, 0],
                          "energy": [0.3, 0.1, np.nan, 0.2, 0.9, 0.2]})  # fmt: skip
    assert successes_and_failures(table, "energy", 1) == {
        "right, least on the vehicle": ["b"], "right, most on the vehicle": ["a"],
        "wrong, least on the vehicle": ["d"], "wrong, most on the vehicle": ["e"],
    }  # fmt: skip
