"""A hole in planted features is closed by pairs that show what the attribute changes, and by no others."""

import numpy as np
import pytest

from loop.config.holes import HolesConfig
from loop.holes.arms import PairFeatures, learn
from loop.holes.data import draw
from loop.training.last_layer import Samples

RNG = np.random.default_rng(0)
NUISANCE = np.zeros(20, np.float32)
NUISANCE[:3] = (4, 4, 0)
"""What the attribute adds to features: more than what tells the classes apart, in the first of them."""


def config(**more: object) -> HolesConfig:
    hole = {
        "photographs": [{"end": "rear"}],
        "targeted": {"attribute": "view", "values": {"b": ["f"]}},
        "control": {"attribute": "view", "values": {"f": ["left"]}},
    }
    return HolesConfig.model_validate(
        {
            "classes": {"a": ["sedan"], "b": ["van"]},
            "data": {"source": "folder", "root": "photos", "attributes": "table.csv"},
            "holes": {"rear": hole},
            "uniform": [hole["control"]],
            "pictures": {"sampling": "random"},
            "components": 15,
            "inverse_penalty": 1.0,
            **more,
        }
    )


def photographs(number: int, *, rear: bool) -> Samples:
    labels = RNG.integers(2, size=number)
    features = RNG.normal(size=(number, 20)).astype(np.float32)
    features[:, 0] += 3 * labels
    features[:, 2] += 2 * labels
    return Samples(features + NUISANCE * rear, labels)


def pairs(change: np.ndarray) -> PairFeatures:
    """Renders: other means than photographs, no class in common with them, the change alone is right."""
    without = RNG.normal(size=(150, 20)).astype(np.float32) - 1
    return PairFeatures(without, without + change + RNG.normal(size=(150, 20)).astype(np.float32) * 0.1)


TRAIN, REAR = photographs(600, rear=False), photographs(600, rear=True)


def accuracy(given: PairFeatures | None, **more: object) -> float:
    return float(learn(TRAIN, given, config(**more)).correct(REAR).mean())


def test_pairs_across_the_hole_close_it() -> None:
    assert accuracy(None) < 0.65
    assert accuracy(pairs(NUISANCE)) > 0.8
    assert accuracy(pairs(NUISANCE), invariance=0) > 0.8
    assert accuracy(pairs(NUISANCE), transfer_weight=0, invariance=10) > accuracy(None) + 0.1


def test_pairs_of_something_else_do_not() -> None:
    other = np.zeros(20, np.float32)
    other[10:12] = 4
    assert accuracy(pairs(other)) < accuracy(None) + 0.1


def test_accuracy_elsewhere_stays() -> None:
    elsewhere = photographs(600, rear=False)
    before = learn(TRAIN, None, config()).correct(elsewhere).mean()
    after = learn(TRAIN, pairs(NUISANCE), config()).correct(elsewhere).mean()
    assert after > before - 0.03


def test_a_seed_draws_parts_that_share_nothing() -> None:
    inside = np.arange(400) % 5 == 0
    drawn = draw(~inside, inside, config(), seed=3)
    assert len(drawn.more) == 80  # a quarter of 320
    assert len(drawn.base) == 192  # 0.8 of the rest
    assert sorted(drawn.missing) == np.flatnonzero(inside).tolist()
    everything = np.concatenate([drawn.base, drawn.more, drawn.missing])
    assert len(np.unique(everything)) == len(everything)
    again = draw(~inside, inside, config(), seed=4)
    assert (again.base != drawn.base).any()


def test_first_pairs() -> None:
    both = pairs(NUISANCE)
    assert len(both.first(10).without) == 10
    assert len((both.first(10) + both.first(5)).with_) == 15


def test_a_study_needs_attributes() -> None:
    with pytest.raises(ValueError, match=r"data\.attributes: a study of holes needs"):
        config(data={"source": "folder", "root": "photos"})
