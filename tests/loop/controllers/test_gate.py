"""The gate on changes that are known, and on none."""

import numpy as np
import pandas as pd

from loop.config.controller import ControllerSettings
from loop.controllers.gate import judge_round

SIZE = 400


def table(right: np.ndarray) -> pd.DataFrame:
    rows = np.arange(SIZE)
    shape = np.array(["sedan", "van", "bus", "semi"])[rows % 4]
    return pd.DataFrame(
        {
            "name": [f"p{i}" for i in rows],
            "shape": shape,
            "color": np.array(["r", "y"])[(rows // 4) % 2],
            "label": np.where(np.isin(shape, ["sedan", "van"]), "small", "large"),
            "correct": right.astype(float),
        }
    )


def judged(before: np.ndarray, after: np.ndarray, gate: str = "roll_back"):  # type: ignore[no-untyped-def]
    settings = ControllerSettings(on_regression=gate)
    return judge_round(table(before), table(after), ["shape", "color"], settings, seed=0)


def test_harm_to_one_slice_is_seen_though_the_whole_gains() -> None:
    rows = np.arange(SIZE)
    before = rows % 3 > 0
    after = np.where(rows % 4 == 2, False, True)
    gate = judged(before, after)
    assert "shape=bus" in gate.regressed
    assert not gate.kept
    assert gate.gain == np.mean(after.astype(float) - before)
    assert gate.gained == (gate.low > 0)
    assert "rolled back" in gate.describe()
    assert judged(before, after, "report").kept


def test_harm_to_a_class_of_several_shapes_is_told_by_its_name() -> None:
    rows = np.arange(SIZE)
    before = np.ones(SIZE, bool)
    after = (rows % 4 < 2) | (rows % 10 > 2)
    assert "label=large" in judged(before, after).regressed


def test_a_better_network_passes() -> None:
    before = np.arange(SIZE) % 3 > 0
    gate = judged(before, np.ones(SIZE, bool))
    assert gate.kept
    assert gate.regressed == ()
    assert gate.gained


def test_without_a_change_harm_is_told_in_few_of_many_rounds() -> None:
    """Both networks are wrong on random tenths; a false alarm may come at the level, 5 %."""
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(200):
        before, after = rng.random((2, SIZE)) > 0.1
        alarms += bool(judged(before, after).regressed)
    assert alarms / 200 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)
