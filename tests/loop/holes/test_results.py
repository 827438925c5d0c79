"""Gains with intervals, from trainings whose right answers are planted."""

import numpy as np
import pytest

from loop.holes.results import CEILING, NONE, Fitted, compared, difference

RNG = np.random.default_rng(0)


def trainings(seed: int) -> list[Fitted]:
    """400 test photographs in the hole: 200 right before, 280 with the ceiling, 240 with renders."""
    order = np.random.default_rng(seed).permutation(400)

    def fitted(arm: str, number: int, right: int) -> Fitted:
        return Fitted(arm, number, order < right, np.arange(300) < 150)

    return [
        fitted(NONE, 0, 200), fitted(CEILING, 25, 220), fitted(CEILING, 90, 280),
        fitted("targeted", 150, 240),
    ]  # fmt: skip


SEEDS = {seed: trainings(seed) for seed in range(6)}


def test_gains_and_the_fraction_of_the_ceiling() -> None:
    found = compared(SEEDS)
    assert found["n"] == {"inside": 400, "outside": 300}
    arms = {(row["arm"], row["added"]): row for row in found["arms"]}
    targeted = arms["targeted", 150]
    assert targeted["inside"]["mean"] == pytest.approx(60)
    assert targeted["inside_gain"]["mean"] == pytest.approx(10)
    assert 0 < targeted["inside_gain"]["low"] < 10 < targeted["inside_gain"]["high"]
    assert targeted["fraction_of_ceiling"]["mean"] == pytest.approx(0.5)
    assert arms[CEILING, 90]["fraction_of_ceiling"]["mean"] == pytest.approx(1)
    assert arms[NONE, 0]["inside_gain"] == {"mean": 0, "low": 0, "high": 0}
    assert all(row["outside_gain"]["mean"] == 0 for row in found["arms"])


def test_the_difference_of_two_arms() -> None:
    found = difference(SEEDS, ("targeted", 150), (CEILING, 25))
    assert found["mean"] == pytest.approx(5)
    assert found["low"] < 5 < found["high"]
