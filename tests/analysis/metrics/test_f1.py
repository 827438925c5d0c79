"""Macro F1 by hand and by scikit-learn, and the same figure in every table."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import f1_score

from analysis.metrics.f1 import macro_f1, macro_f1_interval
from loop.comparison.results import macro_f1_interval as interval_over_seeds
from loop.evaluation.measures import Judgement, measure
from loop.evaluation.summary import summary
from loop.study import statistics as outcomes

CLASSES = tuple("abcdefghij")
BY_HAND = (2 * 180 / (240 + 180 + 40) + 2 * 200 / (240 + 200)) / 2
"""Of each class twice what is right by its pictures and what is called so."""


def renders() -> pd.DataFrame:
    """480 pictures of two classes, judged by a network of ten: 60 of `a` are each taken for another of eight
    classes without pictures, 40 of `b` for `a`."""
    others = (CLASSES[2:] * 8)[:60]
    label = ["a"] * 240 + ["b"] * 240
    predicted = ["a"] * 180 + [*others] + ["b"] * 200 + ["a"] * 40
    table = pd.DataFrame({"label": label, "predicted": predicted, "confidence": 0.5})
    return table.assign(correct=(table["label"] == table["predicted"]).astype(float))


def test_a_predicted_class_without_pictures_has_no_f1() -> None:
    table, once = renders(), np.ones((1, 480))
    label, predicted = table["label"], table["predicted"]
    assert macro_f1(label, predicted, once)[0] == pytest.approx(BY_HAND)
    assert f1_score(label, predicted, labels=["a", "b"], average="macro") == pytest.approx(BY_HAND)
    assert f1_score(label, predicted, average="macro") == pytest.approx(BY_HAND / 5), "its default"


def test_it_is_the_same_in_every_table() -> None:
    table = renders()
    index = {name: i for i, name in enumerate(CLASSES)}
    logits = torch.eye(10)[torch.tensor(table["predicted"].map(index).to_numpy())]
    labels = torch.tensor(table["label"].map(index).to_numpy())
    reported = macro_f1_interval(table["label"], table["predicted"], 0)
    found = [
        outcomes.macro_f1(table, np.ones((1, 480)))[0],
        summary(table, CLASSES, (), 0)["macro_f1"],
        measure(Judgement(logits, labels, 1.0), CLASSES)["macro_f1"],
        reported[0],
    ]
    assert found == pytest.approx([BY_HAND] * 4)
    for low, high in (reported[1:], interval_over_seeds([table], 0)):
        assert BY_HAND - 0.06 < low < BY_HAND < high < BY_HAND + 0.06


def test_weights_are_repetitions_and_a_class_that_is_not_drawn_does_not_occur() -> None:
    label, predicted = list("aabbc"), list("abbbc")
    weights = np.array([[1, 1, 1, 1, 1], [2, 1, 1, 1, 0], [0, 0, 0, 0, 3], [0, 0, 0, 0, 0]], float)
    # Of a, b, c: 2/3, 4/5, 1; of a and b, the first picture twice: 4/5, 4/5; of c alone: 1.
    expected = [(2 / 3 + 4 / 5 + 1) / 3, 4 / 5, 1.0, np.nan]
    assert macro_f1(label, predicted, weights).tolist() == pytest.approx(expected, nan_ok=True)
