"""Measures of a set, by hand."""

import pytest
import torch

from loop.comparison.results import macro_f1_interval
from loop.evaluation.measures import Judgement, measure, pictures

LOGITS = torch.tensor(
    [[3.0, 1.0, 0.0], [1.0, 3.0, 0.0], [3.0, 0.0, 1.0], [0.0, 1.0, 3.0], [1.0, 3.0, 0.0], [3.0, 1.0, 0.0]]
)
LABELS = torch.tensor([0, 0, 0, 2, 1, 2])
FOUND = Judgement(LOGITS, LABELS, 1.0)
CLASSES = ("a", "b", "c")


def test_figures_by_hand() -> None:
    found = measure(FOUND, CLASSES)
    assert found["n"] == 6
    assert found["top1"] == pytest.approx(4 / 6)
    assert found["top2"] == pytest.approx(5 / 6)
    assert found["top5"] is None
    assert found["confusion"] == [[2, 1, 0], [0, 1, 0], [1, 0, 1]]
    assert found["classes"]["a"] == {
        "precision": pytest.approx(2 / 3),
        "recall": pytest.approx(2 / 3),
        "n": 3,
    }
    assert found["classes"]["b"] == {"precision": 0.5, "recall": 1.0, "n": 1}
    assert found["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 2 / 3) / 3)
    # Each picture is equally sure, so the error is confidence minus accuracy.
    sure = float(torch.tensor([3.0, 1.0, 0.0]).softmax(0)[0])
    assert found["calibration_error"] == pytest.approx(abs(sure - 4 / 6), abs=1e-5)
    losses = [-float(row.log_softmax(0)[label]) for row, label in zip(LOGITS, LABELS, strict=True)]
    assert found["loss"] == pytest.approx(sum(losses) / 6)


def test_a_row_a_picture() -> None:
    table = pictures(FOUND, CLASSES)
    assert table["top1"].tolist() == [1, 0, 1, 1, 1, 0]
    assert table["top2"].tolist() == [1, 1, 1, 1, 1, 0]
    assert table["predicted"].tolist() == ["a", "b", "a", "c", "b", "a"]


def test_a_class_never_predicted_has_no_precision() -> None:
    found = measure(Judgement(torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([0]), 1.0), CLASSES)
    assert found["classes"]["b"] == {"precision": None, "recall": None, "n": 0}


def test_the_interval_of_a_perfect_network_is_a_point() -> None:
    perfect = pictures(Judgement(torch.eye(3)[LABELS], LABELS, 1.0), CLASSES)
    assert macro_f1_interval([perfect, perfect], seed=0) == (1.0, 1.0)
    low, high = macro_f1_interval([pictures(FOUND, CLASSES)], seed=0)
    assert low < 2 / 3 < high
